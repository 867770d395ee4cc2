/** The builder's turns after a transaction had to be stopped: light ones, for a while. */
import type { Effect } from '@veche/consensus'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { LIGHT_STEPS } from '../src/limits.ts'
import { Proposals, type ProposalsParts } from '../src/proposals.ts'

const STEP_MS = 1_000
const EFFECT = { height: 1, round: 0, template: { timestamp: 1 } } as unknown as Extract<
  Effect,
  { kind: 'build' }
>

/** Proposals over a builder that does what it is told; `turn` says whether it was to be light. */
function bench() {
  const at = { nowMs: 1_000_000, stopped: false, postponed: 0 }
  const light: (boolean | undefined)[] = []
  const parts = {
    clock: { nowMs: () => at.nowMs },
    pool: { pending: () => [] },
    candidates: { hold: () => undefined },
    logger: { info: () => undefined },
    chain: {
      parameters: { stepSeconds: STEP_MS / 1_000 },
      async build({ lightOnly }: { readonly lightOnly?: boolean }) {
        light.push(lightOnly)
        const block = { header: {}, transactions: [new Uint8Array(1)] }
        const { stopped, postponed } = at
        return { block, executed: { hash: '0x' }, rejected: [], stopped, postponed }
      },
    },
  } as unknown as ProposalsParts
  const proposals = new Proposals(parts)
  const turn = async (): Promise<boolean | undefined> => {
    await proposals.build(EFFECT)
    return light.at(-1)
  }
  return { at, turn, proposals }
}

test('after a stopped transaction blocks are light for eight steps, then heavy ones have a turn', async () => {
  const { at, turn } = bench()
  assert.is(await turn(), false)
  at.stopped = true
  assert.is(await turn(), false)
  at.stopped = false
  for (const passMs of [0, STEP_MS, LIGHT_STEPS * STEP_MS - STEP_MS - 1]) {
    at.nowMs += passMs
    assert.is(await turn(), true)
  }
  at.nowMs++
  assert.is(await turn(), false)
})

test('a clock that goes back does not keep blocks light', async () => {
  const { at, turn } = bench()
  at.stopped = true
  await turn()
  at.nowMs -= 3_600_000
  assert.is(await turn(), false)
})

test('what was left out for now is looked at again', async () => {
  const { at, proposals } = bench()
  at.postponed = 2
  assert.is((await proposals.build(EFFECT)).held, 2)
})

test.run()
