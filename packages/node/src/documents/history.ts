/**
 * Everything that DocumentRegistry said from block 0 on, read from a node: its logs, the times of
 * their blocks, and the calldata of transactions that went straight to it.
 */
import {
  DOCUMENT_REGISTRY_ADDRESS,
  type DocumentRegistryCall,
  decodeDocumentRegistryCall,
  decodeDocumentRegistryLog,
} from '@veche/contracts'
import {
  type Address,
  type Hash,
  type Hex,
  hexToBytes,
  isHash,
  VecheError,
} from '@veche/primitives'
import { callRpc } from '../json-rpc.ts'
import type { LedgerEntry } from './ledger.ts'

interface RpcLog {
  readonly address: string
  readonly topics: readonly Hash[]
  readonly data: Hex
  readonly blockNumber: Hex
  readonly transactionHash: Hash
}

/** A transaction that called the registry itself. */
export interface RegistryTransaction {
  readonly hash: Hash
  readonly from: Address
  readonly call: DocumentRegistryCall
}

/** blocks asked for at once: the server's own bound */
const RANGE_BLOCKS = 10_000
/** block times asked for at once over HTTP */
const TIMES_AT_ONCE = 16

const quantity = (value: number): string => `0x${value.toString(16)}`

/** The registry's logs of blocks `from` to `to`, in order. Throws `LOG_UNKNOWN`. */
async function* readLogs(rpcUrl: string, from: number, to: number): AsyncGenerator<RpcLog[]> {
  for (let start = from; start <= to; start += RANGE_BLOCKS) {
    const end = Math.min(to, start + RANGE_BLOCKS - 1)
    const range = { fromBlock: quantity(start), toBlock: quantity(end) }
    const filter = { address: DOCUMENT_REGISTRY_ADDRESS, ...range }
    yield (await callRpc(rpcUrl, 'eth_getLogs', [filter])) as RpcLog[]
  }
}

async function readTimes(rpcUrl: string, numbers: readonly number[]): Promise<Map<number, number>> {
  const times = new Map<number, number>()
  for (let at = 0; at < numbers.length; at += TIMES_AT_ONCE)
    await Promise.all(
      numbers.slice(at, at + TIMES_AT_ONCE).map(async (number) => {
        const params = [quantity(number), false]
        const block = (await callRpc(rpcUrl, 'eth_getBlockByNumber', params)) as {
          timestamp: Hex
        } | null
        if (block === null) throw new VecheError('RPC_FAILED', `block ${number} expected`)
        times.set(number, Number(block.timestamp))
      }),
    )
  return times
}

/** Every event of the registry from `from` to `to`, in the order of the chain, page by page. */
export async function* readHistory(
  rpcUrl: string,
  from: number,
  to: number,
): AsyncGenerator<LedgerEntry[]> {
  for await (const logs of readLogs(rpcUrl, from, to)) {
    const numbers = [...new Set(logs.map(({ blockNumber }) => Number(blockNumber)))]
    const times = await readTimes(rpcUrl, numbers)
    yield logs.map(({ topics, data, blockNumber, transactionHash }) => {
      const event = decodeDocumentRegistryLog({ topics, data: hexToBytes(data) })
      if (!event.ok)
        throw new VecheError(event.code, `block ${Number(blockNumber)}: ${event.reason}`)
      const number = Number(blockNumber)
      const timestamp = times.get(number) ?? 0
      return { event: event.value, blockNumber: number, timestamp, transaction: transactionHash }
    })
  }
}

/** The call of a transaction; undefined when it did not go straight to the registry. */
export async function readTransaction(
  rpcUrl: string,
  hash: Hash,
): Promise<RegistryTransaction | undefined> {
  const found = (await callRpc(rpcUrl, 'eth_getTransactionByHash', [hash])) as {
    hash: unknown
    from: Address
    to: string | null
    input: Hex
  } | null
  if (found === null || !isHash(found.hash)) return undefined
  if (found.to?.toLowerCase() !== DOCUMENT_REGISTRY_ADDRESS) return undefined
  const call = decodeDocumentRegistryCall(found.input)
  return call.ok ? { hash, from: found.from, call: call.value } : undefined
}
