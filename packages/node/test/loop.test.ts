/** The driver of the machine: durable before sent, fatal when it must be, deaf to forgeries. */
import { rmSync } from 'node:fs'
import {
  contentDigest,
  decodeMessage,
  encodeMessage,
  encodeRecord,
  type LogRecord,
  type SignedMessage,
} from '@veche/consensus'
import type { Hash, PeerInfo } from '@veche/primitives'
import { bytesToHex, hexToBytes, signDigest, transactionHash } from '@veche/primitives'
import { nodeFileSystem, openWriteAheadLog } from '@veche/storage'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { markAmnesia } from '../src/amnesia-marker.ts'
import { LOG_COMPACT_BYTES, LOG_ROTATE_BYTES } from '../src/limits.ts'
import { signTransaction, type TransactionToSign } from '../src/transactions.ts'
import {
  chainId,
  decide,
  type Event,
  key,
  type Opened,
  openLoop,
  recordOf,
  root,
  TIMEOUT_MS,
  world,
} from './support/lone-loop.ts'
import { pause, until } from './support/until.ts'
import {
  createStore,
  produceBlock,
  signerOf,
  type TestKey,
  testKey,
  transfer,
} from './support/world.ts'

test('what is sent was in the log before', async () => {
  const opened = await openLoop()
  opened.loop.start()
  await decide(opened, 0)
  await decide(opened, 1)
  await opened.close()
  const durable = new Set<string>()
  let sent = 0
  for (const [kind, texts] of opened.events) {
    for (const text of texts) {
      if (kind !== 'broadcast') {
        const record = recordOf(text)
        if (record.kind === 'sent') durable.add(bytesToHex(encodeMessage(record.message)))
        continue
      }
      const message = decodeMessage(Uint8Array.from(Buffer.from(text.slice(2), 'hex')))
      assert.ok(message.ok)
      if (message.ok && message.value.kind === 'status') continue
      assert.ok(durable.has(text), 'its record was appended before')
      sent++
    }
  }
  assert.ok(sent >= 6, `two heights of proposal, prevote and precommit, ${sent} sent`)
  assert.equal([opened.fatal, opened.penalties], [[], []])
  assert.is(opened.loop.state.current.height, 3)
})

test('a log that fails is fatal: nothing is sent after it', async () => {
  const failure = new RangeError('disk full')
  let appends = 0
  const opened = await openLoop({
    log: (log) => ({
      append: (payloads) => (++appends === 2 ? Promise.reject(failure) : log.append(payloads)),
    }),
  })
  opened.loop.start()
  await decide(opened, 0)
  const sent = opened.events.length
  assert.equal(opened.fatal, [failure])
  assert.is(opened.store.head().number, 0)
  opened.loop.onWork()
  opened.pool.add(await transfer(world, 1))
  await opened.loop.stop()
  assert.is(opened.events.length, sent)
  await opened.close()
})

test('a store that fails is fatal, and the block is not final', async () => {
  const failure = new RangeError('cannot write')
  const store = createStore(world)
  const opened = await openLoop({
    store: { ...store, commit: () => Promise.reject(failure) },
  })
  opened.loop.start()
  await decide(opened, 0)
  assert.is(opened.fatal[0], failure)
  assert.is(store.head().number, 0)
  await opened.close()
})

test('a log that has grown starts a new file at the durable height', async () => {
  const opened = await openLoop({ log: () => ({ bytes: LOG_ROTATE_BYTES }) })
  opened.loop.start()
  await decide(opened, 0)
  const rotated = () => opened.events.some(([kind]) => kind === 'rotate')
  await until('a rotation', async () => rotated(), TIMEOUT_MS)
  const [, texts] = opened.events.find(([kind]) => kind === 'rotate') as Event
  const start = { kind: 'start', chainId, key: key.address, floor: 1 } as const
  assert.equal(texts, [bytesToHex(encodeRecord(start))])
  await decide(opened, 1)
  assert.equal(opened.fatal, [])
  await opened.close()
})

