/**
 * The transaction pool: nonce lanes per sender, bounded in count and bytes, with geth's replacement
 * rule and messages. Spam is held off here, never by block validity (architecture.md, decision 8).
 */
import {
  type Address,
  accept,
  type Hash,
  type Refusal,
  type Result,
  refuse,
  type TransactionView,
} from '@veche/primitives'
import {
  POOL_BANNED_MAX,
  POOL_BYTES_MAX,
  POOL_PER_SENDER_MAX,
  POOL_PRICE_BUMP_PERCENT,
  POOL_QUEUED_PER_SENDER_MAX,
  POOL_TRANSACTIONS_MAX,
} from '../limits.ts'
import { Generations } from '../state/generations.ts'
import { decodeTransaction } from '../transaction.ts'
import { judgeAccount, judgeAdmission } from './admission.ts'
import { Lane } from './lane.ts'
import { inOrder } from './order.ts'
import type { AddedListener, Pool, PoolLimits, PoolOptions, PoolTransaction } from './types.ts'

const DEFAULT_LIMITS: PoolLimits = {
  transactionsMax: POOL_TRANSACTIONS_MAX,
  bytesMax: POOL_BYTES_MAX,
  perSenderMax: POOL_PER_SENDER_MAX,
  queuedPerSenderMax: POOL_QUEUED_PER_SENDER_MAX,
}

/** Both prices at least 10 percent up, and up at all when they were zero (geth's rule). */
function outbids(next: TransactionView, old: TransactionView): boolean {
  const enough = (now: bigint, before: bigint): boolean =>
    now > before && now * 100n >= before * (100n + POOL_PRICE_BUMP_PERCENT)
  const max = (view: TransactionView): bigint => view.maxFeePerGas ?? view.gasPrice ?? 0n
  const tip = (view: TransactionView): bigint => view.maxPriorityFeePerGas ?? view.gasPrice ?? 0n
  if (max(old) === 0n) return max(next) > 0n
  return enough(max(next), max(old)) && (tip(old) === 0n || enough(tip(next), tip(old)))
}

class TransactionPool implements Pool {
  readonly #options: PoolOptions
  readonly #limits: PoolLimits
  readonly #lanes = new Map<Address, Lane>()
  readonly #byHash = new Map<Hash, PoolTransaction>()
  readonly #banned = new Generations<true>(POOL_BANNED_MAX)
  readonly #listeners = new Set<AddedListener>()
  #bytes = 0
  #order = 0

