/**
 * Who may fill how much of pool and blocks (services.md 2.7). Two ledgers of the same quotas: what
 * this node admitted, by its clock and the gas limits asked for; and what final blocks spent, by
 * their time and the gas used, the same on every node. The first guards the pool, the second
 * what a validator proposes. Neither says anything about the validity of a block.
 */
import { admission, QUOTA_POLICY_ADDRESS } from '@veche/contracts'
import { decodeTransaction, type Executed, type Executor, type PoolQuota } from '@veche/execution'
import {
  type Address,
  bytesToHex,
  type Hash,
  type Header,
  hexToBytes,
  type Refusal,
  refuse,
  type StateReader,
  type TransactionView,
} from '@veche/primitives'
import { ADMISSION_GAS, ADMISSION_TIME_MS, NULLIFIERS_MAX } from '../limits.ts'
import { type BucketSize, Buckets } from './buckets.ts'
import { QuotaReader, type SenderQuota } from './policy.ts'

/** What quotas ask of the node around them. */
export interface QuotaParts {
  readonly state: StateReader
  readonly executor: Pick<Executor, 'call'>
  readonly nowMs: () => number
  /** header of the head */
  readonly head: () => Header
  /** senders without bounds whatever the contract says: the validators of the set */
  readonly isExempt: (sender: Address) => boolean
  /** whether the pool holds a transaction */
  readonly isPooled: (hash: Hash) => boolean
}

/** A transaction that can be counted. */
interface Countable {
  readonly view: TransactionView
}

const sharedKey = (id: number): string => `class ${id}`

interface Overflow {
  readonly whose: string
  readonly size: BucketSize
  readonly level: number
}

function toRefusal({ whose, size, level }: Overflow, needed: number): Refusal {
  const room = Math.max(0, Math.floor(size.bucket - level))
  const facts = `needed ${needed} gas, had ${room} of bucket ${size.bucket}, rate ${size.rate} gas/s`
  const waits = Math.ceil((level + needed - size.bucket) / size.rate)
  const later =
    needed > size.bucket || size.rate === 0 ? 'this never fits' : `try again in ${waits} s`
  return refuse('TRANSACTION_OVER_QUOTA', `over quota: bucket of ${whose}: ${facts}; ${later}`)
}

export class Quotas implements PoolQuota {
  readonly #parts: QuotaParts
  readonly #reader: QuotaReader
  readonly #admitted = new Buckets()
  readonly #included = new Buckets()
  /** hash → nullifier of transactions that a contract vouches for */
  readonly #vouched = new Map<Hash, Hash>()
  /** nullifier → hash of the one transaction that it bought */
  readonly #nullifiers = new Map<Hash, Hash>()

  constructor(parts: QuotaParts) {
    this.#parts = parts
    this.#reader = new QuotaReader(parts.state)
  }

  /** Undefined when the sender may send this now. */
  judge(view: TransactionView): Refusal | undefined {
    const quota = this.#quotaOf(view)
    if (quota === undefined) return undefined
    const nowMs = this.#parts.nowMs()
    const over = this.#overflow(this.#admitted, quota, { view, nowMs, spent: () => 0 })
    return over === undefined ? undefined : toRefusal(over, Number(view.gas))
  }

  /** The transaction is in the pool. */
  charge(view: TransactionView): void {
    const quota = this.#quotaOf(view)
    if (quota === undefined) return
    const nowMs = this.#parts.nowMs()
    this.#put(this.#admitted, quota, { from: view.from, gas: Number(view.gas), nowMs })
  }

