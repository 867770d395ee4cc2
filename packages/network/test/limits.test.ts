/** Scores, quotas, batches, slots and the choice between two connections. */
import { TRANSACTION_BYTES_MAX } from '@veche/primitives'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isBetterSession, type SessionView } from '../src/admission.ts'
import { createBatcher, decodeBatch, encodeBatch, reachName } from '../src/batch.ts'
import {
  SCORE_HALF_LIFE_MS,
  SCORES_MAX,
  TRANSACTIONS_FLUSH_INTERVAL_MS,
  TRANSACTIONS_MESSAGE_BYTES_MAX,
} from '../src/limits.ts'
import { addressGroup, createSocketQuota, defaultQuotaLimits, isLoopback } from '../src/quota.ts'
import { createSlots, cutAnswer } from '../src/request.ts'
import { createScores } from '../src/score.ts'
import { decodeBlocksMessage } from '../src/wire.ts'

test('penalties add up to a ban, time heals, and a ban ends', () => {
  let nowMs = 0
  const scores = createScores({ nowMs: () => nowMs })
  assert.not(scores.penalize('a', 'PEER_MALFORMED'))
  assert.is(scores.score('a'), -50)
  nowMs += SCORE_HALF_LIFE_MS
  assert.is(scores.score('a'), -25)
  assert.not(scores.penalize('a', 'PEER_MALFORMED'))
  assert.ok(scores.penalize('a', 'PEER_MALFORMED'))
  scores.ban('a', 1_000)
  assert.ok(scores.isBanned('a'))
  nowMs += 1_000
  assert.not(scores.isBanned('a'))
  assert.is(scores.score('stranger'), 0)
})

test('scores of any number of peers take bounded room', () => {
  const scores = createScores({ nowMs: () => 0 })
  scores.penalize('first', 'PEER_FLOODS')
  for (let i = 0; i < SCORES_MAX; i++) scores.penalize(`peer${i}`, 'PEER_FLOODS')
  assert.is(scores.score('first'), 0)
  assert.is(scores.score('peer9'), -20)
})

test('an address counts alone, an IPv6 address with its /64', () => {
  assert.is(addressGroup('10.1.2.3'), '10.1.2.3')
  assert.is(addressGroup('::ffff:10.1.2.3'), '10.1.2.3')
  assert.is(addressGroup('2001:db8:0:1:aaaa::1'), addressGroup('2001:db8:0:1::ffff'))
  assert.is.not(addressGroup('2001:db8:0:1::1'), addressGroup('2001:db8:0:2::1'))
  assert.is(addressGroup('2001:0db8:0000:0001::1'), addressGroup('2001:db8:0:1::1'))
  assert.ok(isLoopback('127.0.0.1') && isLoopback('::1') && isLoopback('::ffff:127.0.0.1'))
  assert.not(isLoopback('10.0.0.1'))
})

test('sockets are counted from accept to close, each freed once', () => {
  const quota = createSocketQuota({ ...defaultQuotaLimits, perAddressMax: 2, pendingMax: 3 })
  const first = quota.take('10.0.0.1', 0)
  assert.ok(first !== undefined && quota.take('10.0.0.1', 0) !== undefined)
  assert.is(quota.take('10.0.0.1', 0), undefined)
  first()
  first()
  assert.is(quota.open, 1)
  assert.ok(quota.take('10.0.0.1', 0) !== undefined && quota.take('10.0.0.2', 0) !== undefined)
  assert.is(quota.take('10.0.0.3', 0), undefined)
  assert.ok(quota.take('10.0.0.3', 1) !== undefined)
})

test('a batch survives the wire, and any bytes are a batch or a refusal', () => {
  const batch = { reach: [reachName('a'), reachName('b')], transactions: [Uint8Array.of(1, 2)] }
  assert.equal(decodeBatch(encodeBatch(batch)), { ok: true, value: batch })
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const decoded = decodeBatch(bytes)
      assert.ok(decoded.ok || decoded.code === 'PEER_BATCH_MALFORMED')
      const other = decodeBlocksMessage(bytes)
      assert.ok(other.ok || other.code === 'PEER_MALFORMED')
    }),
  )
  assert.not(decodeBatch(encodeBatch({ reach: [], transactions: [] })).ok)
  assert.not(decodeBatch(encodeBatch({ reach: [], transactions: [new Uint8Array(0)] })).ok)
  const long = [new Uint8Array(TRANSACTION_BYTES_MAX + 1)]
  assert.not(decodeBatch(encodeBatch({ reach: [], transactions: long })).ok)
})

