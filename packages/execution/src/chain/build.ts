/**
 * The block builder: takes transactions in the pool's order until gas, bytes or time run out, drops
 * what is invalid here, and stops what runs too long. The result executes to the same roots
 * anywhere.
 */
import type { BlockTemplate } from '@veche/consensus'
import {
  BLOCK_BYTES_MAX,
  BLOCK_TRANSACTIONS_MAX,
  type Block,
  blockHash,
  EMPTY_OMMERS_HASH,
  type Hash,
  type Header,
  ISTANBUL_MIX_HASH,
  type Receipt,
  ZERO_NONCE,
} from '@veche/primitives'
import type { Machine } from '../evm/machine.ts'
import {
  BLOCK_HEADROOM_BYTES,
  LIGHT_GAS_MAX,
  STARVED_FACTOR,
  TRANSACTION_TIME_MS,
} from '../limits.ts'
import type { StateResult } from '../state/root.ts'
import { closeBlock, type Executed, type OpenHeader, openBlock } from './block-run.ts'
import { forkAt } from './forks.ts'
import type { Kitchen } from './kitchen.ts'
import { encodeReceipt, joinBlooms, listRoot } from './receipts.ts'
import { forkFields, nextBaseFee } from './rules.ts'
import { type BlockSoFar, type RawTransaction, runTransaction } from './transition.ts'

export interface BuildOptions {
  readonly template: BlockTemplate
  /** header of the head */
  readonly parent: Header
  /** in the order of inclusion; senders' nonces ascending (the pool's `pending()`) */
  readonly transactions: Iterable<RawTransaction>
  /**
   * wall-clock milliseconds for the whole block; no transaction starts after it. The time of a
   * transaction that is stopped does not count, once: one that came first would empty every block
   */
  readonly timeMs: number
  /** leaves out what is above LIGHT_GAS_MAX, as after a stopped transaction; default: no */
  readonly lightOnly?: boolean
  /** processor milliseconds for one transaction; default TRANSACTION_TIME_MS */
  readonly transactionTimeMs?: number
  /** wall-clock milliseconds for one transaction; default STARVED_FACTOR times its time */
  readonly transactionWallMs?: number
}

/** A transaction left out for a reason that will not pass by itself. */
export interface Rejected {
  readonly hash: Hash
  readonly code: string
  readonly reason: string
}

export interface Built {
  /** unsealed: extraData as the template has it */
  readonly block: Block
  readonly executed: Executed
  /** to be dropped from the pool; `TRANSACTION_TIMEOUT` is to be banned */
  readonly rejected: readonly Rejected[]
  /** whether a transaction was stopped, whatever for: the next blocks had better be light */
  readonly stopped: boolean
  /** how many were left out for now: stopped for want of a processor, or heavy in a light block */
  readonly postponed: number
}

interface Cart {
  readonly taken: RawTransaction[]
  readonly receipts: Receipt[]
  readonly rejected: Rejected[]
  stopped: boolean
  postponed: number
}

/** refusals that depend on the block, not on the transaction: it stays in the pool */
const LATER: ReadonlySet<string> = new Set([
  'TRANSACTION_GAS_LIMIT',
  'TRANSACTION_STARVED',
  'TRANSACTION_NONCE_HIGH',
  'TRANSACTION_UNDERPRICED',
])
/** refusals of what was stopped */
const STOPPED: ReadonlySet<string> = new Set(['TRANSACTION_TIMEOUT', 'TRANSACTION_STARVED'])
/** with less gas left than a plain transfer nothing fits any more */
const GAS_LEAST = 21_000n

