/**
 * QuotaPolicy as the head's state holds it, read by storage slot (docs/adr/0117) and remembered
 * until a block writes to the contract.
 */
import {
  decodeQuotaWord,
  QUOTA_POLICY_ADDRESS,
  QUOTA_UNLIMITED,
  type Quota,
  quotaAdmitterSlot,
  quotaClassSlot,
  quotaSlot,
} from '@veche/contracts'
import { type Address, bytesToBigint, type StateReader } from '@veche/primitives'
import { QUOTA_SENDERS_MAX } from '../limits.ts'
import type { BucketSize } from './buckets.ts'

/** What a sender may do; `sender` or `shared` is undefined where there is no bound. */
export interface SenderQuota {
  readonly class: number
  readonly sender: BucketSize | undefined
  readonly shared: BucketSize | undefined
}

/** Of a chain without the contract. */
const NO_QUOTA: SenderQuota = { class: 0, sender: undefined, shared: undefined }

function size(rate: bigint, bucket: bigint): BucketSize | undefined {
  if (bucket === QUOTA_UNLIMITED) return undefined
  return { rate: Number(rate), bucket: Number(bucket) }
}

/** The buckets of a class. */
export function toSenderQuota(id: number, quota: Quota): SenderQuota {
  return {
    class: id,
    sender: size(quota.senderRate, quota.senderBucket),
    shared: size(quota.sharedRate, quota.sharedBucket),
  }
}

export class QuotaReader {
  readonly #state: StateReader
  readonly #classes = new Map<number, SenderQuota>()
  readonly #senders = new Map<Address, SenderQuota>()
  #present: boolean | undefined

  constructor(state: StateReader) {
    this.#state = state
  }

  /** Forgets everything: a block wrote to the contract. */
  forget(): void {
    this.#classes.clear()
    this.#senders.clear()
    this.#present = undefined
  }

  /** The quota of a sender at the head. */
  of(sender: Address): SenderQuota {
    const known = this.#senders.get(sender)
    if (known !== undefined) return known
    const read = this.#isPresent() ? this.#ofClass(this.#classOf(sender)) : NO_QUOTA
    if (this.#senders.size >= QUOTA_SENDERS_MAX) this.#senders.clear()
    this.#senders.set(sender, read)
    return read
  }

  /** Whether a contract vouches for transactions sent to it. */
  isAdmitter(contract: Address): boolean {
    if (!this.#isPresent()) return false
    const value = this.#state.slot(QUOTA_POLICY_ADDRESS, quotaAdmitterSlot(contract))
    return value !== undefined && value.length > 0
  }

  #isPresent(): boolean {
    this.#present ??= this.#state.account(QUOTA_POLICY_ADDRESS) !== undefined
    return this.#present
  }

  #classOf(sender: Address): number {
    const value = this.#state.slot(QUOTA_POLICY_ADDRESS, quotaClassSlot(sender))
    return value === undefined ? 0 : Number(bytesToBigint(value))
  }

  #ofClass(id: number): SenderQuota {
    const known = this.#classes.get(id)
    if (known !== undefined) return known
    const value = this.#state.slot(QUOTA_POLICY_ADDRESS, quotaSlot(id)) ?? new Uint8Array(0)
    const read = toSenderQuota(id, decodeQuotaWord(value))
    this.#classes.set(id, read)
    return read
  }
}
