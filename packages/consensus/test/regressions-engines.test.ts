/**
 * Faults that other engines had, as short scripts: each first on a machine that is weakened until
 * it has the same disease, then on ours.
 */
import type { Hash } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { simulate } from '../src/simulator/index.ts'
import type { State, Weakness } from '../src/state.ts'
import { Net } from './net.ts'

await installNativeCrypto()

const [A, B, C, D] = [0, 1, 2, 3] as const
type Commit = Hash | undefined

/** A proposes X, everybody prevotes, precommits reach only `lucky`. */
function runToPrecommits(weaken: Weakness, lucky: readonly number[]): Net {
  const net = new Net(4, weaken)
  net.allow = (_from, to, message) => message.kind !== 'precommit' || lucky.includes(to)
  net.enter(0)
  net.run(A, (bench) => bench.work())
  return net
}

// Besu, GoQuorum, go-ibft keep the lock in memory only: A finalises X, B and C crash before they
// see the quorum, A is cut off, B, C and D finalise Y. No node is Byzantine.
function restartAll(weaken: Weakness): Commit[] {
  const net = runToPrecommits(weaken, [A])
  net.down.add(A)
  net.allow = () => true
  for (const index of [B, C, D]) net.restart(index)
  for (const round of [1, 2]) {
    net.enter(round)
    for (const index of [B, C, D]) net.run(index, (bench) => bench.work())
  }
  return net.commits
}

test('restart-all fork: without a log B, C and D make another block final than A', () => {
  // the net shows a second final block to the machine that has the first
  assert.throws(() => restartAll({ emptyLog: true }), /invariant 1/)
})

test('restart-all fork: with the log they finalise the same', () => {
  const [x, ...others] = restartAll({})
  assert.ok(x !== undefined)
  assert.equal(others, [x, x, x])
})

// All restart at once after a polka; with bodies in memory only, the locked block is nowhere.
function loseBodies(weaken: Weakness): Commit[] {
  const net = runToPrecommits(weaken, [])
  for (const index of [A, B, C, D]) net.down.add(index)
  net.allow = () => true
  net.nowMs += 400
  for (const index of [A, B, C, D]) net.restart(index)
  for (let round = 1; round < 12; round++) {
    net.enter(round)
    for (const index of [A, B, C, D]) net.run(index, (bench) => bench.work())
  }
  return net.commits
}

test('restart-all with lost bodies: without bodies in the log the chain halts for good', () => {
  assert.equal(new Set(loseBodies({ noBodies: true })), new Set([undefined]))
})

test('restart-all with lost bodies: with bodies in the log all decide', () => {
  const commits = loseBodies({})
  assert.is(new Set(commits).size, 1)
  assert.ok(commits[A] !== undefined)
})

// polygon-edge #185: seven validators, three restarted, and no block ever after, because every node
// ends its rounds by timers of its own. besu #7642: four validators in rounds 6, 9, 10 and 10 with
// timers of 4096 s; polygon-edge #261: an hour of halt costs three more.
function haltAndReturn(n: number, weaken: Weakness, spoil?: (state: State) => void): number {
  const net = new Net(n, weaken, spoil)
  const f = Math.floor((n - 1) / 3)
  for (let index = n - f - 1; index < n; index++) net.down.add(index)
  net.enter(0)
  for (let half = 1; half < 180; half++) {
    for (let i = 0; i < n - f - 1; i++) net.run(i, (bench) => bench.work())
    net.tick(net.nowMs + 500)
  }
  // one of f+1 comes back: there is a quorum again
  net.restart(n - f - 1)
  net.run(n - f - 1, (bench) => bench.work())
  for (let half = 0; half < 400; half++) {
    if (net.commits.some((commit) => commit !== undefined)) return half / 2
    net.tick(net.nowMs + 500)
  }
  return Number.POSITIVE_INFINITY
}

/** n + 2 windows of the width that a halt of 90 s leads to; see schedule.test.ts */
function boundOf(n: number): number {
  return (n + 2) * 3
}

for (const [name, n] of [
  ['polygon-edge #185: seven validators, three away', 7],
  ['besu #7642: four validators, two away', 4],
] as const) {
  test(`${name}: timers of 2^r leave them apart for long`, () => {
    assert.ok(haltAndReturn(n, { doublingTimers: true }) > boundOf(n))
  })
  test(`${name}: with rounds by the clock they decide within n + 2 windows`, () => {
    const steps = haltAndReturn(n, {})
    assert.ok(steps <= boundOf(n), `${steps} steps`)
  })
}

// Attack of the Clones (arXiv:1902.10244): a partition, one key on both sides, and authority rounds
// that finalise by less than two thirds have two final chains.
function partition(weaken: Weakness): Net {
  const net = new Net(4, weaken)
  net.allow = (from, to) => from < C === to < C
  net.enter(0)
  net.run(A, (bench) => bench.work())
  net.enter(C)
  net.run(C, (bench) => bench.work())
  return net
}

test('Attack of the Clones: with a quorum of f+1 both sides of a partition finalise', () => {
  assert.throws(() => partition({ smallQuorum: true }), /invariant 1/)
})

test('Attack of the Clones: with q = ⌈2n/3⌉ neither side does, and one block after it', () => {
  const net = partition({})
  assert.ok(net.commits.every((commit) => commit === undefined))
  net.allow = () => true
  for (const round of [3, 4, 5, 6]) net.enter(round)
  assert.is(new Set(net.commits).size, 1)
  assert.ok(net.commits[A] !== undefined)
})

