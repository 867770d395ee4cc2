/** Coming back from the log (docs/spec/consensus.md W1–W6; invariants 3, 4, 12). */
import { AssertionError, VecheError } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Candidate } from '../src/input.ts'
import type { LogRecord } from '../src/record.ts'
import { decodeRecord, encodeRecord } from '../src/record-codec.ts'
import { Bench, loggedBy, pick, START_MS, sentOf } from './support.ts'

/** member 3 locks a value in round 0; returns what its log holds */
function runToLock(): { records: LogRecord[]; candidate: Candidate; first: Bench } {
  const first = new Bench({ self: 3 })
  first.tick(START_MS)
  const candidate = first.block(0)
  const effects = [
    ...first.hear(first.proposal(0, candidate)),
    ...first.hear(first.prevote(0, 0, candidate.hash), first.prevote(1, 0, candidate.hash)),
  ]
  const records = loggedBy(effects).map((record) => {
    const decoded = decodeRecord(encodeRecord(record))
    assert.ok(decoded.ok)
    return decoded.ok ? decoded.value : record
  })
  return { records, candidate, first }
}

function restart(records: readonly LogRecord[], candidate: Candidate): Bench {
  const bench = new Bench({ self: 3, restored: records })
  bench.known.set(candidate.hash, candidate)
  return bench
}

test('W2: after a restart the lock holds and the stored messages are sent again', () => {
  const { records, candidate, first } = runToLock()
  const bench = restart(records, candidate)
  const effects = bench.tick(START_MS + 100)
  assert.equal(bench.state.current.locked, { round: 0, hash: candidate.hash })
  assert.equal(sentOf(effects, 'prevote'), [...first.state.current.sent.values()].slice(0, 1))
  assert.equal(sentOf(effects, 'precommit').length, 1)
  assert.is(pick(effects, 'sign').length, 0)
  assert.is(pick(effects, 'log').length, 0)
})

test('W2: the body comes from the log and is executed before it is used', () => {
  const { records, candidate } = runToLock()
  const bench = restart(records, candidate)
  bench.held.add('execute')
  const effects = bench.tick(START_MS + 100)
  const [execute] = pick(effects, 'execute')
  assert.equal(execute?.block, candidate.block)
  const votes = [0, 1].map((i) => bench.precommit(i, 0, candidate))
  assert.is(pick(bench.hear(...votes), 'commit').length, 0)
  const { hash } = candidate
  const done = bench.feed({ kind: 'checked', nowMs: bench.nowMs, hash, candidate })
  assert.is(pick(done, 'commit').length, 1)
})

test('W2: a restarted node prevotes nothing else in a round it prevoted in', () => {
  const { records, candidate } = runToLock()
  const bench = restart(records.slice(0, 1), candidate)
  assert.is(records[0]?.kind, 'sent')
  bench.tick(START_MS + 100)
  const other = bench.block(0)
  assert.is(sentOf(bench.hear(bench.proposal(0, other)), 'prevote').length, 0)
})

test('W2: a restarted proposer re-proposes the locked value in its next turn, without work', () => {
  const { records, candidate } = runToLock()
  const bench = restart(records, candidate)
  bench.tick(START_MS + 100)
  const [proposal] = sentOf(bench.enter(3), 'proposal')
  assert.equal([proposal?.hash, proposal?.validRound], [candidate.hash, 0])
  assert.is(proposal?.polka?.votes.length, 3)
})

test('W3: a lock whose precommit was torn away is precommitted after the restart', () => {
  const { records, candidate } = runToLock()
  assert.equal(
    records.map((record) => record.kind),
    ['sent', 'body', 'lock', 'sent'],
  )
  const bench = restart(records.slice(0, 3), candidate)
  const effects = bench.tick(START_MS + 100)
  assert.is(sentOf(effects, 'precommit')[0]?.hash, candidate.hash)
})

test('invariant 12: replaying twice equals replaying once', () => {
  const { records, candidate } = runToLock()
  const once = restart(records, candidate)
  const twice = restart([...records, ...records], candidate)
  assert.equal(twice.tick(START_MS + 100), once.tick(START_MS + 100))
  assert.equal(twice.state, once.state)
})

test('W4: records of a higher height bind when it is reached by sync', () => {
  const { records, candidate } = runToLock()
  const bench = restart(records, candidate)
  const vote = bench.sign(3, { kind: 'prevote', height: 2, round: 0, hash: bench.genesisHash })
  const above = new Bench({ self: 3, restored: [{ kind: 'sent', message: vote }] })
  above.tick(START_MS)
  const effects = above.commit(candidate, 0, [0, 1, 2])
  assert.equal(sentOf(effects, 'prevote'), [vote])
})

test('the log of another chain or key is refused', () => {
  const code = (record: LogRecord): string => {
    try {
      return String(new Bench({ self: 3, restored: [record] }).nowMs)
    } catch (error) {
      return error instanceof VecheError ? error.code : String(error)
    }
  }
  const start = { kind: 'start', chainId: 1337, key: new Bench().member(3), floor: 0 } as const
  assert.is(code(start), String(START_MS))
  assert.is(code({ ...start, chainId: 1 }), 'LOG_OF_ANOTHER_CHAIN')
  assert.is(code({ ...start, key: new Bench().member(0) }), 'LOG_OF_ANOTHER_KEY')
})

