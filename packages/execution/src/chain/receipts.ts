/**
 * What a block commits to beside the state: transactions root, receipts root and bloom. Yellow
 * Paper 4.3.1 and 4.3.3, EIP-2718 receipts.
 */
import { concatBytes, encodeRlp, type Hash, type Receipt } from '@veche/primitives'
import { trieRoot } from '../state/trie.ts'

/** Root of the trie that holds `items` under their RLP-encoded index. */
export function listRoot(items: readonly Uint8Array[]): Hash {
  return trieRoot(items.map((value, index) => ({ key: encodeRlp(index), value })))
}

/** EIP-2718 encoding of a receipt, as the receipts trie holds it. */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const list = encodeRlp([
    Uint8Array.from(receipt.status === 1 ? [1] : []),
    receipt.cumulativeGasUsed,
    receipt.logsBloom,
    receipt.logs.map((log) => [log.address, log.topics, log.data]),
  ])
  return receipt.type === 0 ? list : concatBytes(Uint8Array.of(receipt.type), list)
}

/** The bloom of a block: every receipt's bloom, or-ed. 256 bytes. */
export function joinBlooms(receipts: readonly Receipt[]): Uint8Array {
  const bloom = new Uint8Array(256)
  for (const receipt of receipts) {
    if (receipt.logs.length === 0) continue
    for (let i = 0; i < 256; i++) bloom[i] = (bloom[i] as number) | (receipt.logsBloom[i] as number)
  }
  return bloom
}