test('Attack of the Clones: a key that runs on both sides leads to no fork', () => {
  const hostile = { count: 1, behaviours: ['clone'] } as const
  for (let seed = 1; seed <= 2; seed++) {
    const { failure } = simulate({ seed, heights: 20, profile: 'partition', hostile })
    assert.is(failure, undefined, failure?.reason)
  }
})

// besu #6613: with less than a third away the next proposer re-proposed a prepared block with a
// header of its own; its hash was not the prepared one, and every round failed.
function reproposal(weaken: Weakness): { prepared: Commit; decided: Commit } {
  const net = runToPrecommits(weaken, [])
  const prepared = net.at(B).state.current.valid?.hash
  net.down.add(A)
  // the precommits of round 0 never arrive
  net.allow = (_from, _to, message) => message.kind !== 'precommit' || message.round > 0
  net.enter(1)
  net.run(B, (bench) => bench.work())
  return { prepared, decided: net.commits[C] }
}

test('besu #6613: a proposer that does not keep to the prepared block proposes another', () => {
  const { prepared, decided } = reproposal({ noLock: true })
  assert.ok(prepared !== undefined)
  assert.is.not(decided, prepared)
})

test('besu #6613: the next proposer keeps the prepared header, and it is decided at once', () => {
  const { prepared, decided } = reproposal({})
  assert.ok(prepared !== undefined)
  assert.is(decided, prepared)
})

// malachite #956: A alone saw the polka of V and is locked; one of four is gone. Who cannot be
// shown the polka has no reason to take V, and A takes nothing else.
function hideLock(weaken: Weakness): Commit[] {
  const net = new Net(4, weaken)
  net.allow = (_from, to, message) => message.kind !== 'prevote' || to === A
  net.enter(0)
  net.run(A, (bench) => bench.work())
  net.down.add(D)
  net.allow = () => true
  for (let round = 1; round < 24; round++) {
    net.enter(round)
    for (const index of [A, B, C]) net.run(index, (bench) => bench.work())
  }
  return net.commits.slice(0, 3)
}

test('malachite #956, hidden lock: where polkas are not shown the chain halts for good', () => {
  assert.equal(hideLock({ noPolkas: true }), [undefined, undefined, undefined])
})

test('malachite #956, hidden lock: shown its polka, the others take its value', () => {
  const commits = hideLock({})
  assert.ok(commits[A] !== undefined)
  assert.is(new Set(commits).size, 1)
})

// quorum #305: A is locked on V of round 0, B on W of round 1, and one of four stops for good. The
// old Istanbul had no way for a locked node to let go.
function lockTwo(weaken: Weakness): { locks: Commit[]; commits: Commit[] } {
  const net = new Net(4, weaken)
  const votesOnlyTo = (lucky: number): void => {
    net.allow = (_from, to, { kind }) =>
      kind === 'proposal' || (kind === 'prevote' && to === lucky) || kind === 'precommit'
  }
  votesOnlyTo(A)
  net.enter(0)
  net.run(A, (bench) => bench.work())
  votesOnlyTo(B)
  net.enter(1)
  net.run(B, (bench) => bench.work())
  const locks = [A, B].map((index) => net.at(index).state.current.locked?.hash)
  net.down.add(D)
  net.allow = () => true
  for (let round = 2; round < 24; round++) {
    net.enter(round)
    for (const index of [A, B, C]) net.run(index, (bench) => bench.work())
  }
  return { locks, commits: net.commits.slice(0, 3) }
}

test('quorum #305, two locks: without a way to let go of them the chain halts for good', () => {
  const { locks, commits } = lockTwo({ noPolkas: true })
  assert.is(new Set(locks).size, 2)
  assert.equal(commits, [undefined, undefined, undefined])
})

test('quorum #305, two locks: the later polka frees the earlier lock', () => {
  const { locks, commits } = lockTwo({})
  assert.is(new Set(locks).size, 2)
  assert.ok(locks.every((lock) => lock !== undefined))
  assert.equal(commits, [locks[B], locks[B], locks[B]])
})

/** whatever others say of their rounds, a node stays in its own */
function neverJumps({ current }: State): void {
  const { thresholds } = current
  Object.assign(current, { thresholds: { ...thresholds, jump: Number.POSITIVE_INFINITY } })
}

// besu #8425: a chain of one validator takes a second one in and stops: the new one had not been
// following, each of the two ends its rounds by timers of its own («Moved to round 2 which will
// expire in 260 seconds»), and no word of the other moves it on (see also besu #8307).
test('besu #8425: two validators with timers of 2^r that never jump stay apart for long', () => {
  assert.ok(haltAndReturn(2, { doublingTimers: true }, neverJumps) > boundOf(2))
})

test('besu #8425: with rounds by the clock the second one is met within n + 2 windows', () => {
  assert.ok(haltAndReturn(2, {}) <= boundOf(2))
  assert.ok(haltAndReturn(2, {}, neverJumps) <= boundOf(2), 'the clock alone is enough')
})

test('besu #8425: a chain of one validator goes on when a second one is voted in', () => {
  const { faults, failure } = simulate({ seed: 1, heights: 60, profile: 'rotation', n: 1 })
  assert.is(failure, undefined)
  assert.ok((faults['set-change'] ?? 0) > 0)
})

test.run()
