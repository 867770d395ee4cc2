/** Rounds, statuses and other heights (Algorithm 1 L55; docs/spec/consensus.md R, T, B5). */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Candidate } from '../src/input.ts'
import type { Proposal } from '../src/message.ts'
import { buildBlock, encodeTransaction } from '../src/simulator/ledger.ts'
import { Bench, pick, START_MS, sentOf } from './support.ts'

function createBench(self = 3): Bench {
  const bench = new Bench({ self })
  bench.tick(START_MS)
  return bench
}

/** a block and its proposal on top of a first one */
function nextHeight(bench: Bench, parent: Candidate): Proposal {
  const { header } = parent.block
  const template = { ...header, parentHash: parent.hash, number: 2 }
  const candidate = buildBlock(header, template, [encodeTransaction(99)])
  bench.known.set(candidate.hash, candidate)
  return bench.sign(0, {
    kind: 'proposal',
    ...{ height: 2, round: 0, hash: candidate.hash, parentHash: parent.hash, validRound: -1 },
    header: candidate.block.header,
    transactionHashes: [],
  })
}

test('L55: enters a higher round when f+1 members are heard at or above it', () => {
  const bench = createBench()
  const { hash } = bench.block(2)
  bench.hear(bench.prevote(0, 2, hash))
  assert.is(bench.state.current.round, 0)
  bench.hear(bench.prevote(1, 3, hash))
  assert.is(bench.state.current.round, 2)
})

test('L55: one member in many rounds moves nobody', () => {
  const bench = createBench()
  const { hash } = bench.block(2)
  bench.hear(...[1, 2, 3, 4].map((round) => bench.prevote(0, round, hash)))
  assert.is(bench.state.current.round, 0)
})

test('R3: rounds that begin more than n steps from now are not heard', () => {
  const bench = createBench()
  const { hash } = bench.block(2)
  bench.hear(bench.prevote(0, 5, hash), bench.prevote(1, 5, hash), bench.prevote(2, 5, hash))
  assert.is(bench.state.current.round, 0)
  assert.is(bench.state.current.rounds.has(5), false)
  bench.hear(bench.prevote(0, 4, hash), bench.prevote(1, 4, hash))
  assert.is(bench.state.current.round, 4)
})

test('R5: a clock set back leads back over rounds in which nothing was signed', () => {
  const bench = createBench()
  bench.enter(3600)
  assert.is(bench.state.current.round, 3600)
  const alarms = pick(bench.enter(2), 'alarm')
  assert.equal(
    alarms.map((alarm) => alarm.code),
    ['CLOCK_WENT_BACK'],
  )
  assert.is(bench.state.current.round, 2)
  assert.is(sentOf(bench.hear(bench.proposal(2, bench.block(2))), 'prevote').length, 1)
})

test('R5: a clock set back never leads below a round in which something was signed', () => {
  const bench = createBench()
  bench.enter(9)
  assert.is(sentOf(bench.hear(bench.proposal(9, bench.block(9))), 'prevote').length, 1)
  bench.enter(3)
  assert.is(bench.state.current.round, 9)
  bench.enter(100)
  bench.enter(3)
  assert.is(bench.state.current.round, 10)
})

test('C1: a tick that comes a moment early asks for the same wake again', () => {
  const bench = createBench()
  bench.hear(bench.proposal(0, bench.block(0)))
  const wake = { kind: 'wake', atMs: START_MS + 500 } as const
  assert.equal(bench.tick(START_MS + 499), [wake])
  assert.ok(sentOf(bench.tick(START_MS + 500), 'status').length > 0)
})

test('C2: inputs that overtake each other by less than a step are no clock set back', () => {
  const bench = createBench()
  bench.hear(bench.proposal(0, bench.block(0)))
  bench.tick(START_MS + 500)
  const effects = bench.tick(START_MS + 400)
  assert.is(pick(effects, 'alarm').length, 0)
  assert.is(sentOf(effects, 'status').length, 0)
})

test('C2: statuses go on when the clock is set back by an hour', () => {
  const bench = createBench()
  bench.tick(START_MS + 3_600_000)
  bench.hear(bench.proposal(0, bench.block(0)))
  bench.tick(START_MS)
  bench.hear(bench.proposal(0, bench.block(0)))
  const times = [500, 1000, 1500].map((ms) => sentOf(bench.tick(START_MS + ms), 'status').length)
  assert.equal(times, [3, 3, 3])
})

test('nothing is signed while the clock is far behind the round', () => {
  const bench = createBench()
  bench.enter(9)
  bench.hear(bench.proposal(9, bench.block(9)))
  bench.tick(START_MS)
  const candidate = bench.block(0)
  assert.is(pick(bench.hear(bench.proposal(0, candidate)), 'sign').length, 0)
})

test('T1: an undecided height has a status twice a step, one signature for all', () => {
  const bench = createBench()
  bench.hear(bench.proposal(0, bench.block(0)))
  assert.is(sentOf(bench.tick(START_MS + 499), 'status').length, 0)
  const effects = bench.tick(START_MS + 500)
  assert.is(sentOf(effects, 'status').length, 3)
  assert.is(pick(effects, 'sign').length, 1)
  assert.is(sentOf(bench.tick(START_MS + 999), 'status').length, 0)
  assert.is(sentOf(bench.tick(START_MS + 1000), 'status').length, 3)
})

