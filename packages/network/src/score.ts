/**
 * Who misbehaved: a score per peer that penalties lower and time heals, and a ban list. Bounded:
 * the peers touched longest ago are forgotten first.
 */
import type { Clock } from '@veche/primitives'
import { BAN_SCORE, SCORE_HALF_LIFE_MS, SCORES_MAX } from './limits.ts'

/**
 * Points of the codes this package and its callers raise; any other code costs {@link
 * DEFAULT_POINTS}.
 */
const POINTS: Readonly<Record<string, number>> = {
  PEER_MALFORMED: 50,
  PEER_NOT_VALIDATOR: 25,
  PEER_FLOODS: 20,
  PEER_RECORD_INVALID: 20,
  PEER_BATCH_MALFORMED: 25,
  PEER_ANSWER_INVALID: 25,
}
const DEFAULT_POINTS = 20

export interface Scores {
  /** lowers the score; true when the peer is now to be disconnected and banned */
  penalize(peerId: string, code: string): boolean
  /** present score, 0 or less */
  score(peerId: string): number
  ban(peerId: string, durationMs: number): void
  isBanned(peerId: string): boolean
}

interface Entry {
  score: number
  atMs: number
  bannedUntilMs: number
}

/** Creates an empty table. */
export function createScores(clock: Clock): Scores {
  const entries = new Map<string, Entry>()

  const touch = (peerId: string): Entry => {
    const nowMs = clock.nowMs()
    const entry = entries.get(peerId) ?? { score: 0, atMs: nowMs, bannedUntilMs: 0 }
    entry.score *= 0.5 ** (Math.max(0, nowMs - entry.atMs) / SCORE_HALF_LIFE_MS)
    entry.atMs = nowMs
    // a re-inserted key is the youngest of the map
    entries.delete(peerId)
    entries.set(peerId, entry)
    if (entries.size > SCORES_MAX) {
      const oldest = entries.keys().next()
      if (oldest.done === false) entries.delete(oldest.value)
    }
    return entry
  }

  return {
    penalize(peerId, code) {
      const entry = touch(peerId)
      entry.score -= POINTS[code] ?? DEFAULT_POINTS
      return entry.score <= BAN_SCORE
    },
    score: (peerId) => (entries.has(peerId) ? touch(peerId).score : 0),
    ban(peerId, durationMs) {
      const entry = touch(peerId)
      entry.bannedUntilMs = clock.nowMs() + durationMs
      // after the ban it starts half way
      entry.score = BAN_SCORE / 2
    },
    isBanned(peerId) {
      const entry = entries.get(peerId)
      return entry !== undefined && entry.bannedUntilMs > clock.nowMs()
    },
  }
}
