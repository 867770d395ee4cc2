/** What describeRound tells an operator: votes by name, who is silent, and the right reason. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FLOOR_OF_AMNESIA } from '../src/amnesia.ts'
import { createHearing, type Hearing, noteHeard, noteLive } from '../src/hearing.ts'
import type { SignedMessage } from '../src/message.ts'
import { shortAddress } from '../src/reason.ts'
import { describeRound } from '../src/summary.ts'
import { Bench, type BenchOptions, START_MS } from './support.ts'

/** a machine whose hearing is noted as the node notes it */
class Watched {
  readonly bench: Bench
  readonly hearing: Hearing = createHearing()

  constructor(options: BenchOptions = {}) {
    this.bench = new Bench(options)
    this.tick(options.nowMs ?? START_MS)
  }

  tick(nowMs: number): void {
    this.bench.tick(nowMs)
    noteLive(this.hearing, this.bench.state)
  }

  hear(...messages: readonly SignedMessage[]): void {
    for (const message of messages) {
      noteHeard(this.hearing, message, this.bench.nowMs)
      this.bench.hear(message)
      noteLive(this.hearing, this.bench.state)
    }
  }

  work(): void {
    this.bench.work()
    noteLive(this.hearing, this.bench.state)
  }

  summary() {
    return describeRound(this.bench.state, this.hearing)
  }

  reason() {
    return this.summary().reason
  }
}

const short = (bench: Bench, index: number): string => shortAddress(bench.member(index))

test('an idle height says so, and nobody is silent in it', () => {
  const watched = new Watched()
  watched.tick(START_MS + 30_000)
  const summary = watched.summary()
  assert.is(summary.reason.code, 'idle')
  assert.is(summary.phase, 'idle')
  assert.is(summary.round, 30)
  assert.is(summary.proposer, watched.bench.member(2))
  assert.equal(summary.silent, [])
  assert.is(summary.liveSinceMs, null)
  assert.is(summary.missing, 0)
})

test('no proposal: the proposer is named, and how long its window lasts', () => {
  const watched = new Watched({ self: 1 })
  watched.tick(START_MS + 400)
  watched.hear(watched.bench.status(0), watched.bench.status(2), watched.bench.status(3))
  watched.work()
  const { code, text } = watched.reason()
  assert.is(code, 'no-proposal')
  assert.match(text, short(watched.bench, 0))
  assert.match(text, '0.6 s')
  assert.is(watched.summary().proposer, watched.bench.member(0))
  assert.is(watched.summary().widthSteps, 1)
})

test('a silent proposer is told from one that is only late', () => {
  const watched = new Watched({ self: 1 })
  watched.work()
  for (const step of [1, 2, 3, 4]) {
    watched.tick(START_MS + step * 1000)
    watched.hear(...[2, 3].map((i) => watched.bench.status(i, { round: step })))
  }
  const summary = watched.summary()
  assert.is(summary.round, 4)
  assert.is(summary.reason.code, 'proposer-silent')
  assert.match(summary.reason.text, short(watched.bench, 0))
  assert.equal(summary.silent, [watched.bench.member(0)])
})

test('a member that was heard long ago in an idle chain is given two steps when work comes', () => {
  const watched = new Watched({ self: 1 })
  watched.hear(watched.bench.status(0), watched.bench.status(2), watched.bench.status(3))
  watched.tick(START_MS + 40_000)
  watched.work()
  assert.equal(watched.summary().silent, [])
  watched.tick(START_MS + 41_999)
  assert.equal(watched.summary().silent, [])
  watched.tick(START_MS + 42_000)
  assert.is(watched.summary().silent.length, 3)
})

test('in a busy chain a member is silent that does not speak while f+1 others do', () => {
  const watched = new Watched({ self: 1 })
  const { bench, hearing } = watched
  let height = 2
  const decide = (atMs: number, ...speakers: readonly number[]): void => {
    height++
    bench.nowMs = atMs
    for (const index of speakers) noteHeard(hearing, bench.status(index, { height }), atMs)
    watched.tick(atMs)
  }
  decide(START_MS, 0, 2, 3)
  for (const atMs of [500, 1_000, 1_500]) decide(START_MS + atMs, 0, 2)
  assert.equal(watched.summary().silent, [])
  decide(START_MS + 2_000, 0, 2)
  assert.equal(watched.summary().silent, [bench.member(3)])
  decide(START_MS + 2_100, 3)
  assert.equal(watched.summary().silent, [])
  watched.tick(START_MS + 9_000)
  assert.equal(watched.summary().silent, [], 'calm again')
})

