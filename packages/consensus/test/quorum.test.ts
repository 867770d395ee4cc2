import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createThresholds } from '../src/quorum.ts'

const TABLE = [
  [1, 0, 1, 1],
  [2, 0, 2, 1],
  [3, 0, 2, 1],
  [4, 1, 3, 2],
  [5, 1, 4, 2],
  [6, 1, 4, 2],
  [7, 2, 5, 3],
  [10, 3, 7, 4],
  [13, 4, 9, 5],
  [25, 8, 17, 9],
  [100, 33, 67, 34],
] as const

for (const [n, f, q, jump] of TABLE)
  test(`a set of ${n} tolerates ${f} and decides with ${q}`, () => {
    assert.equal(createThresholds(n), { n, f, q, jump })
  })

test('two quorums of any set up to 1000 share an honest member', () => {
  for (let n = 1; n <= 1000; n++) {
    const { f, q } = createThresholds(n)
    assert.ok(2 * q - n >= f + 1, `n=${n}`)
    assert.ok(q <= n - f, `the honest reach a quorum alone, n=${n}`)
  }
})

test('an empty set is a bug', () => {
  assert.throws(() => createThresholds(0), /at least one/)
})

test.run()
