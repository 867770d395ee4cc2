/** The vocabulary of state and results, shared by execution, storage, rpc and node. Types only. */

import type { Block } from './block.ts'
import type { Address, Hash } from './bytes.ts'

/** Yellow Paper 4.1 */
export interface Account {
  readonly nonce: bigint
  /** wei */
  readonly balance: bigint
  readonly storageRoot: Hash
  readonly codeHash: Hash
}

export interface Log {
  readonly address: Address
  readonly topics: readonly Hash[]
  readonly data: Uint8Array
}

/** A receipt with what a reader asks for beside it, so that no transaction is decoded twice. */
export interface Receipt {
  /** EIP-2718 type */
  readonly type: number
  /** 1 success, 0 reverted (EIP-658) */
  readonly status: 0 | 1
  readonly cumulativeGasUsed: bigint
  readonly gasUsed: bigint
  /** 256 bytes */
  readonly logsBloom: Uint8Array
  readonly logs: readonly Log[]
  /** recovered sender */
  readonly from: Address
  /** address of the created contract, when the transaction is a creation */
  readonly contractAddress?: Address
  /** wei per gas */
  readonly effectiveGasPrice: bigint
}

/** What a block changes in the flat state of its parent. Applying it twice equals applying it once. */
export interface StateDiff {
  /** null removes the account */
  readonly accounts: ReadonlyMap<Address, Account | null>
  /** contracts whose whole storage is dropped before `slots` are written */
  readonly cleared: ReadonlySet<Address>
  /** 32-byte slot → value without leading zeros; an empty value removes the slot */
  readonly slots: ReadonlyMap<Address, ReadonlyMap<Hash, Uint8Array>>
  /** code hash → code */
  readonly codes: ReadonlyMap<Hash, Uint8Array>
  /** trie node hash → RLP; content-addressed, so only added */
  readonly trieNodes: ReadonlyMap<Hash, Uint8Array>
}

/** Everything one final block makes durable, in one synchronous batch. */
export interface CommitBatch {
  /** header with the certificate in its extraData */
  readonly block: Block
  readonly hash: Hash
  readonly transactionHashes: readonly Hash[]
  readonly receipts: readonly Receipt[]
  readonly diff: StateDiff
  /** the set in force at number + 2 (see consensus.md, "Validator set") */
  readonly validatorsAfterNext: readonly Address[]
}

export interface TransactionLocation {
  readonly number: number
  readonly index: number
}