test('one member that speaks alone makes nobody silent', () => {
  const watched = new Watched({ self: 1 })
  const { bench, hearing } = watched
  for (let atMs = START_MS; atMs < START_MS + 9_000; atMs += 500) {
    noteHeard(hearing, bench.status(0), atMs)
    watched.tick(atMs)
  }
  assert.equal(watched.summary().silent, [])
})

test('after a start nobody is silent in a calm chain', () => {
  const watched = new Watched({ self: 1 })
  watched.tick(START_MS + 30_000)
  assert.equal(watched.summary().silent, [])
})

test('body missing: fetched, then refused', () => {
  const watched = new Watched({ self: 1 })
  const { bench } = watched
  bench.held.add('check')
  const candidate = bench.block(0)
  watched.hear(bench.proposal(0, candidate))
  watched.tick(START_MS + 100)
  assert.equal(watched.summary().proposal, {
    ...{ hash: candidate.hash, validRound: -1, body: 'asked', bodyMs: 100 },
  })
  assert.is(watched.reason().code, 'body-missing')
  assert.match(watched.reason().text, 'being fetched or executed')
  bench.feed({ kind: 'checked', nowMs: bench.nowMs, hash: candidate.hash, candidate: null })
  assert.is(watched.summary().proposal?.body, 'failed')
  assert.match(watched.reason().text, 'could not be fetched or failed')
})

test('a block with a quorum of precommits whose body is missing is named before anything else', () => {
  const watched = new Watched({ self: 1 })
  const { bench } = watched
  bench.held.add('check').add('fetch')
  const candidate = bench.block(0)
  watched.hear(...[0, 2, 3].map((i) => bench.precommit(i, 0, candidate)))
  assert.is(watched.reason().code, 'body-missing')
  assert.match(watched.reason().text, 'though it has its quorum')
})

test('not enough prevotes: how many, from whom they are missing', () => {
  const watched = new Watched({ self: 1 })
  const { bench } = watched
  const candidate = bench.block(0)
  watched.hear(bench.proposal(0, candidate), bench.prevote(0, 0, candidate.hash))
  const summary = watched.summary()
  assert.is(summary.phase, 'prevote')
  assert.is(summary.reason.code, 'prevotes-missing')
  assert.match(summary.reason.text, 'prevotes: 2 of 3')
  assert.match(summary.reason.text, short(bench, 2))
  assert.match(summary.reason.text, short(bench, 3))
  assert.is(summary.missing, 1)
  assert.equal(summary.prevotes, [
    { hash: candidate.hash, signers: [bench.member(0), bench.member(1)] },
  ])
  assert.is(summary.members[0]?.prevote, candidate.hash)
  assert.is(summary.members[2]?.prevote, null)
})

test('a polka whose precommits are missing', () => {
  const watched = new Watched({ self: 1 })
  const { bench } = watched
  const candidate = bench.block(0)
  watched.hear(bench.proposal(0, candidate))
  watched.hear(...[0, 2, 3].map((i) => bench.prevote(i, 0, candidate.hash)))
  const summary = watched.summary()
  assert.is(summary.phase, 'precommit')
  assert.is(summary.reason.code, 'precommits-missing')
  assert.match(summary.reason.text, 'precommits: 1 of 3')
  assert.is(summary.missing, 2)
  assert.equal(summary.locked, { round: 0, hash: candidate.hash })
  assert.equal(summary.valid, { round: 0, hash: candidate.hash })
})

test('a node that is locked on another value says so', () => {
  const watched = new Watched({ self: 3 })
  const { bench } = watched
  const locked = bench.block(0)
  watched.hear(bench.proposal(0, locked))
  watched.hear(bench.prevote(0, 0, locked.hash), bench.prevote(1, 0, locked.hash))
  watched.tick(START_MS + 1000)
  watched.hear(bench.proposal(1, bench.block(1)))
  assert.is(watched.reason().code, 'locked-elsewhere')
  assert.match(watched.reason().text, locked.hash.slice(0, 10))
})

