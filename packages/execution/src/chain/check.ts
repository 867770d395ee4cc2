/** The check of a foreign block: everything its header claims is computed again and compared. */
import {
  accept,
  type Block,
  blockHash,
  equalBytes,
  type Hash,
  type Header,
  type Receipt,
  type Refusal,
  type Result,
  refuse,
} from '@veche/primitives'
import type { Machine } from '../evm/machine.ts'
import { decodeTransaction } from '../transaction.ts'
import { closeBlock, type Executed, openBlock } from './block-run.ts'
import type { Candidate, Kitchen } from './kitchen.ts'
import { encodeReceipt, joinBlooms, listRoot } from './receipts.ts'
import { judgeHeader } from './rules.ts'
import { type BlockSoFar, type RawTransaction, runTransaction } from './transition.ts'

export interface CheckOptions {
  readonly kitchen: Kitchen
  readonly machine: Machine
  readonly block: Block
  readonly hash: Hash
  readonly parent: Header
  readonly timeMs: number
}

function decodeAll(block: Block): Result<RawTransaction[]> {
  const transactions: RawTransaction[] = []
  for (const [index, raw] of block.transactions.entries()) {
    const view = decodeTransaction(raw)
    if (!view.ok) return refuse('BLOCK_TRANSACTION_INVALID', `transaction ${index}: ${view.reason}`)
    transactions.push({ raw, view: view.value })
  }
  return accept(transactions)
}

async function runAll(
  so: BlockSoFar,
  transactions: readonly RawTransaction[],
  timeMs: number,
): Promise<Result<Receipt[]>> {
  const stopAt = performance.now() + timeMs
  const receipts: Receipt[] = []
  for (const [index, transaction] of transactions.entries()) {
    const receipt = await runTransaction(transaction, so, { timeMs: stopAt - performance.now() })
    if (!receipt.ok) {
      const { code, reason } = receipt
      if (code === 'TRANSACTION_TIMEOUT') return refuse('BLOCK_TIMEOUT', `longer than ${timeMs} ms`)
      return refuse('BLOCK_TRANSACTION_INVALID', `transaction ${index}: ${code}: ${reason}`)
    }
    receipts.push(receipt.value)
    await so.machine.budget.restIfDue()
  }
  return accept(receipts)
}

function judgeResults(header: Header, receipts: readonly Receipt[]): Refusal | undefined {
  const gasUsed = receipts.at(-1)?.cumulativeGasUsed ?? 0n
  if (gasUsed !== header.gasUsed) return mismatch('gasUsed', header.gasUsed, gasUsed)
  if (!equalBytes(joinBlooms(receipts), header.logsBloom))
    return refuse('BLOCK_RESULT_MISMATCH', 'logsBloom differs')
  const root = listRoot(receipts.map(encodeReceipt))
  if (root !== header.receiptsRoot) return mismatch('receiptsRoot', header.receiptsRoot, root)
  return undefined
}

function mismatch(field: string, claimed: unknown, computed: unknown): Refusal {
  return refuse('BLOCK_RESULT_MISMATCH', `${field}: ${computed} computed, header has ${claimed}`)
}

/** Checks a block on the head state. See `Executor.execute`. */
export async function checkBlock(options: CheckOptions): Promise<Result<Candidate>> {
  const { kitchen, machine, block, hash, parent, timeMs } = options
  const { genesis, head, nodes } = kitchen
  const { header } = block
  const verdict = judgeHeader({ genesis, header, parent, parentHash: blockHash(parent) })
  if (verdict !== undefined) return verdict
  const transactionsRoot = listRoot(block.transactions)
  if (transactionsRoot !== header.transactionsRoot)
    return mismatch('transactionsRoot', header.transactionsRoot, transactionsRoot)
  const transactions = decodeAll(block)
  if (!transactions.ok) return transactions
  const { chainId } = genesis
  const validatorContract = kitchen.validatorContract(header.number)
  const so = openBlock({ machine, base: head, chainId, header, blockHash: kitchen.blockHash })
  const receipts = await runAll(so, transactions.value, timeMs)
  if (!receipts.ok) return receipts
  const results = judgeResults(header, receipts.value)
  if (results !== undefined) return results
  const state = await closeBlock(so, { nodes, parentRoot: parent.stateRoot, validatorContract })
  if (state.stateRoot !== header.stateRoot)
    return mismatch('stateRoot', header.stateRoot, state.stateRoot)
  const executed: Executed = {
    hash,
    receipts: receipts.value,
    diff: state.diff,
    transactionHashes: transactions.value.map(({ view }) => view.hash),
    getValidators: state.getValidators,
  }
  return accept({ executed, state })
}
