/**
 * What an operator must see of the height in work: round, votes by name, who is silent, locks, and
 * the reason why it is not decided (reason.ts). Pure; never asked by the machine. Rule numbers are
 * those of docs/spec/consensus.md.
 */
import type { Address, Hash } from '@veche/primitives'
import { type Hearing, isBusy, patienceMs } from './hearing.ts'
import type { Precommit, Prevote } from './message.ts'
import { findReason, type Reason } from './reason.ts'
import { clockRound, currentStep, proposerAt, startOf } from './rounds.ts'
import { roundWidth, stepToMs } from './schedule.ts'
import type { CandidateEntry, State } from './state.ts'
import { isLive } from './status.ts'
import type { Tally } from './tally.ts'

/** Who voted for one value. */
export interface ValueVotes {
  readonly hash: Hash
  /** ascending */
  readonly signers: readonly Address[]
}

/** A proposal of the round. */
export interface ProposalSummary {
  readonly hash: Hash
  /** −1 for a fresh value */
  readonly validRound: number
  /** `none`: not asked for; `asked`: being fetched or executed; `held`: executed */
  readonly body: 'none' | CandidateEntry['status']
  /** milliseconds since the body was asked for, failed, or came; 0 for `none` */
  readonly bodyMs: number
}

/** One member of the set in force. */
export interface MemberSummary {
  readonly address: Address
  readonly isSelf: boolean
  /** unix milliseconds; null when it was never heard */
  readonly heardAtMs: number | null
  /** the height and round it last spoke of, −1 when never heard */
  readonly heardHeight: number
  readonly heardRound: number
  /** its last proposal, prevote or precommit; null for none */
  readonly voted: { readonly height: number; readonly round: number } | null
  /** in the round in force: what it prevoted and precommitted */
  readonly prevote: Hash | null
  readonly precommit: Hash | null
  /** not heard for two steps in which it ought to have spoken */
  readonly isSilent: boolean
}

/** How this node takes part: it votes, is held back by its floor (W6), or is not in the set. */
export type Part = 'votes' | 'muted' | 'not-a-member'

/** `idle`: nothing to decide; `committing`: decided, being stored; else what is waited for. */
export type Phase = 'idle' | 'waiting' | 'propose' | 'prevote' | 'precommit' | 'committing'

export interface RoundSummary {
  readonly height: number
  /** −1 before S(0) */
  readonly round: number
  readonly step: number
  readonly phase: Phase
  readonly part: Part
  /** of the round's window, steps; and when it ends, unix milliseconds */
  readonly widthSteps: number
  readonly endsAtMs: number
  /** unix milliseconds since when there is something to decide; null while idle */
  readonly liveSinceMs: number | null
  /** null before S(0) */
  readonly proposer: Address | null
  readonly proposal: ProposalSummary | null
  readonly prevotes: readonly ValueVotes[]
  readonly precommits: readonly ValueVotes[]
  /** n, f, q of the set in force */
  readonly thresholds: { readonly n: number; readonly f: number; readonly q: number }
  /** votes that the best value of the round lacks for its next quorum; 0 when nothing is awaited */
  readonly missing: number
  readonly silent: readonly Address[]
  readonly locked: { readonly round: number; readonly hash: Hash } | null
  readonly valid: { readonly round: number; readonly hash: Hash } | null
  /** nothing at or below this height is signed */
  readonly floor: number
  readonly members: readonly MemberSummary[]
  readonly buffers: {
    readonly rounds: number
    readonly candidates: number
    readonly futureMessages: number
    readonly logging: number
  }
  readonly reason: Reason
}

const NOTHING: Tally<Prevote> = { byHash: new Map(), bySigner: new Map() }

function votesOf(tally: Tally<Prevote> | Tally<Precommit>): ValueVotes[] {
  return [...tally.byHash]
    .map(([hash, votes]) => ({ hash, signers: [...votes.keys()].sort() }))
    .sort((a, b) => b.signers.length - a.signers.length)
}

function proposalOf(state: State): ProposalSummary | null {
  const { rounds, round, candidates } = state.current
  const proposal = rounds.get(round)?.proposals.values().next().value
  if (proposal === undefined) return null
  const entry = candidates.get(proposal.hash)
  return {
    hash: proposal.hash,
    validRound: proposal.validRound,
    body: entry?.status ?? 'none',
    bodyMs: entry === undefined ? 0 : Math.max(0, state.nowMs - entry.askedAtMs),
  }
}