test('alone a transaction leaves at once, under load messages wait for the interval', () => {
  let nowMs = 1_000
  const tasks: { task: () => void; ms: number }[] = []
  const sent: number[] = []
  const batcher = createBatcher({
    clock: { nowMs: () => nowMs },
    publish: (raw) => void sent.push(raw.length),
    timer: {
      soon: (task) => void tasks.push({ task, ms: 0 }),
      later: (task, ms) => void tasks.push({ task, ms }),
    },
  })
  const one = Uint8Array.of(1)
  batcher.add([one])
  batcher.add([one])
  assert.equal(
    tasks.map(({ ms }) => ms),
    [0],
  )
  tasks.shift()?.task()
  assert.equal(sent, [2])
  nowMs += 5
  batcher.add([one])
  assert.is(tasks[0]?.ms, TRANSACTIONS_FLUSH_INTERVAL_MS - 5)
  assert.is(batcher.add([new Uint8Array(0), new Uint8Array(TRANSACTION_BYTES_MAX + 1)]), 2)
  const large = new Uint8Array(TRANSACTION_BYTES_MAX)
  assert.is(batcher.add(Array.from({ length: 100 }, () => large)), 100 - 63)
  tasks.shift()?.task()
  assert.is(batcher.queued, 0)
  assert.is(
    sent.reduce((sum, count) => sum + count, 0),
    2 + 1 + 63,
  )
})

test('a full message stays within the bound of its receivers', () => {
  const soon: (() => void)[] = []
  const messages: (readonly Uint8Array[])[] = []
  const batcher = createBatcher({
    clock: { nowMs: () => 0 },
    publish: (raw) => void messages.push(raw),
    timer: { soon: (task) => void soon.push(task), later: (task) => void soon.push(task) },
  })
  batcher.add(Array.from({ length: 9_000 }, (_, i) => new Uint8Array(1 + (i % 400)).fill(1)))
  for (const task of soon) task()
  const reach = Array.from({ length: 64 }, (_, i) => reachName(`${i}`))
  for (const transactions of messages) {
    const bytes = encodeBatch({ reach, transactions })
    assert.ok(bytes.length <= TRANSACTIONS_MESSAGE_BYTES_MAX)
    assert.ok(decodeBatch(bytes).ok)
  }
  assert.is(messages.flat().length, 9_000)
})

test('an answer is cut at a whole part', () => {
  const mebibytes = (n: number): Uint8Array => new Uint8Array(n * 1024 * 1024)
  assert.is(cutAnswer([mebibytes(8), mebibytes(8), mebibytes(1)]).length, 2)
  assert.is(cutAnswer([mebibytes(9)]).length, 0)
  assert.is(cutAnswer(Array.from({ length: 5_000 }, () => new Uint8Array(1))).length, 4_096)
})

test('slots pass a place on in order and refuse an endless queue', async () => {
  const slots = createSlots(1)
  await slots.take()
  assert.not(slots.tryTake())
  const order: number[] = []
  const waiting = [1, 2].map((n) => slots.take().then(() => order.push(n)))
  slots.free()
  await waiting[0]
  assert.equal(order, [1])
  slots.free()
  await waiting[1]
  const many = Array.from({ length: 64 }, () => slots.take())
  let code = ''
  await slots.take().catch((error: { code: string }) => {
    code = error.code
  })
  assert.is(code, 'REQUEST_QUEUE_FULL')
  for (let i = 0; i <= 64; i++) slots.free()
  await Promise.all(many)
  assert.ok(slots.tryTake())
})

test('both sides keep the same one of two connections', () => {
  const view = (peerId: string, inbound: boolean, instance = 'i'): SessionView => ({
    peerId,
    instance,
    info: { inbound },
    connection: { status: 'open' },
  })
  // connection 1 is dialled by a, connection 2 by b; each side sees them in either order
  const keepsFirst = (own: string, other: string): boolean =>
    isBetterSession(own, view(other, own !== 'a'), view(other, own === 'a'))
  assert.is(keepsFirst('a', 'b'), keepsFirst('b', 'a'))
  assert.ok(keepsFirst('a', 'b'))
  const keepsSecond = (own: string, other: string): boolean =>
    isBetterSession(own, view(other, own === 'a'), view(other, own !== 'a'))
  assert.not(keepsSecond('a', 'b') || keepsSecond('b', 'a'))
  // a peer that restarted has lost what it had
  assert.ok(isBetterSession('b', view('c', true, 'new'), view('c', false, 'old')))
  assert.ok(isBetterSession('a', view('b', true), view('b', true)))
})

test.run()
