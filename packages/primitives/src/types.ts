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

/**
 * What a block changes in the flat state of its parent. Applying it twice equals applying it once.
 */
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

/** One entry of an EIP-2930 access list. */
export interface AccessListItem {
  readonly address: Address
  readonly storageKeys: readonly Hash[]
}

/** One signed delegation of an EIP-7702 transaction. */
export interface Authorization {
  readonly chainId: bigint
  /** the code delegated to */
  readonly address: Address
  readonly nonce: bigint
  readonly yParity: 0 | 1
  readonly r: bigint
  readonly s: bigint
}

/**
 * A decoded transaction with everything JSON-RPC prints. Fields that a type does not have are
 * absent: `gasPrice` for types 0 and 1; the fee caps from 1559 on; `chainId` of a legacy
 * transaction only when it is protected (EIP-155).
 */
export interface TransactionView {
  /**
   * EIP-2718 type: 0 legacy, 1 EIP-2930, 2 EIP-1559, 3 EIP-4844 (imported chains only), 4 EIP-7702
   */
  readonly type: 0 | 1 | 2 | 3 | 4
  readonly hash: Hash
  /** recovered sender */
  readonly from: Address
  readonly nonce: bigint
  /** null for a creation */
  readonly to: Address | null
  /** wei */
  readonly value: bigint
  /** gas limit */
  readonly gas: bigint
  readonly input: Uint8Array
  readonly chainId?: bigint
  /** wei per gas; types 0 and 1 */
  readonly gasPrice?: bigint
  /** wei per gas; from type 2 on */
  readonly maxFeePerGas?: bigint
  /** wei per gas; from type 2 on */
  readonly maxPriorityFeePerGas?: bigint
  /** from type 1 on */
  readonly accessList?: readonly AccessListItem[]
  /** type 3 */
  readonly maxFeePerBlobGas?: bigint
  /** type 3 */
  readonly blobVersionedHashes?: readonly Hash[]
  /** type 4 */
  readonly authorizationList?: readonly Authorization[]
  /** as signed: 27, 28 or EIP-155 for type 0; equal to `yParity` from type 1 on */
  readonly v: bigint
  readonly r: bigint
  readonly s: bigint
  /** from type 1 on */
  readonly yParity?: 0 | 1
}
