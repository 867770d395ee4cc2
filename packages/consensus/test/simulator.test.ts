/** The whole machine in a seeded network, and the proof that the simulator can fail. */
import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  profiles,
  type SimulationOptions,
  type SimulationReport,
  simulate,
} from '../src/simulator/index.ts'

await installNativeCrypto()

function replay(options: SimulationOptions): string {
  const { seed, heights, profile, n = 4 } = options
  return `npm run sim -- --seed ${seed} --heights ${heights} --profile ${profile} --n ${n}`
}

function passes(options: SimulationOptions): SimulationReport {
  const report = simulate(options)
  const { failure } = report
  assert.ok(failure === undefined, `${failure?.code} ${failure?.reason}\n${replay(options)}`)
  return report
}

for (const profile of profiles.keys())
  test(`no fork, no stall, no accusation: ${profile}, n = 4`, () => {
    for (let seed = 1; seed <= 2; seed++) passes({ seed, heights: 30, profile })
  })

test('no fork, no stall: n = 7 in a storm, n = 1 and n = 5 with crashes', () => {
  passes({ seed: 1, heights: 40, profile: 'storm', n: 7 })
  passes({ seed: 1, heights: 40, profile: 'crash', n: 1 })
  passes({ seed: 1, heights: 40, profile: 'restart-all', n: 5 })
})

test('no fork, no stall: steps of two seconds, one block each', () => {
  const parameters = { stepSeconds: 2, blocksPerStepMax: 1 } as const
  passes({ seed: 1, heights: 20, profile: 'lossy', parameters })
  passes({ seed: 1, heights: 20, profile: 'restart-all', parameters })
})

test('the storm has every kind of fault in it', () => {
  const { faults } = passes({ seed: 2, heights: 60, profile: 'storm' })
  for (const kind of ['partition', 'crash', 'restart-all', 'clock-jump'])
    assert.ok((faults[kind] ?? 0) > 0, kind)
})

test('one seed gives one run, another seed another', () => {
  const run = (seed: number): SimulationReport => simulate({ seed, heights: 30, profile: 'storm' })
  assert.equal(run(5), run(5))
  assert.is.not(run(5).head, run(6).head)
})

test('the wire changes nothing: the same seed without encoding gives the same chain', () => {
  const run = (wire: boolean): SimulationReport =>
    simulate({ seed: 4, heights: 30, profile: 'lossy', wire })
  assert.equal(run(true), run(false))
})

type Weakness = NonNullable<SimulationOptions['weaken']>

/** whether some seed shows what a weakened machine leads to */
function isCaught(profile: string, weaken: Weakness, code: string): boolean {
  for (let seed = 1; seed <= 40; seed++) {
    const { failure } = simulate({ seed, heights: 40, profile, weaken, wire: false })
    if (failure?.code === code) return true
  }
  return false
}

test('the simulator catches a machine without locks: a fork', () => {
  assert.ok(isCaught('lossy', { noLock: true }, 'FORK'))
})

test('the simulator catches a quorum of f+1', () => {
  assert.ok(isCaught('partition', { smallQuorum: true }, 'COMMITTED_WITHOUT_CERTIFICATE'))
})

test('the simulator catches a log without bodies: all restart, and the chain halts for good', () => {
  assert.ok(isCaught('restart-all', { noBodies: true }, 'NO_PROGRESS'))
})

test.run()
