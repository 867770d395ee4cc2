/** Where a message stands, from its first bytes, and which proposals need no more than those. */
import { hexToBytes } from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeMessage } from '../src/codec.ts'
import { isIdleProposal, peekPosition } from '../src/peek.ts'
import { Bench, START_MS } from './support.ts'

function openBench(): Bench {
  const bench = new Bench({ self: 3 })
  bench.tick(START_MS)
  return bench
}

test('the position of every kind of message is read from its beginning', () => {
  const bench = openBench()
  const candidate = bench.block(2)
  const messages = [
    bench.proposal(2, candidate),
    bench.prevote(0, 300, candidate.hash),
    bench.precommit(0, 70_000, candidate),
    bench.status(0, { round: 129 }),
  ]
  const positions = messages.map((message) => peekPosition(encodeMessage(message)))
  assert.equal(positions, [
    { type: 1, height: 1, round: 2 },
    { type: 2, height: 1, round: 300 },
    { type: 3, height: 1, round: 70_000 },
    { type: 4, height: 1, round: 129 },
  ])
})

test('foreign bytes have a position or none, and are never an exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const position = peekPosition(bytes)
      if (position !== undefined) assert.ok(Number.isSafeInteger(position.height))
    }),
  )
  assert.is(peekPosition(new Uint8Array(0)), undefined)
  assert.is(peekPosition(hexToBytes('0xf9ffff01')), undefined)
})

test('a proposal in its turn is worth decoding, one of another sender or height is not', () => {
  const bench = openBench()
  const { nowMs, state } = bench
  const proposer = bench.member(bench.proposerOf(0))
  const bytes = encodeMessage(bench.proposal(0, bench.block(0)))
  assert.is(isIdleProposal(state, bytes, { from: proposer, nowMs }), false)
  const other = bench.member((bench.proposerOf(0) + 1) % 4)
  assert.is(isIdleProposal(state, bytes, { from: other, nowMs }), true)
  const far = encodeMessage({ ...bench.proposal(0, bench.block(0)), height: 9 })
  assert.is(isIdleProposal(state, far, { from: proposer, nowMs }), true)
  const late = encodeMessage({ ...bench.proposal(0, bench.block(0)), round: 40 })
  assert.is(isIdleProposal(state, late, { from: bench.member(0), nowMs }), true)
  assert.is(
    isIdleProposal(state, late, { from: bench.member(0), nowMs: START_MS + 40_000 }),
    false,
    'when its round has come by the clock',
  )
})

test('of the next height two proposals of a sender are worth decoding', () => {
  const bench = openBench()
  const from = bench.member(0)
  const seen: boolean[] = []
  for (let round = 0; round < 3; round++) {
    const content = { ...bench.proposal(0, bench.block(0)), height: 2, round }
    const { nowMs, state } = bench
    seen.push(isIdleProposal(state, encodeMessage(content), { from, nowMs }))
    bench.hear(bench.sign(0, content))
  }
  assert.equal(seen, [false, false, true])
})

test('votes and statuses are none of its business', () => {
  const bench = openBench()
  const vote = encodeMessage(bench.prevote(0, 0, bench.block(0).hash))
  assert.is(isIdleProposal(bench.state, vote, { from: bench.member(1), nowMs: bench.nowMs }), false)
})

test.run()
