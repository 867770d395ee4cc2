/** Prevotes, locks and decisions (Algorithm 1 L22–L49; docs/spec/consensus.md P, L, D, E). */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { authenticateMessage } from '../src/authenticate.ts'
import { encodeMessage } from '../src/codec.ts'
import type { Candidate } from '../src/input.ts'
import { simulatedRecover } from '../src/simulator/signer.ts'
import { Bench, loggedBy, pick, START_MS, sentOf } from './support.ts'

/** member 3, so that others propose in rounds 0 to 2 */
function createBench(): Bench {
  const bench = new Bench({ self: 3 })
  bench.tick(START_MS)
  return bench
}

/** the bench locks a value in a round */
function lockIn(bench: Bench, round: number): Candidate {
  const candidate = bench.block(round)
  bench.enter(round)
  bench.hear(bench.proposal(round, candidate))
  bench.hear(bench.prevote(0, round, candidate.hash), bench.prevote(1, round, candidate.hash))
  assert.is(bench.state.current.locked?.hash, candidate.hash)
  return candidate
}

test('L22: prevotes a fresh value once it is executed, after the prevote is in the log', () => {
  const bench = createBench()
  bench.held.add('check')
  const candidate = bench.block(0)
  const effects = bench.hear(bench.proposal(0, candidate))
  assert.is(pick(effects, 'check').length, 1)
  assert.is(sentOf(effects, 'prevote').length, 0)
  const { hash } = candidate
  const checked = bench.feed({ kind: 'checked', nowMs: bench.nowMs, hash, candidate })
  assert.equal(
    loggedBy(checked).map((record) => record.kind),
    ['sent'],
  )
  assert.is(sentOf(checked, 'prevote')[0]?.hash, hash)
  assert.is(sentOf(bench.hear(bench.proposal(0, candidate)), 'prevote').length, 0)
})

test('a block that fails its execution is not prevoted, and is asked for again after half a step', () => {
  const bench = createBench()
  const candidate = bench.block(0)
  bench.known.delete(candidate.hash)
  assert.is(sentOf(bench.hear(bench.proposal(0, candidate)), 'prevote').length, 0)
  assert.is(pick(bench.tick(START_MS + 300), 'check').length, 0)
  bench.known.set(candidate.hash, candidate)
  assert.is(sentOf(bench.tick(START_MS + 500), 'prevote').length, 1)
})

test('a proposal of anybody but the round’s proposer is ignored', () => {
  const bench = createBench()
  const proposal = { ...bench.proposal(0, bench.block(0)), signer: bench.member(1) }
  assert.is(pick(bench.hear(proposal), 'check').length, 0)
})

test('a proposal on another parent, or of another step, is ignored', () => {
  const bench = createBench()
  const other = bench.block(0)
  const proposal = bench.proposal(0, other)
  assert.is(pick(bench.hear({ ...proposal, parentHash: other.hash }), 'check').length, 0)
  bench.enter(4)
  assert.is(pick(bench.hear(bench.proposal(4, bench.block(0))), 'check').length, 0)
  assert.is(pick(bench.hear(bench.proposal(4, bench.block(4))), 'check').length, 1)
})

test('L23: a locked node prevotes no other fresh value, and its own locked value again', () => {
  const bench = createBench()
  const locked = lockIn(bench, 0)
  bench.enter(1)
  assert.is(sentOf(bench.hear(bench.proposal(1, bench.block(1))), 'prevote').length, 0)
  bench.enter(2)
  const again = bench.proposal(2, locked, bench.polka(0, locked.hash, [0, 1, 3]))
  assert.is(sentOf(bench.hear(again), 'prevote')[0]?.hash, locked.hash)
})

test('L29: a locked node prevotes another value with a polka at or above its lock', () => {
  const bench = createBench()
  lockIn(bench, 1)
  bench.enter(2)
  const other = bench.block(1)
  const above = bench.proposal(2, other, bench.polka(1, other.hash, [0, 1, 2]))
  assert.is(sentOf(bench.hear(above), 'prevote')[0]?.hash, other.hash)
})

test('L29: a locked node prevotes no other value with a polka below its lock', () => {
  const bench = createBench()
  lockIn(bench, 1)
  bench.enter(2)
  const other = bench.block(0)
  const below = bench.proposal(2, other, bench.polka(0, other.hash, [0, 1, 2]))
  assert.is(sentOf(bench.hear(below), 'prevote').length, 0)
})

test('L28: a re-proposal whose polka lacks a quorum or has strangers is ignored', () => {
  const bench = createBench()
  const candidate = bench.block(0)
  bench.enter(1)
  const thin = bench.proposal(1, candidate, bench.polka(0, candidate.hash, [0, 1]))
  assert.is(pick(bench.hear(thin), 'check').length, 0)
  const polka = bench.polka(0, candidate.hash, [0, 1, 2])
  const strange = {
    ...polka,
    votes: polka.votes.map((vote) => ({ ...vote, signer: bench.genesis.coinbase })),
  }
  assert.is(pick(bench.hear(bench.proposal(1, candidate, strange)), 'check').length, 0)
})

