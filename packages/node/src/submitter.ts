/**
 * Sends signed transactions through JSON-RPC and learns when each is final: nonces per account, a
 * bounded number in flight, and the time from submit to the block's announcement on `newHeads`.
 */
import { type Signer, VecheError } from '@veche/primitives'
import { createClient, type Hex, keccak256, toHex, webSocket } from 'viem'
import { signTransaction } from './transactions.ts'

export interface CallToSend {
  readonly to: Hex
  readonly data: Hex
  readonly gas: bigint
}

export interface FinalTransaction {
  readonly hash: Hex
  readonly blockNumber: number
  readonly succeeded: boolean
  readonly gasUsed: bigint
  readonly logs: readonly RpcLog[]
  /** submit → the head that holds it was announced, milliseconds */
  readonly finalityMs: number
}

/** A log as JSON-RPC gives it. */
export interface RpcLog {
  readonly address: Hex
  readonly topics: readonly [Hex, ...Hex[]] | readonly []
  readonly data: Hex
}

export interface SubmitterOptions {
  /** ws://… */
  readonly wsUrl: string
  readonly chainId: number
  /** senders, used in turn */
  readonly accounts: readonly Signer[]
  /** unanswered transactions at once, all senders together */
  readonly inFlightMax: number
}

export interface Submitter {
  /** resolves when final; rejects with `TRANSACTION_REFUSED` when the pool refuses it */
  submit(call: CallToSend): Promise<FinalTransaction>
  /** distinct blocks seen with own transactions */
  readonly blocks: ReadonlySet<number>
  readonly finalityMs: readonly number[]
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

function limiter(max: number): { enter(): Promise<void>; leave(): void } {
  const queue: (() => void)[] = []
  let inside = 0
  return {
    async enter() {
      if (inside < max) inside++
      else await new Promise<void>((resolve) => queue.push(resolve))
    },
    leave() {
      const next = queue.shift()
      if (next) next()
      else inside--
    },
  }
}

/** Connects, reads the senders' nonces and follows the heads. */
export async function createSubmitter(options: SubmitterOptions): Promise<Submitter> {
  const client = createClient({
    transport: webSocket(options.wsUrl, {
      reconnect: { attempts: 10, delay: 500 },
      timeout: 30_000,
    }),
  })
  // viem types requests by schema; these are raw calls whose shapes the node's tests hold
  const request = client.request as (args: {
    method: string
    params: unknown[]
  }) => Promise<unknown>
  const waiting = new Map<Hex, Waiting>()
  const gate = limiter(options.inFlightMax)
  const blocks = new Set<number>()
  const finalityMs: number[] = []
  const nonces = await Promise.all(
    options.accounts.map(async ({ address }) =>
      Number(await request({ method: 'eth_getTransactionCount', params: [address, 'pending'] })),
    ),
  )
  let turn = 0
  let seen = Number(await request({ method: 'eth_blockNumber', params: [] }))
  let reading: Promise<void> = Promise.resolve()

  const settle = (receipt: RpcReceipt, one: Waiting): void => {
    const elapsedMs = performance.now() - one.startedMs
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

  const readBlock = async (number: number): Promise<void> => {
    const params = [toHex(number)]
    const receipts = (await request({ method: 'eth_getBlockReceipts', params })) as RpcReceipt[]
    for (const receipt of receipts) {
      const one = waiting.get(receipt.transactionHash)
      if (one) settle(receipt, one)
    }
  }

  const onHead = (number: number): void => {
    reading = reading
      .then(async () => {
        for (; seen < number; seen++) await readBlock(seen + 1)
      })
      .catch((cause: unknown) => {
        for (const one of waiting.values()) one.reject(cause)
        waiting.clear()
      })
  }

  const subscription = await client.transport.subscribe({
    params: ['newHeads'],
    onData: (data) => onHead(Number((data.result as { number: Hex }).number)),
    onError: (cause: unknown) => {
      for (const one of waiting.values()) one.reject(cause)
    },
  })

  const send = async (call: CallToSend): Promise<FinalTransaction> => {
    const index = turn++ % options.accounts.length
    const account = options.accounts[index] as Signer
    const nonce = nonces[index] as number
    nonces[index] = nonce + 1
    const raw = await signTransaction(account, { chainId: options.chainId, nonce, ...call })
    const hash = keccak256(raw)
    // registered first: on an idle network the block can be announced before the answer arrives
    const final = new Promise<FinalTransaction>((resolve, reject) => {
      waiting.set(hash, { startedMs: performance.now(), resolve, reject })
    })
    // a lost connection may reject it before this function awaits it
    final.catch(() => undefined)
    await request({ method: 'eth_sendRawTransaction', params: [raw] }).catch((cause: unknown) => {
      waiting
        .get(hash)
        ?.reject(
          new VecheError('TRANSACTION_REFUSED', `transaction of nonce ${nonce} refused`, { cause }),
        )
      waiting.delete(hash)
    })
    return final
  }

  return {
    blocks,
    finalityMs,
    async submit(call) {
      await gate.enter()
      try {
        return await send(call)
      } finally {
        gate.leave()
      }
    },
    async close() {
      await subscription.unsubscribe()
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
