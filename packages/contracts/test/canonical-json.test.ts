/** RFC 8785 by its own examples, and by properties. */
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { canonicalJson, type JsonValue } from '../src/index.ts'

test('RFC 8785, 3.2.2: writes the example', () => {
  const value = {
    numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: '\u20ac$\u000f\u000aA\'\u0042\u0022\u005c\\"/',
    literals: [null, true, false],
  }
  assert.is(
    canonicalJson(value),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  )
})

test('RFC 8785, 3.2.3: sorts keys by UTF-16 code units', () => {
  const value = {
    '\u20ac': 'Euro Sign',
    '\r': 'Carriage Return',
    '\ufb33': 'Hebrew Letter Dalet With Dagesh',
    '1': 'One',
    '\ud83d\ude00': 'Emoji: Grinning Face',
    '\u0080': 'Control',
    '\u00f6': 'Latin Small Letter O With Diaeresis',
  }
  const keys = Object.keys(JSON.parse(canonicalJson(value)) as object)
  assert.equal(keys, ['1', '\r', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'])
})

test('writes one text for one value in any order of keys', () => {
  const json = fc.jsonValue({ maxDepth: 4, noUnicodeString: false })
  fc.assert(
    fc.property(json, (value) => {
      const text = canonicalJson(value as JsonValue)
      const back = JSON.parse(text) as JsonValue
      return canonicalJson(reversed(back)) === text && canonicalJson(back) === text
    }),
  )
})

function reversed(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item: JsonValue) => reversed(item))
  const entries = Object.entries(value).reverse()
  return Object.fromEntries(entries.map(([key, item]) => [key, reversed(item)]))
}

test('a value that JSON cannot write is a bug', () => {
  assert.throws(() => canonicalJson(Number.NaN), /finite number expected/)
  assert.throws(() => canonicalJson('\ud800'), /lone surrogates/)
  let deep: JsonValue = 0
  for (let i = 0; i < 40; i++) deep = [deep]
  assert.throws(() => canonicalJson(deep), /levels of JSON/)
})

test.run()