test('L36: a polka of the round locks; body, polka and precommit are one log effect before it is sent', () => {
  const bench = createBench()
  const candidate = bench.block(0)
  bench.hear(bench.proposal(0, candidate), bench.prevote(0, 0, candidate.hash))
  const effects = bench.hear(bench.prevote(1, 0, candidate.hash))
  const [log] = pick(effects, 'log')
  assert.equal(
    log?.records.map((record) => record.kind),
    ['body', 'lock', 'sent'],
  )
  const order = effects
    .map((effect) => effect.kind)
    .filter((kind) => kind === 'log' || kind === 'send')
  assert.equal(order, ['log', 'send'])
  assert.is(sentOf(effects, 'precommit')[0]?.hash, candidate.hash)
  assert.equal(bench.state.current.locked, { round: 0, hash: candidate.hash })
})

test('L36: two prevotes are no polka, nor are three of one member', () => {
  const bench = createBench()
  const { hash } = bench.block(0)
  bench.held.add('check')
  const effects = bench.hear(
    bench.prevote(0, 0, hash),
    bench.prevote(1, 0, hash),
    bench.prevote(1, 0, hash),
  )
  assert.is(pick(effects, 'fetch').length, 0)
  assert.is(bench.state.current.valid, null)
})

test('a polka for an unknown block fetches it from those who prevoted', () => {
  const bench = createBench()
  const candidate = bench.block(0)
  const effects = bench.hear(...[0, 1, 2].map((i) => bench.prevote(i, 0, candidate.hash)))
  const [fetch] = pick(effects, 'fetch')
  assert.equal(
    fetch?.from,
    [0, 1, 2].map((i) => bench.member(i)),
  )
  assert.is(sentOf(effects, 'precommit').length, 1)
})

test('a fetched block that is not what its hash says is not held', () => {
  const bench = createBench()
  const candidate = bench.block(0)
  bench.known.set(candidate.hash, { ...bench.block(0), hash: candidate.hash })
  const effects = bench.hear(...[0, 1, 2].map((i) => bench.prevote(i, 0, candidate.hash)))
  assert.is(sentOf(effects, 'precommit').length, 0)
})

test('L36: a signature that comes after its round is not used', () => {
  const bench = createBench()
  const candidate = bench.block(0)
  bench.hear(bench.proposal(0, candidate), bench.prevote(0, 0, candidate.hash))
  bench.held.add('sign')
  const [sign] = pick(bench.hear(bench.prevote(1, 0, candidate.hash)), 'sign')
  assert.ok(sign?.content.kind === 'precommit')
  bench.enter(1)
  if (sign === undefined) return
  const late = bench.feed({ kind: 'signed', nowMs: bench.nowMs, message: bench.signed(sign) })
  assert.is(pick(late, 'log').length, 0)
  assert.is(pick(late, 'send').length, 0)
})

test('L42: a late polka of an earlier round becomes validValue without a lock', () => {
  const bench = createBench()
  const candidate = bench.block(0)
  bench.hear(bench.proposal(0, candidate))
  bench.enter(1)
  const effects = bench.hear(
    bench.prevote(0, 0, candidate.hash),
    bench.prevote(1, 0, candidate.hash),
  )
  assert.is(sentOf(effects, 'precommit').length, 0)
  assert.is(bench.state.current.valid?.hash, candidate.hash)
  assert.is(bench.state.current.locked, null)
})

test('L49: decides with q precommits, the seals in the order of the set', () => {
  const bench = createBench()
  const candidate = bench.block(0)
  bench.hear(bench.proposal(0, candidate))
  const votes = [2, 0, 1].map((i) => bench.precommit(i, 0, candidate))
  const [commit] = pick(bench.hear(...votes), 'commit')
  assert.is(commit?.hash, candidate.hash)
  const seals = [0, 1, 2].map((i) => bench.precommit(i, 0, candidate).seal)
  assert.equal(commit?.certificate, { height: 1, round: 0, hash: candidate.hash, seals })
})

test('L49: precommits of an earlier round decide, those of different rounds do not', () => {
  const bench = createBench()
  const candidate = bench.block(0)
  bench.hear(bench.proposal(0, candidate))
  bench.enter(3)
  const mixed = [bench.precommit(0, 0, candidate), bench.precommit(1, 1, candidate)]
  assert.is(pick(bench.hear(...mixed, bench.precommit(2, 0, candidate)), 'commit').length, 0)
  const [commit] = pick(bench.hear(bench.precommit(1, 0, candidate)), 'commit')
  assert.is(commit?.certificate.round, 0)
})