/**
 * Whether a member ought to have spoken for two steps: the height is live, or others are speaking.
 * A calm chain in which nobody speaks makes none silent.
 */
function isSilent(state: State, member: Address, hearing: Hearing | undefined): boolean {
  const { current, nowMs } = state
  if (member === state.self) return false
  if (hearing === undefined)
    return isLive(state) && (current.heard.get(member) ?? -1) < current.round - 1
  const heardAtMs = hearing.members.get(member)?.atMs ?? Number.NEGATIVE_INFINITY
  const since = [
    hearing.height === current.height ? hearing.liveSinceMs : null,
    isBusy(hearing, state) ? hearing.busySinceMs : null,
  ]
  return since.some((ms) => ms !== null && nowMs - Math.max(heardAtMs, ms) >= patienceMs(state))
}

function memberOf(state: State, address: Address, hearing: Hearing | undefined): MemberSummary {
  const { current } = state
  const isSelf = address === state.self
  const round = current.rounds.get(current.round)
  const heard = hearing?.members.get(address)
  const voted = heard?.voted ?? null
  return {
    address,
    isSelf,
    heardAtMs: heard?.atMs ?? null,
    heardHeight: heard?.height ?? -1,
    heardRound: heard?.round ?? current.heard.get(address) ?? -1,
    voted: voted && { height: voted.height, round: voted.round },
    prevote: round?.prevotes.bySigner.get(address)?.[0]?.hash ?? null,
    precommit: round?.precommits.bySigner.get(address)?.[0]?.hash ?? null,
    isSilent: isSilent(state, address, hearing),
  }
}

function partOf({ self, current, floor }: State): Part {
  if (self === null || !current.validators.includes(self)) return 'not-a-member'
  return current.height <= floor ? 'muted' : 'votes'
}

function phaseOf(state: State, proposal: ProposalSummary | null): Phase {
  const { current } = state
  if (current.decided !== null) return 'committing'
  if (!isLive(state)) return 'idle'
  if (current.round < 0) return 'waiting'
  const polka = current.rounds.get(current.round)?.polka ?? null
  if (polka !== null) return 'precommit'
  return proposal === null ? 'propose' : 'prevote'
}

/** an idle machine sleeps through windows: then the clock says which round it would be */
function shownRound(state: State): number {
  const { round } = state.current
  return isLive(state) ? round : Math.max(round, clockRound(state))
}

/**
 * The facts of the height in work. With `hearing` silence is judged by time (two steps), without it
 * by the rounds that were heard. Changes nothing; O(votes held).
 */
export function describeRound(state: State, hearing?: Hearing): RoundSummary {
  const { current } = state
  const { thresholds } = current
  const number = shownRound(state)
  const round = current.rounds.get(number)
  const proposal = proposalOf(state)
  const prevotes = votesOf(round?.prevotes ?? NOTHING)
  const precommits = votesOf(round?.precommits ?? NOTHING)
  const phase = phaseOf(state, proposal)
  const isResting = phase === 'idle' || phase === 'committing'
  const stage = phase === 'precommit' ? precommits : prevotes
  const members = current.validators.map((address) => memberOf(state, address, hearing))
  const next = number < 0 ? 0 : number + 1
  const { n, f, q } = thresholds
  const facts: Omit<RoundSummary, 'reason'> = {
    ...{ height: current.height, round: number, step: currentStep(state), phase },
    part: partOf(state),
    widthSteps: number < 0 ? 0 : roundWidth(current.schedule, number),
    endsAtMs: stepToMs(startOf(current, next), state.parameters.stepSeconds),
    liveSinceMs: hearing?.height === current.height ? hearing.liveSinceMs : null,
    proposer: number < 0 ? null : proposerAt(current, number),
    ...{ proposal, prevotes, precommits, thresholds: { n, f, q } },
    missing: isResting ? 0 : Math.max(0, q - (stage[0]?.signers.length ?? 0)),
    silent: members.filter((member) => member.isSilent).map(({ address }) => address),
    locked: current.locked,
    valid: current.valid && { round: current.valid.round, hash: current.valid.hash },
    ...{ floor: state.floor, members },
    buffers: {
      rounds: current.rounds.size,
      candidates: current.candidates.size,
      futureMessages: [...state.future.values()].reduce((sum, held) => sum + held.length, 0),
      logging: current.logging.size,
    },
  }
  return { ...facts, reason: findReason(state, facts) }
}