test('a clock before S(0) is named', () => {
  const watched = new Watched({ self: 1, nowMs: START_MS - 5_000 })
  watched.tick(START_MS - 4_000)
  watched.work()
  const summary = watched.summary()
  assert.is(summary.round, -1)
  assert.is(summary.proposer, null)
  assert.is(summary.reason.code, 'clock-early')
  assert.match(summary.reason.text, '4.0 s')
})

test('a key outside the set is told that it is no member', () => {
  const watched = new Watched({ self: null })
  watched.work()
  assert.is(watched.reason().code, 'not-a-member')
  assert.is(watched.summary().part, 'not-a-member')
})

test('a node that forgot what it signed is mute up to its floor', () => {
  const watched = new Watched({ self: 1 })
  const { bench } = watched
  const candidate = bench.block(0)
  watched.hear(bench.prevote(1, 0, candidate.hash))
  watched.hear(bench.proposal(0, candidate))
  const summary = watched.summary()
  assert.is(summary.part, 'muted')
  assert.is(summary.floor, 1)
  assert.is(summary.reason.code, 'muted')
  assert.match(summary.reason.text, 'up to height 1')
  bench.state.floor = FLOOR_OF_AMNESIA
  assert.match(watched.reason().text, 'made after its start')
})

test('f+1 members at greater heights: this node is behind; one alone proves nothing', () => {
  const watched = new Watched({ self: 1 })
  const { bench } = watched
  watched.work()
  watched.hear(bench.status(0, { height: 900 }))
  assert.is.not(watched.reason().code, 'behind')
  watched.hear(bench.status(2, { height: 40 }))
  assert.is(watched.reason().code, 'behind')
  assert.match(watched.reason().text, 'at 40 or above')
})

test('partition 2|2: the quorum is missing by one, and the two silent ones are named', () => {
  const watched = new Watched({ self: 1 })
  const { bench } = watched
  watched.work()
  for (const step of [1, 2, 3]) {
    watched.tick(START_MS + step * 1000)
    watched.hear(bench.status(0, { round: step }))
  }
  const summary = watched.summary()
  assert.is(summary.reason.code, 'quorum-silent')
  assert.match(summary.reason.text, 'quorum is missing by 1: 2 of 3')
  assert.match(summary.reason.text, `${short(bench, 2)}, ${short(bench, 3)}`)
})

test('a relayed polka is no sign of life', () => {
  const watched = new Watched({ self: 1 })
  const { bench } = watched
  const polka = bench.polka(0, bench.block(0).hash, [0, 2, 3])
  noteHeard(watched.hearing, { kind: 'polka', polka }, bench.nowMs)
  assert.is(watched.hearing.members.size, 0)
})

test('the own turn, and a decision that is being stored', () => {
  const watched = new Watched({ self: 0 })
  const { bench } = watched
  bench.held.add('build')
  watched.work()
  assert.is(watched.reason().code, 'own-turn')
  bench.held.delete('build')
  const candidate = bench.block(0)
  bench.feed({ kind: 'built', nowMs: bench.nowMs, height: 1, round: 0, candidate })
  watched.hear(...[1, 2].map((i) => bench.prevote(i, 0, candidate.hash)))
  watched.hear(...[1, 2].map((i) => bench.precommit(i, 0, candidate)))
  assert.is(watched.reason().code, 'committing')
  assert.is(watched.summary().phase, 'committing')
})

test('without a hearing silence is judged by rounds', () => {
  const bench = new Bench({ self: 1 })
  bench.tick(START_MS)
  bench.work()
  bench.enter(5)
  bench.hear(bench.status(0, { round: 5 }), bench.status(2, { round: 4 }))
  assert.equal(describeRound(bench.state).silent, [bench.member(3)])
})

test('describing changes nothing', () => {
  const watched = new Watched({ self: 1 })
  watched.work()
  const before = JSON.stringify(watched.bench.state.current.heard)
  const rounds = watched.bench.state.current.rounds.size
  assert.equal(watched.summary(), watched.summary())
  assert.is(watched.bench.state.current.rounds.size, rounds)
  assert.is(JSON.stringify(watched.bench.state.current.heard), before)
})

test.run()
