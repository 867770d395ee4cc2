/** Total decoders of what ValidatorSet answers and emits, for operators' commands and the node. */
import { type Address, accept, bytesToHex, type Hash, type Result, refuse } from '@veche/primitives'
import { decodeErrorResult, decodeEventLog, decodeFunctionResult } from 'viem/utils'
import type { LogLike, Revert } from './document-registry-answers.ts'
import { validatorSetAbi as abi } from './generated/validator-set.ts'

/** The states of IValidatorSet.Stage, by number. */
export const PROPOSAL_STAGES = ['none', 'open', 'scheduled', 'activated', 'vetoed'] as const

/** IValidatorSet.Proposal in this house's words. */
export interface SetProposal {
  readonly kind: 'add' | 'remove'
  readonly stage: (typeof PROPOSAL_STAGES)[number]
  readonly approvals: number
  readonly needed: number
  /** unix seconds before which it cannot be scheduled */
  readonly vetoUntil: number
  /** unix seconds from which it does nothing */
  readonly expiresAt: number
  /** block from which it may be activated, 0 before it is scheduled */
  readonly activationHeight: number
  /** unix seconds of the candidate's last word that it is in step, 0 for none */
  readonly readyAt: number
  readonly member: Address
  readonly organisation: Hash
  /** the member that leaves with its activation */
  readonly replaces?: Address
}

const NOBODY = `0x${'00'.repeat(20)}`

const lower = (address: string): Address => address.toLowerCase() as Address

/** Decodes the answer of `proposalOf`; undefined inside for an id that does not exist. */
export function decodeProposal(data: Uint8Array): Result<SetProposal | undefined> {
  try {
    const raw = decodeFunctionResult({ abi, functionName: 'proposalOf', data: bytesToHex(data) })
    const stage = PROPOSAL_STAGES[raw.stage]
    if (stage === undefined || raw.kind > 1) return malformed('Proposal')
    if (stage === 'none') return accept(undefined)
    return accept({
      kind: raw.kind === 0 ? 'add' : 'remove',
      stage,
      approvals: raw.approvals,
      needed: raw.needed,
      vetoUntil: raw.vetoUntil,
      expiresAt: raw.expiresAt,
      activationHeight: raw.activationHeight,
      readyAt: raw.readyAt,
      member: lower(raw.member),
      organisation: raw.organisation,
      ...(raw.replaces === NOBODY ? {} : { replaces: lower(raw.replaces) }),
    })
  } catch {
    return malformed('Proposal')
  }
}

/** Decodes a lone word: a count, a flag or a hash. Refuses with `RETURN_MALFORMED`. */
export function decodeWord(data: Uint8Array): Result<bigint> {
  if (data.length !== 32) return malformed('one word')
  return accept(BigInt(bytesToHex(data)))
}

function malformed(what: string) {
  return refuse('RETURN_MALFORMED', `ABI encoding of ${what} expected`)
}

/** An event of ValidatorSet by name with its named arguments, as the ABI types them. */
export type ValidatorSetEvent = ReturnType<typeof decodeEventLog<typeof abi>>

/** Decodes one log of the set. Refuses with `LOG_UNKNOWN` what is none of its events. */
export function decodeValidatorSetLog(log: LogLike): Result<ValidatorSetEvent> {
  try {
    const topics = [...log.topics] as [Hash, ...Hash[]]
    return accept(decodeEventLog({ abi, topics, data: bytesToHex(log.data) }))
  } catch {
    return refuse('LOG_UNKNOWN', 'an event of ValidatorSet expected')
  }
}

/** Decodes the return data of a reverted call. Refuses with `REVERT_UNKNOWN` any other data. */
export function decodeValidatorSetRevert(data: Uint8Array): Result<Revert> {
  try {
    const { errorName, args } = decodeErrorResult({ abi, data: bytesToHex(data) })
    return accept({ name: errorName, args: args ?? [] })
  } catch {
    return refuse('REVERT_UNKNOWN', 'a custom error of ValidatorSet expected')
  }
}
