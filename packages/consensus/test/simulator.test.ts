/** The whole machine in a seeded network: every profile, every size, one seed byte for byte. */
import { execFileSync } from 'node:child_process'
import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  commandOf,
  profiles,
  type SimulationOptions,
  type SimulationReport,
  simulate,
} from '../src/simulator/index.ts'

await installNativeCrypto()

function passes(options: SimulationOptions): SimulationReport {
  const report = simulate(options)
  const { failure } = report
  assert.ok(failure === undefined, `${failure?.code} ${failure?.reason}\n${commandOf(options)}`)
  return report
}

for (const profile of profiles.keys())
  test(`no fork, no stall, no accusation: ${profile}, n = 4`, () => {
    passes({ seed: 1, heights: 25, profile })
  })

test('no fork, no stall: every size that a council may have', () => {
  passes({ seed: 1, heights: 40, profile: 'disk', n: 1 })
  passes({ seed: 1, heights: 25, profile: 'restart-all', n: 5 })
  passes({ seed: 1, heights: 12, profile: 'storm', n: 7 })
  passes({ seed: 1, heights: 8, profile: 'byzantine', n: 10 })
  passes({ seed: 1, heights: 4, profile: 'crash', n: 25 })
})

test('no fork, no stall: steps of two seconds, one block each', () => {
  const parameters = { stepSeconds: 2, blocksPerStepMax: 1 } as const
  passes({ seed: 1, heights: 20, profile: 'lossy', parameters })
  passes({ seed: 1, heights: 20, profile: 'restart-all', parameters })
})

test('a profile makes every kind of fault that it names', () => {
  const seen = new Set<string>()
  for (const profile of ['storm', 'disk', 'rotation', 'poison', 'halt'])
    for (const kind of Object.keys(passes({ seed: 3, heights: 40, profile }).faults)) seen.add(kind)
  for (const name of ['storm', 'disk', 'rotation', 'poison', 'halt'])
    for (const kind of Object.keys(profiles.get(name)?.rates ?? {})) assert.ok(seen.has(kind), kind)
  for (const kind of ['loss', 'duplicate', 'delay', 'reorder', 'lost-write', 'torn-write'])
    assert.ok(seen.has(kind), kind)
})

test('one seed gives one run, another seed another', () => {
  const run = (seed: number): SimulationReport => simulate({ seed, heights: 25, profile: 'storm' })
  assert.equal(run(5), run(5))
  assert.is.not(run(5).digest, run(6).digest)
})

test('one seed gives the same run, byte for byte, in another process', () => {
  const options = { seed: 5, heights: 25, profile: 'storm' }
  const script = `
    import { installNativeCrypto } from '@veche/primitives/native'
    import { simulate } from '@veche/consensus/simulator'
    await installNativeCrypto()
    console.log(simulate(${JSON.stringify(options)}).digest)`
  const flags = ['--input-type=module', '--eval', script]
  const digest = execFileSync(process.execPath, flags, { encoding: 'utf8' }).trim()
  assert.is(digest, simulate(options).digest)
})

test('the judge remembers the polkas of a height that a backup may bring back', () => {
  const { failure, faults } = simulate({ seed: 723, heights: 25, profile: 'disk', n: 4 })
  assert.is(failure, undefined, failure?.reason)
  assert.ok((faults['amnesia'] ?? 0) > 0)
})

test('the wire changes nothing: the same seed without encoding gives the same chain', () => {
  const run = (wire: boolean): string =>
    simulate({ seed: 4, heights: 30, profile: 'lossy', wire }).head
  assert.is(run(true), run(false))
})

test('a fault that is left out is not begun, and what would have come before it stays', () => {
  const events: number[] = []
  const options = { seed: 2, heights: 30, profile: 'partition', skip: ['partition#1'] }
  const full = passes({ ...options, skip: [] })
  const left = passes({ ...options, onEvent: ({ atMs }) => events.push(atMs) })
  assert.is(left.faults['partition'] ?? 0, (left.begun['partition'] ?? 0) - 1)
  assert.is(full.faults['partition'], full.begun['partition'])
  assert.is.not(full.digest, left.digest)
  assert.equal(
    events,
    events.toSorted((a, b) => a - b),
  )
})

test.run()
