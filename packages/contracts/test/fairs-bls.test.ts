/** Points in ceremony files and in the encoding of EIP-2537. */
import { type Hash, type Hex, assert as must } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  decodeG1,
  decodeG2,
  g1Base,
  g1Words,
  g2Base,
  g2Words,
  hashToG1,
  multiply,
  pointToHex,
  SCALAR_ORDER,
  verifySignature,
  wordsToG1,
  wordsToG2,
} from '../src/fairs/bls.ts'
import { signPartially } from '../src/fairs/threshold.ts'

const MESSAGE: Hash = `0x${'07'.repeat(32)}`

test('EIP-2537: the generators have the words of the standard', () => {
  assert.equal(g1Words(pointToHex(g1Base())), [
    '0x0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0f',
    '0xc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb',
    '0x0000000000000000000000000000000008b3f481e3aaa0f1a09e30ed741d8ae4',
    '0xfcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1',
  ])
})

test('words and compressed points are one another', () => {
  const signature = signPartially(123n, MESSAGE, 1).signature
  const words = g1Words(signature)
  assert.equal(wordsToG1(words), { ok: true, value: signature })
  const key = pointToHex(multiply(g2Base(), 99n))
  assert.equal(wordsToG2(g2Words(key)), { ok: true, value: key })
})

test('points outside the subgroup, off the curve and zero are refused', () => {
  // on the curve, outside the subgroup: x = 0, y = 2
  const outside: Hex = `0x80${'00'.repeat(47)}`
  assert.not.ok(decodeG1(outside).ok)
  assert.not.ok(decodeG1(`0xc0${'00'.repeat(47)}`).ok)
  assert.not.ok(decodeG1(`0x9f${'ff'.repeat(47)}`).ok)
  assert.not.ok(decodeG1('0x').ok)
  assert.not.ok(decodeG2(`0xc0${'00'.repeat(95)}`).ok)
  assert.not.ok(decodeG2(null).ok)
  const zeros = Array.from({ length: 4 }, () => `0x${'00'.repeat(32)}` as Hash)
  assert.not.ok(wordsToG1(zeros).ok)
  assert.not.ok(wordsToG1(zeros.slice(1)).ok)
  assert.not.ok(wordsToG2([...zeros, ...zeros]).ok)
})

test('a signature verifies with its message and key alone', () => {
  const key = pointToHex(multiply(g2Base(), 123n))
  const { signature } = signPartially(123n, MESSAGE, 1)
  assert.ok(verifySignature(signature, MESSAGE, key))
  assert.not.ok(verifySignature(signature, `0x${'08'.repeat(32)}`, key))
  assert.not.ok(verifySignature(pointToHex(hashToG1(MESSAGE)), MESSAGE, key))
  assert.not.ok(verifySignature('0x00', MESSAGE, key))
})

test('a multiple by zero or the order is zero, not a failure', () => {
  assert.ok(multiply(g1Base(), 0n).is0())
  assert.ok(multiply(g2Base(), SCALAR_ORDER).is0())
  const point = decodeG1(pointToHex(multiply(g1Base(), 5n)))
  must(point.ok, 'a point')
  assert.ok(point.value.equals(multiply(g1Base(), SCALAR_ORDER + 5n)))
})

test.run()
