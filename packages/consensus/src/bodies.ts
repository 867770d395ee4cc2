/**
 * Which blocks are asked for, and what comes back. A block is asked for when its proposal stands in
 * a round that matters, or when a polka or a quorum of precommits names it (docs/spec/consensus.md
 * B3). A failure is asked for again after half a step, as long as it matters.
 */
import { type Address, type Block, blockHash, type Hash } from '@veche/primitives'
import { checkHeader } from './header.ts'
import type { Candidate } from './input.ts'
import { STATUS_PER_STEP } from './limits.ts'
import type { Proposal } from './message.ts'
import type { CandidateEntry, HeightState, Round, State, Turn } from './state.ts'
import { valuesAt } from './tally.ts'
import { quorumOf } from './thresholds.ts'

/** Half a step, milliseconds: the pace of statuses and of asking again. */
export function pauseMs(state: State): number {
  return (state.parameters.stepSeconds * 1000) / STATUS_PER_STEP
}

/** Whether a header proposed in `round` may stand on the present parent. */
export function isFit(state: State, header: Block['header'], round: number): boolean {
  const { validators, next, nextHash, parent } = state.current
  const sets = { validators, nextValidators: next, nextHash }
  const context = { parameters: state.parameters, ...sets, round }
  return checkHeader(header, parent.header, { ...context, parentHash: parent.hash }).ok
}

function mayAsk(state: State, entry: CandidateEntry | undefined): boolean {
  if (entry === undefined) return true
  return entry.status === 'failed' && state.nowMs >= entry.askedAtMs + pauseMs(state)
}

/**
 * Marks a block as asked for in a round; false when it is held, asked for, or failed a moment ago.
 */
function ask(state: State, hash: Hash, round: number): boolean {
  const { candidates } = state.current
  const entry = candidates.get(hash)
  if (entry !== undefined) entry.round = Math.max(entry.round, round)
  if (!mayAsk(state, entry)) return false
  const highest = Math.max(entry?.round ?? round, round)
  const asked = {
    status: 'asked',
    round: highest,
    askedAtMs: state.nowMs,
    candidate: null,
  } as const
  candidates.set(hash, { ...asked })
  return true
}

function proposalFor(height: HeightState, hash: Hash): Proposal | undefined {
  for (const round of height.rounds.values()) {
    const proposal = round.proposals.get(hash)
    if (proposal !== undefined) return proposal
  }
  return undefined
}

function askNamed(turn: Turn, hash: Hash, at: { round: number; from: Iterable<Address> }): void {
  const { state, effects } = turn
  if (!ask(state, hash, at.round)) return
  const block = state.restored.heights.get(state.current.height)?.bodies.get(hash)
  if (block !== undefined) {
    effects.push({ kind: 'execute', hash, block })
    return
  }
  const proposal = proposalFor(state.current, hash)
  const from = [...at.from].filter((each) => each !== state.self)
  if (proposal !== undefined) effects.push({ kind: 'check', proposal })
  else effects.push({ kind: 'fetch', height: state.current.height, hash, from })
}

function askVoted(turn: Turn, number: number, round: Round): void {
  const height = turn.state.current
  const { polka, prevotes, precommits } = round
  if (polka !== null && number >= (height.valid?.round ?? -1))
    askNamed(turn, polka, { round: number, from: prevotes.byHash.get(polka)?.keys() ?? [] })
  for (const hash of valuesAt(precommits, quorumOf(turn)))
    askNamed(turn, hash, { round: number, from: precommits.byHash.get(hash)?.keys() ?? [] })
}

/** Asks for every block that matters and is not held. */
export function requestBodies(turn: Turn): void {
  const height = turn.state.current
  for (const [number, round] of height.rounds) {
    askVoted(turn, number, round)
    if (number < height.round || number > height.round + 1) continue
    for (const proposal of round.proposals.values()) {
      if (ask(turn.state, proposal.hash, number)) turn.effects.push({ kind: 'check', proposal })
      break // of an equivocating proposer's values the first one; the other when it has a polka
    }
  }
}

/** A header that no proposal has shown is checked like one. */
function isProven(state: State, candidate: Candidate, entry: CandidateEntry): boolean {
  const { hash, block } = candidate
  if (proposalFor(state.current, hash) !== undefined) return true
  return blockHash(block.header) === hash && isFit(state, block.header, entry.round)
}

/** The answer to `check`, `fetch` or `execute`. A block that nobody waits for is ignored. */
export function onChecked(state: State, hash: Hash, candidate: Candidate | null): void {
  const entry = state.current.candidates.get(hash)
  if (entry === undefined || entry.status === 'held') return
  const fits = candidate !== null && candidate.hash === hash && isProven(state, candidate, entry)
  entry.status = fits ? 'held' : 'failed'
  entry.candidate = fits ? candidate : null
  entry.askedAtMs = state.nowMs
}

/** Notes a block of our own that was just built. */
export function holdCandidate(state: State, candidate: Candidate, round: number): void {
  state.current.candidates.set(candidate.hash, {
    status: 'held',
    round,
    askedAtMs: state.nowMs,
    candidate,
  })
}
