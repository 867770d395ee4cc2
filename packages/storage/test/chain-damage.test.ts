/**
 * A store that is not ours, or not whole, is refused with one clear code; nothing is repaired in
 * silence.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readdir, readFile, rm, truncate, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import type { ChainStore } from '@veche/primitives'
import { openChainStore } from '@veche/storage'
import { makeBatch, makeGenesis, testAddress, testHash } from '@veche/storage/conformance'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { META_KEY } from '../src/keys.ts'
import { openLevelDatabase } from '../src/level-database.ts'
import { encodeMeta } from '../src/value-codec.ts'

const root = await mkdtemp(`${tmpdir()}/veche-damage-`)
const registry = testAddress('registry')
const BLOCKS = 60
const genesis = makeGenesis(5)
/** small, so that table files exist beside the log */
const SMALL = { writeBufferBytes: 65_536, cacheBytes: 0 }
let copies = 0

function open(path: string): Promise<ChainStore> {
  return openChainStore({ path, genesis, ...SMALL })
}

function slotValue(number: number): Uint8Array {
  return new Uint8Array(32).fill(number + 1)
}

/** 4 KiB that do not compress */
function noise(number: number): Uint8Array {
  const parts = Array.from({ length: 128 }, (_, i) =>
    Buffer.from(testHash(`${number}/${i}`), 'latin1'),
  )
  return new Uint8Array(Buffer.concat(parts))
}

async function build(path: string): Promise<void> {
  const store = await open(path)
  for (let i = 0; i < BLOCKS; i++) {
    const slots = new Map([[registry, new Map([[testHash(`slot ${i}`), slotValue(i)]])]])
    const trieNodes = new Map([[testHash(`node ${i}`), noise(i)]])
    await store.commit(makeBatch(store.head(), { transactions: 8, diff: { slots, trieNodes } }))
  }
  await store.close()
}

const whole = `${root}/whole`
await build(whole)

/** A copy to be spoilt. */
async function copyStore(): Promise<string> {
  const path = `${root}/copy-${copies++}`
  await cp(whole, path, { recursive: true })
  return path
}

async function filesOf(path: string, pattern: RegExp): Promise<string[]> {
  return (await readdir(path)).filter((name) => pattern.test(name)).map((name) => `${path}/${name}`)
}

/** Opens and reads everything: the code of what failed, or `whole` when every answer is right. */
async function readAll(path: string): Promise<string> {
  let store: ChainStore | undefined
  try {
    store = await open(path)
    assert.is(store.head().number, BLOCKS)
    for (let number = 0; number <= BLOCKS; number++) {
      assert.is(store.header(number)?.number, number)
      assert.is(store.body(number)?.length, number === 0 ? 0 : 8)
      assert.is(store.receipts(number)?.length, number === 0 ? 0 : 8)
      assert.is(store.validatorsAfterNext(number)?.length, 4)
    }
    for (let i = 0; i < BLOCKS; i++) {
      const value = store.slot(registry, testHash(`slot ${i}`))
      if (value !== undefined) assert.equal(value, slotValue(i))
    }
    return 'whole'
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === undefined) throw error
    return code
  } finally {
    await store?.close()
  }
}

async function spoilt(spoil: (path: string) => Promise<void>): Promise<string> {
  const path = await copyStore()
  await spoil(path)
  const code = await readAll(path)
  await rm(path, { recursive: true })
  return code
}

async function flip(file: string, at: number): Promise<void> {
  const bytes = await readFile(file)
  bytes[at] = (bytes[at] as number) ^ 0x10
  await writeFile(file, bytes)
}

test('a reopened store has its head, blocks and state', async () => {
  const files = await readdir(whole)
  assert.ok(files.filter((name) => name.endsWith('.ldb')).length > 2, 'there are table files')
  assert.is(await spoilt(async () => undefined), 'whole')
})

