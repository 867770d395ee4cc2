/** What a halt or a clock may not take away, and what nobody may make us hold, ask for or say. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isConflict } from '../src/evidence.ts'
import type { Candidate } from '../src/input.ts'
import type { Polka } from '../src/message.ts'
import { isRedundant } from '../src/redundant.ts'
import { Bench, pick, START_MS, sentOf } from './support.ts'

const OTHERS = [0, 1, 2]
/** more than two rotations of four */
const LONG = 20

function begin(self: number | null = 3): Bench {
  const bench = new Bench({ self })
  bench.tick(START_MS)
  return bench
}

function hearPolka(bench: Bench, polka: Polka) {
  return bench.feed({ kind: 'message', nowMs: bench.nowMs, message: { kind: 'polka', polka } })
}

function halt(bench: Bench, to = LONG): void {
  for (let round = bench.state.current.round + 1; round <= to; round++) bench.enter(round)
}

/** a polka of round 0 that comes too late to lock its value */
function missed(bench: Bench): Candidate {
  const candidate = bench.block(0)
  bench.enter(1)
  hearPolka(bench, bench.polka(0, candidate.hash, OTHERS))
  return candidate
}

test('B1: a polka whose block is not to be had is remembered through a halt', () => {
  const bench = begin()
  const candidate = bench.block(0)
  bench.known.delete(candidate.hash)
  bench.enter(1)
  hearPolka(bench, bench.polka(0, candidate.hash, OTHERS))
  halt(bench)
  assert.is(bench.state.current.valid, null)
  bench.known.set(candidate.hash, candidate)
  bench.enter(LONG + 1)
  assert.is(bench.state.current.valid?.round, 0)
})

test('B1: precommits of the valid round count after a halt, whatever polka waits for its block', () => {
  const bench = begin()
  const candidate = missed(bench)
  assert.equal([bench.state.current.valid?.round, bench.state.current.locked], [0, null])
  bench.hear(bench.precommit(0, 0, candidate), bench.precommit(1, 0, candidate))
  bench.enter(5)
  const lost = bench.block(5)
  bench.known.delete(lost.hash)
  hearPolka(bench, bench.polka(5, lost.hash, OTHERS))
  halt(bench)
  const [commit] = pick(bench.hear(bench.precommit(2, 0, candidate)), 'commit')
  assert.is(commit?.hash, candidate.hash)
})

test('B1: an old polka below the valid round opens no old round again', () => {
  const bench = begin()
  bench.enter(5)
  const candidate = bench.block(5)
  hearPolka(bench, bench.polka(5, candidate.hash, OTHERS))
  halt(bench)
  hearPolka(bench, bench.polka(3, bench.block(3).hash, OTHERS))
  const { rounds, valid } = bench.state.current
  assert.is(valid?.round, 5)
  assert.not.ok(rounds.has(3))
})

test('B3: a proposal of the next round is asked for, one further ahead is only held', () => {
  const asked = [0, 1, 2, 3].map((round) => {
    const bench = begin(null)
    const effects = bench.hear(bench.proposal(round, bench.block(round)))
    assert.is(bench.state.current.round, 0)
    assert.is(bench.state.current.rounds.get(round)?.proposals.size, 1)
    return pick(effects, 'check').length
  })
  assert.equal(asked, [1, 1, 0, 0])
})

test('B3: of two values of one proposer the second is asked for when a polka names it', () => {
  const bench = begin(null)
  const [first, second] = [bench.block(0), bench.block(0)]
  const asked = [first, second].map((each) => pick(bench.hear(bench.proposal(0, each)), 'check'))
  assert.equal(
    asked.map((each) => each.map(({ proposal }) => proposal.hash)),
    [[first.hash], []],
  )
  const named = pick(hearPolka(bench, bench.polka(0, second.hash, OTHERS)), 'check')
  assert.equal(
    named.map(({ proposal }) => proposal.hash),
    [second.hash],
  )
})

test('B4: of a proposer that makes many values two are held', () => {
  const bench = begin(null)
  for (let i = 0; i < 9; i++) bench.hear(bench.proposal(0, bench.block(0)))
  assert.is(bench.state.current.rounds.get(0)?.proposals.size, 2)
})

