/** Export and import over the real chain: files byte for byte, foreign bytes, resuming. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import {
  BLOCK_BYTES_MAX,
  type Block,
  blockHash,
  concatBytes,
  decodeBlock,
  encodeBlock,
  VecheError,
} from '@veche/primitives'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type FileBlock, readBlocks, readChainFile, unpack } from '../src/offline/chain-reader.ts'
import { writeChainFile } from '../src/offline/chain-writer.ts'
import { type Imported, importBlocks } from '../src/offline/import.ts'
import {
  type Core,
  createCore,
  createWorld,
  produceBlock,
  sealBlock,
  transfer,
} from './support/world.ts'

const dir = mkdtempSync(join(tmpdir(), 'veche-chain-file-'))
const world = await createWorld()
const honest = createCore(world)
const HEIGHT = 12
for (let number = 1; number <= HEIGHT; number++) {
  const work = number % 3 === 0 ? [await transfer(world, number / 3 - 1)] : []
  const taken = await honest.chain.importSealed(await produceBlock(world, honest, work))
  assert.ok(taken.ok)
}

const blockAt = (number: number): Block => {
  const header = honest.store.header(number)
  const transactions = honest.store.body(number)
  if (header === undefined || transactions === undefined) throw new RangeError(`no block ${number}`)
  return { header, transactions }
}
const raw = (number: number): Uint8Array => encodeBlock(blockAt(number))
const whole = concatBytes(...Array.from({ length: HEIGHT + 1 }, (_, i) => raw(i)))
let made = 0
const path = (end = ''): string => join(dir, `${++made}.rlp${end}`)

async function importBytes(bytes: Uint8Array, core: Core = createCore(world)): Promise<Imported> {
  const file = path()
  writeFileSync(file, bytes)
  return importBlocks(readChainFile(file), { chain: core.chain, file })
}

async function codeOf(work: Promise<unknown>): Promise<VecheError> {
  try {
    await work
  } catch (error) {
    if (error instanceof VecheError) return error
    throw error
  }
  throw new RangeError('no failure')
}

test('a file is the blocks one after the other', async () => {
  const file = path()
  const { store } = honest
  const exported = await writeChainFile({ store, from: 0, to: HEIGHT }, file)
  assert.equal(exported, { from: 0, to: HEIGHT, blocks: HEIGHT + 1, bytes: whole.length })
  assert.equal(new Uint8Array(readFileSync(file)), whole)
})

test('a part of the chain and a gzipped file hold what they say', async () => {
  const { store } = honest
  const part = path()
  await writeChainFile({ store, from: 4, to: 6 }, part)
  assert.equal(new Uint8Array(readFileSync(part)), concatBytes(raw(4), raw(5), raw(6)))
  const packed = path('.gz')
  await writeChainFile({ store, from: 0, to: HEIGHT }, packed)
  assert.equal(new Uint8Array(gunzipSync(readFileSync(packed))), whole)
})

test('a range that is not there, or a file that is there, is refused and leaves nothing', async () => {
  const { store } = honest
  for (const [from, to] of [
    [5, 4],
    [0, HEIGHT + 1],
  ] as const) {
    const file = path()
    assert.is((await codeOf(writeChainFile({ store, from, to }, file))).code, 'RANGE_INVALID')
    assert.not.ok(existsSync(file))
  }
  const file = path()
  writeFileSync(file, 'mine')
  assert.is((await codeOf(writeChainFile({ store, from: 0, to: 1 }, file))).code, 'FILE_EXISTS')
  assert.is(readFileSync(file, 'utf8'), 'mine')
  const nowhere = join(dir, 'no', 'such', 'file')
  const failure = await codeOf(writeChainFile({ store, from: 0, to: 1 }, nowhere))
  assert.is(failure.code, 'FILE_UNWRITABLE')
  assert.not.ok(readdirSync(dir).some((name) => name.includes('.part-')))
})

test('an export that fails midway leaves no file under the name', async () => {
  const file = path()
  const store = { ...honest.store, body: (n: number) => (n < 5 ? honest.store.body(n) : undefined) }
  try {
    await writeChainFile({ store, from: 0, to: HEIGHT }, file)
    assert.unreachable()
  } catch (error) {
    assert.match(String(error), 'block 5 is stored')
  }
  assert.not.ok(existsSync(file))
  assert.not.ok(readdirSync(dir).some((name) => name.includes('.part-')))
})

test('an import gives equal head, roots, receipts and certificates', async () => {
  for (const bytes of [whole, gzipSync(whole)]) {
    const core = createCore(world)
    const imported = await importBytes(bytes, core)
    assert.equal(imported, { imported: HEIGHT, known: 1, transactions: 4 })
    assert.equal(core.store.head(), honest.store.head())
    for (let number = 0; number <= HEIGHT; number++) {
      assert.equal(core.store.header(number), honest.store.header(number))
      assert.equal(core.store.receipts(number), honest.store.receipts(number))
      assert.equal(core.store.body(number), honest.store.body(number))
    }
  }
})

test('an import goes on where the last one ended, and twice is once', async () => {
  const core = createCore(world)
  await importBytes(concatBytes(...[0, 1, 2, 3, 4, 5].map(raw)), core)
  assert.is(core.store.head().number, 5)
  assert.equal(await importBytes(whole, core), { imported: 7, known: 6, transactions: 3 })
  assert.equal(await importBytes(whole, core), { imported: 0, known: 13, transactions: 0 })
  const rest = createCore(world)
  await importBytes(concatBytes(...[1, 2, 3].map(raw)), rest)
  const gap = await codeOf(importBytes(concatBytes(raw(5), raw(6)), rest))
  assert.is(gap.code, 'PARENT_NOT_HEAD')
  assert.match(gap.message, /block 5 at byte 0: block 4 expected/)
})

test('a stop ends after the block in work', async () => {
  const core = createCore(world)
  const file = path()
  writeFileSync(file, whole)
  const stop = new AbortController()
  const onBlock = (number: number): void => void (number === 6 && stop.abort())
  const options = { chain: core.chain, file, onBlock, signal: stop.signal }
  assert.is((await importBlocks(readChainFile(file), options)).imported, 6)
  assert.is(core.store.head().number, 6)
})

test('any flipped byte is refused with its block, and what was before it stays', async () => {
  const starts: number[] = []
  let at = 0
  for (let number = 0; number <= HEIGHT; number++) {
    starts.push(at)
    at += raw(number).length
  }
  const core = createCore(world)
  await importBytes(concatBytes(...[0, 1, 2, 3, 4].map(raw)), core)
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: starts[5] as number, max: (starts[6] as number) - 1 }),
      fc.integer({ min: 1, max: 255 }),
      async (offset, mask) => {
        const bytes = whole.slice(0, starts[7])
        bytes[offset] = (bytes[offset] as number) ^ mask
        const failure = await codeOf(importBytes(bytes, core))
        assert.match(failure.message, /block 5 at byte|after block 4|block \d+ at byte/)
        assert.is(core.store.head().number, 4)
      },
    ),
    { numRuns: 300 },
  )
  assert.is((await importBytes(whole, core)).imported, 8)
})

test('what was altered is told by block number and code', async () => {
  const core = createCore(world)
  await importBytes(concatBytes(...[0, 1, 2].map(raw)), core)
  const block = blockAt(3)
  const forged: readonly [string, Block][] = [
    ['CERTIFICATE_INVALID', { ...block, header: { ...block.header, gasUsed: 1n } }],
    ['CERTIFICATE_INVALID', sealBlock(block, world.validators.slice(0, 2))],
    ['BLOCK_RESULT_MISMATCH', { ...block, transactions: [] }],
  ]
  for (const [code, one] of forged) {
    const failure = await codeOf(importBytes(encodeBlock(one), core))
    assert.is(failure.code, code)
    assert.is(failure.facts['number'], 3)
    assert.match(failure.message, /block 3 at byte 0/)
  }
  const other = await createWorld({ validators: 5 })
  const foreign = await codeOf(importBytes(whole, createCore(other)))
  assert.is(foreign.code, 'GENESIS_MISMATCH')
  const header = { ...blockAt(2).header, timestamp: 7 }
  const second = await codeOf(importBytes(encodeBlock({ ...blockAt(2), header }), core))
  assert.is(second.code, 'CONFLICTS_WITH_FINAL')
})

const junk: readonly [string, Uint8Array][] = [
  ['text', new TextEncoder().encode('hello')],
  ['a byte string', Uint8Array.of(0x80)],
  ['an empty list', Uint8Array.of(0xc0)],
  ['a length without bytes', Uint8Array.of(0xf9, 0x02)],
  ['a huge length', Uint8Array.of(0xff, 255, 255, 255, 255, 255, 255, 255, 255)],
  ['a block larger than any', Uint8Array.of(0xfb, 0x7f, 0xff, 0xff, 0xff)],
  ['a block cut short', raw(1).subarray(0, 300)],
]

test('junk is refused with its offset, without asking for memory', async () => {
  for (const [name, bytes] of junk) {
    const failure = await codeOf(importBytes(concatBytes(raw(0), bytes)))
    assert.is(failure.code, 'CHAIN_FILE_MALFORMED', name)
    assert.is(failure.facts['offset'], raw(0).length, name)
    assert.is(failure.facts['after'], 0, name)
  }
  const cut = gzipSync(whole).subarray(0, 900)
  assert.is((await codeOf(importBytes(cut))).code, 'CHAIN_FILE_MALFORMED')
  const absent = importBlocks(readChainFile(join(dir, 'none')), { chain: honest.chain, file: 'x' })
  assert.is((await codeOf(absent)).code, 'FILE_UNREADABLE')
  assert.equal(await importBytes(new Uint8Array(0)), { imported: 0, known: 0, transactions: 0 })
})

async function collect(chunks: readonly Uint8Array[]): Promise<FileBlock[]> {
  const found: FileBlock[] = []
  async function* source() {
    yield* chunks
  }
  for await (const block of readBlocks(source(), 'memory')) found.push(block)
  return found
}

test('blocks come out alike however their bytes arrive', async () => {
  const expected = (await collect([whole])).map(({ offset }) => offset)
  const cuts = fc.array(fc.integer({ min: 0, max: whole.length }), { maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(cuts, async (places) => {
      const sorted = [0, ...places.sort((a, b) => a - b), whole.length]
      const chunks = sorted.slice(1).map((end, i) => whole.subarray(sorted[i], end))
      const found = await collect(chunks)
      assert.equal(
        found.map(({ offset }) => offset),
        expected,
      )
      assert.is(blockHash(found.at(-1)?.block.header as never), honest.store.head().hash)
    }),
    { numRuns: 100 },
  )
})

test('a source that is left early is closed', async () => {
  for (const bytes of [whole, new Uint8Array(gzipSync(whole))]) {
    let closed = false
    async function* source() {
      try {
        for (let at = 0; at < bytes.length; at += 64) yield bytes.subarray(at, at + 64)
      } finally {
        closed = true
      }
    }
    for await (const block of readBlocks(unpack(source()), 'memory')) {
      assert.is(block.offset, 0)
      break
    }
    assert.ok(closed)
  }
})

test('a stream of zeros behind gzip ends at its first byte', async () => {
  const bomb = gzipSync(new Uint8Array(4 * BLOCK_BYTES_MAX))
  assert.ok(bomb.length < 100_000)
  assert.is((await codeOf(importBytes(bomb))).facts['offset'], 0)
})

test('random bytes never import and never throw anything else', async () => {
  const core = createCore(world)
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 700 }), async (bytes) => {
      assert.ok(decodeBlock(bytes).ok === false)
      await codeOf(importBytes(bytes, core))
    }),
    { numRuns: 200 },
  )
})

test.after(() => rmSync(dir, { recursive: true, force: true }))

test.run()
