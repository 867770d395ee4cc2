/** One transaction of one key on a running node, waited for until it is final. */
import type { Signer } from '@veche/primitives'
import * as assert from 'uvu/assert'
import type { Hex } from 'viem'
import { keccak256 } from 'viem/utils'
import { callRpc } from '../../src/json-rpc.ts'
import { signTransaction } from '../../src/transactions.ts'
import { until } from './until.ts'

export interface Mined {
  readonly hash: Hex
  readonly blockNumber: number
  readonly status: string
  readonly logs: readonly { readonly topics: readonly Hex[]; readonly data: Hex }[]
}

export interface Call {
  /** absent: the data creates a contract */
  readonly to?: Hex
  readonly data: Hex
  readonly gas?: bigint
}

const GAS = 500_000n
const TIMEOUT_MS = 60_000

/** Signs with the next nonce, sends, and waits for the receipt. */
export async function transact(url: string, signer: Signer, call: Call): Promise<Mined> {
  const chainId = Number(await callRpc(url, 'eth_chainId', []))
  const nonce = Number(await callRpc(url, 'eth_getTransactionCount', [signer.address, 'pending']))
  const raw = await signTransaction(signer, { chainId, nonce, gas: GAS, ...call })
  const hash = keccak256(raw)
  await callRpc(url, 'eth_sendRawTransaction', [raw])
  return waitMined(url, hash)
}

/** The receipt of a sent transaction, once its block is final. */
export async function waitMined(url: string, hash: Hex): Promise<Mined> {
  let receipt: Record<string, unknown> | null = null
  await until(
    `receipt of ${hash}`,
    async () => {
      receipt = (await callRpc(url, 'eth_getTransactionReceipt', [hash])) as typeof receipt
      return receipt !== null
    },
    TIMEOUT_MS,
  )
  assert.ok(receipt)
  const { blockNumber, status, logs } = receipt as unknown as Mined
  return { hash, status, logs, blockNumber: Number(blockNumber) }
}

/** {@link transact} for calls that must not revert. */
export async function transactSucceeds(url: string, signer: Signer, call: Call): Promise<Mined> {
  const mined = await transact(url, signer, call)
  assert.is(mined.status, '0x1', `transaction ${mined.hash} succeeds`)
  return mined
}
