/**
 * The builder's turns: light ones after a transaction had to be stopped, and what is built ahead.
 */
import type { BlockTemplate, Effect } from '@veche/consensus'
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
  const at = {
    nowMs: 1_000_000,
    stopped: false,
    postponed: 0,
    transactions: 1,
    /** the head is another */
    isEmpty: false,
    /** what the builder waits for */
    gate: undefined as PromiseWithResolvers<void> | undefined,
  }
  const light: (boolean | undefined)[] = []
  const parts = {
    clock: { nowMs: () => at.nowMs },
    pool: { pending: () => [] },
    candidates: { hold: () => undefined },
    logger: { info: () => undefined },
    chain: {
      parameters: { stepSeconds: STEP_MS / 1_000, emptyBlockIntervalSeconds: 60 },
      // long ago: the heartbeat is due
      head: () => ({ hash: '0x00', header: { timestamp: 0 } }),
      async build({ lightOnly }: { readonly lightOnly?: boolean }) {
        light.push(lightOnly)
        await at.gate?.promise
        if (at.isEmpty) return null
        const transactions = Array.from({ length: at.transactions }, () => new Uint8Array(1))
        const block = { header: { parentHash: '0x00' }, transactions }
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
  return { at, light, turn, proposals }
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

const TEMPLATE = {
  parentHash: `0x${'11'.repeat(32)}`,
  number: 1,
  coinbase: `0x${'22'.repeat(20)}`,
  timestamp: 2,
  extraData: Uint8Array.of(1),
} as const

/** A `build` of this template. */
const asked = (change: Partial<BlockTemplate> = {}) =>
  ({ kind: 'build', height: 1, round: 0, template: { ...TEMPLATE, ...change } }) as const

test('what was built ahead is what the next build of its template gives, once', async () => {
  const { proposals, light } = bench()
  await proposals.prepare(TEMPLATE)
  assert.is(light.length, 1)
  const { input } = await proposals.build(asked({ extraData: Uint8Array.of(1) }))
  assert.ok(input.kind === 'built' && input.candidate !== null)
  assert.is(light.length, 1, 'nothing was built again')
  await proposals.build(asked())
  assert.is(light.length, 2, 'the next one was')
})

test('a build that comes while it is built ahead waits for it', async () => {
  const { at, proposals, light } = bench()
  at.gate = Promise.withResolvers<void>()
  const ahead = proposals.prepare(TEMPLATE)
  const built = proposals.build(asked())
  at.gate.resolve()
  await ahead
  assert.is((await built).input.kind, 'built')
  assert.is(light.length, 1)
})

test('what was built ahead for another template is dropped', async () => {
  for (const change of [{ timestamp: 3 }, { number: 2 }, { parentHash: `0x${'33'.repeat(32)}` }]) {
    const { proposals, light } = bench()
    await proposals.prepare(TEMPLATE)
    await proposals.build(asked(change as Partial<BlockTemplate>))
    assert.is(light.length, 2, JSON.stringify(change))
    await proposals.build(asked())
    assert.is(light.length, 3, 'nor is it kept for later')
  }
})

test('when building ahead found nothing, or an empty block, the build looks again', async () => {
  for (const found of ['nothing', 'no transactions'] as const) {
    const { at, proposals, light } = bench()
    at.isEmpty = found === 'nothing'
    at.transactions = found === 'nothing' ? 1 : 0
    await proposals.prepare(TEMPLATE)
    Object.assign(at, { isEmpty: false, transactions: 1 })
    const { input } = await proposals.build(asked())
    assert.is(input.kind === 'built' && input.candidate?.block.transactions.length, 1, found)
    assert.is(light.length, 2, found)
  }
})

test('a failure of building ahead is a failure of the build', async () => {
  const { at, proposals } = bench()
  at.gate = Promise.withResolvers<void>()
  const ahead = proposals.prepare(TEMPLATE)
  const built = proposals.build(asked())
  at.gate.reject(new Error('the store is closed'))
  for (const each of [ahead, built])
    assert.is(await each.then(String, (error: Error) => error.message), 'the store is closed')
})

test.run()
