/** Building ahead of the own window (docs/spec/consensus.md F5). */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isSameTemplate } from '../src/prepare.ts'
import { Bench, type BenchOptions, parameters, pick, START_MS } from './support.ts'

const AHEAD_MS = 100

/** Member 2, whose turn is round 2, in the last moments of round 1; nobody has proposed. */
function waiting(options: BenchOptions = {}): { bench: Bench; dueMs: number } {
  const bench = new Bench({ self: 2, ...options })
  bench.work()
  const startMs = bench.startOf(2) * 1000
  bench.tick(startMs - AHEAD_MS - 1)
  return { bench, dueMs: startMs - AHEAD_MS }
}

test('after a step without a block the builder hears of the next template once, a moment ahead', () => {
  const { bench, dueMs } = waiting()
  assert.is(bench.state.wakeAtMs, dueMs, 'a wake is asked for')
  const effects = bench.tick(dueMs)
  const [prepare, ...more] = pick(effects, 'prepare')
  assert.ok(prepare !== undefined && more.length === 0)
  for (const kind of ['build', 'sign', 'log', 'send'] as const)
    assert.is(pick(effects, kind).length, 0, kind)
  assert.is(pick(bench.tick(dueMs + 1), 'prepare').length, 0, 'once')
  const [build] = pick(bench.tick(dueMs + AHEAD_MS), 'build')
  assert.ok(build !== undefined && prepare !== undefined)
  if (build === undefined || prepare === undefined) return
  assert.is(build.template.timestamp, bench.startOf(2))
  assert.ok(isSameTemplate(prepare.template, build.template))
})

test('a template differs from another in any of its fields', () => {
  const { bench, dueMs } = waiting()
  const [prepare] = pick(bench.tick(dueMs), 'prepare')
  assert.ok(prepare !== undefined)
  if (prepare === undefined) return
  const { template } = prepare
  assert.ok(isSameTemplate(template, { ...template, extraData: template.extraData.slice() }))
  const others = [
    { parentHash: `0x${'11'.repeat(32)}` as const },
    { number: template.number + 1 },
    { coinbase: bench.member(0) },
    { timestamp: template.timestamp + 1 },
    { extraData: Uint8Array.of(1) },
  ]
  for (const other of others)
    assert.not(isSameTemplate(template, { ...template, ...other }), Object.keys(other).join())
})

test('nothing is built ahead without work, out of turn, below the floor, or by a follower', () => {
  const idle = new Bench({ self: 2 })
  const dueMs = idle.startOf(2) * 1000 - AHEAD_MS
  assert.is(pick(idle.tick(dueMs), 'prepare').length, 0, 'no work')
  for (const options of [{ self: 3 }, { self: 1 }, { floor: 1 }, { self: null }]) {
    const { bench } = waiting(options)
    assert.is(pick(bench.tick(dueMs), 'prepare').length, 0, JSON.stringify(options))
  }
})

test('nothing is built ahead in the step of the parent: its proposer may be at work', () => {
  const bench = new Bench({ self: 1 })
  bench.work()
  assert.is(pick(bench.tick(START_MS + 1000 - AHEAD_MS), 'prepare').length, 0)
  assert.is(pick(bench.tick(START_MS + 1000), 'build').length, 1)
})

test('nothing is built ahead of a value that is under way', () => {
  const proposed = waiting()
  proposed.bench.hear(proposed.bench.proposal(1, proposed.bench.block(1)))
  assert.is(pick(proposed.bench.tick(proposed.dueMs), 'prepare').length, 0, 'a proposal')
  const { bench, dueMs } = waiting()
  const { hash } = bench.block(0)
  bench.hear(...[0, 1, 3].map((index) => bench.prevote(index, 0, hash)))
  assert.ok(bench.state.current.valid !== null)
  assert.is(pick(bench.tick(dueMs), 'prepare').length, 0, 'a valid value')
})

test('nothing is built ahead while a block is on its way that others agree on', () => {
  for (const kind of ['prevote', 'precommit'] as const) {
    const { bench, dueMs } = waiting()
    bench.held.add('fetch')
    const candidate = bench.block(1)
    bench.hear(
      ...[0, 1, 3].map((index) =>
        kind === 'prevote'
          ? bench.prevote(index, 1, candidate.hash)
          : bench.precommit(index, 1, candidate),
      ),
    )
    assert.is(bench.state.current.candidates.get(candidate.hash)?.status, 'asked', kind)
    assert.is(pick(bench.tick(dueMs), 'prepare').length, 0, kind)
  }
})

test('nothing is built ahead for work that came a moment ago, or where a step has one block', () => {
  const late = new Bench({ self: 2 })
  const dueMs = late.startOf(2) * 1000 - AHEAD_MS
  late.tick(dueMs - AHEAD_MS + 1)
  late.work()
  assert.is(pick(late.tick(dueMs), 'prepare').length, 0, 'late')
  const single = new Bench({ self: 2, parameters: { ...parameters, blocksPerStepMax: 1 } })
  single.work()
  for (let atMs = START_MS; atMs < START_MS + 6_000; atMs += 50)
    assert.is(pick(single.tick(atMs), 'prepare').length, 0, `${atMs - START_MS}`)
})

test('who was carried into its round already builds there, not ahead', () => {
  const { bench, dueMs } = waiting()
  bench.held.add('build')
  const { hash } = bench.block(2)
  const jumped = bench.hear(bench.prevote(0, 2, hash), bench.prevote(1, 2, hash))
  assert.is(bench.state.current.round, 2)
  assert.is(pick(jumped, 'build').length, 1)
  assert.is(pick(bench.tick(dueMs), 'prepare').length, 0)
})

test.run()
