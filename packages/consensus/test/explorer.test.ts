/**
 * The bounded explorer over the real machine: it exhausts small bounds without a breach, it finds
 * one in every machine that was weakened on purpose, and its coarse grain reaches the same
 * outcomes as the fine one.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type ExploreOptions, explore } from '../src/explorer/index.ts'

const bounds = { rounds: 2, crashes: 0, byzantine: null } as const

/** what honest members said and decided in all worlds that can be reached */
function said(options: ExploreOptions): string[] {
  const exploration = explore(options)
  const { letters, setting, worlds, table } = exploration
  assert.is(exploration.report.isExhausted, true)
  const found = new Set<string>()
  for (let row = 0; row < worlds.size(); row++) {
    const members = [0, 1, 2, 3].map((member) => {
      const entry = table.entries[worlds.get(row, member)]
      const sent = (entry?.sent ?? []).map((id) => letters.at(id).label).sort()
      return `${sent} ${entry?.decided ? setting.nameOf(entry.decided) : ''}`
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
  const { report } = explore({ ...bounds, crashes: 1, byzantine: 1 })
  assert.is(report.counterexample, undefined)
  assert.equal(Object.keys(report.ends), ['0', '3'])
})

test('the coarse grain says and decides what the fine one does', () => {
  const one = { rounds: 1, crashes: 0, byzantine: null }
  assert.equal(said(one), said({ ...one, grain: 'message' }))
})

test('two equal explorations give equal reports', () => {
  const options = { ...bounds, crashes: 1, byzantine: 2 }
  const [first, second] = [explore(options), explore(options)]
  assert.equal(first.report, second.report)
})

test('a machine without locks forks', () => {
  const { report } = explore({ ...bounds, weaken: { noLock: true }, only: ['FORK'] })
  assert.is(report.counterexample?.code, 'FORK')
  assert.ok((report.counterexample?.trace.length ?? 0) > 5)
})

test('a machine without locks is caught breaking one before it forks', () => {
  const { report } = explore({ ...bounds, weaken: { noLock: true } })
  assert.ok(['LOCK_BROKEN', 'ASSERTION'].includes(report.counterexample?.code ?? ''))
})

test('a machine that decides with f+1 votes forks', () => {
  const { report } = explore({ ...bounds, weaken: { smallQuorum: true }, only: ['FORK'] })
  assert.is(report.counterexample?.code, 'FORK')
})

test('a node that forgets its log signs two values in one round', () => {
  const { report } = explore({ ...bounds, crashes: 1, noLog: true, only: ['EQUIVOCATION'] })
  assert.is(report.counterexample?.code, 'EQUIVOCATION')
})

test('a node that forgets its log lets another fork', () => {
  const options = { ...bounds, crashes: 1, byzantine: 0, noLog: true, only: ['FORK'] }
  assert.is(explore(options).report.counterexample?.code, 'FORK')
})

test('a node that logs no bodies is caught at its first proposal', () => {
  const { report } = explore({ ...bounds, weaken: { noBodies: true } })
  assert.is(report.counterexample?.code, 'PROPOSED_WITHOUT_BODY')
})

test('an exploration that gives up says so', () => {
  const { report } = explore({ ...bounds, worldsMax: 1000 })
  assert.is(report.isExhausted, false)
})

test.run()
