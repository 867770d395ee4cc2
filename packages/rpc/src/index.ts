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
  MemberStanding,
  PoolContent,
  PoolStatus,
  RpcBackend,
  SlotProof,
  SyncStatus,
  Unsubscribe,
} from './backend.ts'
export { createDispatch, type Dispatch, type OnFault } from './dispatch.ts'
export { ERROR_CODES, RpcError } from './errors.ts'
export type { Route, RouteAnswer, Routes } from './http.ts'
export type { Json, JsonObject } from './json.ts'
export { type Answer, type Method, type MethodContext, method } from './method.ts'
export {
  createRpcServer,
  type RpcServer,
  type RpcServerOptions,
  type ServerLimits,
} from './server.ts'
export type {
  AlarmStatus,
  ClockStatus,
  ConsensusStatus,
  Latency,
  NodeStatus,
  StatusVerdict,
  ValidatorStatus,
  VoteStatus,
} from './status.ts'
export { createTable, METHODS, type MethodTable } from './table.ts'
