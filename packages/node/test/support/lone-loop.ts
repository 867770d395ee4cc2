/** A network of one validator whose log and network tell what they did, in order. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeRecord, type LogRecord } from '@veche/consensus'
import { createNodeKey } from '@veche/network'
import { bytesToHex, type ChainStore, type Clock } from '@veche/primitives'
import * as assert from 'uvu/assert'
import { createCandidates } from '../../src/candidates.ts'
import { forkIdOf } from '../../src/genesis-file.ts'
import { followHead } from '../../src/handlers.ts'
import { Loop, type LoopOptions } from '../../src/loop.ts'
import { createMetrics } from '../../src/metrics.ts'
import { openValidator } from '../../src/validator.ts'
import { until } from './until.ts'
import { createCore, createWorld, signerOf, type TestKey, transfer } from './world.ts'

export const root = mkdtempSync(join(tmpdir(), 'veche-loop-'))
export const world = await createWorld({ validators: 1 })
export const key = world.validators[0] as TestKey
export const { chainId } = world.genesis
export const TIMEOUT_MS = 60_000
let loops = 0

type Log = LoopOptions['log']
export type Event = readonly ['append' | 'rotate' | 'broadcast', readonly string[]]

export interface Options {
  readonly store?: ChainStore
  readonly log?: (log: Log) => Partial<Log>
  readonly clock?: Clock
  readonly onStep?: () => void
  /** what is done to the directory of the log before it is opened */
  readonly prepare?: (logPath: string) => Promise<void>
  /** what the loop believes that the log held; default: what it did */
  readonly records?: readonly LogRecord[]
}

/** A lone validator whose log and network tell what happens, in order. */
export async function openLoop(options: Options = {}) {
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
  await options.prepare?.(logPath)
  const validator = await openValidator({ chain, candidates, signer, logPath, clock, logger })
  const told = (name: 'append' | 'rotate') => async (payloads: readonly Uint8Array[]) => {
    await validator.log[name](payloads)
    events.push([name, payloads.map(bytesToHex)])
  }
  const log = { append: told('append'), rotate: told('rotate'), bytes: 0 }
  const loop: Loop = new Loop({
    ...{ chain, pool, candidates, network, signer, clock, logger },
    ...{ state: validator.state, records: options.records ?? validator.records },
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

export type Opened = Awaited<ReturnType<typeof openLoop>>

export async function decide(opened: Opened, nonce: number): Promise<void> {
  const before = opened.store.head().number
  assert.ok(opened.pool.add(await transfer(world, nonce)).ok)
  const over = async () => opened.store.head().number > before || opened.fatal.length > 0
  await until('a block', over, TIMEOUT_MS)
}

export const recordOf = (hex: string): LogRecord => {
  const record = decodeRecord(Uint8Array.from(Buffer.from(hex.slice(2), 'hex')))
  if (record.ok) return record.value
  throw new TypeError(record.reason)
}
