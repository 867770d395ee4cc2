/** The door of rpc. test/exports.test.ts holds this list literally. */
export type {
  AccessListOutcome,
  AccountOverride,
  AccountProof,
  BlockOverride,
  CallContext,
  CallFailure,
  CallOutcome,
  CallRequest,
  EstimateOutcome,
  PoolContent,
  PoolStatus,
  RpcBackend,
  SlotProof,
  SyncStatus,
  Unsubscribe,
} from './backend.ts'