  constructor(options: PoolOptions) {
    this.#options = options
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits }
  }

  add(raw: Uint8Array): Result<Hash> {
    const decoded = decodeTransaction(raw)
    if (!decoded.ok) return decoded
    const view = decoded.value
    if (this.#byHash.has(view.hash)) return refuse('TRANSACTION_KNOWN', 'already known')
    if (this.#banned.get(view.hash) !== undefined)
      return refuse('TRANSACTION_BANNED', 'transaction exceeded its execution time before')
    const options = this.#options
    const verdict = judgeAdmission(view, options) ?? judgeAccount(view, options)
    if (verdict !== undefined) return verdict
    const lane = this.#laneOf(view.from)
    const refused =
      this.#judgePlace(lane, view) ??
      options.quota?.judge(view) ??
      this.#makeRoom(lane, view, raw.length)
    if (refused !== undefined) {
      this.#dropIfEmpty(view.from, lane)
      return refused
    }
    options.quota?.charge(view)
    this.#put(lane, { raw, view, order: this.#order++, addedAtMs: options.clock() })
    return accept(view.hash)
  }

  addMany(raw: readonly Uint8Array[]): Result<Hash>[] {
    return raw.map((one) => this.add(one))
  }

  #laneOf(from: Address): Lane {
    const nonce = this.#options.state.account(from)?.nonce ?? 0n
    let lane = this.#lanes.get(from)
    if (lane === undefined) {
      lane = new Lane(nonce)
      this.#lanes.set(from, lane)
    } else if (lane.nonce !== nonce) this.#advance(lane, nonce)
    return lane
  }

  /** the sender's own lane: replacement, quota, gap */
  #judgePlace(lane: Lane, view: TransactionView): Refusal | undefined {
    const old = lane.at(view.nonce)
    if (old !== undefined)
      return outbids(view, old.view)
        ? undefined
        : refuse('TRANSACTION_REPLACEMENT', 'replacement transaction underpriced')
    if (lane.size >= this.#limits.perSenderMax)
      return refuse(
        'TRANSACTION_SENDER_QUOTA',
        `account limit exceeded: ${this.#limits.perSenderMax} transactions of one sender`,
      )
    if (view.nonce > lane.end && lane.queuedCount >= this.#limits.queuedPerSenderMax)
      return refuse('TRANSACTION_SENDER_QUOTA', 'too many transactions behind a nonce gap')
    return undefined
  }

  /** the whole pool: makes room by dropping what waits behind gaps, else refuses */
  #makeRoom(lane: Lane, view: TransactionView, bytes: number): Refusal | undefined {
    const replaced = lane.at(view.nonce)
    const count = (replaced === undefined ? 1 : 0) + this.#byHash.size
    const total = bytes - (replaced?.raw.length ?? 0) + this.#bytes
    const { transactionsMax, bytesMax } = this.#limits
    if (count <= transactionsMax && total <= bytesMax) return undefined
    if (
      view.nonce === lane.end &&
      this.#dropQueued(count - transactionsMax, total - bytesMax, lane)
    )
      return undefined
    return refuse('POOL_FULL', 'txpool is full')
  }

  /**
   * frees `count` places and `bytes` from queued transactions of other lanes; false when it cannot
   */
  #dropQueued(count: number, bytes: number, except: Lane): boolean {
    const victims: PoolTransaction[] = []
    let places = count
    let room = bytes
    for (const lane of this.#lanes.values()) {
      if (places <= 0 && room <= 0) break
      if (lane === except || lane.queuedCount === 0) continue
      for (const queued of lane.queued().reverse()) {
        if (places <= 0 && room <= 0) break
        victims.push(queued)
        places--
        room -= queued.raw.length
      }
    }
    if (places > 0 || room > 0) return false
    for (const { view } of victims) this.remove(view.hash)
    return true
  }

  #put(lane: Lane, transaction: PoolTransaction): void {
    const { view } = transaction
    const old = lane.at(view.nonce)
    if (old !== undefined) this.#forget(old)
    lane.put(transaction)
    this.#byHash.set(view.hash, transaction)
    this.#bytes += transaction.raw.length
    const place = view.nonce < lane.end ? 'pending' : 'queued'
    for (const listener of this.#listeners) listener(transaction, place)
  }

  #forget(transaction: PoolTransaction): void {
    this.#byHash.delete(transaction.view.hash)
    this.#bytes -= transaction.raw.length
  }

  #advance(lane: Lane, nonce: bigint): void {
    for (const stale of lane.advance(nonce)) this.#forget(stale)
  }

  #dropIfEmpty(from: Address, lane: Lane): void {
    if (lane.size === 0) this.#lanes.delete(from)
  }

  pending(): Iterable<PoolTransaction> {
    return inOrder(this.#lanes.values(), this.#options.baseFee?.() ?? 0n)
  }

  get(hash: Hash): PoolTransaction | undefined {
    return this.#byHash.get(hash)
  }

  has(hash: Hash): boolean {
    return this.#byHash.has(hash)
  }

  count(): number {
    return this.#byHash.size
  }

  status(): { pending: number; queued: number } {
    let pending = 0
    for (const lane of this.#lanes.values()) pending += lane.pendingCount
    return { pending, queued: this.#byHash.size - pending }
  }

  hasWork(): boolean {
    for (const lane of this.#lanes.values()) if (lane.pendingCount > 0) return true
    return false
  }

  pendingNonce(from: Address): bigint | undefined {
    const lane = this.#lanes.get(from)
    return lane === undefined || lane.pendingCount === 0 ? undefined : lane.end
  }

  applied(senders: Iterable<Address>): void {
    for (const from of new Set(senders)) {
      const lane = this.#lanes.get(from)
      if (lane === undefined) continue
      this.#advance(lane, this.#options.state.account(from)?.nonce ?? 0n)
      this.#dropIfEmpty(from, lane)
    }
  }

  ban(hash: Hash): void {
    this.#banned.set(hash, true)
    this.remove(hash)
  }

  remove(hash: Hash): void {
    const transaction = this.#byHash.get(hash)
    if (transaction === undefined) return
    this.#forget(transaction)
    const { from, nonce } = transaction.view
    const lane = this.#lanes.get(from)
    if (lane === undefined) return
    lane.remove(nonce)
    this.#dropIfEmpty(from, lane)
  }

  content(from?: Address): { pending: TransactionView[]; queued: TransactionView[] } {
    const one = from === undefined ? undefined : this.#lanes.get(from)
    const lanes = from === undefined ? [...this.#lanes.values()] : one === undefined ? [] : [one]
    return {
      pending: lanes.flatMap((lane) => [...lane.pending()].map(({ view }) => view)),
      queued: lanes.flatMap((lane) => lane.queued().map(({ view }) => view)),
    }
  }

  onAdded(listener: AddedListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

/** Creates an empty pool over the head state. */
export function createPool(options: PoolOptions): Pool {
  return new TransactionPool(options)
}
