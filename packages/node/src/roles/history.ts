/** What CityAccess said from block 0 on: operations that wait, functions that were reassigned. */
import { cityAccess, formatValues } from '@veche/contracts'
import { type Address, bytesToHex, type Hash, type Hex, hexToBytes } from '@veche/primitives'
import { CITY_ACCESS, contractOf, type KnownContract } from '../act/contracts.ts'
import { readLogs } from '../load/logs.ts'
import type { AskAccess } from './ask.ts'

/** A call that waits for its time. */
export interface Operation {
  readonly id: Hash
  readonly caller: Address
  readonly target: Address
  readonly data: Hex
  /** the call in words */
  readonly call: string
  /** unix seconds from which it may run, and from which it may no longer */
  readonly eta: number
  readonly expires: number
  readonly state: 'waiting' | 'ready' | 'expired'
}

/** What the events tell. */
export interface AccessHistory {
  /** scheduled last, neither run nor cancelled; by id */
  readonly scheduled: ReadonlyMap<Hash, Pick<Operation, 'caller' | 'target' | 'data' | 'eta'>>
  /** functions whose role or delay was changed after genesis */
  readonly touched: readonly { readonly target: Address; readonly selector: Hex }[]
}

/**
 * `TitleRegistry.setQuota(class 3, …)`, or the bytes of a call that nobody here knows. `binding` is
 * that of a target which is none of the city's contracts.
 */
export function callInWords(
  target: Address,
  data: Hex,
  binding?: KnownContract['binding'],
): string {
  const contract = contractOf(target)
  const call = (contract?.binding ?? binding)?.decodeCall(hexToBytes(data))
  if (call === undefined || !call.ok) return `${target} ${data}`
  return `${contract?.name ?? target}.${call.value.name}(${formatValues(call.value.args)})`
}

/** Folds the events of CityAccess up to a height. Throws `RPC_FAILED`, `RPC_UNREACHABLE`. */
export async function readHistory(rpcUrl: string, height: number): Promise<AccessHistory> {
  const logs = await readLogs(rpcUrl, CITY_ACCESS.address, { from: 0, to: height })
  const scheduled = new Map<Hash, Pick<Operation, 'caller' | 'target' | 'data' | 'eta'>>()
  const touched = new Map<string, { target: Address; selector: Hex }>()
  for (const event of cityAccess.decodeLogs(logs)) {
    switch (event.name) {
      case 'OperationScheduled': {
        const { operationId, caller, target, data, schedule } = event.args
        scheduled.set(operationId, { caller, target, data, eta: schedule })
        break
      }
      case 'OperationCanceled':
      case 'OperationExecuted':
        scheduled.delete(event.args.operationId)
        break
      case 'TargetFunctionRoleUpdated':
      case 'FunctionDelayUpdated': {
        const { target, selector } = event.args
        touched.set(`${target} ${selector}`, { target, selector })
        break
      }
      default:
    }
  }
  return { scheduled, touched: [...touched.values()] }
}

/** The operations of a history with their state at a time, the earliest first. */
export async function readOperations(
  ask: AskAccess,
  { scheduled }: AccessHistory,
  nowSeconds: number,
): Promise<Operation[]> {
  const grace = await ask('expiration')
  const all = [...scheduled].map(([id, { caller, target, data, eta }]): Operation => {
    const expires = eta + grace
    const state = nowSeconds < eta ? 'waiting' : nowSeconds < expires ? 'ready' : 'expired'
    return { id, caller, target, data, call: callInWords(target, data), eta, expires, state }
  })
  return all.sort((a, b) => a.eta - b.eta)
}

/** bytes4 as hex of calldata. */
export function selectorOf(data: Hex): Hex {
  return bytesToHex(hexToBytes(data).subarray(0, 4))
}
