/** Faults that other engines had, replayed by script against the real machine (consensus.md). */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Net } from './net.ts'

const [A, B, C, D] = [0, 1, 2, 3] as const

/** A proposes X in round 0; everybody prevotes; precommits reach only `lucky` */
function runToPrecommits(lucky: readonly number[]): Net {
  const net = new Net()
  net.allow = (_from, to, message) => message.kind !== 'precommit' || lucky.includes(to)
  net.enter(0)
  net.run(A, (bench) => bench.work())
  return net
}

test('four validators that hear each other decide at once', () => {
  const net = runToPrecommits([A, B, C, D])
  assert.is(new Set(net.commits).size, 1)
  assert.ok(net.commits[0] !== undefined)
})

test('besu, GoQuorum: A finalises X and is cut off, the others restart: they finalise X, not Y', () => {
  const net = runToPrecommits([A])
  const x = net.commits[A]
  assert.ok(x !== undefined)
  assert.equal(net.commits, [x, undefined, undefined, undefined])
  net.down.add(A)
  net.allow = () => true
  for (const index of [B, C, D]) net.restart(index)
  net.enter(1)
  for (const ms of [500, 900]) net.tick(net.nowMs + ms)
  assert.equal(net.commits.slice(1), [x, x, x])
})

test('restart-all fork with one that never saw the polka: its fresh Y finds no quorum', () => {
  const net = new Net()
  const x = (): unknown => net.commits[A]
  net.allow = (from, to, message) =>
    to !== D && from !== D && (message.kind !== 'precommit' || to === A)
  net.enter(0)
  net.run(A, (bench) => bench.work())
  assert.ok(x() !== undefined)
  net.down.add(A)
  for (const index of [B, C, D]) net.restart(index)
  net.allow = (_from, _to, message) => message.kind !== 'polka' && message.kind !== 'status'
  net.enter(3)
  net.run(D, (bench) => bench.work())
  assert.equal(net.commits.slice(1), [undefined, undefined, undefined])
  net.allow = () => true
  for (const round of [4, 5, 6]) net.enter(round)
  assert.equal(net.commits.slice(1), [x(), x(), x()])
})

test('restart of all with bodies only in the logs: they go on and decide the same block', () => {
  const net = runToPrecommits([])
  assert.ok(net.commits.every((commit) => commit === undefined))
  const locked = net.at(B).state.current.locked?.hash
  assert.ok(locked !== undefined)
  for (const index of [A, B, C, D]) net.down.add(index)
  net.allow = () => true
  net.nowMs += 400
  for (const index of [A, B, C, D]) net.restart(index)
  for (const round of [1, 2, 3]) net.enter(round)
  assert.ok(net.commits.every((commit) => commit === locked))
})

test('malachite #956, hidden lock: one node alone has the polka, and one is gone: its value wins', () => {
  const net = new Net()
  net.allow = (_from, to, message) => message.kind !== 'prevote' || to === A
  net.enter(0)
  net.run(A, (bench) => bench.work())
  const v = net.at(A).state.current.locked?.hash
  assert.ok(v !== undefined)
  assert.is(net.at(B).state.current.locked, null)
  net.down.add(D)
  net.allow = (_from, _to, message) => message.kind !== 'polka' && message.kind !== 'status'
  net.enter(1)
  net.run(B, (bench) => bench.work())
  assert.ok(net.commits.every((commit) => commit === undefined))
  for (const round of [2, 3, 4]) net.enter(round)
  assert.equal(net.commits.slice(0, 3), [v, v, v])
})

test('hidden lock with help: the polka reaches the next proposer as its round begins', () => {
  const net = new Net()
  net.allow = (_from, to, message) => message.kind !== 'prevote' || to === A
  net.enter(0)
  net.run(A, (bench) => bench.work())
  const v = net.at(A).state.current.locked?.hash
  net.allow = () => true
  net.enter(1)
  assert.equal(net.commits, [v, v, v, v])
})

test('one dead: blocks go on in the next window; two dead: nothing; one returns: it goes on', () => {
  const net = new Net()
  net.down.add(A)
  net.enter(0)
  net.enter(1)
  net.run(B, (bench) => bench.work())
  assert.ok(net.commits[B] !== undefined)

  const halted = new Net()
  halted.down.add(C).add(D)
  halted.enter(0)
  halted.run(A, (bench) => bench.work())
  for (let round = 1; round < 40; round++) halted.enter(round)
  assert.ok(halted.commits.every((commit) => commit === undefined))
  halted.down.delete(D)
  for (let round = 40; round < 44; round++) halted.enter(round)
  assert.ok(halted.commits[A] !== undefined)
  assert.equal(halted.commits[D], halted.commits[A])
})

test('votes lost in a round are said again in the same round, twice a step', () => {
  const net = new Net()
  net.allow = (_from, _to, message) => message.kind === 'proposal'
  net.enter(0)
  net.run(A, (bench) => bench.work())
  net.allow = () => true
  assert.ok(net.commits.every((commit) => commit === undefined))
  net.tick(net.nowMs + 500)
  net.tick(net.nowMs + 400)
  assert.ok(net.commits.every((commit) => commit !== undefined && commit === net.commits[0]))
})

test.run()
