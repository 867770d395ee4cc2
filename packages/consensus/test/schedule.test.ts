import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ConsensusParameters } from '../src/parameters.ts'
import {
  createSchedule,
  primaryOf,
  roundAt,
  roundStart,
  roundWidth,
  stepAt,
  stepToMs,
} from '../src/schedule.ts'
import { parameters, setOf } from './support.ts'

const anyParameters: fc.Arbitrary<ConsensusParameters> = fc.record({
  chainId: fc.constant(1),
  stepSeconds: fc.integer({ min: 1, max: 10 }),
  emptyBlockIntervalSeconds: fc.integer({ min: 0, max: 100 }),
  blockIntervalMinMs: fc.constant(50),
  blocksPerStepMax: fc.constantFrom(0 as const, 1 as const),
  windowMax: fc.integer({ min: 1, max: 21 }),
})

test('a step is the whole seconds divided by D', () => {
  assert.is(stepAt(1_700_000_000_999, 1), 1_700_000_000)
  assert.is(stepAt(1_700_000_005_999, 3), 566_666_668)
  assert.is(stepToMs(566_666_668, 3), 1_700_000_004_000)
})

test('windows are one step wide for 2n + heartbeat rounds, then 3, 5, 7 … once per n rounds', () => {
  const schedule = createSchedule(parameters, 4)
  const widths = Array.from({ length: 68 + 28 }, (_, r) => roundWidth(schedule, r))
  assert.equal(widths.slice(0, 68), Array(68).fill(1))
  const groups = [3, 5, 7, 9, 11, 13, 15]
  assert.equal(
    widths.slice(68),
    groups.flatMap((width) => Array(4).fill(width)),
  )
  assert.is(roundWidth(schedule, 1_000_000), 15)
})

test('widths that share a factor with n are left out', () => {
  assert.equal(createSchedule(parameters, 15).widths, [7, 11, 13])
  assert.equal(createSchedule(parameters, 7).widths, [3, 5, 9, 11, 13, 15])
})

test('S(r) is the sum of the widths before r', () => {
  fc.assert(
    fc.property(anyParameters, fc.integer({ min: 1, max: 20 }), (given, n) => {
      const schedule = createSchedule(given, n)
      let start = 1000 + given.blocksPerStepMax
      for (let round = 0; round < 400; round++) {
        assert.is(roundStart(schedule, 1000, round), start)
        start += roundWidth(schedule, round)
      }
    }),
    { numRuns: 60 },
  )
})

test('the round at a step is the largest that has begun, for any distance', () => {
  const distance = fc.integer({ min: -2, max: 10_000_000 })
  fc.assert(
    fc.property(anyParameters, fc.integer({ min: 1, max: 20 }), distance, (given, n, steps) => {
      const schedule = createSchedule(given, n)
      const round = roundAt(schedule, 1000, 1000 + steps)
      if (round < 0) {
        assert.ok(1000 + steps < roundStart(schedule, 1000, 0))
        return
      }
      assert.ok(roundStart(schedule, 1000, round) <= 1000 + steps)
      assert.ok(roundStart(schedule, 1000, round + 1) > 1000 + steps)
    }),
    { numRuns: 2000 },
  )
})

test('every member is primary once in n rounds of one width', () => {
  for (const n of [1, 2, 3, 4, 5, 6, 7, 9, 10, 12, 15, 21, 25]) {
    const schedule = createSchedule(parameters, n)
    const set = setOf(n)
    for (let group = 0; group < 12; group++) {
      const first = schedule.narrow + group * n
      const primaries = Array.from({ length: n }, (_, i) =>
        primaryOf(set, roundStart(schedule, 1_700_000_000, first + i)),
      )
      assert.is(new Set(primaries).size, n, `n=${n} group=${group}`)
    }
  }
})

test('one block per step begins a step after its parent', () => {
  const schedule = createSchedule({ ...parameters, blocksPerStepMax: 1 }, 4)
  assert.is(roundAt(schedule, 1000, 1000), -1)
  assert.is(roundAt(schedule, 1000, 1001), 0)
})

test('parameters out of their range are a bug', () => {
  assert.throws(() => createSchedule({ ...parameters, stepSeconds: 0.5 }, 4), /whole seconds/)
  assert.throws(() => createSchedule({ ...parameters, windowMax: 5000 }, 4), /windowMax/)
})

test.run()
