/** The door of storage. test/exports.test.ts holds this list literally. */
export { type ChainStoreOptions, openChainStore } from './chain-store.ts'
export { type DataDirectory, openDataDirectory } from './data-directory.ts'
export {
  type DurableFile,
  type FileSystem,
  nodeFileSystem,
  writeFileDurably,
} from './file-system.ts'
export type { Genesis } from './genesis.ts'
export { LOG_FILE_BYTES_MAX, LOG_GROUP_RECORDS_MAX, LOG_PAYLOAD_BYTES_MAX } from './limits.ts'
export { createMemoryChainStore } from './memory-chain-store.ts'
export { createMemoryFileSystem, type MemoryFileSystem } from './memory-file-system.ts'
export { createMemoryLog, type MemoryLog } from './memory-log.ts'
export { decodeReceipts, encodeReceipts } from './receipt-codec.ts'
export { type FileLog, type LogOptions, openWriteAheadLog } from './write-ahead-log.ts'
