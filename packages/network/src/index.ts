/** The door of network. test/exports.test.ts holds this list literally. */
export {
  createForkFilter,
  type ForkFilter,
  type ForkId,
  fixedForkFilter,
} from './fork-id.ts'
export { createMemoryNetworkHub, type MemoryNetworkHub } from './memory.ts'
export {
  createNodeKey,
  decodeNodeKey,
  encodeNodeKey,
  type NodeKey,
  nodeKeyToPeerId,
} from './node-key.ts'
export { createNetwork } from './open.ts'
export type { LogLevel, NetworkLogger, NetworkOptions, QuotaOptions, StalePeer } from './options.ts'
export type { QuotaLimits } from './quota.ts'
