/**
 * How far a peer's clock is from ours, by NTP's four timestamps (RFC 5905 §8): asked at t1, heard
 * there at t2, answered at t3, back at t4; ahead = ((t2 − t1) + (t3 − t4)) / 2, wrong by at most
 * half the way ((t4 − t1) − (t3 − t2)) / 2. Of the last samples those with the shortest way count,
 * and of these the median. A peer may lie about its own clock and about nothing else; what a lie is
 * worth is for the caller to judge (f+1 must agree).
 */
import {
  accept,
  type Clock,
  encodeRlp,
  type PeerClockInfo,
  type Result,
  readRlp,
  refuse,
} from '@veche/primitives'
import { encodeFrame } from './frame.ts'
import {
  CLOCK_AHEAD_MS_MAX,
  CLOCK_FAST_INTERVAL_MS,
  CLOCK_FAST_SAMPLES_MAX,
  CLOCK_INTERVAL_MS,
  CLOCK_JUMP_MS,
  CLOCK_SAMPLES_BEST,
  CLOCK_SAMPLES_MAX,
  CLOCK_WAY_MS_MAX,
} from './limits.ts'

const TAG_QUESTION = 0
const TAG_ANSWER = 1

export type ClockMessage =
  | { readonly kind: 'question'; readonly id: number }
  | {
      readonly kind: 'answer'
      readonly id: number
      /** unix milliseconds of the peer's clock */
      readonly heardMs: number
      readonly answeredMs: number
    }

/** The frame of a question. */
export function encodeClockQuestion(id: number): Uint8Array {
  return encodeFrame(encodeRlp([TAG_QUESTION, id]))
}

/** The frame of an answer; both times are ours, unix milliseconds. */
export function encodeClockAnswer(id: number, heardMs: number, answeredMs: number): Uint8Array {
  const numbers = [TAG_ANSWER, id, heardMs, answeredMs]
  return encodeFrame(encodeRlp(numbers.map((value) => Math.max(0, Math.round(value)))))
}

/** Decodes a foreign frame. Refuses with `PEER_MALFORMED`. */
export function decodeClockMessage(frame: Uint8Array): Result<ClockMessage> {
  const read = readRlp(frame, (reader): ClockMessage => {
    const tag = reader.number()
    const id = reader.number()
    if (tag === TAG_QUESTION) return { kind: 'question', id }
    return { kind: 'answer', id, heardMs: reader.number(), answeredMs: reader.number() }
  })
  return 'value' in read
    ? accept(read.value)
    : refuse('PEER_MALFORMED', `clock message: ${read.reason}`)
}

interface Sample {
  readonly aheadMs: number
  readonly wayMs: number
}

/** A sample from four timestamps; undefined when they cannot be true or the way was too long. */
export function toSample(times: {
  readonly askedMs: number
  readonly heardMs: number
  readonly answeredMs: number
  readonly backMs: number
}): Sample | undefined {
  const { askedMs, heardMs, answeredMs, backMs } = times
  const wayMs = backMs - askedMs - (answeredMs - heardMs)
  // a peer may not hold the question longer than the whole way took, nor answer before it heard
  if (answeredMs < heardMs || wayMs < 0 || backMs - askedMs > CLOCK_WAY_MS_MAX) return undefined
  const aheadMs = (heardMs - askedMs + answeredMs - backMs) / 2
  const bounded = Math.max(-CLOCK_AHEAD_MS_MAX, Math.min(CLOCK_AHEAD_MS_MAX, aheadMs))
  return { aheadMs: bounded, wayMs }
}

/** The median of the samples with the shortest way; undefined for none. */
export function estimate(samples: readonly Sample[]): PeerClockInfo | undefined {
  const best = [...samples].sort((a, b) => a.wayMs - b.wayMs).slice(0, CLOCK_SAMPLES_BEST)
  const middle = best.sort((a, b) => a.aheadMs - b.aheadMs)[Math.floor((best.length - 1) / 2)]
  if (middle === undefined) return undefined
  return { aheadMs: Math.round(middle.aheadMs), errorMs: Math.ceil(middle.wayMs / 2) }
}

export interface PeerClockInit {
  readonly clock: Clock
  /** queues a frame to the peer */
  readonly send: (frame: Uint8Array) => void
  readonly onEstimate: (info: PeerClockInfo) => void
  /** calls `task` after a while; returns how to cancel it */
  readonly later: (task: () => void, ms: number) => () => void
}

export interface PeerClock {
  /** begins to ask: quickly at first, every few seconds then, quickly again after a jump */
  start(): void
  onAnswer(answer: Extract<ClockMessage, { kind: 'answer' }>): void
  close(): void
}

/** Creates the asking side for one peer. One question is under way at a time. */
export function createPeerClock(init: PeerClockInit): PeerClock {
  const { clock, send, onEstimate, later } = init
  let samples: Sample[] = []
  let asked: { readonly id: number; readonly atMs: number } | undefined
  let nextId = 1
  let fastLeft = CLOCK_FAST_SAMPLES_MAX
  let cancel: (() => void) | undefined

  const ask = (): void => {
    // the question before was lost: the next ones need not hurry
    if (asked !== undefined) fastLeft = 0
    asked = { id: nextId++, atMs: clock.nowMs() }
    send(encodeClockQuestion(asked.id))
    const fast = fastLeft > 0
    if (fast) fastLeft--
    cancel = later(ask, fast ? CLOCK_FAST_INTERVAL_MS : CLOCK_INTERVAL_MS)
  }

  return {
    start: () => {
      if (cancel === undefined) ask()
    },
    onAnswer({ id, heardMs, answeredMs }) {
      // late, repeated or never asked for
      if (asked?.id !== id) return
      const sample = toSample({ askedMs: asked.atMs, heardMs, answeredMs, backMs: clock.nowMs() })
      asked = undefined
      if (sample === undefined) return
      const before = estimate(samples)
      samples = [...samples, sample].slice(-CLOCK_SAMPLES_MAX)
      const now = estimate(samples) as PeerClockInfo
      const jumpMs = before === undefined ? 0 : Math.abs(sample.aheadMs - before.aheadMs)
      if (jumpMs > CLOCK_JUMP_MS + sample.wayMs / 2 && fastLeft === 0) {
        fastLeft = CLOCK_FAST_SAMPLES_MAX
        cancel?.()
        cancel = later(ask, CLOCK_FAST_INTERVAL_MS)
      }
      onEstimate(now)
    },
    close() {
      cancel?.()
      cancel = () => undefined
      samples = []
    },
  }
}
