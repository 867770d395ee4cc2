/** Memory under floods, and copies of the state (invariant 17; docs/spec/consensus.md B1–B5). */
import { bytesToHex, type Hash } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cloneState } from '../src/clone.ts'
import { step } from '../src/machine.ts'
import { simulatedRecover } from '../src/simulator/signer.ts'
import { Bench, START_MS } from './support.ts'

function hashOf(i: number): Hash {
  const bytes = new Uint8Array(32)
  new DataView(bytes.buffer).setUint32(0, i)
  return bytesToHex(bytes)
}

test('a flood of one member’s votes is held as two values per round', () => {
  const bench = new Bench({ self: 3 })
  bench.tick(START_MS)
  for (let i = 0; i < 5_000; i++)
    bench.hear(bench.sign(0, { kind: 'prevote', height: 1, round: i % 9, hash: hashOf(i) }))
  const { rounds, candidates } = bench.state.current
  assert.is(rounds.size, 5)
  for (const round of rounds.values()) assert.is(round.prevotes.byHash.size, 2)
  assert.is(candidates.size, 0)
})

test('a flood for the next height is held as a few messages', () => {
  const bench = new Bench({ self: 3 })
  bench.tick(START_MS)
  for (let i = 0; i < 5_000; i++)
    bench.hear(bench.sign(0, { kind: 'prevote', height: 2, round: i % 50, hash: hashOf(i) }))
  assert.is(bench.state.future.get(bench.member(0))?.length, 12)
})

test('a halt of a day keeps two rotations of rounds and a few blocks', () => {
  const bench = new Bench({ self: 3 })
  bench.tick(START_MS)
  for (let round = 0; round < 1_000; round++) {
    bench.enter(round)
    if (bench.proposerOf(round) !== 3) bench.hear(bench.proposal(round, bench.block(round)))
    bench.known.clear()
  }
  const { rounds, candidates, round } = bench.state.current
  assert.is(round, 999)
  assert.ok(rounds.size <= 9, `rounds ${rounds.size}`)
  assert.ok(candidates.size <= 3, `candidates ${candidates.size}`)
})

test('own messages of a long halt are bounded too', () => {
  const bench = new Bench({ self: 3 })
  bench.tick(START_MS)
  for (let round = 0; round < 300; round++) {
    bench.enter(round)
    if (bench.proposerOf(round) !== 3) bench.hear(bench.proposal(round, bench.block(round)))
  }
  const { sent, signing } = bench.state.current
  assert.ok(sent.size <= 30 && signing.size <= 30, `sent ${sent.size} signing ${signing.size}`)
})

test('a copy of the state is independent and goes on alike', () => {
  const bench = new Bench({ self: 3 })
  bench.tick(START_MS)
  const candidate = bench.block(0)
  bench.hear(bench.proposal(0, candidate), bench.prevote(0, 0, candidate.hash))
  const copy = cloneState(bench.state)
  assert.equal(copy, bench.state)
  const message = bench.prevote(1, 0, candidate.hash)
  const input = { kind: 'message', nowMs: bench.nowMs, message } as const
  const mine = step(bench.state, input, { recover: simulatedRecover }).effects
  assert.is(copy.current.locked, null)
  assert.equal(step(copy, input, { recover: simulatedRecover }).effects, mine)
  assert.equal(copy, bench.state)
})

test.run()
