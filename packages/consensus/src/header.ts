/**
 * What every importer checks in a header, besides its certificate and its execution
 * (docs/spec/consensus.md H1–H6; layout: EEA QBFT specification, "Block header").
 */
import {
  type Address,
  accept,
  blockHash,
  compareBytes,
  decodeExtraData,
  EMPTY_OMMERS_HASH,
  type ExtraData,
  type Hash,
  type Header,
  hexToBytes,
  ISTANBUL_MIX_HASH,
  type Refusal,
  type Result,
  refuse,
  validatorSetHash,
  ZERO_NONCE,
} from '@veche/primitives'
import type { ConsensusParameters } from './parameters.ts'
import { createSchedule, primaryOf, roundAt, roundStart } from './schedule.ts'

export interface HeaderContext {
  readonly parameters: ConsensusParameters
  /** the set in force at this height */
  readonly validators: readonly Address[]
  /** the set in force at the next height */
  readonly nextValidators: readonly Address[]
  /** round in which the header was proposed; default: the one in its extraData (sealed headers) */
  readonly round?: number
  /** hash of `parent`, when it is known already */
  readonly parentHash?: Hash
  /** hash of `nextValidators`, when it is known already */
  readonly nextHash?: Hash
}

function invalid(reason: string): Refusal {
  return refuse('HEADER_INVALID', reason)
}

/** Whether a set is ascending and unique, as every header lists it. */
export function isSortedSet(validators: readonly Address[]): boolean {
  return validators.every((address, i) => i === 0 || (validators[i - 1] as Address) < address)
}

/** A copy of the set in ascending order. */
export function sortValidators(validators: readonly Address[]): readonly Address[] {
  return [...validators].sort((a, b) => compareBytes(hexToBytes(a), hexToBytes(b)))
}

function checkConstants(header: Header): Refusal | null {
  if (header.difficulty !== 1n) return invalid(`difficulty 1 expected, got ${header.difficulty}`)
  if (header.nonce !== ZERO_NONCE) return invalid(`nonce 0 expected, got ${header.nonce}`)
  if (header.mixHash !== ISTANBUL_MIX_HASH) return invalid('the Istanbul mixHash expected')
  if (header.ommersHash !== EMPTY_OMMERS_HASH) return invalid('no ommers expected')
  return null
}

function checkSets(extra: ExtraData, context: HeaderContext): Refusal | null {
  const { validators, nextValidators } = context
  const listed = extra.validators
  if (listed.length !== validators.length || listed.some((each, i) => each !== validators[i]))
    return invalid('the complete sorted validator set expected')
  if (extra.vanity !== (context.nextHash ?? validatorSetHash(nextValidators)))
    return invalid("vanity with the hash of the next height's validators expected")
  return null
}

function checkStep(
  header: Header,
  parent: Header,
  at: { readonly context: HeaderContext; readonly round: number },
): Refusal | null {
  const { parameters, validators } = at.context
  const { stepSeconds } = parameters
  if (header.timestamp % stepSeconds !== 0)
    return invalid(`timestamp of a whole step expected, got ${header.timestamp}`)
  const step = header.timestamp / stepSeconds
  const parentStep = Math.floor(parent.timestamp / stepSeconds)
  const schedule = createSchedule(parameters, validators.length)
  const proposed = roundAt(schedule, parentStep, step)
  if (proposed < 0) return invalid('step not below its parent expected')
  if (roundStart(schedule, parentStep, proposed) !== step)
    return invalid(`step at which a round begins expected, got ${step}`)
  if (proposed > at.round)
    return invalid(`step of a round up to ${at.round} expected, got round ${proposed}`)
  if (header.coinbase !== primaryOf(validators, step))
    return invalid(`primary of step ${step} as coinbase expected, got ${header.coinbase}`)
  return null
}

/**
 * The consensus checks of a header against its parent: number, parentHash, constants, complete
 * sorted set, vanity chain, and step (timestamp = step × D, step = S(r0) for some r0 ≤ round, never
 * below the parent's, coinbase = primary(step)). Does not look at seals: see `verifyCertificate`.
 * Refuses with `HEADER_INVALID`. Pure and total.
 */
export function checkHeader(
  header: Header,
  parent: Header,
  context: HeaderContext,
): Result<ExtraData> {
  if (header.number !== parent.number + 1)
    return invalid(`number ${parent.number + 1} expected, got ${header.number}`)
  if (header.parentHash !== (context.parentHash ?? blockHash(parent)))
    return invalid('hash of the parent expected')
  const extra = decodeExtraData(header.extraData)
  if (!extra.ok) return invalid(extra.reason)
  const round = context.round ?? extra.value.round
  const problem =
    checkConstants(header) ??
    checkSets(extra.value, context) ??
    checkStep(header, parent, { context, round })
  return problem ?? accept(extra.value)
}
