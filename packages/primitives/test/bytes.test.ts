import {
  bigintToBytes,
  bytesToBigint,
  bytesToHex,
  compareBytes,
  concatBytes,
  equalBytes,
  hexToBytes,
  isAddress,
  isHash,
  isHex,
  numberToBytes,
  padLeft,
  utf8ToBytes,
} from '@veche/primitives'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const bytes = fc.uint8Array({ maxLength: 100 })

function isBug(run: () => unknown): void {
  assert.throws(run, (error: Error) => error.name === 'AssertionError')
}

test('bytes and their hex text are each other, as Node spells them', () => {
  fc.assert(
    fc.property(bytes, (value) => {
      const hex = bytesToHex(value)
      assert.is(hex, `0x${Buffer.from(value).toString('hex')}`)
      assert.ok(equalBytes(hexToBytes(hex), value))
      assert.ok(equalBytes(hexToBytes(`0x${hex.slice(2).toUpperCase()}`), value))
    }),
  )
})

test('hexToBytes takes no other text', () => {
  for (const text of ['', 'aa', '0xa', '0xgg', '0X00', '0x0 ', '0x-1', '0x０0'])
    isBug(() => hexToBytes(text))
})

test('isHex, isHash and isAddress judge any value', () => {
  assert.ok(isHex('0x') && isHex('0xAbcd') && isHex('0xabcd', 2))
  for (const value of [undefined, null, 5, {}, [], '', '0x1', '0xzz', 'abcd', '0xab\n', ['0x00']])
    assert.not(isHex(value), String(value))
  assert.not(isHex('0xabcd', 3))
  assert.ok(isHash(`0x${'1'.repeat(64)}`) && isAddress(`0x${'1'.repeat(40)}`))
  assert.not(isHash(`0x${'1'.repeat(62)}`) || isAddress(`0x${'1'.repeat(64)}`))
})

test('numbers are big-endian without leading zeros', () => {
  assert.equal(bigintToBytes(0n), new Uint8Array(0))
  assert.equal(bigintToBytes(0x100n), Uint8Array.of(1, 0))
  assert.equal(numberToBytes(127), Uint8Array.of(127))
  assert.is(bytesToBigint(new Uint8Array(0)), 0n)
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n }), (value) => {
      const encoded = bigintToBytes(value)
      assert.is(bytesToBigint(encoded), value)
      assert.is.not(encoded[0], 0)
    }),
  )
  isBug(() => bigintToBytes(-1n))
  for (const value of [-1, 0.5, Number.NaN, 2 ** 53]) isBug(() => numberToBytes(value))
})

test('order, equality, joining and padding agree with Buffer', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      assert.is(Math.sign(compareBytes(a, b)), Buffer.compare(a, b))
      assert.is(equalBytes(a, b), Buffer.compare(a, b) === 0)
      assert.ok(equalBytes(concatBytes(a, b), Buffer.concat([a, b])))
    }),
  )
  assert.equal(padLeft(Uint8Array.of(1, 2), 4), Uint8Array.of(0, 0, 1, 2))
  isBug(() => padLeft(Uint8Array.of(1, 2), 1))
})

test('utf8ToBytes agrees with TextEncoder on well-formed text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(utf8ToBytes(text), new TextEncoder().encode(text))
    }),
  )
  assert.equal(utf8ToBytes('вече €😀'), new TextEncoder().encode('вече €😀'))
})

test.run()
