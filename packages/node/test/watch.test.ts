/** What the loop tells the watch, on a running validator; the ticker's step; the metrics of it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Message, Prevote } from '@veche/consensus'
import type { PeerInfo } from '@veche/primitives'
import { Registry } from 'prom-client'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createLogger } from '../src/log.ts'
import { addStatusGauges, addWatchCounters } from '../src/metrics-status.ts'
import { createLatencyRing } from '../src/watch/latency.ts'
import { openWatch } from '../src/watch/open.ts'
import { createTicker, type TickerOptions } from '../src/watch/ticker.ts'
import { createWatch } from '../src/watch/watch.ts'
import { consensusStatus, HASH, MEMBERS, nodeStatus } from './support/status.ts'
import { until } from './support/until.ts'
import { createWorld, openMember, type TestKey, transfer } from './support/world.ts'

const CLOCK = { nowMs: () => 1_000_000 }
const COUNTERS = { decided: () => undefined, alarm: () => undefined }
const from = (validator: `0x${string}`): PeerInfo => ({
  ...{ peerId: 'p', address: '/', agent: '', inbound: true, validator },
  head: { number: 1, hash: HASH },
})
const vote = (signer: `0x${string}`): Prevote => ({
  ...{ kind: 'prevote', height: 8, round: 2, hash: HASH, signer, signature: new Uint8Array(65) },
})

test('a vote counts as heard when its signer sent it, not when another relays it', () => {
  const watch = createWatch(CLOCK, COUNTERS)
  const [one = '0x', two = '0x'] = MEMBERS
  watch.onMessage(from(two), vote(one) as Message)
  assert.is(watch.hearing.members.size, 0)
  watch.onMessage(from(one), vote(one) as Message)
  assert.equal(watch.hearing.members.get(one)?.voted, { height: 8, round: 2, atMs: 1_000_000 })
})

test('alarms are counted by code, the latest first; errors of a listening logger are alarms', () => {
  const watch = createWatch(CLOCK, COUNTERS)
  const lines: string[] = []
  const logger = createLogger({
    ...{ level: 'debug', format: 'json', clock: CLOCK, write: (line) => void lines.push(line) },
  })
  watch.onEffect({ kind: 'alarm', code: 'SEAL_INVALID', reason: 'a seal' })
  const listening = watch.alarms.listening(logger)
  listening.error('validator set kept', { code: 'VALIDATORS_EMPTY' })
  listening.error('no code')
  listening.warn('a warning', { code: 'X' })
  watch.onEffect({ kind: 'alarm', code: 'SEAL_INVALID', reason: 'another seal' })
  assert.equal(
    watch.alarms.list().map(({ code, count, reason }) => [code, count, reason]),
    [
      ['SEAL_INVALID', 2, 'another seal'],
      ['VALIDATORS_EMPTY', 1, 'validator set kept'],
    ],
  )
  assert.is(lines.length, 3)
})

test('alarms of any number of codes take bounded room', () => {
  const watch = createWatch(CLOCK, COUNTERS)
  for (let i = 0; i < 500; i++) watch.alarms.raise(`CODE_${i}`, '')
  assert.ok(watch.alarms.list().length <= 64)
})

test('latencies are those of the last samples', () => {
  const ring = createLatencyRing()
  assert.equal(ring.latency(), { count: 0, p50Ms: 0, p99Ms: 0, lastMs: 0 })
  for (let i = 0; i < 600; i++) ring.add(i < 88 ? 1_000 : 2)
  ring.add(-5)
  assert.equal(ring.latency(), { count: 601, p50Ms: 2, p99Ms: 2, lastMs: 0 })
})

function ticking(change: Partial<TickerOptions> = {}) {
  const logged: Record<string, unknown>[] = []
  const write = (line: string): void => void logged.push(JSON.parse(line))
  const logger = createLogger({ level: 'debug', format: 'json', clock: CLOCK, write })
  const watch = createWatch(CLOCK, COUNTERS)
  const ticker = createTicker({
    ...{ clock: CLOCK, logger, watch, stepSeconds: 1, self: MEMBERS[0] },
    ...{ validators: () => MEMBERS, peers: () => [], hasWork: () => false },
    status: () => nodeStatus(),
    ...change,
  })
  return { ticker, watch, logged }
}

test('a wrong clock is told once, and once when it is right again', () => {
  let aheadMs = 600
  const peers = () =>
    MEMBERS.slice(1).map((address) => ({ ...from(address), clock: { aheadMs, errorMs: 1 } }))
  const { ticker, watch, logged } = ticking({ peers })
  ticker.tick()
  ticker.tick()
  assert.equal(
    logged.map(({ level, code }) => [level, code]),
    [['warn', 'CLOCK_SKEW']],
  )
  assert.is(ticker.clockStatus().skewMs, 600)
  assert.is(watch.alarms.list()[0]?.count, 1)
  aheadMs = 0
  ticker.tick()
  assert.is(logged.length, 2)
  assert.is(logged[1]?.['level'], 'info')
})

test('work that waits is timed until a block comes', () => {
  let work = false
  const { ticker, watch } = ticking({ hasWork: () => work })
  ticker.tick()
  assert.is(ticker.waitingMs(), 0)
  work = true
  ticker.tick()
  const first = ticker.waitingMs()
  ticker.tick()
  assert.ok(ticker.waitingMs() >= first)
  watch.onHead()
  work = false
  ticker.tick()
  assert.is(ticker.waitingMs(), 0)
})

test('a step without a decision is one line', () => {
  const status = nodeStatus({ consensus: consensusStatus({ undecidedMs: 700 }) })
  const { ticker, logged } = ticking({ status: () => status })
  ticker.tick()
  assert.equal(
    logged.map(({ message }) => message),
    ['undecided'],
  )
})

test('a scrape holds the reason, each validator, and the alarms by code', async () => {
  const registry = new Registry()
  const counters = addWatchCounters(registry)
  let reason = { code: 'quorum-silent', text: '' }
  let nowMs = 0
  const read = () => nodeStatus({ consensus: consensusStatus({ reason }) })
  addStatusGauges(registry, read, () => nowMs)
  counters.alarm('CLOCK_SKEW')
  counters.decided(0.02)
  const text = await registry.metrics()
  for (const line of [
    'veche_consensus_reason{code="quorum-silent"} 1',
    'veche_verdict{verdict="well"} 1',
    'veche_verdict{verdict="stalled"} 0',
    `veche_validator_connected{validator="${MEMBERS[3]}"} 1`,
    `veche_validator_clock_skew_seconds{validator="${MEMBERS[3]}"} 0.003`,
    'veche_alarms_total{code="CLOCK_SKEW"} 1',
    'veche_height_decide_seconds_bucket{le="0.02"} 1',
    'veche_consensus_quorum 3',
    'ethereum_best_known_block_number 7',
  ])
    assert.ok(text.includes(`${line}\n`), line)
  assert.not.match(text, `veche_validator_connected{validator="${MEMBERS[0]}"}`)
  reason = { code: 'idle', text: '' }
  nowMs += 60
  assert.not.match(await registry.metrics(), 'quorum-silent')
})

test('an observer has no gauges of a machine', async () => {
  const registry = new Registry()
  addStatusGauges(registry, () => nodeStatus({ consensus: null }))
  const text = await registry.metrics()
  assert.not.match(text, /^veche_consensus_height [0-9]/m)
  assert.match(text, /^veche_head_age_seconds 0\.3$/m)
})

test('a lone validator that decides is watched: heights, latencies, its own vote', async () => {
  const root = mkdtempSync(join(tmpdir(), 'veche-watch-'))
  const world = await createWorld({ validators: 1 })
  const key = world.validators[0] as TestKey
  let decided = 0
  const watch = createWatch(world.clock, { ...COUNTERS, decided: () => void decided++ })
  const member = await openMember(world, { validator: { key, logPath: root }, watch })
  try {
    const { chain, network, pool, loop, logger } = member
    const { status } = openWatch({
      ...{ name: 'lone', chain, network, pool, watch, logger, clock: world.clock },
      ...{ behind: () => 0, machine: loop, self: key.address },
    })
    assert.ok((await member.gossip.submit(await transfer(world, 0))).ok)
    await until('a block', async () => chain.head().header.number >= 1, 10_000)
    await until('the next height', async () => status().consensus?.height === 2, 10_000)
    const seen = status()
    assert.is(seen.chain.head, 1)
    assert.is(seen.validators[0]?.isSelf, true)
    assert.is(seen.validators[0]?.voted?.height, 1)
    assert.ok((seen.log?.count ?? 0) >= 2)
    assert.is(seen.decide.count, decided)
    assert.ok(decided >= 1)
    assert.ok(['well', 'degraded'].includes(seen.verdict), JSON.stringify(seen.why))
  } finally {
    await member.stop()
    rmSync(root, { recursive: true, force: true })
  }
})

test.run()
