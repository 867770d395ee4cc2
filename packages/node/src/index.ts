/** The door of node, for benches and tests. test/exports.test.ts holds this list literally. */
export { type City, type OpenCityOptions, openCity } from './city/city.ts'
export { type NodeProcess, startNodeProcess } from './city/processes.ts'
export { loadConfig, type NodeConfig } from './config.ts'
export {
  type FinalityWatcher,
  type FinalTransaction,
  percentile,
  watchFinality,
} from './finality.ts'
export { CITY_SCHEMA, createNetworkFiles } from './genesis-tool.ts'
export { callRpc } from './json-rpc.ts'
export { openKeystoreFile } from './keystore-file.ts'
export { createLogger, type Logger } from './log.ts'
export { createSubmitter, type Submitter } from './submitter.ts'
export { signTransaction } from './transactions.ts'
export { openNode, type RunningNode } from './wire.ts'
