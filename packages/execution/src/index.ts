/** The door of execution. test/exports.test.ts holds this list literally. */
export type { Executed } from './chain/block-run.ts'
export type { BuildOptions, Built, Rejected } from './chain/build.ts'
export { FORKS, type Fork, type ForkSchedule, forkAt, hasFork } from './chain/forks.ts'
export { deriveGasLimit } from './chain/gas-limit.ts'
export {
  decodeGenesis,
  type Genesis,
  type GenesisAccount,
  type GenesisAlloc,
} from './chain/genesis.ts'
export {
  type Deployment,
  type GenesisBlock,
  genesisBlock,
  type PredeployOptions,
  predeploy,
} from './chain/genesis-block.ts'
export { genesisToJson } from './chain/genesis-json.ts'
export { encodeReceipt, joinBlooms, listRoot } from './chain/receipts.ts'
export { nextBaseFee } from './chain/rules.ts'
export type { RawTransaction } from './chain/transition.ts'
export type {
  AccessListOutcome,
  AccountOverride,
  AccountProof,
  BlockOverride,
  CallFailure,
  CallOptions,
  CallOutcome,
  CallRequest,
  EstimateOutcome,
  SlotProof,
} from './evm/call-types.ts'
export { intrinsicGas, minimumGas } from './evm/intrinsic.ts'
export { createExecutor, type Executor, type ExecutorOptions } from './executor.ts'
export { createPool } from './pool/pool.ts'
export type {
  AddedListener,
  Pool,
  PoolContent,
  PoolLimits,
  PoolOptions,
  PoolQuota,
  PoolState,
  PoolStatus,
  PoolTransaction,
} from './pool/types.ts'
export type { Reads } from './reads.ts'
export {
  decodeTransaction,
  effectiveGasPrice,
  recoverAuthority,
  transactionCost,
} from './transaction.ts'
