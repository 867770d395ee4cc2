/** `veche import --checkpoint`: files are read once for their hash links before any is executed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { blockHash, type Hash, VecheError } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type CheckpointBlock, CheckpointGuard } from '../src/checkpoint.ts'
import { readChainFile } from '../src/offline/chain-reader.ts'
import { writeChainFile } from '../src/offline/chain-writer.ts'
import { importBlocks } from '../src/offline/import.ts'
import { PackedHashes, proveFiles } from '../src/offline/prove.ts'
import { type Core, createCore, createWorld, produceBlock } from './support/world.ts'

const dir = mkdtempSync(join(tmpdir(), 'veche-checkpoint-'))
const world = await createWorld()
const HEIGHT = 10
const FORK_AT = 3

/** chains of one genesis that part after block 3, both with good certificates */
async function growTo(height: number, roundAtFork: number): Promise<Core> {
  const core = createCore(world)
  for (let number = 1; number <= height; number++) {
    const round = number > FORK_AT ? roundAtFork : 0
    const block = await produceBlock(world, core, [], { round })
    assert.ok((await core.chain.importSealed(block)).ok)
  }
  return core
}

const honest = await growTo(HEIGHT, 0)
const forged = await growTo(HEIGHT, 1)
const hashAt = ({ store }: Core, number: number): Hash => blockHash(store.header(number) as never)
const checkpoint: CheckpointBlock = { number: 8, hash: hashAt(honest, 8) }

let made = 0
async function fileOf({ store }: Core, from: number, to: number): Promise<string> {
  const file = join(dir, `${++made}.rlp`)
  await writeChainFile({ store, from, to }, file)
  return file
}

async function importFiles(files: readonly string[], core: Core, guard: CheckpointGuard) {
  await proveFiles(files, core.chain, guard)
  for (const file of files) await importBlocks(readChainFile(file), { chain: core.chain, file })
}

async function importNew(files: readonly string[], block = checkpoint): Promise<[Core, string]> {
  const guard = new CheckpointGuard(block)
  const core = createCore(world, undefined, guard)
  try {
    await importFiles(files, core, guard)
    return [core, 'imported']
  } catch (error) {
    if (error instanceof VecheError) return [core, error.code]
    throw error
  }
}

test('a file that leads to the checkpoint is imported, in one part or several', async () => {
  const whole = await fileOf(honest, 0, HEIGHT)
  const parts = [await fileOf(honest, 0, 4), await fileOf(honest, 5, HEIGHT)]
  for (const files of [[whole], parts, [...parts, whole]]) {
    const [core, outcome] = await importNew(files)
    assert.is(outcome, 'imported')
    assert.is(core.store.head().hash, honest.store.head().hash)
  }
})

test('of a file that does not lead to it no block is stored', async () => {
  const [core, outcome] = await importNew([await fileOf(forged, 0, HEIGHT)])
  assert.is(outcome, 'CHECKPOINT_MISMATCH')
  assert.is(core.store.head().number, 0)
  const mixed = [await fileOf(honest, 0, 5), await fileOf(forged, 6, HEIGHT)]
  const [none, refused] = await importNew(mixed)
  assert.is(refused, 'CHECKPOINT_MISMATCH')
  assert.is(none.store.head().number, 0)
})

test('a file that ends below the checkpoint, or has a gap, is not trusted', async () => {
  const [core, outcome] = await importNew([await fileOf(honest, 0, 7)])
  assert.is(outcome, 'CHECKPOINT_NOT_REACHED')
  assert.is(core.store.head().number, 0)
  const gap = [await fileOf(honest, 0, 3), await fileOf(honest, 5, HEIGHT)]
  assert.is((await importNew(gap))[1], 'CHECKPOINT_MISMATCH')
  assert.is((await importNew(['-']))[1], 'USAGE')
})

test('an import goes on from a head on the way, and past the checkpoint nothing is asked', async () => {
  const guard = new CheckpointGuard(checkpoint)
  const core = createCore(world, undefined, guard)
  await proveFiles([await fileOf(honest, 0, 8)], core.chain, guard)
  const half = await fileOf(honest, 0, 5)
  await importBlocks(readChainFile(half), { chain: core.chain, file: half })
  assert.is(core.store.head().number, 5)
  const later = new CheckpointGuard(checkpoint)
  const resumed = createCore(world, core.store, later)
  await importFiles([await fileOf(honest, 0, HEIGHT)], resumed, later)
  assert.is(resumed.store.head().number, HEIGHT)
  await proveFiles(['-'], resumed.chain, new CheckpointGuard(checkpoint))
})

test('a file that changes after it was proven is refused where it changes', async () => {
  const guard = new CheckpointGuard(checkpoint)
  const core = createCore(world, undefined, guard)
  await proveFiles([await fileOf(honest, 0, HEIGHT)], core.chain, guard)
  const file = await fileOf(forged, 0, HEIGHT)
  try {
    await importBlocks(readChainFile(file), { chain: core.chain, file })
    assert.unreachable()
  } catch (error) {
    assert.is((error as VecheError).code, 'CHECKPOINT_MISMATCH')
  }
  assert.is(core.store.head().number, FORK_AT)
})

test('packed hashes come back as they were put in', () => {
  const hashes = new PackedHashes()
  const of = (i: number): Hash => `0x${i.toString(16).padStart(64, '0')}`
  for (let i = 0; i < 3_000; i++) hashes.push(of(i))
  assert.is(hashes.length, 3_000)
  for (const i of [0, 1, 1_023, 1_024, 2_999]) assert.is(hashes.at(i), of(i))
  assert.equal([hashes.at(-1), hashes.at(3_000)], [undefined, undefined])
})

test.after(() => rmSync(dir, { recursive: true, force: true }))

test.run()
