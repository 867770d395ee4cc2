/**
 * The judge of the simulator has rules of its own: equal to those of the machine, written apart,
 * and not reached by a change of the machine's (ADR 0185).
 */
import { readFileSync } from 'node:fs'
import { bytesToHex, numberToBytes, padLeft } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createThresholds } from '../src/quorum.ts'
import { createSchedule, roundAt, roundStart, roundWidth } from '../src/schedule.ts'
import {
  faultyMax,
  quorumSize,
  setAfter,
  stepOfRound,
  windowAt,
  windowWidths,
} from '../src/simulator/rules.ts'
import { validatorsAfterChange } from '../src/validators.ts'

await installNativeCrypto()

/** what the judge may not share with the accused */
const RULES_OF_THE_MACHINE = [
  ...['certificate', 'header', 'limits', 'lock', 'prevote', 'propose', 'quorum', 'rounds'],
  ...['schedule', 'tally', 'thresholds', 'validators', 'votes'],
]
const JUDGE = ['bounds', 'checks', 'culprits', 'liveness', 'registry', 'rules', 'world']

const parametersOf = (emptyBlockIntervalSeconds: number, windowMax: number, one: 0 | 1) => ({
  ...{ chainId: 1, stepSeconds: 2, blockIntervalMinMs: 50 },
  ...{ emptyBlockIntervalSeconds, windowMax, blocksPerStepMax: one },
})

test('q and f are those of the machine for every set', () => {
  for (let n = 1; n <= 256; n++) {
    const { f, q } = createThresholds(n)
    assert.equal([faultyMax(n), quorumSize(n)], [f, q], `n ${n}`)
  }
})

test('every window of a height is where the closed forms put it', () => {
  for (const n of [1, 4, 5, 6, 7, 9, 10, 13, 15, 25])
    for (const windowMax of [1, 3, 15]) {
      const parameters = parametersOf(7, windowMax, windowMax === 3 ? 1 : 0)
      const schedule = createSchedule(parameters, n)
      let round = 0
      for (const width of windowWidths(parameters, n)) {
        assert.is(width, roundWidth(schedule, round), `n ${n} round ${round}`)
        const start = roundStart(schedule, 100, round)
        assert.is(stepOfRound(parameters, n, { parentStep: 100, round }), start)
        for (let step = start; step < start + width; step++) {
          assert.is(roundAt(schedule, 100, step), round)
          const window = windowAt(parameters, n, { parentStep: 100, step })
          assert.equal(window, { round, width, isStart: step === start })
        }
        if (++round > 12 * n) break
      }
      assert.is(windowAt(parameters, n, { parentStep: 100, step: 99 }), null)
    }
})

const address = fc
  .integer({ min: 1, max: 30 })
  .map((i) => bytesToHex(padLeft(numberToBytes(i), 20)))
const set = fc.uniqueArray(address, { minLength: 1, maxLength: 10 })

test('the next set is what the guards of the engine let through', () => {
  const called = fc.option(fc.oneof(set, fc.array(address, { maxLength: 10 })), { nil: undefined })
  fc.assert(
    fc.property(set, called, (members, answer) => {
      const current = [...members].sort()
      assert.equal(setAfter(current, answer), validatorsAfterChange(current, answer).validators)
    }),
    { seed: 185, numRuns: 500 },
  )
  fc.assert(
    fc.property(set, fc.nat(9), address, (members, at, joins) => {
      const current = [...members].sort()
      const left = current.filter((_, i) => i !== at)
      const more = current.includes(joins) ? current : [...current, joins]
      for (const answer of [left, more])
        assert.equal(setAfter(current, answer), validatorsAfterChange(current, answer).validators)
    }),
    { seed: 185, numRuns: 500 },
  )
})

test('no module of the judge imports a rule of the machine', () => {
  for (const name of JUDGE) {
    const source = readFileSync(new URL(`../src/simulator/${name}.ts`, import.meta.url), 'utf8')
    for (const rule of RULES_OF_THE_MACHINE)
      assert.not.match(source, new RegExp(`import \\{[^}]*\\} from '\\.\\./${rule}\\.ts'`), name)
  }
})

test.run()
