/** The words of the pool. Types only. */
import type { Address, Hash, Refusal, Result, TransactionView } from '@veche/primitives'
import type { Fork } from '../chain/forks.ts'

/** A transaction in the pool. */
export interface PoolTransaction {
  readonly raw: Uint8Array
  readonly view: TransactionView
  /** arrival order, unique */
  readonly order: number
  /** clock milliseconds at arrival */
  readonly addedAtMs: number
}

/** What the pool asks of the head state. */
export interface PoolState {
  /** undefined: no such account, nonce 0 and no balance */
  account(address: Address): { readonly nonce: bigint; readonly balance: bigint } | undefined
}

export interface PoolLimits {
  /** transactions, pending and queued together */
  readonly transactionsMax: number
  /** raw bytes */
  readonly bytesMax: number
  readonly perSenderMax: number
  /** behind a nonce gap, per sender */
  readonly queuedPerSenderMax: number
}

/** How much a sender may put in; asked last, charged when the transaction is in. */
export interface PoolQuota {
  /** undefined when the sender may send this now */
  judge(view: TransactionView): Refusal | undefined
  charge(view: TransactionView): void
}

export interface PoolOptions {
  readonly chainId: number
  /** gas of a block: a transaction above it never fits */
  readonly gasLimit: bigint
  readonly state: PoolState
  /** milliseconds */
  readonly clock: () => number
  /** rules of the next block; default prague */
  readonly fork?: () => Fork
  /** wei per gas of the next block; default 0 */
  readonly baseFee?: () => bigint
  readonly limits?: Partial<PoolLimits>
  /** default: no quotas */
  readonly quota?: PoolQuota
}

export interface PoolContent {
  readonly pending: readonly TransactionView[]
  readonly queued: readonly TransactionView[]
}

export interface PoolStatus {
  readonly pending: number
  readonly queued: number
}

/** `pending`: it can be in the next block; `queued`: it waits for a lower nonce */
export type AddedListener = (transaction: PoolTransaction, place: 'pending' | 'queued') => void

export interface Pool {
  /**
   * Offers a raw transaction. Refuses with geth's words and our codes (docs/errors/execution.md); a
   * known one with `TRANSACTION_KNOWN`.
   */
  add(raw: Uint8Array): Result<Hash>
  /** one verdict for each, in order */
  addMany(raw: readonly Uint8Array[]): Result<Hash>[]
  /**
   * executable transactions: highest price first, then arrival, nonces ascending inside a sender
   */
  pending(): Iterable<PoolTransaction>
  get(hash: Hash): PoolTransaction | undefined
  has(hash: Hash): boolean
  count(): number
  status(): PoolStatus
  /** whether a block could include something */
  hasWork(): boolean
  /** the nonce after the sender's last executable transaction; undefined when it has none */
  pendingNonce(from: Address): bigint | undefined
  /** drops what a new head made stale: included transactions of these senders and lower nonces */
  applied(senders: Iterable<Address>): void
  /** removes and remembers: the same bytes are refused with `TRANSACTION_BANNED` */
  ban(hash: Hash): void
  /** removes one, for instance rejected by the builder */
  remove(hash: Hash): void
  content(from?: Address): PoolContent
  /** called after each admission; returns the way to stop it */
  onAdded(listener: AddedListener): () => void
}
