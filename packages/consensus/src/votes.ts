/**
 * Receiving: proposals, prevotes, precommits and polkas of the present height go into their rounds
 * (docs/spec/consensus.md B1–B4). Conflicts become evidence, once per signer and height. Only
 * authentic messages come here (authenticate.ts); everything else about them is judged here.
 */
import type { Address } from '@veche/primitives'
import { isFit } from './bodies.ts'
import { type Accusable, claimOf, isConflict } from './evidence.ts'
import type { Polka, Precommit, Prevote, Proposal } from './message.ts'
import { onOwnEcho } from './recover.ts'
import { isNear, oldestKept, proposerAt, roundOf, startOf } from './rounds.ts'
import type { HeightState, Round, State, Turn } from './state.ts'
import { type Added, addVote, countVotes } from './tally.ts'
import { quorumOf } from './thresholds.ts'

/** Reports an equivocation and passes it on, once per signer and height (E1, E2). */
export function accuse(
  turn: Turn,
  first: Proposal | Accusable,
  second: Proposal | Accusable,
): void {
  const { state, effects } = turn
  const { accused } = state.current
  if (accused.has(first.signer)) return
  accused.add(first.signer)
  const evidence = { kind: 'evidence', first: claimOf(first), second: claimOf(second) } as const
  effects.push({ kind: 'evidence', evidence })
  if (state.self !== null) effects.push({ kind: 'send', message: evidence })
}

/** Notes where a member is, for the jump on f+1 (L55). Own messages do not count. */
export function hear(state: State, signer: Address, round: number): void {
  const { heard } = state.current
  if (signer === state.self || !isNear(state, round)) return
  if (round > (heard.get(signer) ?? -1)) heard.set(signer, round)
}

/** Whether a round is held: not too far ahead (R3), and not older than what is kept. */
function isKept(state: State, round: number): boolean {
  const height = state.current
  const isSpecial = round === height.locked?.round || round === height.valid?.round
  return isNear(state, round) && (round >= oldestKept(height) || isSpecial)
}

/** Whether the header, the step and the polka of a proposal are what its round asks for. */
function isProposalRight(turn: Turn, proposal: Proposal): boolean {
  const { state } = turn
  const height = state.current
  const { header, round, validRound, polka } = proposal
  if (proposal.parentHash !== height.parent.hash) return false
  if (proposal.signer !== proposerAt(height, round)) return false
  if (validRound < 0) {
    const fresh = startOf(height, round) * state.parameters.stepSeconds
    return header.timestamp === fresh && isFit(state, header, round)
  }
  if (polka === undefined || validRound >= round) return false
  if (!isPolkaRight(turn, polka) || polka.hash !== proposal.hash) return false
  return isFit(state, header, validRound)
}

/** Whether a polka has q votes of members; its signatures were recovered before. */
export function isPolkaRight(turn: Turn, polka: Polka): boolean {
  const { validators, height } = turn.state.current
  if (polka.height !== height) return false
  const members = polka.votes.filter((vote) => validators.includes(vote.signer))
  return members.length === polka.votes.length && members.length >= quorumOf(turn)
}

function findConflict(round: Round, proposal: Proposal): Proposal | undefined {
  for (const other of round.proposals.values()) if (isConflict(other, proposal)) return other
  return undefined
}

/** A proposal of this height (L22, L28). */
export function onProposal(turn: Turn, proposal: Proposal): void {
  const { state } = turn
  const height = state.current
  if (!isKept(state, proposal.round)) return
  hear(state, proposal.signer, proposal.round)
  const round = roundOf(height, proposal.round)
  const conflict = findConflict(round, proposal)
  if (conflict !== undefined) accuse(turn, conflict, proposal)
  if (round.proposals.has(proposal.hash) || round.proposals.size > 1) return
  if (!isProposalRight(turn, proposal)) return
  round.proposals.set(proposal.hash, proposal)
  if (proposal.polka !== undefined) onPolka(turn, proposal.polka)
}

function noteConflict(
  turn: Turn,
  added: Added<Prevote> | Added<Precommit>,
  vote: Prevote | Precommit,
): void {
  if (added.kind === 'added' && added.conflict !== undefined) accuse(turn, added.conflict, vote)
}

function notePolka(turn: Turn, round: Round, hash: Prevote['hash']): void {
  if (round.polka !== null) return
  if (countVotes(round.prevotes, hash) >= quorumOf(turn)) round.polka = hash
}

/** A prevote of this height. */
export function onPrevote(turn: Turn, prevote: Prevote): void {
  const { state } = turn
  if (!isKept(state, prevote.round)) return
  hear(state, prevote.signer, prevote.round)
  const round = roundOf(state.current, prevote.round)
  noteConflict(turn, addVote(round.prevotes, prevote), prevote)
  notePolka(turn, round, prevote.hash)
}

/** A precommit of this height. Its seal is checked when the header is known (decide.ts). */
export function onPrecommit(turn: Turn, precommit: Precommit): void {
  const { state } = turn
  if (!isKept(state, precommit.round)) return
  hear(state, precommit.signer, precommit.round)
  const round = roundOf(state.current, precommit.round)
  noteConflict(turn, addVote(round.precommits, precommit), precommit)
}

/** A polka: its votes are counted whatever else their signers said (B2). */
export function onPolka(turn: Turn, polka: Polka): void {
  const { state } = turn
  const height = state.current
  if (!isPolkaRight(turn, polka) || !isNear(state, polka.round)) return
  if (polka.round < oldestKept(height) && polka.round <= (height.valid?.round ?? -1)) return
  const round = roundOf(height, polka.round)
  for (const { signer, signature } of polka.votes) {
    const { height: number, round: at, hash } = polka
    const vote: Prevote = { kind: 'prevote', height: number, round: at, hash, signer, signature }
    if (signer === state.self) onOwnEcho(turn, vote)
    noteConflict(turn, addVote(round.prevotes, vote, true), vote)
    hear(state, signer, at)
  }
  notePolka(turn, round, polka.hash)
}

/** The votes for the polka of a round, as it travels. */
export function polkaOf(height: HeightState, number: number): Polka | null {
  const round = height.rounds.get(number)
  if (round === undefined || round.polka === null) return null
  const votes = [...(round.prevotes.byHash.get(round.polka)?.values() ?? [])]
  return {
    height: height.height,
    round: number,
    hash: round.polka,
    votes: votes.map(({ signer, signature }) => ({ signer, signature })),
  }
}
