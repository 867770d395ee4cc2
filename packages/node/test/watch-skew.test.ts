/** This clock against the validators': who can raise the alarm, and who cannot. */
import type { PeerInfo } from '@veche/primitives'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { judgeSkew } from '../src/watch/skew.ts'
import { HASH, MEMBERS } from './support/status.ts'

const NINE = Array.from({ length: 10 }, (_, i) => `0x${i}${'0'.repeat(39)}` as const)
const CONTEXT = { validators: MEMBERS, self: MEMBERS[0], stepSeconds: 1, wasAlarm: false }

function peer(validator: `0x${string}` | undefined, aheadMs?: number, errorMs = 1): PeerInfo {
  return {
    ...{ peerId: `peer of ${validator}`, address: '/ip4/127.0.0.1', agent: 'test' },
    ...{ head: { number: 1, hash: HASH }, inbound: true },
    ...(validator === undefined ? {} : { validator }),
    ...(aheadMs === undefined ? {} : { clock: { aheadMs, errorMs } }),
  }
}

const judge = (ahead: readonly number[], context: Partial<typeof CONTEXT> = {}) =>
  judgeSkew(
    ahead.map((ms, i) => peer(MEMBERS[i + 1], ms)),
    { ...CONTEXT, ...context },
  )

test('nothing measured is no skew and no alarm', () => {
  assert.equal(judge([]), { skewMs: null, measured: 0, limitMs: 250, alarm: false })
})

test('the alarm stands at D/4 against the median of the validators', () => {
  assert.is(judge([249, 250, 251]).alarm, false)
  assert.is(judge([251, 251, 251]).alarm, true)
  assert.is(judge([-251, -251, -251]).alarm, true)
  assert.is(judge([251, 251, 251], { stepSeconds: 2 }).alarm, false)
  assert.is(judge([300, 310, 320]).skewMs, 310)
})

test('one lying validator of four cannot raise it, whatever it says and whoever else is away', () => {
  fc.assert(
    fc.property(
      fc.maxSafeInteger(),
      fc.array(fc.integer({ min: -249, max: 249 }), { maxLength: 2 }),
      (lie, honest) => {
        assert.is(judge([lie, ...honest]).alarm, false)
      },
    ),
  )
})

test('with ten validators three liars cannot raise it', () => {
  const context = { ...CONTEXT, validators: NINE, self: NINE[0] }
  const peers = NINE.slice(1).map((address, i) => peer(address, i < 3 ? 9_000 : 10))
  assert.is(judgeSkew(peers, context).alarm, false)
  assert.is(judgeSkew(peers.slice(0, 3), context).alarm, false)
})

test('one lying validator cannot hide it either', () => {
  assert.is(judge([-9_000, 400, 400]).alarm, true)
})

test('it takes f+1 validators, so that one alone in reach proves nothing', () => {
  assert.is(judge([5_000]).alarm, false)
  assert.is(judge([5_000, 5_000]).alarm, true)
})

test('what the way may have added does not count', () => {
  const peers = MEMBERS.slice(1).map((address) => peer(address, 400, 200))
  assert.is(judgeSkew(peers, CONTEXT).alarm, false)
  assert.is(judgeSkew(peers, CONTEXT).skewMs, 400)
})

test('an alarm that stands ends only well below its limit', () => {
  assert.is(judge([240, 240, 240], { wasAlarm: true }).alarm, true)
  assert.is(judge([190, 190, 190], { wasAlarm: true }).alarm, false)
})

test('clocks of strangers, of oneself and of observers do not count; one key counts once', () => {
  const stranger = `0x${'9'.repeat(40)}` as const
  const peers = [
    ...[peer(stranger, 9_000), peer(undefined, 9_000), peer(MEMBERS[0], 9_000)],
    ...[peer(MEMBERS[1], 9_000, 50), peer(MEMBERS[1], 9_000, 40), peer(MEMBERS[2])],
  ]
  const status = judgeSkew(peers, CONTEXT)
  assert.is(status.measured, 1)
  assert.is(status.alarm, false)
})

test.run()