test('another genesis and another chain id are refused with both named', async () => {
  const other = makeGenesis(6)
  const path = await copyStore()
  const refused = await openChainStore({ path, genesis: other }).catch((error) => error)
  assert.is(refused.code, 'GENESIS_MISMATCH')
  assert.is(refused.facts.expected, other.hash)
  assert.is(refused.facts.got, genesis.hash)
  const sameHash = { ...genesis, chainId: 99 }
  const again = await openChainStore({ path, genesis: sameHash }).catch((error) => error)
  assert.is(again.code, 'GENESIS_MISMATCH')
  assert.is(await readAll(path), 'whole')
})

test('another layout is refused', async () => {
  const code = await spoilt(async (path) => {
    await unlink(`${path}/veche-store.json`)
    const database = await openLevelDatabase(path, SMALL)
    const meta = { schemaVersion: 2, chainId: genesis.chainId, genesisHash: genesis.hash }
    await database.write((sink) => sink.put(META_KEY, encodeMeta(meta)))
    await database.close()
  })
  assert.is(code, 'SCHEMA_UNKNOWN')
})

test('a store in use is refused, by this process and by another one', async () => {
  const path = await copyStore()
  const store = await open(path)
  assert.is(await readAll(path), 'DATA_DIR_LOCKED')
  const script = `
    const { openLevelDatabase } = await import(process.argv[1])
    await openLevelDatabase(process.argv[2]).catch((error) => console.log(error.code))
  `
  const door = import.meta.resolve('../src/level-database.ts')
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, door, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output] = await once(child.stdout, 'data')
  assert.is(String(output).trim(), 'DATA_DIR_LOCKED')
  await store.close()
  assert.is(await readAll(path), 'whole')
})

test('missing files are damage', async () => {
  for (const pattern of [/^CURRENT$/, /^MANIFEST/, /\.ldb$/, /\.log$/]) {
    const code = await spoilt(async (path) => unlink((await filesOf(path, pattern))[0] as string))
    assert.is(code, 'DATABASE_CORRUPT', String(pattern))
  }
  const emptied = await spoilt(async (path) => {
    for (const file of await filesOf(path, /^(?!veche-store)/)) await unlink(file)
  })
  assert.is(emptied, 'DATABASE_CORRUPT')
})

test('cut files are damage', async () => {
  for (const pattern of [/^CURRENT$/, /^MANIFEST/, /\.ldb$/, /\.log$/, /^veche-store/])
    for (const part of [0, 0.5]) {
      const code = await spoilt(async (path) => {
        const file = (await filesOf(path, pattern))[0] as string
        await truncate(file, Math.floor((await readFile(file)).length * part))
      })
      assert.is(code, 'DATABASE_CORRUPT', `${pattern} cut to ${part}`)
    }
})

test('a table that a killed compaction left unfinished is no damage', async () => {
  const code = await spoilt(async (path) => {
    const table = await readFile((await filesOf(path, /\.ldb$/))[0] as string)
    await writeFile(`${path}/999990.ldb`, table.subarray(0, 1_000))
    await writeFile(`${path}/999991.ldb`, '')
  })
  assert.is(code, 'whole')
})

test('a record lost from the middle of the LevelDB log is damage', async () => {
  for (const part of [0.1, 0.3, 0.5, 0.7]) {
    const code = await spoilt(async (path) => {
      const file = (await filesOf(path, /\.log$/))[0] as string
      await flip(file, Math.floor((await readFile(file)).length * part))
    })
    assert.is(code, 'DATABASE_CORRUPT', `log at ${part}`)
  }
})

test('a flipped bit anywhere is damage or changes nothing that is read', async () => {
  let refused = 0
  let state = 7
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  for (let i = 0; i < 120; i++) {
    const code = await spoilt(async (path) => {
      const files = await filesOf(path, /\.ldb$|\.log$|^MANIFEST|^CURRENT/)
      const file = files[random(files.length)] as string
      await flip(file, random((await readFile(file)).length))
    })
    if (code !== 'whole') refused++
    assert.ok(['whole', 'DATABASE_CORRUPT', 'DATABASE_IO'].includes(code), code)
  }
  assert.ok(refused > 100, `nearly all flips are noticed, got ${refused} of 120`)
})

test.after(() => rm(root, { recursive: true }))
test.run()
