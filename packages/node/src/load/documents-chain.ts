/** What the chain says about a load of documents: its transactions, raw, for the reference. */
import { DOCUMENT_REGISTRY_ADDRESS } from '@veche/contracts'
import type { Address, Hash, Hex } from '@veche/primitives'
import { callRpc } from '../json-rpc.ts'
import type { ReferenceTransaction } from './reference-documents.ts'

interface BlockJson {
  readonly timestamp: Hex
  readonly transactions: readonly {
    readonly hash: Hash
    readonly from: Address
    readonly to: Address | null
    readonly input: Hex
  }[]
}

interface ReceiptJson {
  readonly status: Hex
  readonly logs: readonly { readonly topics: readonly Hash[]; readonly data: Hex }[]
}

/** blocks asked for at once */
const BLOCKS_AT_ONCE = 8

async function readBlock(rpcUrl: string, number: number): Promise<ReferenceTransaction[]> {
  const height = `0x${number.toString(16)}`
  const [block, receipts] = (await Promise.all([
    callRpc(rpcUrl, 'eth_getBlockByNumber', [height, true]),
    callRpc(rpcUrl, 'eth_getBlockReceipts', [height]),
  ])) as [BlockJson, readonly ReceiptJson[]]
  return block.transactions.flatMap(({ hash, from, to, input }, i) => {
    if (to?.toLowerCase() !== DOCUMENT_REGISTRY_ADDRESS) return []
    const { status = '0x0', logs = [] } = receipts[i] ?? {}
    const timestamp = Number(block.timestamp)
    const sender = from.toLowerCase() as Address
    return [{ hash, from: sender, input, succeeded: status === '0x1', timestamp, logs }]
  })
}

/** Every transaction that went to the registry in blocks `from` to `to`, in order. */
export async function* readTransactions(
  rpcUrl: string,
  from: number,
  to: number,
): AsyncGenerator<ReferenceTransaction> {
  for (let start = from; start <= to; start += BLOCKS_AT_ONCE) {
    const count = Math.min(BLOCKS_AT_ONCE, to - start + 1)
    const numbers = Array.from({ length: count }, (_, i) => start + i)
    const blocks = await Promise.all(numbers.map((number) => readBlock(rpcUrl, number)))
    for (const block of blocks) yield* block
  }
}
