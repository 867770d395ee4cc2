/**
 * Sends signed transactions through JSON-RPC and waits until each is final: nonces per account, and
 * a bounded number in flight.
 */
import { type Signer, VecheError } from '@veche/primitives'
import type { Hex } from 'viem'
import { keccak256 } from 'viem/utils'
import { type FinalityWatcher, type FinalTransaction, watchFinality } from './finality.ts'
import { signTransaction } from './transactions.ts'

export interface CallToSend {
  readonly to: Hex
  readonly data: Hex
  readonly gas: bigint
}

export interface SubmitterOptions {
  /** ws://… */
  readonly wsUrl: string
  readonly chainId: number
  /** senders, used in turn */
  readonly accounts: readonly Signer[]
  /** transactions not yet final at once, all senders together */
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

async function readNonces(
  watcher: FinalityWatcher,
  accounts: readonly Signer[],
): Promise<number[]> {
  return Promise.all(
    accounts.map(async ({ address }) =>
      Number(await watcher.request('eth_getTransactionCount', [address, 'pending'])),
    ),
  )
}

/** Connects, reads the senders' nonces and follows the heads. */
export async function createSubmitter(options: SubmitterOptions): Promise<Submitter> {
  const { accounts, chainId } = options
  const watcher = await watchFinality(options.wsUrl)
  const nonces = await readNonces(watcher, accounts)
  const gate = limiter(options.inFlightMax)
  let turn = 0

  const send = async (call: CallToSend): Promise<FinalTransaction> => {
    const index = turn++ % accounts.length
    const nonce = nonces[index] as number
    nonces[index] = nonce + 1
    const raw = await signTransaction(accounts[index] as Signer, { chainId, nonce, ...call })
    const hash = keccak256(raw)
    const final = watcher.watch(hash)
    await watcher.request('eth_sendRawTransaction', [raw]).catch((cause: unknown) => {
      const message = `transaction of nonce ${nonce} refused`
      watcher.drop(hash, new VecheError('TRANSACTION_REFUSED', message, { cause }))
    })
    return final
  }

  return {
    blocks: watcher.blocks,
    finalityMs: watcher.finalityMs,
    async submit(call) {
      await gate.enter()
      try {
        return await send(call)
      } finally {
        gate.leave()
      }
    },
    close: () => watcher.close(),
  }
}