test('R3: nothing is signed for a round that a clock set back has left far ahead', () => {
  const proposer = new Bench({ self: null }).proposerOf(10)
  const bench = begin(proposer)
  bench.enter(8)
  const [one, two] = [0, 1, 2, 3].filter((each) => each !== proposer) as [number, number]
  bench.hear(bench.status(one, { round: 10 }), bench.status(two, { round: 10 }))
  assert.is(bench.state.current.round, 10)
  bench.tick(bench.startOf(2) * 1000)
  assert.is(pick(bench.work(), 'build').length, 0)
  assert.is(pick(bench.tick(bench.startOf(6) * 1000), 'build').length, 1, 'n steps ahead are near')
})

test('B5: of the next height two proposals of a member are held, and twelve messages', () => {
  const bench = begin()
  const header = { ...bench.block(0).block.header, number: 2 }
  const base = { kind: 'proposal', height: 2, parentHash: header.parentHash } as const
  for (let i = 0; i < 20; i++) {
    const hash = bench.block(0).hash
    const rest = { round: i, hash, validRound: -1, header, transactionHashes: [] }
    bench.hear(bench.sign(0, { ...base, ...rest }))
    bench.hear(bench.sign(0, { kind: 'prevote', height: 2, round: i, hash }))
  }
  const held = bench.state.future.get(bench.member(0)) ?? []
  assert.is(held.length, 12)
  assert.ok(held.filter(({ kind }) => kind === 'proposal').length <= 2)
})

test('P1: the locked value is prevoted again, also with a polka below the lock', () => {
  const bench = begin()
  const candidate = missed(bench)
  const early = bench.polka(0, candidate.hash, OTHERS)
  hearPolka(bench, bench.polka(1, candidate.hash, OTHERS))
  assert.is(bench.state.current.locked?.round, 1)
  bench.enter(2)
  const effects = bench.hear(bench.proposal(2, candidate, early))
  assert.equal(
    pick(effects, 'sign').map(({ content }) => [content.kind, content.round]),
    [['prevote', 2]],
  )
})

test('R3: statuses of f+1 members in a round far ahead lead nobody there', () => {
  const bench = begin()
  bench.hear(bench.status(0, { round: 1_000 }), bench.status(1, { round: 1_000 }))
  assert.equal([bench.state.current.round, bench.state.current.heard.size], [0, 0])
  bench.hear(bench.status(0, { round: 3 }), bench.status(1, { round: 4 }))
  assert.is(bench.state.current.round, 3)
})

test('T3: a vote that is not yet durable is shown to nobody', () => {
  const bench = begin()
  bench.held.add('log')
  const effects = bench.hear(bench.proposal(0, bench.block(0)))
  assert.is(pick(effects, 'log').length, 1)
  assert.equal(pick(bench.hear(bench.status(0)), 'send'), [])
  const { token = 0 } = pick(effects, 'log')[0] ?? {}
  bench.feed({ kind: 'logged', nowMs: bench.nowMs, token })
  bench.nowMs += 1_000
  assert.is(sentOf(bench.hear(bench.status(0)), 'prevote').length, 1)
})

test('C2: nothing waits for a time that a clock set back has made far', () => {
  const bench = begin()
  const { state } = bench
  bench.known.clear()
  bench.hear(bench.proposal(0, new Bench({ self: 3 }).block(0)))
  bench.hear(bench.status(0))
  state.builtAtMs = state.nowMs
  state.behindAtMs = state.nowMs
  assert.equal([state.helpedAtMs.size, state.current.candidates.size], [1, 1])
  const codes = (nowMs: number) => pick(bench.tick(nowMs), 'alarm').map(({ code }) => code)
  assert.equal(codes(START_MS - 999), [])
  assert.is(state.nowMs, START_MS)
  assert.equal(codes(START_MS - 1_000), ['CLOCK_WENT_BACK'])
  const asked = [...state.current.candidates.values()].map(({ askedAtMs }) => askedAtMs)
  const times = [state.nowMs, state.builtAtMs, state.behindAtMs, ...asked]
  assert.equal(times, Array(4).fill(START_MS - 1_000))
  assert.is(state.helpedAtMs.size, 0)
})

