/** The decoder behind the table check, on the format's examples and on any bytes. */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isLevelLogDamaged } from '../src/level-log.ts'
import { readManifest } from '../src/level-manifest.ts'
import { isTableDamaged } from '../src/level-table.ts'
import { decodeSnappy } from '../src/snappy.ts'

function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('latin1')
}

test('literals and the three kinds of copies decode', () => {
  assert.is(text(decodeSnappy(Uint8Array.of(0), 10)), '')
  assert.is(text(decodeSnappy(Uint8Array.of(3, 2 << 2, 97, 98, 99), 10)), 'abc')
  const literal = [2 << 2, 97, 98, 99]
  assert.is(text(decodeSnappy(Uint8Array.of(8, ...literal, (1 << 2) | 1, 3), 10)), 'abcabcab')
  assert.is(text(decodeSnappy(Uint8Array.of(7, ...literal, (3 << 2) | 2, 1, 0), 10)), 'abccccc')
  assert.is(text(decodeSnappy(Uint8Array.of(5, ...literal, (1 << 2) | 3, 2, 0, 0, 0), 10)), 'abcbc')
  const long = new Uint8Array(300).fill(120)
  const source = Buffer.concat([Uint8Array.of(0xac, 2, 61 << 2, 43, 1), long])
  assert.is(text(decodeSnappy(source, 300)), 'x'.repeat(300))
})

test('a length above the bound, a copy from before the start and a short literal are refused', () => {
  assert.is(decodeSnappy(Uint8Array.of(11, 0, 1), 10), undefined)
  assert.is(decodeSnappy(Uint8Array.of(4, 1, 3), 10), undefined)
  assert.is(decodeSnappy(Uint8Array.of(4, 3 << 2, 1), 10), undefined)
  assert.is(decodeSnappy(Uint8Array.of(4, 0, 1), 10), undefined)
})

test('any bytes are a verdict, never an exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const decoded = decodeSnappy(bytes, 1_000)
      assert.ok(decoded === undefined || decoded.length <= 1_000)
      assert.type(isLevelLogDamaged(bytes), 'boolean')
      assert.ok(isTableDamaged(bytes))
      assert.type(readManifest(bytes), 'object')
      const footed = Uint8Array.from([...bytes, 0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb])
      assert.ok(isTableDamaged(footed))
    }),
    { numRuns: 3_000 },
  )
})

test.run()
