/** The in-memory twin of the chain store: maps instead of LevelDB, the same rules for a commit. */
import {
  type Account,
  type Address,
  assert,
  type ChainStore,
  type CommitBatch,
  type Hash,
  type TransactionLocation,
} from '@veche/primitives'
import { assertFollows, assertWhole } from './commit.ts'
import { type Genesis, genesisToBatch } from './genesis.ts'
import { SET_CHANGES_MAX } from './limits.ts'
import { setsDiffer } from './set-changes.ts'

interface Tables {
  readonly blocks: CommitBatch[]
  readonly numbers: Map<Hash, number>
  readonly locations: Map<Hash, TransactionLocation>
  readonly accounts: Map<Address, Account>
  readonly slots: Map<Address, Map<Hash, Uint8Array>>
  readonly codes: Map<Hash, Uint8Array>
  readonly trieNodes: Map<Hash, Uint8Array>
}

function applyState(tables: Tables, { accounts, cleared, slots, ...added }: CommitBatch['diff']) {
  for (const [address, account] of accounts) {
    if (account === null) tables.accounts.delete(address)
    else tables.accounts.set(address, account)
  }
  for (const address of cleared) tables.slots.delete(address)
  for (const [address, values] of slots) {
    const present = tables.slots.get(address) ?? new Map<Hash, Uint8Array>()
    tables.slots.set(address, present)
    for (const [slot, value] of values) {
      if (value.length === 0) present.delete(slot)
      else present.set(slot, value)
    }
  }
  for (const [hash, code] of added.codes) tables.codes.set(hash, code)
  for (const [hash, node] of added.trieNodes) tables.trieNodes.set(hash, node)
}

function applyBlock(tables: Tables, batch: CommitBatch): void {
  const { number } = batch.block.header
  applyState(tables, batch.diff)
  tables.blocks.push(batch)
  tables.numbers.set(batch.hash, number)
  batch.transactionHashes.forEach((hash, index) => {
    tables.locations.set(hash, { number, index })
  })
}

/** A store that holds `genesis` and forgets everything with the process. */
export function createMemoryChainStore(genesis: Genesis): ChainStore {
  assertWhole(genesis)
  assert(genesis.block.header.number === 0, 'genesis is block 0')
  const tables: Tables = {
    blocks: [],
    numbers: new Map(),
    locations: new Map(),
    accounts: new Map(),
    slots: new Map(),
    codes: new Map(),
    trieNodes: new Map(),
  }
  applyBlock(tables, genesisToBatch(genesis))
  let head = { number: 0, hash: genesis.hash }
  let closed = false
  return {
    head: () => head,
    header: (number) => tables.blocks[number]?.block.header,
    body: (number) => tables.blocks[number]?.block.transactions,
    receipts: (number) => tables.blocks[number]?.receipts,
    validatorsAfterNext: (number) => tables.blocks[number]?.validatorsAfterNext,
    async setChanges(from, countMax) {
      const after = (number: number) => tables.blocks[number]?.validatorsAfterNext
      return tables.blocks
        .map((_, number) => number)
        .filter((n) => n > 0 && n >= from && setsDiffer(after(n - 1), after(n)))
        .slice(0, Math.max(0, Math.min(countMax, SET_CHANGES_MAX)))
    },
    numberOf: (hash) => tables.numbers.get(hash),
    locate: (hash) => tables.locations.get(hash),
    account: (address) => tables.accounts.get(address),
    slot: (address, slot) => tables.slots.get(address)?.get(slot),
    code: (hash) => tables.codes.get(hash),
    trieNode: (hash) => tables.trieNodes.get(hash),
    async commit(batch) {
      assert(!closed, 'a closed store takes no block')
      assertFollows(head, batch)
      applyBlock(tables, batch)
      head = { number: batch.block.header.number, hash: batch.hash }
    },
    async close() {
      closed = true
    },
  }
}
