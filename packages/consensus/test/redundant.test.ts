/** What is redundant changes nothing in the machine (redundant.ts), and floods are redundant. */
import { isDeepStrictEqual } from 'node:util'
import { bytesToHex, type Hash } from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cloneState } from '../src/clone.ts'
import { step } from '../src/machine.ts'
import type { Message, SignableContent } from '../src/message.ts'
import { isRedundant } from '../src/redundant.ts'
import { simulatedRecover } from '../src/simulator/signer.ts'
import type { State } from '../src/state.ts'
import { Bench, START_MS } from './support.ts'

const hashOf = (i: number): Hash => bytesToHex(new Uint8Array(32).fill(i))
const CONTEXT = { recover: simulatedRecover }

interface Draw {
  readonly kind: 'proposal' | 'prevote' | 'precommit' | 'status' | 'polka' | 'evidence'
  readonly signer: number
  readonly height: number
  readonly round: number
  readonly value: number
  readonly waitMs: number
}

const draws: fc.Arbitrary<Draw> = fc.record({
  kind: fc.constantFrom('proposal', 'prevote', 'precommit', 'status', 'polka', 'evidence'),
  signer: fc.nat(3),
  height: fc.constantFrom(0, 1, 1, 1, 1, 1, 2, 2, 3),
  round: fc.constantFrom(0, 0, 0, 1, 1, 2, 4, 30),
  value: fc.nat(2),
  waitMs: fc.constantFrom(0, 0, 0, 30, 260, 1000),
})

function contentOf(draw: Draw): SignableContent {
  const { height, round, value } = draw
  if (draw.kind === 'status') {
    const yours = { height: 0, round: -1 }
    return { kind: 'status', height, round, lockedRound: -1, validRound: value - 1, yours }
  }
  const hash = hashOf(value)
  if (draw.kind === 'precommit')
    return { kind: 'precommit', height, round, hash, seal: new Uint8Array(65).fill(value) }
  return { kind: 'prevote', height, round, hash }
}

function messageOf(bench: Bench, draw: Draw): Message {
  const { height, round, value, signer } = draw
  if (draw.kind === 'proposal') {
    const proposal = bench.proposal(
      round % 5,
      bench.known.size > 2 ? firstOf(bench) : bench.block(round % 5),
    )
    // in turn, or by somebody else
    return value === 0 ? proposal : { ...proposal, signer: bench.member(signer) }
  }
  if (draw.kind === 'polka') {
    const votes = [0, 1, 2].map((i) => {
      const vote = bench.sign(i, { kind: 'prevote', height, round, hash: hashOf(value) })
      return { signer: vote.signer, signature: vote.signature }
    })
    return { kind: 'polka', polka: { height, round, hash: hashOf(value), votes } }
  }
  if (draw.kind === 'evidence') {
    const [first, second] = [0, 1].map((i) =>
      bench.sign(signer, { kind: 'prevote', height, round, hash: hashOf(i) }),
    )
    return { kind: 'evidence', first, second } as Message
  }
  return bench.sign(signer, contentOf(draw))
}

const firstOf = (bench: Bench) => [...bench.known.values()][0] as ReturnType<Bench['block']>

/** an empty record of a round is no memory of anything */
function withoutEmpty(state: State): State {
  const { rounds } = state.current
  for (const [number, { proposals, prevotes, precommits }] of rounds)
    if (proposals.size + prevotes.bySigner.size + precommits.bySigner.size === 0)
      rounds.delete(number)
  return state
}

test('a redundant message has the effects of a tick and leaves the state of a tick', () => {
  let redundant = 0
  fc.assert(
    fc.property(fc.array(draws, { minLength: 1, maxLength: 60 }), (all) => {
      const bench = new Bench({ self: 1 })
      bench.tick(START_MS)
      for (const draw of all) {
        bench.nowMs += draw.waitMs
        const { nowMs } = bench
        const message = messageOf(bench, draw)
        if (isRedundant(bench.state, message, nowMs)) {
          redundant++
          const heard = step(cloneState(bench.state), { kind: 'message', nowMs, message }, CONTEXT)
          const ticked = step(
            cloneState(bench.state),
            { kind: 'work', nowMs, pending: bench.state.pending },
            CONTEXT,
          )
          assert.equal(heard.effects, ticked.effects)
          const alike = isDeepStrictEqual(withoutEmpty(heard.state), withoutEmpty(ticked.state))
          assert.ok(alike, JSON.stringify(draw))
        }
        bench.feed({ kind: 'message', nowMs, message })
      }
    }),
    { numRuns: 300 },
  )
  assert.ok(redundant > 300, `redundant messages were drawn: ${redundant}`)
})

test('of a flood by one member a few messages are worth a signature check', () => {
  const bench = new Bench({ self: 3 })
  bench.tick(START_MS)
  let checks = 0
  for (let i = 0; i < 5_000; i++) {
    const kind = (['prevote', 'precommit', 'status'] as const)[(i % 7) % 3] as Draw['kind']
    const height = [0, 1, 3, 4][i % 4] as number
    const draw = { kind, signer: 0, height, round: i % 90, value: i % 250, waitMs: 0 }
    const message = bench.sign(0, contentOf(draw))
    if (isRedundant(bench.state, message, bench.nowMs)) continue
    checks++
    bench.hear(message)
  }
  assert.ok(checks < 150, `checks ${checks}`)
})

test('an idle machine with an old clock does not take the present round for a far one', () => {
  const bench = new Bench({ self: 3 })
  bench.tick(START_MS)
  const late = START_MS + 40_000
  const vote = bench.sign(0, { kind: 'prevote', height: 1, round: 40, hash: hashOf(1) })
  bench.hear(bench.sign(1, { kind: 'prevote', height: 1, round: 0, hash: hashOf(1) }))
  assert.is(isRedundant(bench.state, vote, START_MS), true)
  assert.is(isRedundant(bench.state, vote, late), false)
})

test.run()
