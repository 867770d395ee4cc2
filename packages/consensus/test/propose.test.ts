/** Proposing and idling (Algorithm 1 L11–L19; docs/spec/consensus.md F1–F4, C1). */
import { decodeExtraData, validatorSetHash } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Bench, loggedBy, pick, START_MS, sentOf } from './support.ts'

test('an idle chain is silent: no message, one wake at the heartbeat', () => {
  const bench = new Bench()
  for (const round of [1, 2, 30])
    assert.equal(bench.enter(round), [{ kind: 'wake', atMs: START_MS + 60_000 }])
})

test('L16: with work, the proposer builds on the head for its own step', () => {
  const bench = new Bench()
  bench.enter(1)
  const [build] = pick(bench.work(), 'build')
  assert.ok(build !== undefined)
  if (build === undefined) return
  const { template } = build
  assert.is(template.coinbase, bench.self)
  assert.is(template.timestamp, bench.startOf(1))
  assert.is(template.parentHash, bench.genesisHash)
  const extra = decodeExtraData(template.extraData)
  assert.ok(extra.ok && extra.value.round === 0 && extra.value.seals.length === 0)
  if (extra.ok) assert.is(extra.value.vanity, validatorSetHash(bench.set))
})

test('L19: body and proposal are in the log before the proposal is sent', () => {
  const bench = new Bench()
  bench.enter(1)
  const effects = bench.work()
  const log = effects.findIndex((effect) => effect.kind === 'log')
  const send = effects.findIndex((effect) => effect.kind === 'send')
  assert.ok(log >= 0 && log < send)
  assert.equal(
    loggedBy(effects.slice(log, log + 1)).map((record) => record.kind),
    ['body', 'sent'],
  )
  assert.is(sentOf(effects, 'proposal').length, 1)
})

test('an own proposal is prevoted only after its log came back', () => {
  const bench = new Bench()
  bench.held.add('log')
  bench.enter(1)
  const effects = bench.work()
  assert.is(sentOf(effects, 'proposal').length, 1)
  assert.is(pick(effects, 'sign').length, 1)
  const [log] = pick(effects, 'log')
  const next = bench.feed({ kind: 'logged', nowMs: bench.nowMs, token: log?.token ?? -1 })
  assert.equal(
    pick(next, 'sign').map((effect) => effect.content.kind),
    ['prevote'],
  )
})

test('nobody else proposes', () => {
  const bench = new Bench({ self: 2 })
  bench.enter(1)
  assert.is(pick(bench.work(), 'build').length, 0)
})

test('before S(0) nobody proposes', () => {
  const bench = new Bench({ self: 0, nowMs: START_MS - 5_000 })
  bench.tick(START_MS - 5_000)
  const effects = bench.work()
  assert.is(pick(effects, 'build').length, 0)
  assert.equal(pick(effects, 'wake').at(-1)?.atMs, START_MS)
  assert.is(pick(bench.tick(START_MS), 'build').length, 1)
})

test('the heartbeat makes a block without work, and only then', () => {
  const bench = new Bench()
  assert.is(pick(bench.enter(57), 'build').length, 0)
  assert.is(pick(bench.enter(61), 'build').length, 1)
})

test('a builder with nothing to build is not asked again until there is news', () => {
  const bench = new Bench()
  bench.held.add('build')
  bench.enter(1)
  assert.is(pick(bench.work(), 'build').length, 1)
  const none = { kind: 'built', height: 1, round: 1, candidate: null } as const
  assert.is(pick(bench.feed({ ...none, nowMs: bench.nowMs }), 'build').length, 0)
  assert.is(pick(bench.tick(bench.nowMs + 500), 'build').length, 0)
  assert.is(pick(bench.work(), 'build').length, 1)
})

test('work that arrives while the builder runs is not lost', () => {
  const bench = new Bench()
  bench.held.add('build')
  bench.enter(1)
  bench.work()
  bench.work()
  bench.feed({ kind: 'built', nowMs: bench.nowMs, height: 1, round: 1, candidate: null })
  assert.is(pick(bench.tick(bench.nowMs + 60), 'build').length, 1)
})

test('a block built for a round that has passed is dropped', () => {
  const bench = new Bench()
  bench.held.add('build')
  bench.enter(1)
  bench.work()
  const candidate = bench.block(1)
  bench.enter(2)
  const late = { kind: 'built', height: 1, round: 1, candidate } as const
  assert.is(sentOf(bench.feed({ ...late, nowMs: bench.nowMs }), 'proposal').length, 0)
})

test('a primary seals several blocks in its step, blockIntervalMin apart', () => {
  const bench = new Bench({ self: 0 })
  bench.tick(START_MS)
  bench.held.add('build')
  assert.is(pick(bench.work(), 'build').length, 1)
  const candidate = bench.block(0)
  bench.nowMs += 20
  const effects = bench.commit(candidate, 0, [0, 1, 2])
  assert.is(pick(effects, 'build').length, 0)
  assert.is(pick(effects, 'wake').at(-1)?.atMs, START_MS + 50)
  const [build] = pick(bench.tick(START_MS + 50), 'build')
  assert.equal([build?.height, build?.round, build?.template.timestamp], [2, 0, START_MS / 1000])
})

test('L15: the proposer re-proposes its validValue with the polka, unchanged', () => {
  const bench = new Bench()
  const candidate = bench.block(0)
  bench.tick(START_MS)
  bench.hear(bench.proposal(0, candidate))
  bench.hear(bench.prevote(0, 0, candidate.hash), bench.prevote(2, 0, candidate.hash))
  const [proposal] = sentOf(bench.enter(1), 'proposal')
  assert.ok(proposal !== undefined)
  if (proposal === undefined) return
  assert.equal([proposal.hash, proposal.validRound, proposal.round], [candidate.hash, 0, 1])
  assert.is(proposal.polka?.votes.length, 3)
  assert.is(proposal.header, candidate.block.header)
})

test('a new proposer gets the polka at once', () => {
  const bench = new Bench({ self: 3 })
  const candidate = bench.block(0)
  bench.tick(START_MS)
  bench.hear(bench.proposal(0, candidate))
  bench.hear(bench.prevote(0, 0, candidate.hash), bench.prevote(2, 0, candidate.hash))
  const sends = pick(bench.enter(1), 'send')
  assert.ok(sends.some((send) => send.message.kind === 'polka' && send.to === bench.member(1)))
})

test.run()
