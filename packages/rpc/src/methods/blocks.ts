/** Blocks: by number and hash, counts, receipts, uncles (which do not exist here). */
import type { TransactionView } from '@veche/primitives'
import { assert, transactionHash } from '@veche/primitives'
import type { RpcBackend } from '../backend.ts'
import { bodyOf, breathe, type HeaderAt, headerAt, receiptsOf } from '../chain.ts'
import { boolean, hash, index } from '../decode.ts'
import { type BlockSelector, block, blockNumber } from '../decode-block.ts'
import { blockToJson, transactionToJson } from '../encode.ts'
import { type Json, quantity } from '../json.ts'
import { BLOCK_CHUNK_TRANSACTIONS } from '../limits.ts'
import { type Answer, defaulted, type Method, method, required } from '../method.ts'
import { receiptsOfBlock } from '../receipts.ts'

/** A transaction of a final block, decoded; its sender is known from the receipt. */
export function viewAt(backend: RpcBackend, at: HeaderAt, position: number): TransactionView {
  const raw = bodyOf(backend, at.number)[position]
  assert(raw !== undefined, 'the index is inside the block')
  const sender = receiptsOf(backend, at.number)[position]?.from
  const view = backend.decodeTransaction(raw, sender)
  assert(view.ok, 'a transaction of a final block decodes')
  return view.value
}

async function transactionsOf(backend: RpcBackend, at: HeaderAt): Promise<Json[]> {
  const body = bodyOf(backend, at.number)
  const receipts = receiptsOf(backend, at.number)
  const written: Json[] = []
  for (const [position, raw] of body.entries()) {
    const view = backend.decodeTransaction(raw, receipts[position]?.from)
    assert(view.ok, 'a transaction of a final block decodes')
    written.push(transactionToJson(view.value, { at, index: position }))
    if (written.length % BLOCK_CHUNK_TRANSACTIONS === 0) await breathe()
  }
  return written
}

async function readBlock(
  backend: RpcBackend,
  selector: BlockSelector,
  whole: boolean,
): Promise<Answer> {
  const at = headerAt(backend, selector)
  if (at === undefined) return null
  const body = bodyOf(backend, at.number)
  const transactions = whole ? await transactionsOf(backend, at) : body.map(transactionHash)
  return blockToJson(at, body, transactions)
}

function countOf(backend: RpcBackend, selector: BlockSelector): Answer {
  const at = headerAt(backend, selector)
  return at === undefined ? null : quantity(bodyOf(backend, at.number).length)
}

const uncleCount = (backend: RpcBackend, selector: BlockSelector): Answer =>
  headerAt(backend, selector) === undefined ? null : '0x0'

const byHash = (blockHash: `0x${string}`): BlockSelector => ({ kind: 'hash', hash: blockHash })

export const blockMethods: readonly Method[] = [
  method({
    name: 'eth_blockNumber',
    params: [],
    handle: ({ backend }) => quantity(backend.head()),
  }),
  method({
    name: 'eth_getBlockByNumber',
    params: [required('block', blockNumber), defaulted('fullTransactions', boolean, false)],
    weight: 4,
    handle: ({ backend }, selector, whole) => readBlock(backend, selector, whole),
  }),
  method({
    name: 'eth_getBlockByHash',
    params: [required('blockHash', hash), defaulted('fullTransactions', boolean, false)],
    weight: 4,
    handle: ({ backend }, blockHash, whole) => readBlock(backend, byHash(blockHash), whole),
  }),
  method({
    name: 'eth_getBlockTransactionCountByNumber',
    params: [required('block', blockNumber)],
    handle: ({ backend }, selector) => countOf(backend, selector),
  }),
  method({
    name: 'eth_getBlockTransactionCountByHash',
    params: [required('blockHash', hash)],
    handle: ({ backend }, blockHash) => countOf(backend, byHash(blockHash)),
  }),
  method({
    name: 'eth_getBlockReceipts',
    params: [required('block', block)],
    weight: 8,
    handle: async ({ backend }, selector) => {
      const at = headerAt(backend, selector)
      return at === undefined ? null : receiptsOfBlock(backend, at)
    },
  }),
  method({
    name: 'eth_getUncleCountByBlockNumber',
    params: [required('block', blockNumber)],
    handle: ({ backend }, selector) => uncleCount(backend, selector),
  }),
  method({
    name: 'eth_getUncleCountByBlockHash',
    params: [required('blockHash', hash)],
    handle: ({ backend }, blockHash) => uncleCount(backend, byHash(blockHash)),
  }),
  method({
    name: 'eth_getUncleByBlockNumberAndIndex',
    params: [required('block', blockNumber), required('index', index)],
    handle: (_context, _block, _index) => null,
  }),
  method({
    name: 'eth_getUncleByBlockHashAndIndex',
    params: [required('blockHash', hash), required('index', index)],
    handle: (_context, _block, _index) => null,
  }),
]
