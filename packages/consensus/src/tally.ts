/**
 * Votes of one round and one type. One value per signer and one that conflicts are held; votes that
 * come inside a polka are always counted (docs/spec/consensus.md B2). Bounded: two values per
 * member.
 */
import type { Address, Hash } from '@veche/primitives'
import { isConflict } from './evidence.ts'
import { VALUES_PER_SIGNER_MAX } from './limits.ts'
import type { Vote } from './message.ts'

export interface Tally<V extends Vote> {
  /** value → signer → vote */
  readonly byHash: Map<Hash, Map<Address, V>>
  /** signer → votes for different values, first come first */
  readonly bySigner: Map<Address, V[]>
}

export type Added<V extends Vote> =
  | { readonly kind: 'added'; readonly conflict?: V }
  | { readonly kind: 'repeated' }
  | { readonly kind: 'dropped' }

export function createTally<V extends Vote>(): Tally<V> {
  return { byHash: new Map(), bySigner: new Map() }
}

/**
 * Counts a vote. A repeated one counts once; a second value counts and is returned with its
 * conflict; a third is dropped unless `justified` (it came inside a polka).
 */
export function addVote<V extends Vote>(tally: Tally<V>, vote: V, justified = false): Added<V> {
  const earlier = tally.bySigner.get(vote.signer) ?? []
  if (earlier.some((other) => other.hash === vote.hash)) return { kind: 'repeated' }
  if (earlier.length >= VALUES_PER_SIGNER_MAX && !justified) return { kind: 'dropped' }
  tally.bySigner.set(vote.signer, [...earlier, vote])
  const votes = tally.byHash.get(vote.hash) ?? new Map<Address, V>()
  tally.byHash.set(vote.hash, votes.set(vote.signer, vote))
  const conflict = earlier.find((other) => isConflict(other, vote))
  return conflict === undefined ? { kind: 'added' } : { kind: 'added', conflict }
}

/** How many members voted for a value. */
export function countVotes<V extends Vote>(tally: Tally<V>, hash: Hash): number {
  return tally.byHash.get(hash)?.size ?? 0
}

/** The values that `threshold` members voted for; at most one with no more than f faulty. */
export function valuesAt<V extends Vote>(tally: Tally<V>, threshold: number): Hash[] {
  const values: Hash[] = []
  for (const [hash, votes] of tally.byHash) if (votes.size >= threshold) values.push(hash)
  return values
}