test('T1: the status tells each member which of its votes was seen', () => {
  const bench = createBench()
  const candidate = bench.block(0)
  bench.hear(bench.proposal(0, candidate), bench.prevote(1, 0, candidate.hash))
  const sends = pick(bench.tick(START_MS + 500), 'send')
  const yours = (index: number): unknown => {
    const found = sends.find((send) => send.to === bench.member(index))?.message
    return found?.kind === 'status' ? found.yours : undefined
  }
  assert.equal(yours(1), { height: 1, round: 0 })
  assert.equal(yours(2), { height: 0, round: -1 })
})

test('T2: a member with a lower valid round gets our polka and our last messages', () => {
  const bench = createBench()
  const candidate = bench.block(0)
  bench.hear(bench.proposal(0, candidate))
  bench.hear(bench.prevote(0, 0, candidate.hash), bench.prevote(1, 0, candidate.hash))
  const sends = pick(bench.hear(bench.status(2)), 'send')
  assert.ok(sends.every((send) => send.to === bench.member(2)))
  assert.equal(
    sends.map((send) => send.message.kind),
    ['polka', 'prevote', 'precommit'],
  )
  bench.tick(START_MS + 400)
  const level = pick(bench.hear(bench.status(1, { validRound: 0 })), 'send')
  assert.ok(!level.some((send) => send.message.kind === 'polka'))
})

test('T3: a member is helped at most a few times a step, however often it asks', () => {
  const bench = createBench()
  bench.hear(bench.proposal(0, bench.block(0)))
  let sends = 0
  for (let i = 0; i < 1000; i++) {
    bench.nowMs = START_MS + i
    const help = pick(bench.hear(bench.status(2)), 'send')
    sends += help.filter((send) => send.message.kind !== 'status').length
  }
  assert.is(sends, 4)
})

test('T4: a member is shown its own last vote', () => {
  const bench = createBench()
  const { hash } = bench.block(0)
  const vote = bench.prevote(2, 0, hash)
  bench.hear(vote)
  const sends = pick(bench.hear(bench.status(2)), 'send')
  assert.ok(sends.some((send) => send.message === vote))
})

test('T5: a status of a height that is decided here makes us help', () => {
  const bench = createBench()
  bench.commit(bench.block(0), 0, [0, 1, 2])
  const effects = bench.hear(bench.status(2))
  assert.equal(pick(effects, 'straggler'), [{ kind: 'straggler', height: 1, to: bench.member(2) }])
  assert.is(pick(bench.hear(bench.status(2)), 'straggler').length, 0)
})

test('late votes of a decided height make no noise', () => {
  const bench = createBench()
  const candidate = bench.block(0)
  bench.commit(candidate, 0, [0, 1, 2])
  assert.equal(
    bench.hear(bench.precommit(2, 0, candidate), bench.prevote(2, 0, candidate.hash)),
    [],
  )
})

test('B5: messages of the next height are held and taken when it begins', () => {
  const bench = createBench()
  const first = bench.block(0)
  const proposal = nextHeight(bench, first)
  assert.is(pick(bench.hear(proposal), 'behind').length, 0)
  const effects = bench.commit(first, 0, [0, 1, 2])
  assert.is(sentOf(effects, 'prevote')[0]?.hash, proposal.hash)
})

test('B5: a status of the next height, or any message above it, says that we are behind', () => {
  const bench = createBench()
  const behind = (height: number, kind: 'status' | 'prevote'): unknown => {
    bench.nowMs += 600
    const content = { height, round: 0, hash: bench.genesisHash }
    const message =
      kind === 'status'
        ? bench.status(1, { height })
        : bench.sign(1, { kind: 'prevote', ...content })
    return pick(bench.hear(message), 'behind')[0]
  }
  const from = bench.member(1)
  assert.is(behind(2, 'prevote'), undefined)
  assert.equal(behind(2, 'status'), { kind: 'behind', height: 2, from })
  assert.equal(behind(7, 'prevote'), { kind: 'behind', height: 7, from })
})

test('a message of a stranger is nothing to the machine', () => {
  const bench = createBench()
  const vote = { ...bench.prevote(0, 0, bench.block(0).hash), signer: bench.genesis.coinbase }
  assert.equal(bench.hear(vote, { ...vote, height: 2 }, { ...vote, height: 9 }), [])
})

test('blocks are committed one by one', () => {
  const bench = createBench()
  const candidate = bench.block(0)
  const skipped = {
    ...candidate,
    block: { ...candidate.block, header: { ...candidate.block.header, number: 2 } },
  }
  assert.throws(() => bench.commit(skipped, 0, [0, 1, 2]), /one by one/)
  bench.commit(candidate, 0, [0, 1, 2])
  assert.equal(bench.commit(candidate, 0, [0, 1, 2]), [])
})

test.run()