test('invariant 3: a log with two values for one round and type is fatal', () => {
  const bench = new Bench()
  const records = [bench.block(0), bench.block(0)].map(
    ({ hash }): LogRecord => ({ kind: 'sent', message: bench.prevote(1, 0, hash) }),
  )
  assert.throws(
    () => new Bench({ restored: records }),
    (error: unknown) => error instanceof AssertionError,
  )
})

test('nothing is signed at or below the floor of the log', () => {
  const bench = new Bench({ self: 3, floor: 1 })
  bench.tick(START_MS)
  const first = bench.block(0)
  assert.is(pick(bench.hear(bench.proposal(0, first)), 'sign').length, 0)
  bench.commit(first, 0, [0, 1, 2])
  assert.is(bench.state.floor, 1)
  assert.is(bench.state.current.height, 2)
})

test('W6: an own message that the log does not know silences the node at its height', () => {
  const bench = new Bench({ self: 3 })
  bench.tick(START_MS)
  const candidate = bench.block(0)
  const effects = bench.hear(bench.prevote(3, 0, candidate.hash), bench.proposal(0, candidate))
  assert.equal(
    pick(effects, 'alarm').map((alarm) => alarm.code),
    ['AMNESIA'],
  )
  assert.is(pick(effects, 'sign').length, 0)
  bench.commit(candidate, 0, [0, 1, 2])
  assert.ok(bench.state.floor < bench.state.current.height)
})

test('W6: an own vote inside a polka counts as one that came alone', () => {
  for (const carry of ['polka', 'proposal'] as const) {
    const bench = new Bench({ self: 3 })
    bench.tick(START_MS + 1000)
    const candidate = bench.block(0)
    const polka = bench.polka(0, candidate.hash, [0, 1, 3])
    const effects =
      carry === 'polka'
        ? bench.feed({ kind: 'message', nowMs: bench.nowMs, message: { kind: 'polka', polka } })
        : bench.hear(bench.proposal(1, candidate, polka))
    assert.equal(
      pick(effects, 'alarm').map((alarm) => alarm.code),
      ['AMNESIA'],
      carry,
    )
    assert.is(pick(effects, 'sign').length, 0, carry)
  }
})

test('W6: an own vote inside a polka that the log knows is nothing', () => {
  const { first, candidate } = runToLock()
  const polka = first.polka(0, candidate.hash, [0, 1, first.set.indexOf(first.self ?? '0x')])
  const message = { kind: 'polka', polka } as const
  const effects = first.feed({ kind: 'message', nowMs: first.nowMs, message })
  assert.is(pick(effects, 'alarm').length, 0)
})

test('W6: evidence against our own key tells of what another process signed', () => {
  const bench = new Bench({ self: 3 })
  bench.tick(START_MS)
  const [one, other] = [bench.block(0), bench.block(0)]
  bench.hear(bench.proposal(0, one))
  const message = {
    kind: 'evidence',
    first: bench.prevote(3, 0, one.hash),
    second: bench.prevote(3, 0, other.hash),
  } as const
  const effects = bench.feed({ kind: 'message', nowMs: bench.nowMs, message })
  assert.equal(
    pick(effects, 'alarm').map((alarm) => alarm.code),
    ['KEY_USED_TWICE'],
  )
})

test('W6: another value under our own key is told apart', () => {
  const bench = new Bench({ self: 3 })
  bench.tick(START_MS)
  bench.hear(bench.proposal(0, bench.block(0)))
  const effects = bench.hear(bench.prevote(3, 0, bench.block(0).hash))
  assert.equal(
    pick(effects, 'alarm').map((alarm) => alarm.code),
    ['KEY_USED_TWICE'],
  )
})

test('W6: an own message of a height that began after the start is of another process', () => {
  const bench = new Bench({ self: 3, nowMs: START_MS - 20_000 })
  bench.tick(START_MS)
  const codes = pick(bench.hear(bench.prevote(3, 0, bench.block(0).hash)), 'alarm')
  assert.equal(
    codes.map((alarm) => alarm.code),
    ['KEY_USED_TWICE'],
  )
})

test('the echo of a message that the log knows is nothing', () => {
  const { first, candidate } = runToLock()
  const echo = [...first.state.current.sent.values()]
  assert.is(echo.length, 2)
  assert.equal(first.hear(...echo), [])
  assert.is(first.state.current.locked?.hash, candidate.hash)
})

test('W2: a body that a torn write left alone in the log is held at once, whatever its round', () => {
  const first = new Bench({ self: 3 })
  const candidate = first.block(1)
  const earlier = first.prevote(3, 0, first.block(0).hash)
  const records = [
    { kind: 'sent', message: earlier },
    { kind: 'body', block: candidate.block },
  ] as const
  const bench = restart(records, candidate)
  bench.enter(1)
  const effects = bench.hear(...[0, 1, 2].map((member) => bench.precommit(member, 1, candidate)))
  assert.is(pick(effects, 'commit').length, 1)
})

test.run()
