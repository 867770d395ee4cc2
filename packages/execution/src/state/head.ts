/**
 * The flat state after the head block, memory first: bounded caches over the store's synchronous
 * reads. Updated by {@link HeadState.apply} after a block is durable, never by execution itself.
 */
import type { Address, Hash, StateDiff, StateReader } from '@veche/primitives'
import { EMPTY_BYTES } from '@veche/primitives'
import { CACHED_ACCOUNTS_MAX, CACHED_CODE_BYTES_MAX, CACHED_SLOTS_MAX } from '../limits.ts'
import { accountToFlat, type FlatAccount, type StateBase } from './flat.ts'
import { Generations } from './generations.ts'

export class HeadState implements StateBase {
  readonly #store: StateReader
  /** null: known to be absent */
  readonly #accounts = new Generations<FlatAccount | null>(CACHED_ACCOUNTS_MAX)
  /** keyed by address ‖ slot */
  readonly #slots = new Generations<Uint8Array>(CACHED_SLOTS_MAX)
  readonly #codes = new Generations<Uint8Array>(CACHED_CODE_BYTES_MAX)

  constructor(store: StateReader) {
    this.#store = store
  }

  account(address: Address): FlatAccount | undefined {
    const cached = this.#accounts.get(address)
    if (cached !== undefined) return cached ?? undefined
    const stored = this.#store.account(address)
    const flat = stored === undefined ? undefined : accountToFlat(stored)
    this.#accounts.set(address, flat ?? null)
    return flat
  }

  slot(address: Address, slot: Hash): Uint8Array {
    const key = address + slot
    const cached = this.#slots.get(key)
    if (cached !== undefined) return cached
    const value = this.#store.slot(address, slot) ?? EMPTY_BYTES
    this.#slots.set(key, value)
    return value
  }

  code(hash: Hash): Uint8Array | undefined {
    const cached = this.#codes.get(hash)
    if (cached !== undefined) return cached
    const code = this.#store.code(hash)
    if (code !== undefined) this.#codes.set(hash, code, code.length + 100)
    return code
  }

  /** Takes over what a now durable block changed. */
  apply(diff: StateDiff): void {
    for (const [address, account] of diff.accounts)
      this.#accounts.set(address, account === null ? null : accountToFlat(account))
    if (diff.cleared.size > 0) this.#slots.clear()
    for (const [address, slots] of diff.slots)
      for (const [slot, value] of slots) this.#slots.set(address + slot, value)
    for (const [hash, code] of diff.codes) this.#codes.set(hash, code, code.length + 100)
  }

  /** Forgets everything: the head moved by a block that was not executed here. */
  forget(): void {
    this.#accounts.clear()
    this.#slots.clear()
  }
}
