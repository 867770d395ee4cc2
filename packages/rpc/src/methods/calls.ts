/** Running a transaction without sending it: eth_call, eth_estimateGas, eth_createAccessList. */
import { type Address, assertNever, bytesToHex } from '@veche/primitives'
import type {
  AccountOverride,
  BlockOverride,
  CallContext,
  CallFailure,
  CallRequest,
  RpcBackend,
} from '../backend.ts'
import { numberAt } from '../chain.ts'
import { type BlockSelector, block, LATEST } from '../decode-block.ts'
import { blockOverrides, callRequest, stateOverrides } from '../decode-call.ts'
import { headerNotFound, type RpcError, serverError } from '../errors.ts'
import { quantity } from '../json.ts'
import { type Answer, defaulted, type Method, method, optional, required } from '../method.ts'
import { revertError } from '../revert.ts'

/** The error a failed call answers with. */
export function callError(failure: CallFailure): RpcError {
  switch (failure.kind) {
    case 'revert':
      return revertError(failure.output)
    case 'halt':
    case 'refused':
      return serverError(failure.reason)
    case 'timeout':
      return serverError(`execution aborted (timeout = ${failure.limitMs} ms)`)
    default:
      return assertNever(failure)
  }
}

/** The three parameters after the call itself. */
type Where = readonly [
  selector: BlockSelector,
  state: ReadonlyMap<Address, AccountOverride> | undefined,
  block: BlockOverride | undefined,
]

function contextOf(backend: RpcBackend, [selector, state, fields]: Where): CallContext | RpcError {
  const number = numberAt(backend, selector)
  if (number === undefined) return headerNotFound
  return {
    number,
    ...(state === undefined ? {} : { stateOverrides: state }),
    ...(fields === undefined ? {} : { blockOverrides: fields }),
  }
}

async function call(backend: RpcBackend, request: CallRequest, where: Where): Promise<Answer> {
  const context = contextOf(backend, where)
  if (!('number' in context)) return context
  const outcome = await backend.call(request, context)
  return outcome.kind === 'success' ? bytesToHex(outcome.output) : callError(outcome)
}

async function estimate(backend: RpcBackend, request: CallRequest, where: Where): Promise<Answer> {
  const context = contextOf(backend, where)
  if (!('number' in context)) return context
  const outcome = await backend.estimateGas(request, context)
  return outcome.kind === 'success' ? quantity(outcome.gas) : callError(outcome)
}

async function accessList(
  backend: RpcBackend,
  request: CallRequest,
  where: Where,
): Promise<Answer> {
  const context = contextOf(backend, where)
  if (!('number' in context)) return context
  const outcome = await backend.createAccessList(request, context)
  if (outcome.kind !== 'success') return callError(outcome)
  return {
    accessList: outcome.accessList.map(({ address, storageKeys }) => ({ address, storageKeys })),
    gasUsed: quantity(outcome.gasUsed),
    error: outcome.error,
  }
}

const params = [
  required('call', callRequest),
  defaulted('block', block, LATEST),
  optional('stateOverrides', stateOverrides),
  optional('blockOverrides', blockOverrides),
] as const

export const callMethods: readonly Method[] = [
  method({
    name: 'eth_call',
    params,
    weight: 10,
    handle: ({ backend }, request, ...where) => call(backend, request, where),
  }),
  method({
    name: 'eth_estimateGas',
    params,
    weight: 20,
    handle: ({ backend }, request, ...where) => estimate(backend, request, where),
  }),
  method({
    name: 'eth_createAccessList',
    params,
    weight: 20,
    handle: ({ backend }, request, ...where) => accessList(backend, request, where),
  }),
]
