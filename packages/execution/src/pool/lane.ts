/**
 * The transactions of one sender, by nonce: a run without gaps from the account's nonce, and the
 * rest.
 */
import type { PoolTransaction } from './types.ts'

export class Lane {
  readonly #byNonce = new Map<bigint, PoolTransaction>()
  /** the account's nonce at the head */
  #nonce: bigint
  /** first nonce that is not executable: the run is [#nonce, #end) */
  #end: bigint

  constructor(nonce: bigint) {
    this.#nonce = nonce
    this.#end = nonce
  }

  get size(): number {
    return this.#byNonce.size
  }

  get nonce(): bigint {
    return this.#nonce
  }

  /** the nonce after the last executable transaction */
  get end(): bigint {
    return this.#end
  }

  get pendingCount(): number {
    return Number(this.#end - this.#nonce)
  }

  get queuedCount(): number {
    return this.size - this.pendingCount
  }

  at(nonce: bigint): PoolTransaction | undefined {
    return this.#byNonce.get(nonce)
  }

  /** the first executable transaction */
  first(): PoolTransaction | undefined {
    return this.#byNonce.get(this.#nonce)
  }

  put(transaction: PoolTransaction): void {
    this.#byNonce.set(transaction.view.nonce, transaction)
    this.#extend()
  }

  remove(nonce: bigint): void {
    this.#byNonce.delete(nonce)
    if (nonce < this.#end) this.#end = nonce < this.#nonce ? this.#nonce : nonce
  }

  /** Moves to the account's nonce at a new head; returns what became stale. */
  advance(nonce: bigint): PoolTransaction[] {
    const stale: PoolTransaction[] = []
    this.#nonce = nonce
    for (const [at, transaction] of this.#byNonce) if (at < nonce) stale.push(transaction)
    for (const { view } of stale) this.#byNonce.delete(view.nonce)
    this.#end = nonce
    this.#extend()
    return stale
  }

  #extend(): void {
    while (this.#byNonce.has(this.#end)) this.#end++
  }

  /** executable ones, ascending nonce */
  *pending(): Iterable<PoolTransaction> {
    for (let nonce = this.#nonce; nonce < this.#end; nonce++)
      yield this.#byNonce.get(nonce) as PoolTransaction
  }

  /** those behind a gap, ascending nonce */
  queued(): PoolTransaction[] {
    return [...this.#byNonce.values()]
      .filter(({ view }) => view.nonce >= this.#end)
      .sort((a, b) => (a.view.nonce < b.view.nonce ? -1 : 1))
  }

  /** the one with the highest nonce: the first to go when the pool is full */
  last(): PoolTransaction | undefined {
    let last: PoolTransaction | undefined
    for (const transaction of this.#byNonce.values())
      if (last === undefined || transaction.view.nonce > last.view.nonce) last = transaction
    return last
  }
}