async function fill(so: BlockSoFar, options: BuildOptions): Promise<Cart> {
  const { transactions, timeMs, transactionTimeMs = TRANSACTION_TIME_MS } = options
  let stopAt = performance.now() + timeMs
  const { transactionWallMs = STARVED_FACTOR * transactionTimeMs } = options
  const limit = { timeMs: transactionTimeMs, wallMs: transactionWallMs }
  const cart: Cart = { taken: [], receipts: [], rejected: [], stopped: false, postponed: 0 }
  /** senders whose next nonce was left out: the rest of their lane waits */
  const closed = new Set<string>()
  let bytes = 0
  for (const transaction of transactions) {
    const { raw, view } = transaction
    if (so.gasLimit - so.gasUsed < GAS_LEAST || performance.now() >= stopAt) break
    if (cart.taken.length >= BLOCK_TRANSACTIONS_MAX) break
    if (closed.has(view.from)) continue
    // an RLP string of up to 128 KiB has a prefix of at most 4 bytes
    const tooLong = bytes + raw.length + 4 > BLOCK_BYTES_MAX - BLOCK_HEADROOM_BYTES
    const tooHeavy = (options.lightOnly === true || cart.stopped) && view.gas > LIGHT_GAS_MAX
    if (tooLong || tooHeavy) {
      closed.add(view.from)
      if (tooHeavy) cart.postponed++
      continue
    }
    const startedAt = performance.now()
    const receipt = await runTransaction(transaction, so, limit)
    if (receipt.ok) {
      cart.taken.push(transaction)
      cart.receipts.push(receipt.value)
      bytes += raw.length + 4
    } else {
      closed.add(view.from)
      if (!LATER.has(receipt.code) || view.gas > so.gasLimit)
        cart.rejected.push({ hash: view.hash, code: receipt.code, reason: receipt.reason })
      if (receipt.code === 'TRANSACTION_STARVED') cart.postponed++
      if (STOPPED.has(receipt.code)) {
        if (!cart.stopped) stopAt += performance.now() - startedAt
        cart.stopped = true
      }
    }
    await so.machine.budget.restIfDue()
  }
  return cart
}

function openHeader(kitchen: Kitchen, options: BuildOptions): OpenHeader & Partial<Header> {
  const { template, parent } = options
  const { genesis } = kitchen
  return {
    parentHash: template.parentHash,
    number: template.number,
    coinbase: template.coinbase,
    timestamp: template.timestamp,
    gasLimit: genesis.gasLimit,
    mixHash: ISTANBUL_MIX_HASH,
    ...forkFields(forkAt(genesis.forks, template.timestamp), nextBaseFee(genesis, parent)),
  } as OpenHeader & Partial<Header>
}

/** Builds a block on the head state. See `Executor.build`. */
export async function buildBlock(
  kitchen: Kitchen,
  machine: Machine,
  options: BuildOptions,
): Promise<{ built: Built; state: StateResult }> {
  const { genesis, head, nodes } = kitchen
  const open = openHeader(kitchen, options)
  const { chainId } = genesis
  const validatorContract = kitchen.validatorContract(open.number)
  const so = openBlock({ machine, base: head, chainId, header: open, blockHash: kitchen.blockHash })
  const { taken, receipts, rejected, stopped, postponed } = await fill(so, options)
  const parentRoot = options.parent.stateRoot
  const state = await closeBlock(so, { nodes, parentRoot, validatorContract })
  const transactions = taken.map(({ raw }) => raw)
  const header = {
    ...open,
    ommersHash: EMPTY_OMMERS_HASH,
    stateRoot: state.stateRoot,
    transactionsRoot: listRoot(transactions),
    receiptsRoot: listRoot(receipts.map(encodeReceipt)),
    logsBloom: joinBlooms(receipts),
    difficulty: 1n,
    gasUsed: so.gasUsed,
    extraData: options.template.extraData,
    nonce: ZERO_NONCE,
  } as Header
  const executed: Executed = {
    hash: blockHash(header),
    receipts,
    diff: state.diff,
    transactionHashes: taken.map(({ view }) => view.hash),
    getValidators: state.getValidators,
  }
  return {
    built: { block: { header, transactions }, executed, rejected, stopped, postponed },
    state,
  }
}
