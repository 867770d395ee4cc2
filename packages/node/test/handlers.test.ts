/** Who pushes a final block to whom. */
import { keccakHex, utf8ToBytes } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { spared } from '../src/handlers.ts'

const setOf = (n: number) =>
  Array.from({ length: n }, (_, i) => `0x${keccakHex(utf8ToBytes(`${i}`)).slice(26)}` as const)

for (const [n, pushers] of [
  [1, 1],
  [4, 2],
  [10, 4],
  [25, 9],
] as const)
  test(`f + 1 of ${n} validators push a block to the others, each in its turn`, () => {
    const set = setOf(n)
    const times = new Map<string, number>()
    for (let height = 1; height <= n; height++) {
      const onDuty = set.filter((each) => spared(set, height, each).size === 0)
      assert.is(onDuty.length, pushers, `height ${height}`)
      for (const each of onDuty) times.set(each, (times.get(each) ?? 0) + 1)
    }
    assert.equal([...times.values()], Array(n).fill(pushers))
  })

test('who is not on duty leaves out the whole set and nobody else', () => {
  const set = setOf(4)
  const self = set.find((each) => spared(set, 7, each).size > 0)
  assert.equal([...spared(set, 7, self)], set)
})

test('an observer and a validator outside the set push to everybody', () => {
  assert.is(spared(setOf(4), 1, undefined).size, 0)
  assert.is(spared(setOf(4), 1, setOf(5)[4]).size, 0)
})

test.run()
