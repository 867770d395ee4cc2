/**
 * Invariant 17: what a machine holds stays small, whatever is sent and however long a halt lasts.
 */
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
  const max = maxStateSize(state.current.thresholds.n)
  for (const key of Object.keys(max) as (keyof StateSize)[])
    if (size[key] > max[key])
      violated('STATE_TOO_LARGE', `node ${index}: ${size[key]} ${key}, ${max[key]} at most`)
}
