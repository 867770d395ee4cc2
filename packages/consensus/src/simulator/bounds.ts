/**
 * Invariant 17: what a machine holds stays small, whatever is sent and however long a halt lasts.
 */
import type { Address } from '@veche/primitives'
import type { State } from '../state.ts'
import { violated } from './checks.ts'

/** B3: rounds behind the present one, in rotations of the set; not the machine's own constant */
const ROTATIONS_BEHIND = 2
/** B4: messages for the next height per signer */
const FUTURE_PER_SIGNER = 12

export interface StateSize {
  readonly rounds: number
  readonly votes: number
  readonly candidates: number
  readonly own: number
  readonly future: number
  readonly members: number
}

/** How much a machine holds, in entries. */
export function sizeOfState(state: State): StateSize {
  const { rounds, candidates, heard, sent, signing, logging } = state.current
  let votes = 0
  for (const { prevotes, precommits } of rounds.values())
    for (const tally of [prevotes, precommits])
      for (const cast of tally.bySigner.values()) votes += cast.length
  let future = 0
  for (const held of state.future.values()) future += held.length
  return {
    rounds: rounds.size,
    votes,
    candidates: candidates.size,
    own: sent.size + signing.size + logging.size,
    future,
    members: heard.size + state.helpedAtMs.size,
  }
}

/** The most that a machine of n members may hold (docs/spec/consensus.md B1–B5, R3). */
export function maxStateSize(n: number): StateSize {
  // 2n rounds behind, n steps ahead, the present one, and the special ones: locked, valid, wanted
  const rounds = (ROTATIONS_BEHIND + 1) * n + 4
  return {
    rounds,
    // per member, round and type one value, one that conflicts, and those of polkas
    votes: rounds * (n + 1) * 2 * 3,
    candidates: 2 * rounds,
    own: 3 * 3 * rounds,
    future: FUTURE_PER_SIGNER * (n + 2),
    members: 2 * (n + 2),
  }
}

/** Breaks when a machine holds more than its bound. */
export function checkStateSize(state: State, index: number): void {
  const size = sizeOfState(state)
  const max = maxStateSize(state.current.validators.length)
  for (const key of Object.keys(max) as (keyof StateSize)[])
    if (size[key] > max[key])
      violated('STATE_TOO_LARGE', `node ${index}: ${size[key]} ${key}, ${max[key]} at most`)
}

/** The same for what costs nothing to count, after every single input. */
export function checkCounts({ current, future }: State, index: number, signer?: Address): void {
  const { rounds, candidates } = maxStateSize(current.validators.length)
  if (current.rounds.size > rounds)
    violated('STATE_TOO_LARGE', `node ${index}: ${current.rounds.size} rounds, ${rounds} at most`)
  if (current.candidates.size > candidates)
    violated('STATE_TOO_LARGE', `node ${index}: ${current.candidates.size} blocks`)
  const held = signer === undefined ? 0 : (future.get(signer)?.length ?? 0)
  if (held > FUTURE_PER_SIGNER)
    violated('STATE_TOO_LARGE', `node ${index}: ${held} messages of ${signer} for the next height`)
}