test('L49: a quorum of precommits for an unknown block fetches it, then decides', () => {
  const bench = createBench()
  const candidate = bench.block(0)
  bench.held.add('fetch')
  const effects = bench.hear(...[0, 1, 2].map((i) => bench.precommit(i, 0, candidate)))
  const [fetch] = pick(effects, 'fetch')
  assert.is(fetch?.hash, candidate.hash)
  assert.is(pick(effects, 'commit').length, 0)
  const { hash } = candidate
  const found = bench.feed({ kind: 'checked', nowMs: bench.nowMs, hash, candidate })
  assert.is(pick(found, 'commit').length, 1)
})

test('D2: a precommit with a seal that is not its signer’s does not count', () => {
  const bench = createBench()
  const candidate = bench.block(0)
  bench.hear(bench.proposal(0, candidate))
  const wrong = bench.sign(0, { ...bench.precommit(0, 0, candidate), seal: new Uint8Array(65) })
  const effects = bench.hear(
    wrong,
    bench.precommit(1, 0, candidate),
    bench.precommit(2, 0, candidate),
  )
  assert.is(pick(effects, 'commit').length, 0)
  assert.equal(
    pick(effects, 'alarm').map((alarm) => alarm.code),
    ['SEAL_INVALID'],
  )
})

test('a decided height takes nothing more until it is committed', () => {
  const bench = createBench()
  const candidate = bench.block(0)
  bench.hear(bench.proposal(0, candidate))
  bench.hear(...[0, 1, 2].map((i) => bench.precommit(i, 0, candidate)))
  assert.equal(bench.enter(4), [])
  assert.equal(bench.hear(bench.proposal(4, bench.block(4))), [])
})

test('committing another block than the one decided is fatal', () => {
  const bench = createBench()
  const candidate = bench.block(0)
  bench.hear(bench.proposal(0, candidate))
  bench.hear(...[0, 1, 2].map((i) => bench.precommit(i, 0, candidate)))
  assert.throws(() => bench.commit(bench.block(0), 0, [0, 1, 2]), /one decision per height/)
})

test('E1: an equivocation is reported once, and both votes count', () => {
  const bench = createBench()
  const [a, b] = [bench.block(0), bench.block(0)]
  const effects = bench.hear(
    bench.prevote(0, 0, a.hash),
    bench.prevote(0, 0, b.hash),
    bench.precommit(0, 0, a),
    bench.precommit(0, 0, b),
  )
  assert.is(pick(effects, 'evidence').length, 1)
  const [found] = pick(effects, 'evidence')
  assert.equal([found?.evidence.first.hash, found?.evidence.second.hash], [a.hash, b.hash])
})

test('E2: evidence is passed on once, and is small whatever was proposed', () => {
  const bench = createBench()
  const effects = bench.hear(bench.proposal(0, bench.block(0)), bench.proposal(0, bench.block(0)))
  const [evidence, ...more] = sentOf(effects, 'evidence')
  assert.ok(evidence)
  assert.is(more.length, 0)
  assert.ok(encodeMessage(evidence).length < 500)
  assert.ok(authenticateMessage(evidence, { chainId: 1337, recover: simulatedRecover }).ok)
  const other = createBench()
  const heard = other.feed({ kind: 'message', nowMs: other.nowMs, message: evidence })
  assert.is(pick(heard, 'evidence').length, 1)
  assert.is(sentOf(heard, 'evidence').length, 1)
  const again = other.feed({ kind: 'message', nowMs: other.nowMs, message: evidence })
  assert.is(pick(again, 'evidence').length + sentOf(again, 'evidence').length, 0)
})

test('E1: different values in different rounds accuse nobody', () => {
  const bench = createBench()
  bench.enter(1)
  const effects = bench.hear(
    bench.prevote(0, 0, bench.block(0).hash),
    bench.prevote(0, 1, bench.block(1).hash),
  )
  assert.is(pick(effects, 'evidence').length, 0)
})

test('E1: of an equivocating proposer one value at most is prevoted', () => {
  const bench = createBench()
  const effects = bench.hear(bench.proposal(0, bench.block(0)), bench.proposal(0, bench.block(0)))
  assert.is(sentOf(effects, 'prevote').length, 1)
  assert.is(pick(effects, 'evidence').length, 1)
})

test('one validator decides alone', () => {
  const bench = new Bench({ n: 1, self: 0 })
  bench.tick(START_MS)
  const effects = bench.work()
  assert.equal(
    pick(effects, 'send').map((send) => send.message.kind),
    ['proposal', 'prevote', 'precommit'],
  )
  const [commit] = pick(effects, 'commit')
  assert.is(commit?.certificate.seals.length, 1)
})

test('a follower that is no member decides too and says nothing', () => {
  const bench = new Bench({ self: null })
  bench.tick(START_MS)
  const candidate = bench.block(0)
  const effects = bench.hear(
    bench.proposal(0, candidate),
    ...[0, 1, 2].map((i) => bench.prevote(i, 0, candidate.hash)),
    ...[0, 1, 2].map((i) => bench.precommit(i, 0, candidate)),
  )
  assert.is(pick(effects, 'commit').length, 1)
  assert.is(pick([...effects, ...bench.enter(2)], 'send').length, 0)
})

test.run()
