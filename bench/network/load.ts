/**
 * The load of `npm run bench:network`: `issue` transactions of DocumentRegistry, signed before the
 * clock starts, offered one by one when idle, then at a fixed rate (open loop) or as fast as they
 * become final (closed loop).
 */
import { randomBytes } from 'node:crypto'
import { DOCUMENT_REGISTRY_ADDRESS, documentRegistry } from '@veche/contracts'
import { type FinalityWatcher, percentile, signTransaction } from '@veche/node'
import {
  bytesToHex,
  type Hash,
  type Hex,
  hexToBytes,
  keccakHex,
  type Signer,
} from '@veche/primitives'

export interface SignedCall {
  readonly raw: Hex
  readonly hash: Hash
}

export interface SignOptions {
  readonly chainId: number
  readonly schema: Hash
  /** first nonce of each signer */
  readonly nonces: number[]
  readonly count: number
}

const ISSUE_GAS = 150_000n

/** Signs `count` single issues, the signers in turn; advances `nonces`. */
export async function signIssues(
  signers: readonly Signer[],
  options: SignOptions,
): Promise<SignedCall[]> {
  const { chainId, schema, nonces, count } = options
  const calls: SignedCall[] = []
  for (let i = 0; i < count; i++) {
    const turn = i % signers.length
    const nonce = nonces[turn] as number
    nonces[turn] = nonce + 1
    const raw = await signTransaction(signers[turn] as Signer, {
      chainId,
      nonce,
      to: DOCUMENT_REGISTRY_ADDRESS,
      data: documentRegistry.issue(bytesToHex(randomBytes(32)), schema),
      gas: ISSUE_GAS,
    })
    calls.push({ raw, hash: keccakHex(hexToBytes(raw)) })
  }
  return calls
}

export interface LoadResult {
  readonly transactions: number
  /** first submission to last finality */
  readonly seconds: number
  readonly failed: number
  readonly finalityMs: { readonly p50: number; readonly p99: number; readonly max: number }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function offer(watcher: FinalityWatcher, { raw, hash }: SignedCall): Promise<boolean> {
  const final = watcher.watch(hash)
  try {
    await watcher.request('eth_sendRawTransaction', [raw])
  } catch (cause) {
    watcher.drop(hash, cause)
    return false
  }
  return (await final).succeeded
}

async function measure(
  watcher: FinalityWatcher,
  work: () => Promise<boolean[]>,
): Promise<LoadResult> {
  const before = watcher.finalityMs.length
  const startMs = performance.now()
  const outcomes = await work()
  const seconds = (performance.now() - startMs) / 1000
  const samples = watcher.finalityMs.slice(before)
  return {
    transactions: outcomes.filter((ok) => ok).length,
    seconds,
    failed: outcomes.filter((ok) => !ok).length,
    finalityMs: {
      p50: percentile(samples, 0.5),
      p99: percentile(samples, 0.99),
      max: percentile(samples, 1),
    },
  }
}

/** One at a time, each after a pause that differs, so that no phase of the step is favoured. */
export function loadIdle(
  watcher: FinalityWatcher,
  calls: readonly SignedCall[],
): Promise<LoadResult> {
  return measure(watcher, async () => {
    const outcomes: boolean[] = []
    for (const [i, call] of calls.entries()) {
      outcomes.push(await offer(watcher, call))
      await pause(70 + ((i * 37) % 100))
    }
    return outcomes
  })
}

/** At `rate` a second whatever the network does (open loop). */
export function loadAtRate(
  watcher: FinalityWatcher,
  calls: readonly SignedCall[],
  rate: number,
): Promise<LoadResult> {
  return measure(watcher, async () => {
    const startMs = performance.now()
    const offers: Promise<boolean>[] = []
    for (const [i, call] of calls.entries()) {
      const aheadMs = startMs + (i * 1000) / rate - performance.now()
      if (aheadMs > 1) await pause(aheadMs)
      offers.push(offer(watcher, call).catch(() => false))
    }
    return Promise.all(offers)
  })
}

/** As fast as they become final, `inFlight` at once (closed loop). */
export function loadAtLimit(
  watcher: FinalityWatcher,
  calls: readonly SignedCall[],
  inFlight: number,
): Promise<LoadResult> {
  return measure(watcher, async () => {
    const outcomes: boolean[] = []
    const queue = [...calls].reverse()
    const worker = async (): Promise<void> => {
      for (let call = queue.pop(); call !== undefined; call = queue.pop())
        outcomes.push(await offer(watcher, call).catch(() => false))
    }
    await Promise.all(Array.from({ length: inFlight }, worker))
    return outcomes
  })
}
