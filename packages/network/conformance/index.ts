/** The conformance suite of the `Network` port: the libp2p adapter and the twin pass it. */
export { type NetworkFactory, networkConformance } from './network.ts'
