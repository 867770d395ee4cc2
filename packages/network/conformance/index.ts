/** The conformance suite of the `Network` port: the libp2p adapter and the twin pass it. */
export { networkConformance } from './network.ts'
export type { NetworkFactory } from './stage.ts'
