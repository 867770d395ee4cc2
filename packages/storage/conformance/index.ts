/** The conformance suites of the storage ports: every adapter and every twin passes them. */
export { chainStoreConformance, type StoreFactory } from './chain-store.ts'
export { type FileSystemFactory, fileSystemConformance } from './file-system.ts'
export { makeBatch, makeGenesis, makeReceipt, testAddress, testHash } from './samples.ts'
export { type LogFactory, writeAheadLogConformance } from './write-ahead-log.ts'
