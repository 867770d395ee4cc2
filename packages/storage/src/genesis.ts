/** What a store needs to know of the first block: to write it, or to recognise it. */
import type { Address, Block, CommitBatch, Hash, StateDiff } from '@veche/primitives'

export interface Genesis {
  readonly block: Block
  readonly hash: Hash
  /** the whole state after genesis, with its trie nodes */
  readonly diff: StateDiff
  /** the set in force at heights 1 and 2: what `validatorsAfterNext(0)` answers */
  readonly validators: readonly Address[]
  readonly chainId: number
}

/** The genesis block as the first batch of a store: no transactions, no receipts. */
export function genesisToBatch(genesis: Genesis): CommitBatch {
  return {
    block: genesis.block,
    hash: genesis.hash,
    transactionHashes: [],
    receipts: [],
    diff: genesis.diff,
    validatorsAfterNext: genesis.validators,
  }
}
