/**
 * Thresholds, by integers only (consensus.md, "Parameters"). A quorum by floating point is a known
 * bug.
 */
import { assert } from '@veche/primitives'

export interface Thresholds {
  /** members of the set, ≥ 1 */
  readonly n: number
  /** faulty members tolerated: ⌊(n−1)/3⌋ */
  readonly f: number
  /** ⌈2n/3⌉; two quorums share at least f+1 members */
  readonly q: number
  /** f+1: at least one of them is honest */
  readonly jump: number
}

/** The thresholds of a set of `n` members. Pure. */
export function createThresholds(n: number): Thresholds {
  assert(Number.isSafeInteger(n) && n >= 1, `a set of at least one expected, got ${n}`)
  const f = (n - 1 - ((n - 1) % 3)) / 3
  const q = (2 * n + 2 - ((2 * n + 2) % 3)) / 3
  return { n, f, q, jump: f + 1 }
}
