/** Reads every log of a contract through JSON-RPC, in pages that the server can answer. */
import { type Address, type Hash, type Hex, hexToBytes, VecheError } from '@veche/primitives'
import { callRpc } from '../json-rpc.ts'
import type { LoadLog } from './profile.ts'

interface LogJson {
  readonly address: Address
  readonly topics: readonly Hash[]
  readonly data: Hex
  readonly blockNumber: Hex
  readonly transactionHash: Hash
}

/** blocks of one question at first; halved where the answer would be too large */
const PAGE_BLOCKS = 256

const hexOf = (value: number): Hex => `0x${value.toString(16)}`

function toLog({ data, blockNumber, ...rest }: LogJson): LoadLog {
  return { ...rest, data: hexToBytes(data), blockNumber: Number(blockNumber) }
}

/** Logs of `address` in blocks `from` to `to`, in the chain's order. Throws `RPC_FAILED`. */
export async function readLogs(
  rpcUrl: string,
  address: Address,
  range: { readonly from: number; readonly to: number },
): Promise<LoadLog[]> {
  const found: LoadLog[] = []
  let step = PAGE_BLOCKS
  for (let from = range.from; from <= range.to; ) {
    const to = Math.min(range.to, from + step - 1)
    const filter = { address, fromBlock: hexOf(from), toBlock: hexOf(to) }
    try {
      const page = (await callRpc(rpcUrl, 'eth_getLogs', [filter])) as LogJson[]
      for (const log of page) found.push(toLog(log))
      from = to + 1
    } catch (error) {
      const isTooMany = error instanceof VecheError && error.code === 'RPC_FAILED' && from < to
      if (!isTooMany) throw error
      step = Math.max(1, Math.floor((to - from + 1) / 2))
    }
  }
  return found
}
