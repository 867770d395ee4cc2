/** Finds what DocumentRegistry said: in a receipt's logs, or on the chain after a crash. */
import {
  type BatchRecord,
  DOCUMENT_REGISTRY_ADDRESS,
  decodeDocumentRegistryLog,
} from '@veche/contracts'
import { type Hash, hexToBytes } from '@veche/primitives'
import type { RpcLog } from '../finality.ts'
import { callRpc } from '../json-rpc.ts'

export interface FoundBatch {
  readonly index: number
  readonly record: BatchRecord
}

export interface AnchoredBatch extends FoundBatch {
  readonly transaction: string
  readonly blockNumber: number
}

type MinedLog = RpcLog & { readonly transactionHash: string; readonly blockNumber: string }

/** blocks asked for at once: the server's own bound */
const RANGE_BLOCKS = 10_000

/** The batch of the first BatchIssued event among logs of the registry. */
export function batchFromLogs(logs: readonly RpcLog[]): FoundBatch | undefined {
  for (const log of logs) {
    if (log.address.toLowerCase() !== DOCUMENT_REGISTRY_ADDRESS) continue
    const event = decodeDocumentRegistryLog({ topics: log.topics, data: hexToBytes(log.data) })
    if (event.ok && event.value.kind === 'batch-issued')
      return { index: event.value.index, record: event.value.record }
  }
  return undefined
}

/** The posted batch with this root, newest first; undefined when there is none. */
export async function findBatch(rpcUrl: string, root: Hash): Promise<AnchoredBatch | undefined> {
  const head = Number(await callRpc(rpcUrl, 'eth_blockNumber', []))
  for (let to = head; to >= 0; to -= RANGE_BLOCKS) {
    const from = Math.max(0, to - RANGE_BLOCKS + 1)
    const filter = {
      address: DOCUMENT_REGISTRY_ADDRESS,
      fromBlock: `0x${from.toString(16)}`,
      toBlock: `0x${to.toString(16)}`,
    }
    const logs = (await callRpc(rpcUrl, 'eth_getLogs', [filter])) as MinedLog[]
    for (const log of logs.reverse()) {
      const found = batchFromLogs([log])
      if (found?.record.root !== root) continue
      return { ...found, transaction: log.transactionHash, blockNumber: Number(log.blockNumber) }
    }
  }
  return undefined
}
