/**
 * Learns over one WebSocket when transactions are final: follows `newHeads`, reads each block's
 * receipts once, and settles what was registered. Shared by the city's load, `veche documents` and
 * the benches.
 */
import type { Hex } from 'viem'

export interface FinalTransaction {
  readonly hash: Hex
  readonly blockNumber: number
  readonly succeeded: boolean
  readonly gasUsed: bigint
  readonly logs: readonly RpcLog[]
  /** registered → the head that holds it was announced, milliseconds */
  readonly finalityMs: number
}

/** A log as JSON-RPC gives it. */
export interface RpcLog {
  readonly address: Hex
  readonly topics: readonly [Hex, ...Hex[]] | readonly []
  readonly data: Hex
}

export interface FinalityWatcher {
  /** one raw JSON-RPC call over the same socket */
  request(method: string, params: readonly unknown[]): Promise<unknown>
  /** register before sending: on an idle network the block can be announced before the answer */
  watch(hash: Hex): Promise<FinalTransaction>
  /** it was refused: rejects its promise */
  drop(hash: Hex, cause: unknown): void
  /** blocks seen with watched transactions */
  readonly blocks: ReadonlySet<number>
  /** of all settled transactions, milliseconds */
  readonly finalityMs: readonly number[]
  readonly waiting: () => number
  close(): Promise<void>
}

interface Waiting {
  readonly startedMs: number
  resolve(final: FinalTransaction): void
  reject(cause: unknown): void
}

interface RpcReceipt {
  readonly transactionHash: Hex
  readonly blockNumber: Hex
  readonly status: Hex
  readonly gasUsed: Hex
  readonly logs: readonly RpcLog[]
}

const RECONNECT = { attempts: 10, delay: 500 }
const TIMEOUT_MS = 30_000

/** Connects to `ws://…` and follows the heads from now on. */
export async function watchFinality(wsUrl: string): Promise<FinalityWatcher> {
  // a third of a second of loading that only those pay who wait for blocks
  const { createClient, webSocket } = await import('viem')
  const client = createClient({
    transport: webSocket(wsUrl, { reconnect: RECONNECT, timeout: TIMEOUT_MS }),
  })
  // viem types requests by schema; these are raw calls whose shapes the node's tests hold
  const raw = client.request as (args: { method: string; params: unknown }) => Promise<unknown>
  const request = (method: string, params: readonly unknown[]): Promise<unknown> =>
    raw({ method, params })
  const waiting = new Map<Hex, Waiting>()
  const blocks = new Set<number>()
  const finalityMs: number[] = []
  let seen = Number(await request('eth_blockNumber', []))
  let reading: Promise<void> = Promise.resolve()

  const settle = (receipt: RpcReceipt, one: Waiting, announcedMs: number): void => {
    const elapsedMs = announcedMs - one.startedMs
    finalityMs.push(elapsedMs)
    blocks.add(Number(receipt.blockNumber))
    waiting.delete(receipt.transactionHash)
    one.resolve({
      hash: receipt.transactionHash,
      blockNumber: Number(receipt.blockNumber),
      succeeded: receipt.status === '0x1',
      gasUsed: BigInt(receipt.gasUsed),
      logs: receipt.logs,
      finalityMs: elapsedMs,
    })
  }

  const rejectAll = (cause: unknown): void => {
    for (const one of waiting.values()) one.reject(cause)
    waiting.clear()
  }

  const onHead = (number: number, announcedMs: number): void => {
    const read = async (): Promise<void> => {
      for (; seen < number; seen++) {
        const params = [`0x${(seen + 1).toString(16)}`]
        const receipts = (await request('eth_getBlockReceipts', params)) as RpcReceipt[]
        for (const receipt of receipts) {
          const one = waiting.get(receipt.transactionHash)
          if (one !== undefined) settle(receipt, one, announcedMs)
        }
      }
    }
    reading = reading.then(read).catch(rejectAll)
  }

  const subscription = await client.transport.subscribe({
    params: ['newHeads'],
    onData: (data) => onHead(Number((data.result as { number: Hex }).number), performance.now()),
    onError: rejectAll,
  })

  return {
    request,
    watch(hash) {
      const final = new Promise<FinalTransaction>((resolve, reject) => {
        waiting.set(hash, { startedMs: performance.now(), resolve, reject })
      })
      // a lost connection may reject it before its owner awaits it
      final.catch(() => undefined)
      return final
    },
    drop(hash, cause) {
      waiting.get(hash)?.reject(cause)
      waiting.delete(hash)
    },
    blocks,
    finalityMs,
    waiting: () => waiting.size,
    async close() {
      await subscription.unsubscribe().catch(() => undefined)
      const socket = await client.transport.getRpcClient()
      socket.close()
    },
  }
}

/** The value at a share of the sorted samples (nearest rank); 0 for none. */
export function percentile(samples: readonly number[], share: number): number {
  if (samples.length === 0) return 0
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] as number
}
