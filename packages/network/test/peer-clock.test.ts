/** Four timestamps, the median of several, and what a hostile peer can make of it. */
import { encodeRlp, numberToBytes } from '@veche/primitives'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createFrameDecoder } from '../src/frame.ts'
import {
  CLOCK_AHEAD_MS_MAX,
  CLOCK_FAST_INTERVAL_MS,
  CLOCK_FAST_SAMPLES_MAX,
  CLOCK_INTERVAL_MS,
  CLOCK_WAY_MS_MAX,
} from '../src/limits.ts'
import {
  createPeerClock,
  decodeClockMessage,
  encodeClockAnswer,
  estimate,
  toSample,
} from '../src/peer-clock.ts'

function bodyOf(frame: Uint8Array): Uint8Array {
  const decoder = createFrameDecoder(64)
  decoder.push(frame)
  return decoder.next() as Uint8Array
}

/** a peer clock on a clock and timers of the test's own */
class Stage {
  nowMs = 1_000_000
  /** its clock minus ours, and the way there and back */
  aheadMs = 0
  thereMs = 2
  backMs = 2
  readonly intervals: number[] = []
  readonly estimates: number[] = []
  #task: (() => void) | undefined
  #asked: number | undefined
  readonly clock = createPeerClock({
    clock: { nowMs: () => this.nowMs },
    send: (frame) => {
      const message = decodeClockMessage(bodyOf(frame))
      this.#asked = message.ok ? message.value.id : undefined
    },
    onEstimate: ({ aheadMs }) => void this.estimates.push(aheadMs),
    later: (task, ms) => {
      this.#task = task
      this.intervals.push(ms)
      return () => {
        this.#task = undefined
      }
    },
  })

  get asked(): number | undefined {
    return this.#asked
  }

  answer(): void {
    const heardMs = this.nowMs + this.thereMs + this.aheadMs
    this.nowMs += this.thereMs + this.backMs
    const id = this.#asked as number
    this.clock.onAnswer({ kind: 'answer', id, heardMs, answeredMs: heardMs })
  }

  /** the next question, after its interval */
  next(): void {
    this.nowMs += this.intervals.at(-1) ?? 0
    this.#task?.()
  }

  run(count: number): void {
    for (let i = 0; i < count; i++) {
      this.answer()
      this.next()
    }
  }
}

test('a peer ahead is measured exactly when both ways are equal, and within half the way else', () => {
  const times = { askedMs: 100, heardMs: 1_110, answeredMs: 1_112, backMs: 122 }
  assert.equal(toSample(times), { aheadMs: 1_000, wayMs: 20 })
  fc.assert(
    fc.property(
      fc.integer({ min: -100_000, max: 100_000 }),
      fc.nat(900),
      fc.nat(900),
      fc.nat(100),
      (ahead, there, back, held) => {
        const askedMs = 10_000_000
        const heardMs = askedMs + there + ahead
        const backMs = askedMs + there + held + back
        const sample = toSample({ askedMs, heardMs, answeredMs: heardMs + held, backMs })
        assert.ok(sample !== undefined)
        assert.ok(Math.abs(sample.aheadMs - ahead) <= sample.wayMs / 2)
      },
    ),
  )
})

test('timestamps that cannot be true, and a way that is too long, are no sample', () => {
  const times = { askedMs: 100, heardMs: 110, answeredMs: 112, backMs: 122 }
  assert.is(toSample({ ...times, answeredMs: 109 }), undefined)
  assert.is(toSample({ ...times, answeredMs: 133 }), undefined)
  assert.is(toSample({ ...times, backMs: 99 }), undefined)
  assert.is(toSample({ ...times, backMs: 101 + CLOCK_WAY_MS_MAX }), undefined)
})

test('any two numbers of a hostile peer give a bounded estimate or none', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (heardMs, answeredMs) => {
      const sample = toSample({ askedMs: 1e12, heardMs, answeredMs, backMs: 1e12 + 10 })
      if (sample === undefined) return
      const info = estimate([sample])
      assert.ok(Math.abs(info?.aheadMs ?? 0) <= CLOCK_AHEAD_MS_MAX)
      assert.ok((info?.errorMs ?? 0) <= CLOCK_WAY_MS_MAX)
    }),
  )
})

test('the estimate is the median of the samples with the shortest way', () => {
  assert.is(estimate([]), undefined)
  const samples = [
    { aheadMs: 400, wayMs: 900 },
    { aheadMs: 11, wayMs: 4 },
    { aheadMs: 10, wayMs: 3 },
    { aheadMs: -300, wayMs: 700 },
    { aheadMs: 12, wayMs: 2 },
  ]
  assert.equal(estimate(samples), { aheadMs: 11, errorMs: 2 })
})

test('asks quickly at first, then every few seconds, quickly again when a clock was set', () => {
  const stage = new Stage()
  stage.clock.start()
  stage.clock.start()
  stage.run(CLOCK_FAST_SAMPLES_MAX + 1)
  const fast = Array(CLOCK_FAST_SAMPLES_MAX).fill(CLOCK_FAST_INTERVAL_MS)
  assert.equal(stage.intervals, [...fast, CLOCK_INTERVAL_MS, CLOCK_INTERVAL_MS])
  assert.is(stage.estimates.at(-1), 0)
  stage.aheadMs = 500
  stage.run(5)
  assert.is(stage.estimates.at(-1), 500)
  assert.ok(stage.intervals.slice(-4).every((ms) => ms === CLOCK_FAST_INTERVAL_MS))
})

test('one sample with a long way does not move the estimate', () => {
  const stage = new Stage()
  stage.clock.start()
  stage.run(5)
  stage.backMs = 1_500
  stage.answer()
  assert.is(stage.estimates.at(-1), 0)
})

test('answers that were not asked for, or come twice, are ignored', () => {
  const stage = new Stage()
  stage.clock.start()
  const id = stage.asked as number
  stage.clock.onAnswer({ kind: 'answer', id: id + 7, heardMs: 0, answeredMs: 0 })
  assert.is(stage.estimates.length, 0)
  stage.answer()
  stage.clock.onAnswer({ kind: 'answer', id, heardMs: 5e12, answeredMs: 5e12 })
  assert.equal(stage.estimates, [0])
})

test('a silent peer is asked slowly, and nobody after the end', () => {
  const stage = new Stage()
  stage.clock.start()
  for (let i = 0; i < 4; i++) stage.next()
  assert.is(stage.intervals.at(-1), CLOCK_INTERVAL_MS)
  const before = stage.intervals.length
  stage.clock.close()
  stage.clock.start()
  stage.next()
  assert.is(stage.intervals.length, before)
})

test('frames of strangers are decoded or refused, never more', () => {
  const answer = decodeClockMessage(bodyOf(encodeClockAnswer(7, 1_700_000_000_123, 0)))
  assert.ok(answer.ok)
  assert.equal(answer.value, { kind: 'answer', id: 7, heardMs: 1_700_000_000_123, answeredMs: 0 })
  assert.not(decodeClockMessage(encodeRlp([numberToBytes(1), numberToBytes(7)])).ok)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const read = decodeClockMessage(bytes)
      if (!read.ok) assert.is(read.code, 'PEER_MALFORMED')
    }),
  )
})

test.run()
