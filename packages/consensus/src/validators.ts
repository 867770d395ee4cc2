/**
 * Guards between the validator contract and the engine (consensus.md, "Validator set"): a broken or
 * hijacked contract can slow a change down, never halt the chain. docs/spec/consensus.md V1.
 */
import { type Address, isAddress, VALIDATORS_MAX, ZERO_ADDRESS } from '@veche/primitives'
import { sortValidators } from './header.ts'
import { createThresholds } from './quorum.ts'

export type ValidatorAlarm =
  | 'VALIDATORS_CALL_FAILED'
  | 'VALIDATORS_EMPTY'
  | 'VALIDATORS_MALFORMED'
  | 'VALIDATORS_DUPLICATE'
  | 'VALIDATORS_TOO_FEW'
  | 'VALIDATORS_TOO_MANY'
  | 'VALIDATORS_CHANGE_TOO_LARGE'

export interface ValidatorChange {
  /** ascending, unique, never empty */
  readonly validators: readonly Address[]
  /** why the called set was refused and the current one kept */
  readonly alarm?: ValidatorAlarm
}

function guard(
  current: readonly Address[],
  called: readonly Address[] | undefined,
): ValidatorAlarm | undefined {
  if (called === undefined) return 'VALIDATORS_CALL_FAILED'
  if (called.length === 0) return 'VALIDATORS_EMPTY'
  if (called.length > VALIDATORS_MAX) return 'VALIDATORS_TOO_MANY'
  if (called.some((each) => !isAddress(each) || each === ZERO_ADDRESS))
    return 'VALIDATORS_MALFORMED'
  if (new Set(called).size !== called.length) return 'VALIDATORS_DUPLICATE'
  const { n, f } = createThresholds(current.length)
  if (called.length < Math.min(4, n)) return 'VALIDATORS_TOO_FEW'
  const kept = new Set(current)
  const added = called.filter((each) => !kept.has(each)).length
  const removed = n - (called.length - added)
  if (added + removed > Math.max(1, f)) return 'VALIDATORS_CHANGE_TOO_LARGE'
  return undefined
}

/**
 * The set that follows `current` when `getValidators()` answered `called` (undefined: it failed).
 * Keeps the current set, with an alarm, when the answer is empty, has a zero or a duplicate, has
 * fewer than min(4, n) members, or changes more than max(1, f) members (an addition and a removal
 * are one change each: a replacement is an addition, then a removal). Total and pure; the result is
 * ascending.
 */
export function validatorsAfterChange(
  current: readonly Address[],
  called: readonly Address[] | undefined,
): ValidatorChange {
  const lower = called?.map((each) =>
    typeof each === 'string' ? (each.toLowerCase() as Address) : each,
  )
  const alarm = guard(current, lower)
  if (alarm !== undefined || lower === undefined)
    return { validators: current, ...(alarm === undefined ? {} : { alarm }) }
  return { validators: sortValidators(lower) }
}