test('F1: a block that was built for another round is not proposed', () => {
  const proposer = new Bench({ self: null }).proposerOf(0)
  const bench = begin(proposer)
  bench.held.add('build')
  assert.is(pick(bench.work(), 'build').length, 1)
  const late = bench.block(0)
  assert.is(pick(bench.enter(4), 'build').length, 1, 'its turn again')
  const built = { kind: 'built', nowMs: bench.nowMs, height: 1 } as const
  assert.equal(pick(bench.feed({ ...built, round: 0, candidate: late }), 'sign'), [])
  const fresh = bench.feed({ ...built, round: 4, candidate: bench.block(4) })
  assert.is(sentOf(fresh, 'proposal').length, 1)
})

test('F4: a heartbeat that could not be built is tried again in a later round', () => {
  const beat = 60
  const bench = begin(new Bench({ self: null }).proposerOf(beat))
  bench.held.add('build')
  assert.is(pick(bench.enter(beat), 'build').length, 1)
  const nothing = { kind: 'built', height: 1, round: beat, candidate: null } as const
  const after = bench.feed({ ...nothing, nowMs: bench.nowMs })
  assert.equal(pick([...after, ...bench.tick(bench.nowMs + 200)], 'build'), [])
  assert.is(pick(bench.enter(beat + 4), 'build').length, 1)
})

test('E1: one block proposed with two valid rounds or on two parents convicts', () => {
  const bench = begin(null)
  const proposal = bench.proposal(1, bench.block(1))
  assert.is(isConflict(proposal, { ...proposal }), false)
  assert.ok(isConflict(proposal, { ...proposal, validRound: 0 }))
  assert.ok(isConflict(proposal, { ...proposal, parentHash: proposal.hash }))
  assert.is(isConflict(proposal, { ...proposal, round: 2, validRound: 0 }), false)
})

test('W6: an own message of a round that was forgotten is no surprise', () => {
  const bench = begin()
  const candidate = bench.block(0)
  bench.hear(bench.proposal(0, candidate))
  const own = bench.prevote(3, 0, candidate.hash)
  halt(bench)
  assert.is(bench.state.current.sent.has('0/prevote'), false)
  assert.ok(isRedundant(bench.state, own, bench.nowMs), 'nor worth a signature check')
  assert.equal(pick(bench.hear(own), 'alarm'), [])
  assert.is(bench.state.floor, 0)
})

test('W6: forgotten rounds of a height that the store was set back from are no surprise', () => {
  const restored = [{ kind: 'forgotten', height: 2, round: 9 }] as const
  const bench = new Bench({ self: 3, restored })
  bench.tick(START_MS)
  const { hash } = bench.block(0)
  const vote = (round: number) => bench.sign(3, { kind: 'prevote', height: 2, round, hash })
  assert.equal(pick(bench.hear(vote(9)), 'alarm'), [])
  assert.is(bench.state.floor, 0)
  assert.is(pick(bench.hear(vote(10)), 'alarm').length, 1)
})

test('W6: an unknown own message of the next height silences up to that height', () => {
  const bench = begin()
  const { hash } = bench.block(0)
  const own = bench.sign(3, { kind: 'prevote', height: 2, round: 0, hash })
  assert.equal(
    pick(bench.hear(own), 'alarm').map(({ code }) => code),
    ['AMNESIA'],
  )
  assert.is(bench.state.floor, 2)
})

test('W7: no round up to the forgotten one is entered after a restart, whatever the clock', () => {
  const restored = [{ kind: 'forgotten', height: 1, round: 9 }] as const
  const bench = new Bench({ self: 3, restored })
  bench.enter(7)
  bench.hear(bench.proposal(7, bench.block(7)))
  const { round, sent } = bench.state.current
  assert.equal([round, sent.size], [10, 0])
})

test('W7: a log that is written anew keeps a floor above the height', () => {
  const bench = new Bench({ self: 3, floor: 5 })
  bench.tick(START_MS)
  const [compact] = pick(bench.feed({ kind: 'logFull', nowMs: bench.nowMs }), 'compact')
  const [start] = compact?.records ?? []
  assert.is(start?.kind === 'start' ? start.floor : undefined, 5)
})

test('invariant 7: a final block that the schedule does not allow stops the node', () => {
  const bench = begin()
  const { hash, block } = bench.block(0)
  const coinbase = bench.member((bench.proposerOf(0) + 1) % 4)
  const header = { ...block.header, coinbase }
  const effects = () =>
    bench.feed({
      ...{ kind: 'committed', nowMs: bench.nowMs, header, hash },
      validatorsAfterNext: bench.set,
    })
  assert.throws(effects, /invariants 7 and 10/)
})

test.run()
