import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { editDistance, nearest } from '../src/nearest.ts'

test('counts the edits between two texts', () => {
  assert.is(editDistance('kitten', 'sitting'), 3)
  assert.is(editDistance('', 'abc'), 3)
  assert.is(editDistance('same', 'same'), 0)
})

test('the distance is a metric', () => {
  const text = fc.string({ maxLength: 12 })
  fc.assert(
    fc.property(text, text, text, (a, b, c) => {
      assert.is(editDistance(a, b), editDistance(b, a))
      assert.is(editDistance(a, b) === 0, a === b)
      assert.ok(editDistance(a, c) <= editDistance(a, b) + editDistance(b, c))
    }),
  )
})

test('names the nearest known name, or none when nothing is near', () => {
  const known = ['rpc.port', 'rpc.host', 'dataDir', 'log.level']
  assert.is(nearest('rpc.prot', known), 'rpc.port')
  assert.is(nearest('datadir', known), 'dataDir')
  assert.is(nearest('completely-else', known), undefined)
  assert.is(nearest('x'.repeat(100_000), known), undefined)
})

test.run()
