/**
 * The question before a signature is recovered: could this message change anything here? A
 * repeated vote, one of a decided height or of a round that is not held, a status too soon: the
 * machine would ignore them (docs/spec/consensus.md B1–B5, D3, T3), so they need no check. Reads
 * the state only, and errs towards "no": whatever is kept out would have had no effect.
 */
import type { Address } from '@veche/primitives'
import { pauseMs } from './bodies.ts'
import { FUTURE_PROPOSALS_PER_SIGNER_MAX, VALUES_PER_SIGNER_MAX } from './limits.ts'
import type { EvidenceMessage, Message, Polka, Proposal, SignedMessage, Vote } from './message.ts'
import { isOwnKnown } from './recover.ts'
import { oldestKept, proposerAt, startOf } from './rounds.ts'
import { stepAt } from './schedule.ts'
import type { HeightState, State } from './state.ts'

/** A moment that the machine's clock has not gone past. */
interface View {
  readonly state: State
  readonly nowMs: number
}

/** R3 by a clock that may be ahead of the machine's last input. */
export function isNearAt(state: State, round: number, nowMs: number): boolean {
  const { current, parameters } = state
  const step = stepAt(Math.max(nowMs, state.nowMs), parameters.stepSeconds)
  return startOf(current, round) <= step + current.thresholds.n
}

const isNear = ({ state, nowMs }: View, round: number): boolean => isNearAt(state, round, nowMs)

function isKept(view: View, round: number): boolean {
  const height = view.state.current
  const isSpecial = round === height.locked?.round || round === height.valid?.round
  return isNear(view, round) && (round >= oldestKept(height) || isSpecial)
}

const isHeard = (height: HeightState, signer: Address, round: number): boolean =>
  (height.heard.get(signer) ?? -1) >= round

/** Whether a member was helped a moment ago: its next status is not answered. */
function isHelped({ state, nowMs }: View, member: Address): boolean {
  const last = state.helpedAtMs.get(member) ?? Number.NEGATIVE_INFINITY
  return nowMs < last + pauseMs(state) / 2
}

function isProposalRedundant(height: HeightState, proposal: Proposal): boolean {
  const { round, signer, hash, validRound, parentHash } = proposal
  if (!isHeard(height, signer, round)) return false
  // out of turn nothing of it is kept
  if (signer !== proposerAt(height, round)) return true
  const held = height.rounds.get(round)?.proposals
  if (held === undefined) return false
  const same = held.get(hash)
  if (same?.validRound === validRound && same.parentHash === parentHash) return true
  return held.size > 1 && height.accused.has(signer)
}

function isVoteRedundant(height: HeightState, vote: Vote): boolean {
  if (!isHeard(height, vote.signer, vote.round)) return false
  const round = height.rounds.get(vote.round)
  const tally = vote.kind === 'prevote' ? round?.prevotes : round?.precommits
  const earlier = tally?.bySigner.get(vote.signer) ?? []
  if (earlier.length >= VALUES_PER_SIGNER_MAX) return true
  return earlier.some(({ hash }) => hash === vote.hash)
}

function isPresentRedundant(view: View, message: SignedMessage): boolean {
  const height = view.state.current
  const { signer, round } = message
  if (height.decided !== null || !height.validators.includes(signer)) return true
  if (message.kind === 'status')
    return isHelped(view, signer) && (isHeard(height, signer, round) || !isNear(view, round))
  // the first one tells that there is something to agree on
  if (!height.live) return false
  if (!isKept(view, round)) return true
  return message.kind === 'proposal'
    ? isProposalRedundant(height, message)
    : isVoteRedundant(height, message)
}

function isFutureRedundant({ state, nowMs }: View, message: SignedMessage): boolean {
  const { height, next, validators, decided } = state.current
  const { signer, kind } = message
  const isNext = message.height === height + 1
  if (!next.includes(signer) && !validators.includes(signer)) return true
  if (!isNext || (kind === 'status' && decided === null))
    return nowMs < state.behindAtMs + pauseMs(state)
  if (kind === 'status' || !next.includes(signer)) return true
  const held = (state.future.get(signer) ?? []).filter((other) => other.kind === kind)
  if (kind === 'proposal' && held.length >= FUTURE_PROPOSALS_PER_SIGNER_MAX) return true
  return held.some((other) => other.round === message.round && hashOf(other) === message.hash)
}

const hashOf = (message: SignedMessage): string | null =>
  message.kind === 'status' ? null : message.hash

function isPolkaRedundant(view: View, polka: Polka): boolean {
  const { current } = view.state
  if (polka.height !== current.height || current.decided !== null) return true
  if (!current.live) return false
  if (!isNear(view, polka.round)) return true
  if (current.rounds.get(polka.round)?.polka !== polka.hash) return false
  const own = polka.votes.find(({ signer }) => signer === view.state.self)
  return own === undefined || isOwnKnown(view.state, { kind: 'prevote', ...polka, ...own })
}

function isEvidenceRedundant(state: State, { first, second }: EvidenceMessage): boolean {
  const { current, self } = state
  if (!current.accused.has(first.signer) && current.validators.includes(first.signer)) return false
  return first.signer !== self || [first, second].every((each) => isOwnKnown(state, each))
}

/**
 * Whether the machine would ignore a decoded message at this time (unix milliseconds), authentic or
 * not. Votes inside a polka that is known already are not looked at for conflicts.
 */
export function isRedundant(state: State, message: Message, nowMs: number): boolean {
  // a clock set back is the machine's to judge: a message is not lost by it
  const view: View = { state, nowMs: Math.max(nowMs, state.nowMs) }
  const { current, self } = state
  if (message.kind === 'polka') return isPolkaRedundant(view, message.polka)
  if (message.kind === 'evidence') return isEvidenceRedundant(state, message)
  if (message.signer === self) return isOwnKnown(state, message)
  if (message.height > current.height) return isFutureRedundant(view, message)
  if (message.height === current.height) return isPresentRedundant(view, message)
  return message.kind !== 'status' || isHelped(view, message.signer)
}
