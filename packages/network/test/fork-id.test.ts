/** EIP-2124: the published checksums of Ethereum, and every rule of compatibility. */
import { hexToBytes } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createForkFilter, fixedForkFilter } from '../src/fork-id.ts'

const MAINNET = hexToBytes('0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3')
/** Homestead, DAO, Tangerine Whistle, Spurious Dragon, Byzantium, Petersburg */
const FORKS = [1_150_000, 1_920_000, 2_463_000, 2_675_000, 4_370_000, 7_280_000]

const at = (head: number, forks: readonly number[] = FORKS) =>
  createForkFilter({ base: MAINNET, forks, headTime: () => head })

test('the checksums are those of the EIP for Ethereum', () => {
  const table = [
    [0, '0xfc64ec04', 1_150_000],
    [1_149_999, '0xfc64ec04', 1_150_000],
    [1_150_000, '0x97c2c34c', 1_920_000],
    [1_919_999, '0x97c2c34c', 1_920_000],
    [1_920_000, '0x91d1f948', 2_463_000],
    [2_462_999, '0x91d1f948', 2_463_000],
    [2_463_000, '0x7a64da13', 2_675_000],
    [2_675_000, '0x3edd5b10', 4_370_000],
    [4_369_999, '0x3edd5b10', 4_370_000],
    [4_370_000, '0xa00bc324', 7_280_000],
    [7_279_999, '0xa00bc324', 7_280_000],
    [7_280_000, '0x668db0af', 0],
    [7_987_396, '0x668db0af', 0],
  ] as const
  for (const [head, hash, next] of table) assert.equal(at(head).own(), { hash, next })
})

test('peers fit or not as the table of the EIP says', () => {
  const table = [
    // the same past, nothing announced, or a fork far away
    [7_987_396, '0x668db0af', 0, 'fits'],
    [7_987_396, '0x668db0af', Number.MAX_SAFE_INTEGER, 'fits'],
    // we wait for Petersburg, the peer knows nothing of it, or the same, or another
    [7_279_999, '0xa00bc324', 0, 'fits'],
    [7_279_999, '0xa00bc324', 7_280_000, 'fits'],
    [7_279_999, '0xa00bc324', Number.MAX_SAFE_INTEGER, 'fits'],
    // the peer is behind and knows what comes
    [7_987_396, '0xa00bc324', 7_280_000, 'fits'],
    [7_987_396, '0x3edd5b10', 4_370_000, 'fits'],
    // the peer is ahead on our path
    [7_279_999, '0x668db0af', 0, 'fits'],
    [4_369_999, '0xa00bc324', 0, 'fits'],
    // the peer is behind and does not know what began
    [7_987_396, '0xa00bc324', 0, 'peer-stale'],
    [7_987_396, '0x3edd5b10', Number.MAX_SAFE_INTEGER, 'peer-stale'],
    // the peer passed something that we do not know
    [7_987_396, '0x5cddc0e1', 0, 'stale'],
    [7_279_999, '0xafec6b27', 0, 'stale'],
    // the peer announces a fork that our head has passed
    [88_888_888, '0x668db0af', 88_888_888, 'stale'],
    [7_279_999, '0xa00bc324', 7_279_999, 'stale'],
  ] as const
  for (const [head, hash, next, verdict] of table)
    assert.is(at(head).judge({ hash, next }), verdict, `head ${head}, ${hash} next ${next}`)
})

test('a fork to come divides nobody before it begins, and everybody after', () => {
  const T = 1_000
  for (const [head, oldSays, newSays] of [
    [T - 1, 'fits', 'fits'],
    [T, 'stale', 'peer-stale'],
    [T + 5, 'stale', 'peer-stale'],
  ] as const) {
    const [old, upgraded] = [at(head, []), at(head, [T])]
    assert.is(old.judge(upgraded.own()), oldSays, `the old one at ${head}`)
    assert.is(upgraded.judge(old.own()), newSays, `the new one at ${head}`)
  }
  // what was said before the fork is judged again after it
  const before = { old: at(T - 1, []).own(), upgraded: at(T - 1, [T]).own() }
  assert.is(at(T, []).judge(before.upgraded), 'stale')
  assert.is(at(T, [T]).judge(before.old), 'peer-stale')
  assert.is(at(T, [T]).judge(before.upgraded), 'fits')
})

test('forks of one moment are one, and a fixed filter knows one name', () => {
  assert.equal(at(5, [5, 5]).own(), at(5, [5]).own())
  const fixed = fixedForkFilter('0x01020304')
  assert.is(fixed.judge(fixedForkFilter('0x01020304').own()), 'fits')
  assert.is(fixed.judge({ hash: '0x01020305', next: 0 }), 'stale')
})

test.run()
