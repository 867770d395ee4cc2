/** A key whose past is not known is silent until nothing it signed can stand above (W8). */
import { encodeExtraData, validatorSetHash } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FLOOR_OF_AMNESIA } from '../src/amnesia.ts'
import type { Candidate } from '../src/input.ts'
import type { Effect } from '../src/output.ts'
import { primaryOf } from '../src/schedule.ts'
import { buildBlock, encodeTransaction } from '../src/simulator/ledger.ts'
import { Bench, parameters, pick, START_MS, START_STEP, sentOf } from './support.ts'

const N = 4

const alarms = (effects: readonly Effect[]): string[] =>
  pick(effects, 'alarm').map(({ code }) => code)

/** a block made at a step on the bench's head */
function blockAt(bench: Bench, step: number): Candidate {
  const { parent, height } = bench.state.current
  const extra = { vanity: validatorSetHash(bench.set), validators: bench.set, round: 0, seals: [] }
  const template = {
    parentHash: parent.hash,
    number: height,
    coinbase: primaryOf(bench.set, step),
    timestamp: step * parameters.stepSeconds,
    extraData: encodeExtraData(extra),
  }
  return buildBlock(parent.header, template, [encodeTransaction(height)])
}

/** the bench takes a certified block made at a step */
function take(bench: Bench, step: number): Effect[] {
  const block = blockAt(bench, step)
  const round = step - bench.state.current.parent.step
  return bench.commit(block, round, [0, 1, 2])
}

function begin(amnesia: 'certain' | 'possible', nowMs = START_MS): Bench {
  return new Bench({ self: 1, amnesia, nowMs })
}

test('an amnesiac tells it at once and signs nothing', () => {
  const bench = begin('certain')
  assert.equal(alarms(bench.tick(START_MS)), ['AMNESIA'])
  const candidate = bench.block(0)
  const effects = bench.hear(bench.proposal(0, candidate), bench.prevote(0, 0, candidate.hash))
  assert.is(pick(effects, 'sign').length, 0)
  assert.is(pick(bench.work(), 'build').length, 0)
  assert.is(pick(bench.enter(1), 'sign').filter((each) => each.content.kind !== 'status').length, 0)
})

test('blocks that may have been proposed before it began leave it silent', () => {
  const bench = begin('certain')
  bench.tick(START_MS)
  for (let ahead = 0; ahead <= N + 1; ahead++) {
    assert.equal(alarms(take(bench, START_STEP + ahead)), [])
    assert.is(bench.state.floor, FLOOR_OF_AMNESIA)
  }
})

test('a block that nobody can have proposed before it began ends the silence above it', () => {
  const bench = begin('certain')
  bench.tick(START_MS)
  take(bench, START_STEP)
  bench.nowMs = START_MS + (N + 2) * 1000
  assert.equal(alarms(take(bench, START_STEP + N + 2)), ['AMNESIA_OVER'])
  assert.equal([bench.state.floor, bench.state.amnesia], [2, null])
  bench.held.add('build')
  bench.work()
  const turns = [1, 2, 3].flatMap((steps) => bench.tick(START_MS + (N + 2 + steps) * 1000))
  assert.is(pick(turns, 'build').length, 1, 'it proposes in its turn')
})

test('a higher floor that the log names outlives the silence', () => {
  const floor = 17
  const key = new Bench({ self: 1 }).member(1)
  const start = { kind: 'start', chainId: parameters.chainId, key, floor } as const
  const bench = new Bench({ self: 1, amnesia: 'certain', restored: [start] })
  bench.tick(START_MS)
  bench.nowMs = START_MS + (N + 2) * 1000
  assert.equal(alarms(take(bench, START_STEP + N + 2)), ['AMNESIA_OVER'])
  assert.equal([bench.state.floor, bench.state.amnesia], [17, null])
})

test('blocks made since the log was begun give nothing away, however late the process', () => {
  const late = START_MS + 50_000
  const bench = new Bench({ self: 1, amnesia: 'possible', nowMs: late, logStep: START_STEP })
  bench.tick(late)
  assert.equal(alarms(take(bench, START_STEP)), [])
  assert.equal([bench.state.floor, bench.state.amnesia], [0, null])
})

test('the silence survives a log that has grown', () => {
  const bench = begin('certain')
  bench.tick(START_MS)
  assert.equal(pick(bench.feed({ kind: 'logFull', nowMs: START_MS }), 'compact'), [])
})

test('the first start of a network is no amnesia', () => {
  const bench = begin('possible')
  assert.equal(alarms(bench.tick(START_MS)), [])
  const candidate = bench.block(0)
  assert.is(sentOf(bench.hear(bench.proposal(0, candidate)), 'prevote').length, 1)
  assert.equal(alarms(bench.commit(candidate, 0, [0, 2, 3])), [])
  assert.equal([bench.state.floor, bench.state.amnesia], [0, null])
})

test('an empty disk in an old network is: the first block tells', () => {
  const late = START_MS + 50_000
  const bench = begin('possible', late)
  bench.tick(late)
  assert.equal(alarms(take(bench, START_STEP)), ['AMNESIA'])
  assert.is(bench.state.floor, FLOOR_OF_AMNESIA)
  assert.equal(alarms(take(bench, START_STEP + 1)), [])
  bench.nowMs = late + 10_000
  assert.equal(alarms(take(bench, START_STEP + 50 + N + 2)), ['AMNESIA_OVER'])
  assert.is(bench.state.floor, 3)
})

test('an empty disk of a key that was no member then is not', () => {
  const late = START_MS + 50_000
  const bench = new Bench({ self: null, amnesia: 'possible', nowMs: late })
  bench.tick(late)
  assert.equal(alarms(take(bench, START_STEP)), [])
  assert.equal(alarms(take(bench, START_STEP + 45)), [])
  assert.is(bench.state.amnesia, null)
})

test.run()
