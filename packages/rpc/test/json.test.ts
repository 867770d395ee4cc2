/** JSON helpers: quantities, nesting, descriptions. */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { describe, nestsDeeper, parseJson, quantity } from '../src/json.ts'
import { NESTING_MAX } from '../src/limits.ts'

test('writes quantities with minimal digits', () => {
  assert.is(quantity(0), '0x0')
  assert.is(quantity(0n), '0x0')
  assert.is(quantity(1024), '0x400')
  assert.is(quantity(2n ** 256n - 1n), `0x${'f'.repeat(64)}`)
})

test('measures nesting outside strings only', () => {
  assert.is(nestsDeeper('[[[]]]', 2), true)
  assert.is(nestsDeeper('[[[]]]', 3), false)
  assert.is(nestsDeeper('["[[[[", "\\"[[["]', 1), false)
  assert.is(nestsDeeper('{"a":[{}]}', 2), true)
  assert.is(nestsDeeper('[],[],[]', 1), false)
})

test('agrees with the depth of any JSON value', () => {
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null
      ? 1 + Math.max(0, ...Object.values(value).map(depthOf))
      : 0
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const [text, depth] = [JSON.stringify(value), depthOf(value)]
      assert.is(nestsDeeper(text, depth), false)
      if (depth > 0) assert.is(nestsDeeper(text, depth - 1), true)
    }),
  )
})

test('refuses a tower of brackets before parsing it', () => {
  const tower = '['.repeat(500_000)
  const parsed = parseJson(tower)
  assert.is(parsed.ok, false)
  assert.is(!parsed.ok && parsed.code, 'JSON_NESTED')
  const allowed = `${'['.repeat(NESTING_MAX)}${']'.repeat(NESTING_MAX)}`
  assert.is(parseJson(allowed).ok, true)
})

test('refuses what is not JSON', () => {
  for (const text of ['', '{', 'undefined', '{"a":}', 'NaN', "{'a':1}", '[1,]']) {
    const parsed = parseJson(text)
    assert.is(!parsed.ok && parsed.code, 'JSON_MALFORMED', text)
  }
})

test('describes any value in few characters', () => {
  assert.is(describe(undefined), 'nothing')
  assert.is(describe(null), 'null')
  assert.is(describe([1, 2]), 'an array of 2')
  assert.is(describe({ a: 1 }), 'an object')
  assert.is(describe('0x1'), '"0x1"')
  assert.ok(describe('f'.repeat(100_000)).length < 100)
})

test.run()