  /**
   * Asks the contract that a transaction is sent to whether it vouches for it, where the sender's
   * own quota would not do. Call it before the pool is asked; it changes nothing but its memory.
   */
  async vouch(raw: Uint8Array): Promise<void> {
    const decoded = decodeTransaction(raw)
    if (!decoded.ok) return
    const view = decoded.value
    const { to, from, input, hash } = view
    if (to === null || !this.#reader.isAdmitter(to) || this.judge(view) === undefined) return
    const { executor, head } = this.#parts
    const data = hexToBytes(admission.encode.isAdmissible(from, bytesToHex(input)))
    const options = { gasCap: ADMISSION_GAS, timeMs: ADMISSION_TIME_MS }
    const outcome = await executor.call({ from, to, input: data }, head(), options)
    if (outcome.kind !== 'success') return
    const answer = admission.decode.isAdmissible(outcome.output)
    if (!answer.ok) return
    const [admissible, nullifier] = answer.value
    const key = `${to}${nullifier.slice(2)}` as Hash
    if (!admissible) return
    const holder = this.#nullifiers.get(key)
    // what left the pool without a block gives its place back; after a block the contract says no
    if (holder !== undefined && this.#parts.isPooled(holder)) return
    if (holder !== undefined) this.#vouched.delete(holder)
    this.#nullifiers.set(key, hash)
    this.#vouched.set(hash, key)
    this.#bound()
  }

  /** A block is final: the second ledger, and new numbers where the contract changed. */
  onHead({ timestamp }: Header, { receipts, diff }: Executed): void {
    if (diff.slots.has(QUOTA_POLICY_ADDRESS)) this.#reader.forget()
    const nowMs = timestamp * 1000
    for (const { from, gasUsed } of receipts) {
      const quota = this.#reader.of(from)
      if (quota.sender === undefined && quota.shared === undefined) continue
      this.#put(this.#included, quota, { from, gas: Number(gasUsed), nowMs })
    }
  }

  /**
   * What a validator proposes of these: the order stays, and behind a transaction that is over
   * quota its sender's later ones wait. `onHeld` hears how many were left out.
   */
  *within<T extends Countable>(
    transactions: Iterable<T>,
    timestamp: number,
    onHeld: () => void = () => undefined,
  ): Iterable<T> {
    const nowMs = timestamp * 1000
    const spent = new Map<string, number>()
    const closed = new Set<Address>()
    const spentOf = (key: string): number => spent.get(key) ?? 0
    for (const transaction of transactions) {
      const { view } = transaction
      const quota = this.#quotaOf(view)
      if (quota === undefined) yield transaction
      else if (
        closed.has(view.from) ||
        this.#overflow(this.#included, quota, { view, nowMs, spent: spentOf }) !== undefined
      ) {
        closed.add(view.from)
        onHeld()
      } else {
        for (const key of [view.from, sharedKey(quota.class)])
          spent.set(key, spentOf(key) + Number(view.gas))
        yield transaction
      }
    }
  }

  /** undefined: no bound */
  #quotaOf({ from, hash }: TransactionView): SenderQuota | undefined {
    if (this.#vouched.size > 0 && this.#vouched.has(hash)) return undefined
    const quota = this.#reader.of(from)
    if (quota.sender === undefined && quota.shared === undefined) return undefined
    return this.#parts.isExempt(from) ? undefined : quota
  }

  #overflow(
    ledger: Buckets,
    quota: SenderQuota,
    { view, nowMs, spent }: { view: TransactionView; nowMs: number; spent: (k: string) => number },
  ): Overflow | undefined {
    const gas = Number(view.gas)
    const { sender, shared } = quota
    if (sender !== undefined) {
      const level = ledger.level(view.from, sender.rate, nowMs) + spent(view.from)
      if (level + gas > sender.bucket)
        return { whose: `sender ${view.from}, class ${quota.class}`, size: sender, level }
    }
    if (shared !== undefined) {
      const key = sharedKey(quota.class)
      const level = ledger.level(key, shared.rate, nowMs) + spent(key)
      if (level + gas > shared.bucket) return { whose: key, size: shared, level }
    }
    return undefined
  }

  #put(
    ledger: Buckets,
    { class: id, sender, shared }: SenderQuota,
    { from, gas, nowMs }: { from: Address; gas: number; nowMs: number },
  ): void {
    if (sender !== undefined) ledger.add(from, gas, { rate: sender.rate, nowMs })
    if (shared !== undefined) ledger.add(sharedKey(id), gas, { rate: shared.rate, nowMs })
  }

  /** the contract itself refuses a nullifier that a final block used, so old ones may go */
  #bound(): void {
    if (this.#nullifiers.size <= NULLIFIERS_MAX) return
    const [oldest] = this.#nullifiers
    if (oldest === undefined) return
    this.#nullifiers.delete(oldest[0])
    this.#vouched.delete(oldest[1])
  }
}
