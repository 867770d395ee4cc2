/** The first line of a status: the right words for each cause. */
import type { NodeStatus, ValidatorStatus } from '@veche/rpc'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { judge, stallMs } from '../src/watch/verdict.ts'
import { consensusStatus, MEMBERS, nodeStatus, validatorStatus } from './support/status.ts'

type Change = Partial<NodeStatus> & { waitingMs?: number; overdueMs?: number }

function verdictOf(change: Change = {}) {
  const { waitingMs = 0, overdueMs = 0, ...rest } = change
  const { verdict, why } = judge({ ...nodeStatus(rest), waitingMs, overdueMs })
  return { verdict, code: why.code, text: why.text }
}

const without = (...away: readonly number[]): ValidatorStatus[] =>
  MEMBERS.map((_, i) => validatorStatus(i, away.includes(i) ? { connected: false } : {}))
const observer = (change: Change): Change => ({
  ...{ node: { ...nodeStatus().node, role: 'observer' }, consensus: null, log: null },
  validators: MEMBERS.map((_, i) => validatorStatus(i, { isSelf: false, connected: true })),
  ...change,
})

test('an idle chain and one that decides are well', () => {
  assert.equal(verdictOf().code, 'idle')
  assert.match(verdictOf().text, 'all is well')
  const consensus = consensusStatus({ undecidedMs: 900, phase: 'prevote' })
  const deciding = verdictOf({ consensus })
  assert.equal([deciding.verdict, deciding.code], ['well', 'deciding'])
})

test('f dead proposers and two steps are patience, more is a stall with its reason', () => {
  assert.is(stallMs(nodeStatus()), 3_000)
  const reason = { code: 'quorum-silent', text: 'quorum is missing by 1' }
  const patient = verdictOf({ consensus: consensusStatus({ undecidedMs: 2_999, reason }) })
  assert.is(patient.verdict, 'well')
  const stalled = verdictOf({ consensus: consensusStatus({ undecidedMs: 3_000, reason }) })
  assert.equal([stalled.verdict, stalled.code], ['stalled', 'quorum-silent'])
  assert.match(stalled.text, 'block 8 is undecided for 3.0 s: quorum is missing by 1')
})

test('a stall with a wrong clock names the clock too', () => {
  const clock = { skewMs: -900, measured: 3, limitMs: 250, alarm: true }
  const stalled = verdictOf({ clock, consensus: consensusStatus({ undecidedMs: 60_000 }) })
  assert.match(stalled.text, 'this clock is off by 0.9 s')
})

test('a silent validator, one that is apart, a wrong clock, a mute or strange key: degraded', () => {
  const silent = MEMBERS.map((_, i) => validatorStatus(i, { silent: i === 3 }))
  assert.equal(verdictOf({ validators: silent }).code, 'validators-silent')
  assert.match(verdictOf({ validators: silent }).text, '0x4444…4444')
  assert.equal(verdictOf({ validators: without(3) }).code, 'validators-apart')
  const clock = { skewMs: 400, measured: 3, limitMs: 250, alarm: true }
  assert.match(verdictOf({ clock }).text, 'this clock is 0.4 s late')
  const far = MEMBERS.map((_, i) => validatorStatus(i, { skewMs: i === 2 ? -400 : 0 }))
  assert.match(verdictOf({ validators: far }).text, 'the clock of 0x3333…3333 is off')
  assert.is(verdictOf({ consensus: consensusStatus({ part: 'muted' }) }).code, 'muted')
  assert.is(
    verdictOf({ consensus: consensusStatus({ part: 'not-a-member' }) }).code,
    'not-a-member',
  )
})

test('an idle validator that could not find a quorum says so before it is needed', () => {
  const { verdict, code, text } = verdictOf({ validators: without(2, 3) })
  assert.equal([verdict, code], ['degraded', 'quorum-apart'])
  assert.match(text, 'quorum is missing by 1: not connected to 0x3333…3333, 0x4444…4444')
})

test('a node that lags says how far', () => {
  const chain = { ...nodeStatus().chain, behind: 3 }
  assert.equal(verdictOf({ chain }).verdict, 'behind')
  assert.is(verdictOf({ chain: { ...chain, behind: 2 } }).verdict, 'well')
  const reason = { code: 'behind', text: 'others are at 90' }
  assert.is(verdictOf({ consensus: consensusStatus({ reason }) }).verdict, 'behind')
})

test('an observer sees a stall by work that waits, or by a heartbeat that is overdue', () => {
  assert.is(verdictOf(observer({ waitingMs: 2_999 })).verdict, 'well')
  assert.equal(verdictOf(observer({ waitingMs: 3_000 })).code, 'unseen')
  assert.equal(verdictOf(observer({ overdueMs: 3_000 })).verdict, 'stalled')
  const validators = MEMBERS.map((_, i) =>
    validatorStatus(i, { isSelf: false, connected: i < 2, silent: i >= 2 }),
  )
  const apart = verdictOf(observer({ validators, waitingMs: 3_000 }))
  assert.equal([apart.verdict, apart.code], ['stalled', 'quorum-apart'])
  assert.match(apart.text, 'quorum is missing by 1')
})

test.run()
