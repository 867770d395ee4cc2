/**
 * Four validators in one process over the in-memory network: seal, stop, restart from the log,
 * sync.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeRecord } from '@veche/consensus'
import { decodeExtraData, VecheError } from '@veche/primitives'
import { openWriteAheadLog } from '@veche/storage'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
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

const root = mkdtempSync(join(tmpdir(), 'veche-validators-'))
const world = await createWorld()
const members: Member[] = []
const TIMEOUT_MS = 60_000
let nonce = 0

const height = (member: Member | undefined): number => member?.store.head().number ?? -1
const bootnodes = (): string[] => members.flatMap(({ network }) => [...network.addresses])
const logPath = (index: number): string => join(root, `log-${index}`)

async function open(index: number, store?: Member['store']): Promise<Member> {
  const key = world.validators[index] as TestKey
  const member = await openMember(world, {
    bootnodes: bootnodes(),
    ...(store === undefined ? {} : { store }),
    validator: { key, logPath: logPath(index) },
  })
  members[index] = member
  return member
}

/** sends transfers until every given member has a block more, all with the same hash */
async function advance(given: readonly Member[]): Promise<void> {
  const target = Math.max(...given.map(height)) + 1
  const submitted = given[0]?.gossip.submit(await transfer(world, nonce++))
  assert.ok(submitted?.ok, JSON.stringify(submitted))
  await until(
    `height ${target}`,
    async () => given.every((member) => height(member) >= target),
    TIMEOUT_MS,
  )
}

function assertAgreement(given: readonly Member[]): void {
  const lowest = Math.min(...given.map(height))
  for (let number = 0; number <= lowest; number++) {
    const roots = given.map(({ store }) => store.header(number)?.stateRoot)
    assert.is(new Set(roots).size, 1, `one state at ${number}`)
    const parents = given.map(({ store }) => store.header(number + 1)?.parentHash)
    assert.is(new Set(parents.filter((hash) => hash !== undefined)).size <= 1, true)
  }
  for (const { fatal, penalties } of given) assert.equal([fatal, penalties], [[], []])
}

test('four validators seal a chain with certificates of three', async () => {
  for (let index = 0; index < 4; index++) await open(index)
  await advance(members)
  await advance(members)
  assertAgreement(members)
  const head = members[0]?.chain.head()
  const extra = decodeExtraData(head?.header.extraData as Uint8Array)
  assert.ok(extra.ok && extra.value.seals.length >= 3)
  const { pool } = members[1] as Member
  assert.is(pool.count(), 0, 'what is final has left the pools')
})

test('a transaction given to one validator is known to all', async () => {
  const raw = await transfer(world, nonce + 1)
  const sent = members[2]?.gossip.submit(raw)
  assert.ok(sent?.ok)
  const { hash } = sent?.ok ? { hash: sent.value } : { hash: '0x' as const }
  await until('gossip', async () => members.every(({ pool }) => pool.has(hash)), TIMEOUT_MS)
  assert.ok(
    members.every(({ pool }) => !pool.hasWork()),
    'a gap in the nonces is no work',
  )
  await advance(members)
  nonce++
  await until('both are final', async () => members.every(({ pool }) => pool.count() === 0), 9_000)
})

test('an observer that joins late follows the whole chain and then the stream', async () => {
  const observer = await openMember(world, { bootnodes: bootnodes() })
  await until('sync', async () => height(observer) === height(members[0]), TIMEOUT_MS)
  await advance([...members, observer])
  assertAgreement([...members, observer])
  assert.is(observer.loop, undefined)
  assert.is(observer.sync.behind(), 0)
  assert.is(observer.sync.progress(), undefined)
  await observer.stop()
})

test('three go on while one is away, and it catches up from its log and store', async () => {
  const away = members[3] as Member
  await away.stop()
  const stopped = height(away)
  const others = members.slice(0, 3)
  await advance(others)
  await advance(others)
  assert.is(height(away), stopped, 'a stopped node performs nothing')
  const back = await open(3, away.store)
  assert.ok(back.validator && back.validator.records.length > 0, 'the log is replayed')
  await until('it catches up', async () => height(back) >= height(members[0]), TIMEOUT_MS)
  await advance(members)
  assertAgreement(members)
  for (const each of members) assert.ok(each.loop?.state, 'the machine runs')
})

test('all stop at once and go on from their logs, nothing final lost', async () => {
  const before = height(members[0])
  const stores = members.map(({ store }) => store)
  await Promise.all(members.map((member) => member.stop()))
  const hash = stores[0]?.head().hash
  members.length = 0
  for (let index = 0; index < 4; index++) await open(index, stores[index])
  await advance(members)
  assert.ok(height(members[0]) > before)
  assert.is(members[3]?.store.header(before + 1)?.parentHash, hash)
  assertAgreement(members)
})

test('with two of four gone nothing becomes final, and it goes on when one returns', async () => {
  const [a, b, c, d] = members as [Member, Member, Member, Member]
  await Promise.all([c.stop(), d.stop()])
  const before = height(a)
  assert.ok(a.gossip.submit(await transfer(world, nonce++)).ok)
  await until('a vote in the log', async () => (a.validator?.log.bytes ?? 0) > 0, TIMEOUT_MS)
  await until('both hold it', async () => b.pool.count() > 0, TIMEOUT_MS)
  assert.equal([height(a), height(b)], [before, before])
  const back = await open(2, c.store)
  await until('it goes on', async () => height(back) > before && height(a) > before, TIMEOUT_MS)
  members[3] = await open(3, d.store)
  await advance(members)
  assertAgreement(members)
})

test('what a validator sent is in its log', async () => {
  await Promise.all(members.map((member) => member.stop()))
  const log = await openWriteAheadLog({ path: logPath(0) })
  const kinds = log.replayed.map((payload) => {
    const record = decodeRecord(payload)
    return record.ok ? record.value.kind : 'unreadable'
  })
  await log.close()
  assert.is(kinds[0], 'start')
  assert.not.ok(kinds.includes('unreadable'))
  assert.ok(kinds.length > 8, `${kinds.length} records`)
})

/** opens the signing half over a fresh chain of one block, or the given log */
async function openSigning(path: string, nowMs: number) {
  const core = createCore(world)
  await core.chain.importSealed(await produceBlock(world, core))
  const { chain, logger } = core
  const candidates = (members[0] as Member).candidates
  const signer = signerOf(world.validators[0] as TestKey)
  const clock = { nowMs: () => nowMs }
  return openValidator({ chain, candidates, signer, logPath: path, clock, logger })
}

test('a validator whose clock is behind its chain does not sign', async () => {
  const genesisMs = world.genesis.timestamp * 1000
  const failure = await rejects(
    () => openSigning(join(root, 'behind'), genesisMs - 60_000),
    'CLOCK_BEHIND',
  )
  assert.match(failure.message, '2027-01-15T08:00:00.000Z')
  const opened = await openSigning(join(root, 'in-time'), genesisMs + 60_000)
  await opened.log.close()
})

test('a log of records this version does not know is refused with the record named', async () => {
  const path = join(root, 'unknown')
  const log = await openWriteAheadLog({ path })
  await log.append([Uint8Array.of(0xc1, 0x7f)])
  await log.close()
  const nowMs = world.genesis.timestamp * 1000 + 60_000
  const failure = await rejects(() => openSigning(path, nowMs), 'LOG_RECORD_UNKNOWN')
  assert.instance(failure, VecheError)
  assert.is(failure.facts['index'], 0)
})

test.after(async () => {
  await Promise.allSettled(members.map((member) => member.stop()))
  rmSync(root, { recursive: true })
})
test.run()
