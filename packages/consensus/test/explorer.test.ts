/**
 * The bounded explorer over the real machine: it exhausts small bounds without a breach, its coarse
 * grain reaches the same outcomes as the fine one, and a heal always decides.
 */

import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type ExploreOptions, explore, healSome } from '../src/explorer/index.ts'

await installNativeCrypto()

const bounds = { rounds: 2, crashes: 0, byzantine: null } as const

const MEMBERS = ['A', 'B', 'C', 'D'] as const

/** what honest members said and decided in all worlds that can be reached */
function said(options: ExploreOptions): string[] {
  const { report, letters, setting, worlds, table } = explore(options)
  assert.is(report.isExhausted, true)
  const labels = new Map<number, string>()
  const labelOf = (id: number): string => {
    const entry = table.entries[id]
    const sent = (entry?.sent ?? []).map((letter) => letters.at(letter).label).sort()
    const decided = entry?.decided ? setting.nameOf(entry.decided) : ''
    labels.set(id, `${sent} ${decided}`)
    return labels.get(id) as string
  }
  const found = new Set<string>()
  for (let row = 0; row < worlds.size(); row++) {
    const members = MEMBERS.map((name, member) => {
      const id = worlds.get(row, member)
      return member === options.byzantine ? name : (labels.get(id) ?? labelOf(id))
    })
    found.add(members.join(' | '))
  }
  return [...found].sort()
}

test('exhausts two rounds of four honest members without a breach', () => {
  const { report } = explore(bounds)
  assert.is(report.counterexample, undefined)
  assert.is(report.isExhausted, true)
  assert.ok(report.worlds > 40_000, `${report.worlds} worlds`)
  assert.ok(report.performed < report.transitions / 10, 'most transitions are looked up')
})

test('exhausts two rounds with a Byzantine proposer and a crash without a breach', () => {
  const { report } = explore({ ...bounds, crashes: 1, byzantine: 0 })
  assert.is(report.counterexample, undefined)
  assert.is(report.isExhausted, true)
  assert.ok(report.worlds > 90_000, `${report.worlds} worlds`)
})

test('who decided is followed by everybody once everything is heard', () => {
  const { report } = explore({ ...bounds, byzantine: 1 })
  assert.is(report.counterexample, undefined)
  assert.equal(Object.keys(report.ends), ['0', '3'])
})

test('the coarse grain says and decides what the fine one does: four members, one round', () => {
  const one = { rounds: 1, crashes: 0, byzantine: null }
  assert.equal(said(one), said({ ...one, grain: 'message' }))
})

test('and with one member dead, clocks apart, in two rounds', () => {
  const two = { rounds: 2, crashes: 0, byzantine: 3, isDead: true }
  assert.equal(said(two), said({ ...two, grain: 'message' }))
})

test('and with one member dead and a crash, in one round', () => {
  const one = { rounds: 1, crashes: 1, byzantine: 2, isDead: true }
  assert.equal(said(one), said({ ...one, grain: 'message' }))
})

test('evidence never names an honest member, though a Byzantine one earns it', () => {
  const { report, table } = explore({ ...bounds, rounds: 1, byzantine: 0, evidence: true })
  assert.is(report.counterexample, undefined)
  assert.ok(table.entries.some(({ state }) => state.current.accused.size > 0))
})

test('a log that is written anew at any time changes nothing', () => {
  const options = { ...bounds, crashes: 1, byzantine: 2 }
  assert.equal(said({ ...options, compaction: true }), said(options))
})

test('from ends and from anywhere, everybody decides soon after a heal', () => {
  for (const byzantine of [null, 0]) {
    const options = { rounds: 1, crashes: 1, byzantine, evidence: true }
    const healed = healSome(explore(options), options.byzantine, 200)
    assert.equal(healed.failures, [])
    assert.ok(healed.worlds >= 200 && healed.windowsMax <= 6, JSON.stringify(healed))
  }
})

test('a node that lost its log is mute after the heal, and three of four are then too few', () => {
  const options = { rounds: 1, crashes: 1, byzantine: 3, isDead: true, noLog: true, only: [] }
  const codes = healSome(explore(options), 3, 500).failures.map(({ violation }) => violation.code)
  assert.ok(codes.includes('NO_PROGRESS'), codes.join())
})

test('two equal explorations give equal reports', () => {
  const options = { ...bounds, crashes: 1, byzantine: 2 }
  const [first, second] = [explore(options), explore(options)]
  assert.equal(first.report, second.report)
})

test('an exploration that gives up says so', () => {
  const { report } = explore({ ...bounds, worldsMax: 1000 })
  assert.is(report.isExhausted, false)
})

test.run()
