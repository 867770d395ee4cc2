/** What a validator without a past writes down of it, across restarts (ADR 0047, 0180; W8). */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Block } from '@veche/primitives'
import { nodeFileSystem } from '@veche/storage'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { markAmnesia, readAmnesia } from '../src/amnesia-marker.ts'
import { openValidator } from '../src/validator.ts'
import { until } from './support/until.ts'
import {
  type Core,
  createCore,
  createStore,
  createWorld,
  openMember,
  produceBlock,
  signerOf,
  type TestKey,
  type World,
} from './support/world.ts'

const root = mkdtempSync(join(tmpdir(), 'veche-amnesia-'))
const young = await createWorld()
const key = young.validators[0] as TestKey
const TIMEOUT_MS = 30_000

/** the same network, so many seconds after its first block */
const after = (seconds: number): World => ({
  ...young,
  clock: { nowMs: () => young.clock.nowMs() + seconds * 1000 },
})

/** the first blocks, made when the network was young */
async function oldBlocks(count: number): Promise<Block[]> {
  const maker = createCore(young)
  const blocks: Block[] = []
  for (let i = 0; i < count; i++) {
    const block = await produceBlock(young, maker)
    await maker.chain.importSealed(block)
    blocks.push(block)
  }
  return blocks
}

const blocks = await oldBlocks(3)

/** opens the signing half and closes it; what it knows of itself */
async function openOnce(world: World, { chain, logger }: Core, logPath: string) {
  const candidates = { hold: () => undefined }
  const parts = { chain, candidates, clock: world.clock, logger, logPath }
  const { log, state } = await openValidator({ ...parts, signer: signerOf(key) })
  await log.close()
  return state
}

test("an operator's word holds from the first start of a new log on", async () => {
  const logPath = join(root, 'word')
  await markAmnesia(nodeFileSystem, logPath, { amnesia: 'certain', signAbove: 17 })
  const core = createCore(young)
  for (let again = 0; again < 2; again++) {
    const state = await openOnce(young, core, logPath)
    assert.equal([state.amnesia, state.floor], [null, 17])
  }
})

test('a lost disk that the first blocks gave away stays known after a restart', async () => {
  const late = after(600)
  const logPath = join(root, 'lost')
  const store = createStore(late)
  const member = await openMember(late, { store, validator: { key, logPath } })
  assert.is(member.loop?.state.amnesia?.isCertain, false)
  for (const block of blocks) assert.ok((await member.chain.importSealed(block)).ok)
  const isSilent = async () => member.loop?.state.amnesia?.isCertain === true
  await until('silence', isSilent, TIMEOUT_MS)
  await member.stop()
  assert.is((await readAmnesia(nodeFileSystem, logPath))?.amnesia, 'certain')
  const state = await openOnce(late, createCore(late, store), logPath)
  assert.is(state.amnesia?.isCertain, true)
})

test('so it does when the process ended before the machine saw those blocks', async () => {
  const late = after(600)
  const logPath = join(root, 'early end')
  const core = createCore(late)
  assert.is((await openOnce(late, core, logPath)).amnesia?.isCertain, false)
  for (const block of blocks) assert.ok((await core.chain.importSealed(block)).ok)
  assert.is((await openOnce(late, core, logPath)).amnesia?.isCertain, true)
  assert.is((await readAmnesia(nodeFileSystem, logPath))?.amnesia, 'certain')
})

test('a validator of the first hour that was stopped before the first block is no amnesiac', async () => {
  const late = after(600)
  const logPath = join(root, 'first hour')
  const store = createStore(young)
  await openOnce(young, createCore(young, store), logPath)
  const member = await openMember(late, { store, validator: { key, logPath } })
  for (const block of blocks) assert.ok((await member.chain.importSealed(block)).ok)
  const isKnown = async () => member.loop?.state.amnesia === null
  await until('the past', isKnown, TIMEOUT_MS)
  await member.stop()
  assert.is(await readAmnesia(nodeFileSystem, logPath), undefined)
  const state = await openOnce(late, createCore(late, store), logPath)
  assert.equal([state.amnesia, state.floor], [null, 0])
})

test.after(() => rmSync(root, { recursive: true }))
test.run()
