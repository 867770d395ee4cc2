/**
 * The journaled state of one block or one call: changes over a {@link StateBase}, undone through
 * one journal. A checkpoint is a mark in the journal, so it costs nothing; a revert walks back to
 * it. Synchronous on purpose: it is the seam behind which another engine can stand
 * (performance.md).
 */
import { type Address, assert, EMPTY_BYTES, type Hash } from '@veche/primitives'
import type { FlatAccount, StateBase } from './flat.ts'

/** What an overlay knows of one address. */
interface Entry {
  /** undefined: not touched, ask the base; null: deleted */
  account: FlatAccount | null | undefined
  slots: Map<Hash, Uint8Array>
  /** the base's storage is hidden */
  cleared: boolean
}

type Undo =
  | { kind: 'account'; entry: Entry; before: FlatAccount | null | undefined }
  | { kind: 'slot'; slots: Map<Hash, Uint8Array>; slot: Hash; before: Uint8Array | undefined }
  | { kind: 'clear'; entry: Entry; slots: Map<Hash, Uint8Array>; cleared: boolean }

/** What an overlay changed at one address, for the diff of a block. */
export interface Change {
  readonly account: FlatAccount | null | undefined
  readonly slots: ReadonlyMap<Hash, Uint8Array>
  readonly cleared: boolean
}

export class Overlay implements StateBase {
  readonly base: StateBase
  readonly #entries = new Map<Address, Entry>()
  readonly #codes = new Map<Hash, Uint8Array>()
  /** values at the start of the transaction, of the slots it wrote (EIP-2200) */
  #originals = new Map<string, Uint8Array>()
  #journal: Undo[] = []
  #marks: number[] = []

  constructor(base: StateBase) {
    this.base = base
  }

  #entry(address: Address): Entry {
    let entry = this.#entries.get(address)
    if (entry === undefined) {
      entry = { account: undefined, slots: new Map(), cleared: false }
      this.#entries.set(address, entry)
    }
    return entry
  }

  account(address: Address): FlatAccount | undefined {
    const own = this.#entries.get(address)?.account
    if (own !== undefined) return own ?? undefined
    return this.base.account(address)
  }

  /** Writes an account; undefined deletes it together with its storage. */
  setAccount(address: Address, account: FlatAccount | undefined): void {
    const entry = this.#entry(address)
    this.#journal.push({ kind: 'account', entry, before: entry.account })
    entry.account = account ?? null
    if (account === undefined) this.clearStorage(address)
  }

  slot(address: Address, slot: Hash): Uint8Array {
    const entry = this.#entries.get(address)
    if (entry !== undefined) {
      const own = entry.slots.get(slot)
      if (own !== undefined) return own
      if (entry.cleared) return EMPTY_BYTES
    }
    return this.base.slot(address, slot)
  }

  /** Writes a slot; `value` is without leading zeros and must not be changed afterwards. */
  setSlot(address: Address, slot: Hash, value: Uint8Array): void {
    const entry = this.#entry(address)
    const key = address + slot
    if (!this.#originals.has(key)) this.#originals.set(key, this.slot(address, slot))
    const { slots } = entry
    this.#journal.push({ kind: 'slot', slots, slot, before: slots.get(slot) })
    slots.set(slot, value)
  }

  clearStorage(address: Address): void {
    const entry = this.#entry(address)
    if (entry.cleared && entry.slots.size === 0) return
    this.#journal.push({ kind: 'clear', entry, slots: entry.slots, cleared: entry.cleared })
    entry.slots = new Map()
    entry.cleared = true
  }

  /** The slot's value when the transaction began (EIP-2200 "original value"). */
  original(address: Address, slot: Hash): Uint8Array {
    return this.#originals.get(address + slot) ?? this.slot(address, slot)
  }

  /** A transaction ended: the present values are the originals of the next one. */
  endTransaction(): void {
    if (this.#originals.size > 0) this.#originals = new Map()
  }

  code(hash: Hash): Uint8Array | undefined {
    return this.#codes.get(hash) ?? this.base.code(hash)
  }

  /** Keeps code under its hash; content-addressed, so never undone. */
  addCode(hash: Hash, code: Uint8Array): void {
    this.#codes.set(hash, code)
  }

  /** The number of open checkpoints. */
  get depth(): number {
    return this.#marks.length
  }

  checkpoint(): void {
    this.#marks.push(this.#journal.length)
  }

  commit(): void {
    assert(this.#marks.pop() !== undefined, 'commit needs an open checkpoint')
  }

  revert(): void {
    const mark = this.#marks.pop()
    assert(mark !== undefined, 'revert needs an open checkpoint')
    for (let i = this.#journal.length - 1; i >= mark; i--) undo(this.#journal[i] as Undo)
    this.#journal.length = mark
  }

  /** Reverts every checkpoint above `depth`: after an abort in the middle of nested calls. */
  revertTo(depth: number): void {
    while (this.#marks.length > depth) this.revert()
  }

  /** Everything touched, in insertion order; entries may be equal to the base. */
  *changes(): Iterable<[Address, Change]> {
    assert(this.#marks.length === 0, 'changes are read with no checkpoint open')
    for (const [address, entry] of this.#entries) yield [address, entry]
  }
}

function undo(step: Undo): void {
  switch (step.kind) {
    case 'account':
      step.entry.account = step.before
      return
    case 'slot':
      if (step.before === undefined) step.slots.delete(step.slot)
      else step.slots.set(step.slot, step.before)
      return
    case 'clear':
      step.entry.slots = step.slots
      step.entry.cleared = step.cleared
  }
}
