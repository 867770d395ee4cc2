/** A log written anew within a height binds like the old one (docs/spec/consensus.md W7). */
import { blockHash } from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { LogRecord } from '../src/record.ts'
import { decodeRecord, encodeRecord } from '../src/record-codec.ts'
import { readRestored } from '../src/restore.ts'
import { Bench, loggedBy, pick, START_MS, sentOf } from './support.ts'

const SELF = 3

/** a member whose log is kept as a node would */
function createBench(): { readonly bench: Bench; readonly log: LogRecord[] } {
  const bench = new Bench({ self: SELF })
  const log: LogRecord[] = []
  log.push(...loggedBy(bench.tick(START_MS)))
  return { bench, log }
}

function compact(bench: Bench): readonly LogRecord[] {
  const [effect, ...more] = pick(bench.feed({ kind: 'logFull', nowMs: bench.nowMs }), 'compact')
  assert.ok(effect)
  assert.is(more.length, 0)
  return effect.records.map((record) => {
    const decoded = decodeRecord(encodeRecord(record))
    assert.ok(decoded.ok)
    return decoded.ok ? decoded.value : record
  })
}

const bodiesOf = (records: readonly LogRecord[]): string[] =>
  records.flatMap((each) => (each.kind === 'body' ? [blockHash(each.block.header)] : []))

test('own proposals of passed rounds are dropped, the locked value is kept', () => {
  const { bench, log } = createBench()
  log.push(...loggedBy(bench.work()))
  const locked = bench.block(0)
  const heard = [bench.proposal(0, locked)].concat()
  log.push(...loggedBy(bench.hear(...heard)))
  log.push(...loggedBy(bench.hear(...[0, 1].map((each) => bench.prevote(each, 0, locked.hash)))))
  assert.is(bench.state.current.locked?.hash, locked.hash)
  for (let round = 1; round < 60; round++) log.push(...loggedBy(bench.enter(round)))
  const records = compact(bench)
  assert.equal(bodiesOf(records), [locked.hash])
  assert.is(records[0]?.kind, 'start')
  assert.ok(records.length < log.length / 2, `${records.length} of ${log.length} records`)
})

test('after a long halt without a lock the new log is small, and no forgotten round is signed again', () => {
  const { bench, log } = createBench()
  log.push(...loggedBy(bench.work()))
  for (let round = 0; round < 200; round++) log.push(...loggedBy(bench.enter(round)))
  const own = log.filter((each) => each.kind === 'body').length
  assert.ok(own > 40, `${own} own proposals`)
  const records = compact(bench)
  assert.ok(bodiesOf(records).length <= 1)
  const again = new Bench({ self: SELF, restored: records, nowMs: START_MS })
  const effects = [...again.tick(START_MS), ...again.work()]
  assert.is(loggedBy(effects).length, 0, 'a clock that was set back signs nothing')
  const { round } = again.state.current
  assert.ok(round >= 199 - 8, `round ${round}`)
})

test('a value whose body was dropped is logged again before it is precommitted', () => {
  const { bench } = createBench()
  bench.work()
  const round = [0, 1, 2, 3].find((each) => bench.proposerOf(each) === SELF) as number
  const [own] = sentOf(bench.enter(round), 'proposal')
  assert.ok(own)
  bench.enter(round + 3)
  assert.equal(bodiesOf(compact(bench)), [])
  // the others have a polka for it after all, and it is proposed again
  const candidate = bench.known.get(own.hash) ?? {
    hash: own.hash,
    block: { header: own.header, transactions: [] },
  }
  bench.known.set(own.hash, candidate)
  const polka = bench.polka(round, own.hash, [0, 1, 2])
  const at = [4, 5, 6, 7]
    .map((each) => round + each)
    .find((each) => bench.proposerOf(each) !== SELF) as number
  bench.enter(at)
  const effects = bench.hear(
    bench.proposal(at, candidate, polka),
    ...[0, 1].map((each) => bench.prevote(each, at, own.hash)),
  )
  assert.is(sentOf(effects, 'precommit').length, 1)
  assert.equal(bodiesOf(loggedBy(effects)), [own.hash])
})

test('a restart from the new log is as bound as one from the old, whatever happened before', () => {
  const move = fc.oneof(
    fc.record({ kind: fc.constant('enter' as const), by: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ kind: fc.constant('propose' as const) }),
    fc.record({
      kind: fc.constant('prevotes' as const),
      members: fc.constantFrom([0], [0, 1], [0, 1, 2]),
    }),
    fc.record({ kind: fc.constant('compact' as const) }),
  )
  fc.assert(
    fc.property(fc.array(move, { minLength: 4, maxLength: 40 }), (moves) => {
      const { bench, log } = createBench()
      log.push(...loggedBy(bench.work()))
      let anew = [...log]
      let round = 0
      let value = bench.block(0)
      const take = (effects: Parameters<typeof loggedBy>[0]): void => {
        log.push(...loggedBy(effects))
        anew.push(...loggedBy(effects))
      }
      for (const each of moves) {
        if (each.kind === 'enter') {
          round += each.by
          value = bench.block(round)
          take(bench.enter(round))
        } else if (each.kind === 'propose') {
          if (bench.proposerOf(round) !== SELF) take(bench.hear(bench.proposal(round, value)))
        } else if (each.kind === 'prevotes') {
          take(
            bench.hear(...each.members.map((member) => bench.prevote(member, round, value.hash))),
          )
        } else anew = [...compact(bench)]
      }
      const owner = { chainId: bench.parameters.chainId, self: bench.self }
      const [old, fresh] = [readRestored(log, owner), readRestored(anew, owner)].map((restored) =>
        restored.heights.get(1),
      )
      const highest = (locks: Map<number, unknown> | undefined) =>
        Math.max(-1, ...(locks?.keys() ?? []))
      assert.is(highest(fresh?.locks), highest(old?.locks))
      for (const [key, message] of old?.sent ?? []) {
        const kept = fresh?.sent.get(key)
        if (kept === undefined) assert.ok(message.round <= (fresh?.forgotten ?? -1), key)
        else assert.equal(kept, message)
      }
      const locked = old?.locks.get(highest(old.locks))
      if (locked !== undefined) assert.ok(fresh?.bodies.has(locked.hash), 'the locked body is kept')
    }),
    { numRuns: 200 },
  )
})

test('nothing is written anew while a decision is being committed', () => {
  const bench = new Bench({ n: 1, self: 0 })
  bench.tick(START_MS)
  bench.work()
  assert.is.not(bench.state.current.decided, null)
  assert.equal(bench.feed({ kind: 'logFull', nowMs: bench.nowMs }), [])
})

test.run()
