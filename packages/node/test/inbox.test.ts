/** Lanes of the inbox: taken in turn, bounded, and paid for in signature checks. */
import type { Message } from '@veche/consensus'
import type { Hash } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checksOf, createInbox, senderOf } from '../src/inbox.ts'
import {
  CHECKS_BURST,
  CHECKS_PER_SECOND,
  LANE_BYTES_MAX,
  LANE_MESSAGES_MAX,
  LANES_MAX,
} from '../src/limits.ts'

const hash: Hash = `0x${'11'.repeat(32)}`
const signature = new Uint8Array(65)

function vote(round: number): Message {
  return { kind: 'prevote', height: 1, round, hash, signer: `0x${'22'.repeat(20)}`, signature }
}
const arrival = (round: number, bytes = 200) => ({ message: vote(round), bytes })
const roundOf = (message: Message | undefined): number | undefined =>
  message?.kind === 'prevote' ? message.round : undefined

function openInbox() {
  const clock = { nowMs: () => clock.ms, ms: 1_000 }
  return { inbox: createInbox(clock), clock }
}

test('a vote waits for one message of a flood and not for all of it', () => {
  const { inbox } = openInbox()
  for (let i = 0; i < 200; i++) inbox.add('flood', arrival(i))
  inbox.add('honest', arrival(1_000))
  inbox.add('honest', arrival(1_001))
  const order = Array.from({ length: 5 }, () => roundOf(inbox.take()))
  assert.equal(order, [0, 1_000, 1, 1_001, 2])
  assert.is(inbox.count, 197)
})

test('a lane keeps the order of its sender and is bounded in messages', () => {
  const { inbox } = openInbox()
  for (let i = 0; i < LANE_MESSAGES_MAX; i++) assert.ok(inbox.add('a', arrival(i)))
  assert.is(inbox.add('a', arrival(9_999)), false)
  assert.ok(inbox.add('b', arrival(0)), 'another lane has room')
  const rounds = Array.from({ length: 4 }, () => roundOf(inbox.take()))
  assert.equal(rounds, [0, 0, 1, 2])
})

test('a lane is bounded in bytes, but one message always fits', () => {
  const { inbox } = openInbox()
  assert.ok(inbox.add('a', arrival(0, LANE_BYTES_MAX + 1)))
  assert.is(inbox.add('a', arrival(1, 1)), false)
  inbox.take()
  assert.ok(inbox.add('a', arrival(1, 1)))
  assert.is(inbox.count, 1)
})

test('an empty inbox gives nothing', () => {
  const { inbox } = openInbox()
  assert.is(inbox.take(), undefined)
  inbox.add('a', arrival(0))
  inbox.take()
  assert.is(inbox.take(), undefined)
})

test('checks are paid from a budget that fills with time, each sender from its own', () => {
  const { inbox, clock } = openInbox()
  let paid = 0
  while (inbox.spend('a', 1)) paid++
  assert.is(paid, CHECKS_BURST)
  assert.ok(inbox.spend('b', 1))
  clock.ms += 100
  let again = 0
  while (inbox.spend('a', 1)) again++
  assert.is(again, CHECKS_PER_SECOND / 10)
})

test('a message of many checks leaves a debt that time pays', () => {
  const { inbox, clock } = openInbox()
  assert.ok(inbox.spend('a', CHECKS_BURST + CHECKS_PER_SECOND))
  assert.is(inbox.spend('a', 1), false)
  clock.ms += 999
  assert.is(inbox.spend('a', 1), false)
  clock.ms += 10
  assert.ok(inbox.spend('a', 1))
})

test('a new lane for each of many senders does not pile up', () => {
  const { inbox } = openInbox()
  for (let i = 0; i < 3 * LANES_MAX; i++) {
    inbox.add(`sender ${i}`, arrival(i))
    inbox.take()
    assert.ok(inbox.lanes <= LANES_MAX)
  }
  assert.is(inbox.count, 0)
})

test('nor do the lanes of senders that spent some of their checks and went quiet', () => {
  const { inbox, clock } = openInbox()
  for (let i = 0; i < 3 * LANES_MAX; i++) {
    assert.ok(inbox.spend(`sender ${i}`, 3))
    clock.ms += 10
    assert.ok(inbox.lanes <= LANES_MAX)
  }
})

test('a polka costs as many checks as it has votes, evidence two', () => {
  const votes = Array.from({ length: 7 }, () => ({ signer: hash, signature }))
  const polka = { height: 1, round: 0, hash, votes }
  assert.is(checksOf({ kind: 'polka', polka }), 7)
  assert.is(checksOf(vote(0)), 1)
  const first = vote(0) as Extract<Message, { kind: 'prevote' }>
  assert.is(checksOf({ kind: 'evidence', first, second: first }), 2)
})

test('peers that prove one key share its lane', () => {
  const base = { address: '', agent: '', head: { number: 0, hash }, inbound: true }
  const validator = `0x${'22'.repeat(20)}` as const
  assert.is(
    senderOf({ ...base, peerId: 'p', validator }),
    senderOf({ ...base, peerId: 'q', validator }),
  )
  assert.is(senderOf({ ...base, peerId: 'p' }), 'p')
})

test.run()
