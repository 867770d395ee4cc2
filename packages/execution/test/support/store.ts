/** A tiny in-memory StateReader for tests: maps, and `apply` for a block's diff. */
import type { Account, Address, Hash, StateDiff, StateReader } from '@veche/primitives'

export interface MemoryStore extends StateReader {
  apply(diff: StateDiff): void
  accounts(): ReadonlyMap<Address, Account>
}

export function createMemoryStore(): MemoryStore {
  const accounts = new Map<Address, Account>()
  const slots = new Map<Address, Map<Hash, Uint8Array>>()
  const codes = new Map<Hash, Uint8Array>()
  const nodes = new Map<Hash, Uint8Array>()
  return {
    account: (address) => accounts.get(address),
    slot: (address, slot) => slots.get(address)?.get(slot),
    code: (hash) => codes.get(hash),
    trieNode: (hash) => nodes.get(hash),
    accounts: () => accounts,
    apply(diff) {
      for (const address of diff.cleared) slots.delete(address)
      for (const [address, account] of diff.accounts) {
        if (account === null) accounts.delete(address)
        else accounts.set(address, account)
      }
      for (const [address, changed] of diff.slots) {
        const own = slots.get(address) ?? new Map<Hash, Uint8Array>()
        slots.set(address, own)
        for (const [slot, value] of changed) {
          if (value.length === 0) own.delete(slot)
          else own.set(slot, value)
        }
      }
      for (const [hash, code] of diff.codes) codes.set(hash, code)
      for (const [hash, node] of diff.trieNodes) nodes.set(hash, node)
    },
  }
}
