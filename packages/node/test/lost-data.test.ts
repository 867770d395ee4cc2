/**
 * What a validator does that lost something, with real log files: its log, its chain, a part of its
 * log, its clock, or its key to a second machine (consensus.md, "Write-ahead log", rules 3 and 6).
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeRecord, encodeRecord, type LogRecord } from '@veche/consensus'
import { nodeFileSystem, openWriteAheadLog } from '@veche/storage'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { markAmnesia } from '../src/amnesia-marker.ts'
import { openValidator } from '../src/validator.ts'
import { rejects } from './support/rejects.ts'
import { until } from './support/until.ts'
import {
  createCore,
  createWorld,
  type Member,
  openMember,
  produceBlock,
  signerOf,
  type TestKey,
  transfer,
} from './support/world.ts'

const root = mkdtempSync(join(tmpdir(), 'veche-lost-'))
const world = await createWorld()
const members: Member[] = []
const TIMEOUT_MS = 30_000
let nonce = 0

const height = (member: Member | undefined): number => member?.store.head().number ?? -1
const keyAt = (index: number): TestKey => world.validators[index] as TestKey
const logPath = (index: number): string => join(root, `log-${index}`)
const marker = (path: string): string => join(path, 'amnesia.json')

async function open(index: number, store?: Member['store']): Promise<Member> {
  const member = await openMember(world, {
    bootnodes: members.flatMap(({ network }) => [...network.addresses]),
    ...(store === undefined ? {} : { store }),
    validator: { key: keyAt(index), logPath: logPath(index) },
  })
  members[index] = member
  return member
}

/** sends a transfer and waits until it is final everywhere */
async function advance(given: readonly Member[] = members): Promise<void> {
  const target = Math.max(...given.map(height)) + 1
  assert.ok(given[0]?.gossip.submit(await transfer(world, nonce++)).ok)
  const isThere = async () => given.every((member) => height(member) >= target)
  await until(`height ${target}`, isThere, TIMEOUT_MS)
}

/** what a log on disk holds, read from a copy: opening one writes it anew */
async function readLog(path: string): Promise<LogRecord[]> {
  const copy = mkdtempSync(join(root, 'copy-'))
  cpSync(path, copy, { recursive: true })
  const log = await openWriteAheadLog({ path: copy })
  await log.close()
  return log.replayed.map((payload) => {
    const record = decodeRecord(payload)
    assert.ok(record.ok)
    return (record as { value: LogRecord }).value
  })
}

const signedHeights = (records: readonly LogRecord[]): number[] =>
  records.flatMap((record) => (record.kind === 'sent' ? [record.message.height] : []))

test('four validators that start for the first time are no amnesiacs', async () => {
  for (let index = 0; index < 4; index++) await open(index)
  await advance()
  await advance()
  for (const [index, { loop }] of members.entries()) {
    assert.is(loop?.state.amnesia, null)
    assert.not(existsSync(marker(logPath(index))), 'its marker is gone')
  }
})

test('a validator that lost its log and kept its chain is silent, and signs again later', async () => {
  const lost = members[3] as Member
  await lost.stop()
  rmSync(logPath(3), { recursive: true })
  const back = await open(3, lost.store)
  assert.is(back.loop?.state.amnesia?.isCertain, true)
  assert.ok(existsSync(marker(logPath(3))), 'a restart does not end it')
  const others = members.slice(0, 3)
  const before = height(back)
  await advance(others)
  await until('it follows', async () => height(back) > before, TIMEOUT_MS)
  assert.equal(signedHeights(await readLog(logPath(3))), [], 'nothing was signed')
  const isOver = async (): Promise<boolean> => {
    if (back.loop?.state.amnesia === null) return true
    await advance(others)
    return false
  }
  await until('the end of the amnesia', isOver, TIMEOUT_MS)
  await until('no marker', async () => !existsSync(marker(logPath(3))), TIMEOUT_MS)
  const { floor } = back.loop?.state ?? { floor: 0 }
  assert.ok(floor > before)
  await advance()
  await advance()
  const signed = signedHeights(await readLog(logPath(3)))
  assert.ok(signed.length > 0, 'it signs again')
  assert.ok(Math.min(...signed) > floor, `only above ${floor}, got ${signed.join()}`)
  assert.equal(
    members.map(({ fatal }) => fatal),
    [[], [], [], []],
  )
})

test('a validator that lost its chain and kept its log fetches the chain and goes on', async () => {
  const lost = members[2] as Member
  const signed = signedHeights(await readLog(logPath(2)))
  await lost.stop()
  const back = await open(2)
  assert.is(height(back), 0)
  assert.is(back.loop?.state.amnesia, null, 'its log knows')
  await until('sync', async () => height(back) >= height(members[0]), TIMEOUT_MS)
  await advance()
  await advance()
  const now = signedHeights(await readLog(logPath(2)))
  assert.equal(now.slice(0, signed.length), signed, 'what it signed stays in the log')
  const fresh = now.slice(signed.length)
  assert.ok(fresh.length > 0 && Math.min(...fresh) >= Math.max(...signed), 'and only later heights')
  assert.equal(back.fatal, [])
})

