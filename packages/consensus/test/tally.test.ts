import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Prevote } from '../src/message.ts'
import { addVote, countVotes, createTally, valuesAt } from '../src/tally.ts'
import { Bench } from './support.ts'

const bench = new Bench()
const [a, b, c] = [bench.block(0).hash, bench.block(0).hash, bench.block(0).hash]

test('counts a repeated vote once', () => {
  const tally = createTally<Prevote>()
  assert.equal(addVote(tally, bench.prevote(0, 0, a)), { kind: 'added' })
  assert.equal(addVote(tally, bench.prevote(0, 0, a)), { kind: 'repeated' })
  assert.is(countVotes(tally, a), 1)
})

test('counts an equivocator for each value it signed, and returns the conflict', () => {
  const tally = createTally<Prevote>()
  const first = bench.prevote(0, 0, a)
  addVote(tally, first)
  assert.equal(addVote(tally, bench.prevote(0, 0, b)), { kind: 'added', conflict: first })
  assert.is(countVotes(tally, a), 1)
  assert.is(countVotes(tally, b), 1)
})

test('drops a third value, but not inside a polka', () => {
  const tally = createTally<Prevote>()
  addVote(tally, bench.prevote(0, 0, a))
  addVote(tally, bench.prevote(0, 0, b))
  assert.equal(addVote(tally, bench.prevote(0, 0, c)), { kind: 'dropped' })
  assert.is(countVotes(tally, c), 0)
  assert.is(addVote(tally, bench.prevote(0, 0, c), true).kind, 'added')
  assert.is(countVotes(tally, c), 1)
})

test('names the values that reached a threshold', () => {
  const tally = createTally<Prevote>()
  for (const index of [0, 1, 2]) addVote(tally, bench.prevote(index, 0, a))
  addVote(tally, bench.prevote(3, 0, b))
  assert.equal(valuesAt(tally, 3), [a])
  assert.equal(valuesAt(tally, 4), [])
})

test.run()
