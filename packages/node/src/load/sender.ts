/**
 * Sends the transactions of a workload for any number of senders: nonces by address, a bounded
 * number in flight, latencies and gas of all that became final.
 */
import {
  type Address,
  type Hash,
  type Hex,
  hexToBytes,
  isHex,
  type Signer,
  VecheError,
} from '@veche/primitives'
import { keccak256 } from 'viem/utils'
import { revertInWords } from '../act/contracts.ts'
import { type FinalTransaction, watchFinality } from '../finality.ts'
import { callRpc } from '../json-rpc.ts'
import { signTransaction } from '../transactions.ts'
import { createLostAndFound } from './lost.ts'
import type { LoadCall, LoadTotals } from './profile.ts'

export interface SenderOptions {
  readonly rpcUrl: string
  readonly chainId: number
  readonly signal: AbortSignal
  /** transactions not yet final at once */
  readonly inFlightMax: number
}

export interface Sender {
  send(signer: Signer, call: LoadCall): Promise<FinalTransaction>
  must(signer: Signer, call: LoadCall): Promise<FinalTransaction>
  readonly totals: LoadTotals
  /** changes the bound: a ramp */
  allow(inFlightMax: number): void
  close(): Promise<void>
}

interface Gate {
  enter(): Promise<void>
  leave(): void
  widen(max: number): void
}

function createGate(maxAtFirst: number): Gate {
  const queue: (() => void)[] = []
  let inside = 0
  let max = maxAtFirst
  const admit = (): void => {
    while (inside < max && queue.length > 0) {
      inside++
      queue.shift()?.()
    }
  }
  return {
    enter() {
      return new Promise<void>((resolve) => {
        queue.push(resolve)
        admit()
      })
    },
    leave() {
      inside--
      admit()
    },
    widen(next) {
      max = next
      admit()
    },
  }
}

/** Why a final transaction reverted: the same call on the state before its block. */
async function whyReverted(
  rpcUrl: string,
  from: Address,
  { to, data }: LoadCall,
  { blockNumber }: FinalTransaction,
): Promise<string> {
  const height = `0x${(blockNumber - 1).toString(16)}`
  return callRpc(rpcUrl, 'eth_call', [{ from, to, data }, height]).then(
    () => 'the state changed before it',
    (error: unknown) => {
      const output = error instanceof VecheError ? error.facts['data'] : undefined
      return isHex(output) ? revertInWords(hexToBytes(output)).text : String(error)
    },
  )
}

/** Connects by WebSocket and follows the heads. Throws when the node does not answer. */
export async function createSender(options: SenderOptions): Promise<Sender> {
  const { rpcUrl, chainId, signal } = options
  const watcher = await watchFinality(rpcUrl.replace(/^http/, 'ws'))
  const gate = createGate(options.inFlightMax)
  const nonces = new Map<Address, Promise<number>>()
  const totals = {
    ...{ transactions: 0, reverted: 0, gasUsed: 0n },
    ...{ finalityMs: watcher.finalityMs, blocks: watcher.blocks },
  }

  const firstNonce = async (address: Address): Promise<number> =>
    Number(await watcher.request('eth_getTransactionCount', [address, 'pending']))

  const nextNonce = (address: Address): Promise<number> => {
    const nonce = nonces.get(address) ?? firstNonce(address)
    nonces.set(
      address,
      nonce.then((value) => value + 1),
    )
    return nonce
  }

  const refused = (hash: Hash, cause: unknown): void => {
    const message = `transaction ${hash} was refused`
    watcher.drop(hash, new VecheError('TRANSACTION_REFUSED', message, { cause }))
  }
  const lost = createLostAndFound(watcher, refused)

  const offer = async (hash: Hash, raw: Hex, address: Address): Promise<FinalTransaction> => {
    const final = watcher.watch(hash)
    await watcher.request('eth_sendRawTransaction', [raw]).catch((cause: unknown) => {
      // what follows with higher nonces would wait for ever: ask the chain where it stands
      nonces.delete(address)
      refused(hash, cause)
    })
    lost.sent(hash, raw)
    return final.finally(() => lost.done(hash))
  }

  const send = async (signer: Signer, call: LoadCall): Promise<FinalTransaction> => {
    await gate.enter()
    try {
      if (signal.aborted) throw new VecheError('LOAD_STOPPED', 'the load was stopped')
      const nonce = await nextNonce(signer.address)
      const raw = await signTransaction(signer, { chainId, nonce, ...call })
      const final = await offer(keccak256(raw), raw, signer.address)
      totals.transactions++
      totals.gasUsed += final.gasUsed
      if (!final.succeeded) totals.reverted++
      return final
    } finally {
      gate.leave()
    }
  }

  return {
    send,
    async must(signer, call) {
      const final = await send(signer, call)
      if (final.succeeded) return final
      const why = await whyReverted(rpcUrl, signer.address, call, final)
      throw new VecheError('TRANSACTION_REVERTED', `${final.hash} reverted: ${why}`)
    },
    totals,
    allow: (inFlightMax) => gate.widen(inFlightMax),
    close() {
      lost.stop()
      return watcher.close()
    },
  }
}
