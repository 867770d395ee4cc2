/**
 * One of four validators is dead and load comes at 60 % of what four can take: everything is
 * included, p99 of submit → final at most 1.5 D.
 */
import { DOCUMENT_REGISTRY_ADDRESS, documentRegistry, schemaId } from '@veche/contracts'
import { keccakHex, type Signer, utf8ToBytes } from '@veche/primitives'
import type { Hex } from 'viem'
import { keccak256 } from 'viem/utils'
import { type FinalityWatcher, percentile, watchFinality } from '../../src/finality.ts'
import { CITY_SCHEMA } from '../../src/genesis-tool.ts'
import { signTransaction } from '../../src/transactions.ts'
import { openKey } from '../support/load.ts'
import { pause } from '../support/until.ts'
import type { Finding, Scenario } from './scenario.ts'
import { hold, OBSERVER, STEP_MS, VALIDATORS, type World } from './world.ts'

const FOURTH = VALIDATORS[3]
const SENDERS = [3, 4, 8]
const GAS = 150_000n
const LIMIT_COUNT = 900
const IN_FLIGHT = 150
const SHARE = 0.6
const RATE_SECONDS = 20
const ALIVE_SECONDS = 8
/**
 * with all four alive p99 is a tenth of this on a machine that does nothing else; above it the
 * machine, not the dead validator, makes the tail
 */
const BUSY_P99_MS = 0.5 * STEP_MS
const P99_MAX_MS = 1.5 * STEP_MS
const REST_TIMEOUT_MS = 30_000
const INCLUDED_TIMEOUT_MS = 60_000

interface Call {
  readonly raw: Hex
  readonly hash: Hex
}

interface Lane {
  readonly signer: Signer
  nonce: number
}

async function openLanes({ drill }: World): Promise<Lane[]> {
  const open = async (issuer: number): Promise<Lane> => {
    const signer = await openKey(drill, 'keys', `issuer-${issuer}`)
    const count = await drill.rpc(OBSERVER, 'eth_getTransactionCount', [signer.address, 'latest'])
    return { signer, nonce: Number(count) }
  }
  return Promise.all(SENDERS.map(open))
}

async function signCalls(world: World, lanes: readonly Lane[], count: number): Promise<Call[]> {
  const { chainId } = world.drill.files
  const calls: Call[] = []
  for (let i = 0; i < count; i++) {
    const lane = lanes[i % lanes.length] as Lane
    const nonce = lane.nonce++
    const commitment = keccakHex(utf8ToBytes(`${lane.signer.address} ${nonce}`))
    const data = documentRegistry.issue(commitment, schemaId(CITY_SCHEMA))
    const call = { chainId, nonce, to: DOCUMENT_REGISTRY_ADDRESS, data, gas: GAS }
    const raw = await signTransaction(lane.signer, call)
    calls.push({ raw, hash: keccak256(raw) })
  }
  return calls
}

async function offer(watcher: FinalityWatcher, { raw, hash }: Call): Promise<void> {
  const final = watcher.watch(hash)
  await watcher.request('eth_sendRawTransaction', [raw])
  hold((await final).succeeded, `${hash} is issued`)
}

/** Transactions a second when so many are open at once. */
async function measureLimit(watcher: FinalityWatcher, calls: readonly Call[]): Promise<number> {
  const queue = [...calls].reverse()
  const startMs = performance.now()
  const worker = async (): Promise<void> => {
    for (let call = queue.pop(); call !== undefined; call = queue.pop()) await offer(watcher, call)
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  return (calls.length * 1000) / (performance.now() - startMs)
}

async function offerAtRate(
  watcher: FinalityWatcher,
  calls: readonly Call[],
  rate: number,
): Promise<void> {
  const startMs = performance.now()
  const offers: Promise<void>[] = []
  for (const [i, call] of calls.entries()) {
    const aheadMs = startMs + (i * 1000) / rate - performance.now()
    if (aheadMs > 1) await pause(aheadMs)
    offers.push(offer(watcher, call))
  }
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), INCLUDED_TIMEOUT_MS)
  })
  const end = await Promise.race([Promise.all(offers), late]).finally(() => clearTimeout(timer))
  hold(end !== 'late', `everything included expected, ${watcher.waiting()} are not`)
}

interface Latency {
  readonly p50: number
  readonly p99: number
}

/** Offers at `rate` for so long; submit → final. Holds that everything is included. */
async function latencyAt(
  watcher: FinalityWatcher,
  calls: readonly Call[],
  rate: number,
): Promise<Latency> {
  const seen = watcher.finalityMs.length
  await offerAtRate(watcher, calls, rate)
  const samples = watcher.finalityMs.slice(seen)
  return {
    p50: Math.round(percentile(samples, 0.5)),
    p99: Math.round(percentile(samples, 0.99)),
  }
}

async function oneDead(world: World): Promise<Finding> {
  const { drill, load } = world
  await load.rest(REST_TIMEOUT_MS)
  const watcher = await watchFinality(drill.url(OBSERVER).replace(/^http/, 'ws'))
  try {
    const lanes = await openLanes(world)
    const limit = await measureLimit(watcher, await signCalls(world, lanes, LIMIT_COUNT))
    const rate = Math.floor(SHARE * limit)
    const sign = (seconds: number): Promise<Call[]> => signCalls(world, lanes, rate * seconds)
    const alive = await latencyAt(watcher, await sign(ALIVE_SECONDS), rate)
    const calls = await sign(RATE_SECONDS)
    await drill.kill(FOURTH)
    const { p50, p99 } = await latencyAt(watcher, calls, rate)
    await drill.start(FOURTH)
    const busy = alive.p99 > BUSY_P99_MS
    const told = `p99 of at most ${P99_MAX_MS} ms expected, got ${p99} (four alive: ${alive.p99})`
    hold(busy || p99 <= P99_MAX_MS, told)
    const judged = busy ? 'p99 not judged: this machine is too busy' : 'p99 ≤ 1.5 D'
    return {
      checked: ['everything is included', judged],
      figures: {
        'four take': `${Math.round(limit)}/s`,
        offered: `${rate}/s`,
        'four alive p99': `${alive.p99} ms`,
        p50: `${p50} ms`,
        p99: `${p99} ms`,
      },
    }
  } finally {
    await watcher.close()
    load.resume()
  }
}

export const capacity: Scenario = {
  name: 'one-dead',
  fault: 'one of four validators dead, load at 60 % of capacity for 20 steps',
  run: oneDead,
}