test('a log that has grown keeps no infinite floor of an amnesiac', async () => {
  const opened = await openLoop({
    log: () => ({ bytes: LOG_ROTATE_BYTES }),
    prepare: (path) => markAmnesia(nodeFileSystem, path, { amnesia: 'certain' }),
  })
  opened.loop.start()
  assert.ok((await opened.chain.importSealed(await produceBlock(world, opened))).ok)
  await until('the block', async () => opened.loop.state.current.height === 2, TIMEOUT_MS)
  assert.is(opened.loop.state.amnesia?.isCertain, true)
  const records = opened.events.flatMap(([, texts]) => texts).map(recordOf)
  const floors = records.map((record) => (record.kind === 'start' ? record.floor : 0))
  assert.ok(
    floors.every((floor) => floor <= 1),
    `a floor that a restart can pass expected, got ${floors}`,
  )
  await opened.close()
})

/** a log that holds these records */
const writeLog = (records: readonly LogRecord[]) => async (path: string) => {
  const log = await openWriteAheadLog({ path })
  await log.append(records.map(encodeRecord))
  await log.close()
}

test('a new file of the log keeps a floor above its height', async () => {
  const opened = await openLoop({
    log: () => ({ bytes: LOG_ROTATE_BYTES }),
    prepare: writeLog([{ kind: 'start', chainId, key: key.address, floor: 5 }]),
  })
  opened.loop.start()
  assert.ok((await opened.chain.importSealed(await produceBlock(world, opened))).ok)
  await until('the block', async () => opened.loop.state.current.height === 2, TIMEOUT_MS)
  const [, texts = []] = opened.events.find(([kind]) => kind === 'rotate') ?? []
  assert.equal(
    texts.map(recordOf).map((record) => record.kind === 'start' && record.floor),
    [5],
  )
  await opened.close()
})

test('invariant 11: an own vote that the log does not hold stops the process and stays', async () => {
  const content = { kind: 'prevote', height: 1, round: 0, hash: world.first.hash } as const
  const signature = signDigest(contentDigest(content, chainId), key.secret)
  const message: SignedMessage = { ...content, signer: key.address, signature }
  const start = { kind: 'start', chainId, key: key.address, floor: 0 } as const
  const prepare = writeLog([start, { kind: 'sent', message }])
  const opened = await openLoop({ prepare, records: [start] })
  opened.loop.start()
  await until('the stop', async () => opened.fatal.length > 0, TIMEOUT_MS)
  assert.match(String(opened.fatal[0]), 'invariant 11')
  assert.not.ok(opened.events.some(([kind]) => kind === 'broadcast'))
  await opened.close()
})

test('a clock set back by more than a timer can hold does not make it spin', async () => {
  let backMs = 0
  let steps = 0
  const clock = { nowMs: () => world.clock.nowMs() - backMs }
  const opened = await openLoop({ clock, onStep: () => void steps++ })
  opened.loop.start()
  await until('a step', async () => steps > 0, TIMEOUT_MS)
  backMs = 40 * 86_400_000
  opened.loop.start()
  await until('a step after it', async () => opened.loop.state.nowMs < 1.8e12, TIMEOUT_MS)
  steps = 0
  for (let turn = 0; turn < 3; turn++) await pause()
  assert.is(steps, 0)
  await opened.close()
})

test('a stopped loop performs nothing and takes nothing', async () => {
  const opened = await openLoop()
  opened.loop.start()
  await opened.loop.stop()
  const { length } = opened.events
  opened.pool.add(await transfer(world, 0))
  opened.loop.onMessage({ peerId: 'p' } as PeerInfo, Uint8Array.of(1))
  await opened.loop.stop()
  assert.is(opened.events.length, length)
  assert.equal(opened.penalties, [])
  assert.is(opened.store.head().number, 0)
  await opened.close()
})

test('work that a stop leaves behind finds the store closed, and that is no failure', async () => {
  const opened = await openLoop()
  const entered = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<null>()
  opened.chain.build = () => {
    entered.resolve()
    return gate.promise
  }
  opened.pool.add(await transfer(world, 0))
  opened.loop.start()
  await entered.promise
  await opened.close()
  gate.reject(new RangeError('Database is not open'))
  await new Promise(setImmediate)
  assert.equal(opened.fatal, [])
})

const timers = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length

test('a log that grows within a height is written anew, with all that binds', async () => {
  const opened = await openLoop({ log: () => ({ bytes: LOG_COMPACT_BYTES }) })
  opened.loop.start()
  await decide(opened, 0)
  const anew = opened.events.filter(([name]) => name === 'rotate').map(([, each]) => each)
  const records = anew.flat().map(recordOf)
  assert.ok(records.some((record) => record.kind === 'sent' && record.message.kind === 'proposal'))
  const sealed = anew.at(-1)?.map(recordOf)
  const [first] = sealed ?? []
  assert.ok(first?.kind === 'start' && first.key === key.address)
  assert.equal(opened.fatal, [])
  await opened.close()
})

