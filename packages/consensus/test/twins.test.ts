/**
 * Twins (arXiv:2004.10617): four members and a twin of one, networks enumerated round by round, a
 * slice of what `npm run twins` plays.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { runTwins } from '../src/twins/index.ts'
import { CHOICES, describeChoice, isHeard, mirrorsOf } from '../src/twins/scenario.ts'

test('a round has 208 networks, all different', () => {
  assert.is(CHOICES.length, 208)
  const texts = new Set(CHOICES.map((choice) => describeChoice(choice, 1)))
  assert.is(texts.size, 208)
})

test('a mirror of a mirror is the network itself, and mirrors hear alike', () => {
  for (const member of [0, 1, 2, 3]) {
    const mirrors = mirrorsOf(member)
    const swap = (unit: number): number => (unit === member ? 4 : unit === 4 ? member : unit)
    for (const [number, choice] of CHOICES.entries()) {
      const mirror = mirrors[number] as number
      assert.is(mirrors[mirror], number)
      for (const kind of ['proposal', 'prevote', 'precommit'])
        for (let from = 0; from < 5; from++)
          for (let to = 0; to < 5; to++)
            assert.is(
              isHeard(choice, kind, { from, to }),
              isHeard(CHOICES[mirror] as never, kind, { from: swap(from), to: swap(to) }),
            )
    }
  }
})

test('two rounds of every network never fork, and accuse nobody but the twins', () => {
  for (const member of [0, 1]) {
    const report = runTwins({ member, rounds: 2 })
    assert.is(report.counterexample, undefined)
    assert.is(report.scenarios, 24_224)
    assert.ok(report.decided > 5_000 && report.accused > 5_000, JSON.stringify(report))
  }
})

test('half the sequences and the symmetric ones are left when mirrors count once', () => {
  const mirrors = mirrorsOf(0)
  const symmetric = mirrors.filter((mirror, number) => mirror === number).length
  assert.is((208 ** 2 + symmetric ** 2) / 2, runTwins({ member: 0, rounds: 2 }).scenarios)
})

test('three rounds by worlds count and find what three rounds one by one do', () => {
  const slice = { member: 2, rounds: 3, first: { from: 2, to: 3 } }
  const { plays: _, delivered: __, ...one } = runTwins(slice)
  const { plays: ___, delivered: ____, ...merged } = runTwins({ ...slice, isMerged: true })
  assert.equal(one, merged)
})

test('looked-up transitions end where machines that are never merged do', () => {
  const slice = { member: 0, rounds: 2, first: { from: 4, to: 6 } }
  const { nodes: _, ...looked } = runTwins(slice)
  const { nodes: __, ...stepped } = runTwins({ ...slice, isSeparate: true })
  assert.equal(looked, stepped)
})

test('machines without locks fork', () => {
  const report = runTwins({ member: 0, rounds: 2, weaken: { noLock: true }, only: ['FORK'] })
  assert.is(report.counterexample?.code, 'FORK')
  assert.is(report.counterexample?.scenario.length, 2)
})

test('machines that decide with f+1 votes fork in the first round', () => {
  const report = runTwins({ member: 0, rounds: 1, weaken: { smallQuorum: true }, only: ['FORK'] })
  assert.is(report.counterexample?.code, 'FORK')
})

test.run()