test('a key on two machines stops them: KEY_USED_TWICE', async () => {
  const first = members[1] as Member
  const copied = join(root, 'cloned')
  cpSync(logPath(1), copied, { recursive: true })
  const clone = await openMember(world, {
    bootnodes: members.flatMap(({ network }) => [...network.addresses]),
    validator: { key: keyAt(1), logPath: copied },
  })
  const codes = (): unknown[] =>
    [first, clone].flatMap(({ fatal }) => fatal.map((each) => (each as { code?: string }).code))
  const isSeen = async (): Promise<boolean> => {
    if (codes().length > 0) return true
    for (const each of [members[0], members[2], clone])
      each?.gossip.submit(await transfer(world, nonce))
    nonce++
    return false
  }
  try {
    await until('it is noticed', isSeen, TIMEOUT_MS)
    assert.equal([...new Set(codes())], ['KEY_USED_TWICE'])
  } finally {
    await clone.stop()
  }
})

test('all stop', async () => {
  await Promise.all(members.map((member) => member.stop()))
})

/** opens the signing half of validator 0 over a chain of one block */
async function openSigning(path: string, afterMs = 60_000) {
  const core = createCore(world)
  await core.chain.importSealed(await produceBlock(world, core))
  const { chain, logger } = core
  const nowMs = world.genesis.timestamp * 1000 + afterMs
  return openValidator({
    ...{ chain, logger, signer: signerOf(keyAt(0)), logPath: path },
    ...{ candidates: { hold: () => undefined }, clock: { nowMs: () => nowMs } },
  })
}

async function writeLog(name: string, records: readonly LogRecord[]): Promise<string> {
  const path = join(root, name)
  const log = await openWriteAheadLog({ path })
  for (const record of records) await log.append([encodeRecord(record)])
  await log.close()
  return path
}

const start = (): LogRecord => ({
  ...{ kind: 'start', chainId: world.genesis.chainId, key: keyAt(0).address, floor: 0 },
})

/** a prevote of height 2 */
function prevote(round: number): LogRecord {
  const content = { kind: 'prevote', height: 2, round, hash: `0x${'42'.repeat(32)}` } as const
  const signature = new Uint8Array(65).fill(1)
  return { kind: 'sent', message: { ...content, signer: keyAt(0).address, signature } }
}

test('a log that is damaged in the middle is refused, with advice', async () => {
  const path = await writeLog('damaged', [start(), prevote(0), prevote(1), prevote(2)])
  const file = join(path, 'consensus.log')
  const bytes = readFileSync(file)
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1
  writeFileSync(file, bytes)
  const failure = await rejects(() => openSigning(path), 'LOG_DAMAGED')
  assert.match(failure.message, 'do not delete it and start')
  assert.match(failure.message, 'amnesia')
  assert.equal(readFileSync(file), bytes, 'the file is as it was found')
})

test('a log whose last write was torn is cut there and goes on', async () => {
  const path = await writeLog('torn', [start(), prevote(0), prevote(1)])
  const file = join(path, 'consensus.log')
  writeFileSync(file, readFileSync(file).subarray(0, -10))
  const { log, records } = await openSigning(path)
  await log.close()
  assert.equal(records, [start(), prevote(0)])
})

test('a clock behind the last step that was signed is refused', async () => {
  const path = await writeLog('clock', [start(), prevote(40)])
  const failure = await rejects(() => openSigning(path, 30_000), 'CLOCK_BEHIND')
  assert.match(failure.message, 'NTP')
  const { log } = await openSigning(path, 45_000)
  await log.close()
})

test('a marker beside a log that is whole makes an amnesiac: a backup was restored', async () => {
  const path = await writeLog('restored', [start(), prevote(3)])
  await markAmnesia(nodeFileSystem, path, { amnesia: 'certain' })
  for (let again = 0; again < 2; again++) {
    const { log, state } = await openSigning(path)
    await log.close()
    assert.is(state.amnesia?.isCertain, true)
  }
})

test("an operator's word ends it, with a height that stays in the log", async () => {
  const path = await writeLog('override', [start(), prevote(3)])
  await markAmnesia(nodeFileSystem, path, { amnesia: 'certain', signAbove: 17 })
  for (let again = 0; again < 2; again++) {
    const { log, state } = await openSigning(path)
    await log.close()
    assert.equal([state.amnesia, state.floor], [null, 17])
    assert.not(existsSync(marker(path)))
  }
})

test('a marker that cannot be read is refused', async () => {
  const path = await writeLog('marker', [start()])
  for (const text of [
    '',
    '{',
    '{}',
    '{"amnesia":"maybe"}',
    '{"amnesia":"certain","signAbove":-1}',
  ]) {
    writeFileSync(marker(path), text)
    await rejects(() => openSigning(path), 'AMNESIA_MARKER_MALFORMED')
  }
})

test('the log of another key is refused', async () => {
  const path = await writeLog('foreign', [{ ...start(), key: keyAt(1).address } as LogRecord])
  const failure = await rejects(() => openSigning(path), 'LOG_OF_ANOTHER_KEY')
  assert.match(failure.message, keyAt(0).address)
  assert.match(failure.message, keyAt(1).address)
  assert.match(failure.message, 'never delete')
})

test('the log of another chain is refused', async () => {
  const path = await writeLog('elsewhere', [{ ...start(), chainId: 7 } as LogRecord])
  const failure = await rejects(() => openSigning(path), 'LOG_OF_ANOTHER_CHAIN')
  assert.match(failure.message, 'chain 7')
  assert.match(failure.message, `${world.genesis.chainId}`)
})

test('a log that does not say whose it is is refused', async () => {
  const path = await writeLog('nobody', [prevote(0), start()])
  const failure = await rejects(() => openSigning(path), 'LOG_RECORD_UNKNOWN')
  assert.match(failure.message, 'never delete')
})

test.after(async () => {
  await Promise.allSettled(members.map((member) => member.stop()))
  rmSync(root, { recursive: true })
})
test.run()
