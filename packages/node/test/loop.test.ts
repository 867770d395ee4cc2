/** The driver of the machine: durable before sent, fatal when it must be, deaf to forgeries. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  contentDigest,
  decodeMessage,
  decodeRecord,
  encodeMessage,
  encodeRecord,
  type LogRecord,
  type SignedMessage,
} from '@veche/consensus'
import { createNodeKey } from '@veche/network'
import type { ChainStore, Clock, Hash, PeerInfo } from '@veche/primitives'
import { bytesToHex, hexToBytes, signDigest, transactionHash } from '@veche/primitives'
import { nodeFileSystem } from '@veche/storage'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { markAmnesia } from '../src/amnesia-marker.ts'
import { createCandidates } from '../src/candidates.ts'
import { forkIdOf } from '../src/genesis-file.ts'
import { followHead } from '../src/handlers.ts'
import { LOG_COMPACT_BYTES, LOG_ROTATE_BYTES } from '../src/limits.ts'
import { Loop, type LoopOptions } from '../src/loop.ts'
import { createMetrics } from '../src/metrics.ts'
import { signTransaction, type TransactionToSign } from '../src/transactions.ts'
import { openValidator } from '../src/validator.ts'
import { pause, until } from './support/until.ts'
import {
  createCore,
  createStore,
  createWorld,
  produceBlock,
  signerOf,
  type TestKey,
  testKey,
  transfer,
} from './support/world.ts'

const root = mkdtempSync(join(tmpdir(), 'veche-loop-'))
const world = await createWorld({ validators: 1 })
const key = world.validators[0] as TestKey
const { chainId } = world.genesis
const TIMEOUT_MS = 60_000
let loops = 0

type Log = LoopOptions['log']
type Event = readonly ['append' | 'rotate' | 'broadcast', readonly string[]]

interface Options {
  readonly store?: ChainStore
  readonly log?: (log: Log) => Partial<Log>
  readonly clock?: Clock
  readonly onStep?: () => void
  /** a backup was restored */
  readonly amnesia?: 'certain'
}

/** A lone validator whose log and network tell what happens, in order. */
async function openLoop(options: Options = {}) {
  const core = createCore(world, options.store)
  const { chain, pool, logger } = core
  const events: Event[] = []
  const penalties: string[] = []
  const fatal: unknown[] = []
  const base = await world.hub.createNetwork({
    ...{ nodeKey: createNodeKey(), listenAddresses: [], chainId, signer: signerOf(key) },
    ...{ genesisHash: world.first.hash, forkId: forkIdOf(world.first.hash, world.genesis) },
  })
  const broadcast = (bytes: Uint8Array): void =>
    void events.push(['broadcast', [bytesToHex(bytes)]])
  const penalize = (_peer: string, code: string): void => void penalties.push(code)
  const network = { ...base, broadcast, penalize }
  const candidates = createCandidates({ network, transaction: (hash) => pool.get(hash)?.raw })
  const logPath = join(root, `log-${loops++}`)
  const { clock = world.clock } = options
  const nothing = (): void => undefined
  const signer = signerOf(key)
  if (options.amnesia !== undefined)
    await markAmnesia(nodeFileSystem, logPath, { amnesia: options.amnesia })
  const validator = await openValidator({ chain, candidates, signer, logPath, clock, logger })
  const told = (name: 'append' | 'rotate') => async (payloads: readonly Uint8Array[]) => {
    await validator.log[name](payloads)
    events.push([name, payloads.map(bytesToHex)])
  }
  const log = { append: told('append'), rotate: told('rotate'), bytes: 0 }
  const loop: Loop = new Loop({
    ...{ chain, pool, candidates, network, signer, clock, logger },
    ...{ state: validator.state, records: validator.records },
    log: { ...log, ...options.log?.(log) },
    watch: { onMessage: nothing, onStep: options.onStep ?? nothing, onEffect: nothing },
    timings: createMetrics().timings,
    onEvidence: () => undefined,
    onBehind: () => undefined,
    onFatal: (cause) => void fatal.push(cause),
  })
  followHead({ chain, network, pool, loop })
  pool.onAdded(() => loop.onWork())
  const close = async (): Promise<void> => {
    await loop.stop()
    await validator.log.close()
  }
  return { ...core, loop, events, penalties, fatal, close }
}

type Opened = Awaited<ReturnType<typeof openLoop>>

async function decide(opened: Opened, nonce: number): Promise<void> {
  const before = opened.store.head().number
  assert.ok(opened.pool.add(await transfer(world, nonce)).ok)
  const over = async () => opened.store.head().number > before || opened.fatal.length > 0
  await until('a block', over, TIMEOUT_MS)
}

const recordOf = (hex: string): LogRecord => {
  const record = decodeRecord(Uint8Array.from(Buffer.from(hex.slice(2), 'hex')))
  if (record.ok) return record.value
  throw new TypeError(record.reason)
}

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
  const options = { log: () => ({ bytes: LOG_ROTATE_BYTES }), amnesia: 'certain' } as const
  const opened = await openLoop(options)
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