test('a stop while the log is written performs nothing after it, and leaves no timer', async () => {
  const entered = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  const before = timers()
  const opened = await openLoop({
    log: (log) => ({
      async append(payloads) {
        entered.resolve()
        await gate.promise
        await log.append(payloads)
      },
    }),
  })
  opened.pool.add(await transfer(world, 0))
  opened.loop.start()
  await entered.promise
  const stopped = opened.loop.stop()
  gate.resolve()
  await stopped
  assert.equal(
    opened.events.map(([kind]) => kind),
    ['append'],
  )
  assert.is(timers(), before)
  await opened.close()
})

/** The builder takes nothing the first time, and throws out what `dropped` names. */
function emptyFirst({ chain }: Opened, dropped: readonly Hash[]): () => number {
  const build = chain.build.bind(chain)
  let builds = 0
  chain.build = async (buildOptions) => {
    if (builds++ > 0) return build(buildOptions)
    const built = await build({ ...buildOptions, transactions: [] })
    assert.ok(built)
    const why = { code: 'TRANSACTION_TIMEOUT', reason: 'for the test' }
    return { ...built, rejected: dropped.map((hash) => ({ hash, ...why })) }
  }
  return () => builds
}

/** A transaction of a key with nothing but its signature. */
async function transactionOf(name: string): Promise<Uint8Array> {
  const call = { chainId, nonce: 0, to: testKey('receiver').address, data: '0x', gas: 30_000n }
  return hexToBytes(await signTransaction(signerOf(testKey(name)), call as TransactionToSign))
}

test('what waited behind a transaction that was thrown out is proposed at once', async () => {
  const opened = await openLoop()
  const [poison, good] = [await transactionOf('poisoner'), await transfer(world, 0)]
  emptyFirst(opened, [transactionHash(poison)])
  for (const raw of [poison, good]) assert.ok(opened.pool.add(raw).ok)
  opened.loop.start()
  await until('a block', async () => opened.store.head().number === 1, TIMEOUT_MS)
  assert.equal(opened.store.body(1)?.map(bytesToHex), [bytesToHex(good)])
  await opened.close()
})

test('a transaction is proposed also when the builder found nothing for the one before', async () => {
  const opened = await openLoop()
  const builds = emptyFirst(opened, [])
  opened.pool.add(await transactionOf('slow'))
  opened.loop.start()
  await until('a build', async () => builds() === 1 && !opened.loop.state.pending, TIMEOUT_MS)
  await decide(opened, 0)
  assert.is(opened.store.body(1)?.length, 2)
  await opened.close()
})

/** a prevote for nothing in particular, signed by `signed`, that says it is of `said` */
function prevote(said: TestKey, signed: TestKey, chain = chainId): Uint8Array {
  const hash = `0x${'77'.repeat(32)}` as const
  const content = { kind: 'prevote', height: 1, round: 0, hash } as const
  const signature = signDigest(contentDigest(content, chain), signed.secret)
  const message: SignedMessage = { ...content, signer: said.address, signature }
  return encodeMessage(message)
}

test('forged messages cost their sender, those of a stranger cost nobody', async () => {
  const opened = await openLoop()
  const peer: PeerInfo = {
    ...{ peerId: 'peer', address: '', agent: '', inbound: true },
    head: { number: 0, hash: world.first.hash },
  }
  const stranger = testKey('stranger')
  const tell = (bytes: Uint8Array): string[] => {
    opened.penalties.length = 0
    opened.loop.onMessage(peer, bytes)
    return [...opened.penalties]
  }
  assert.equal(tell(Uint8Array.of(1, 2, 3)), ['MESSAGE_MALFORMED'])
  assert.equal(tell(prevote(key, stranger)), ['SIGNATURE_INVALID'])
  assert.equal(tell(prevote(key, key, chainId + 1)), ['SIGNATURE_INVALID'], 'of another chain')
  assert.equal(tell(prevote(stranger, stranger)), [])
  assert.equal(tell(prevote(key, key)), [])
  await opened.close()
})

test.after(() => rmSync(root, { recursive: true }))
test.run()
