/**
 * What JSON-RPC asks of the EVM and what it gets; the same shapes as rpc's backend port. Types
 * only.
 */
import type { AccessListItem, Account, Address, Authorization, Hash } from '@veche/primitives'

/** A transaction that is not signed, as eth_call and its relatives take it. */
export interface CallRequest {
  /** default: the zero address */
  readonly from?: Address
  /** absent: a creation */
  readonly to?: Address
  /** gas limit; default and maximum: the gas cap */
  readonly gas?: bigint
  /** wei per gas; excludes the two caps below */
  readonly gasPrice?: bigint
  readonly maxFeePerGas?: bigint
  readonly maxPriorityFeePerGas?: bigint
  /** wei */
  readonly value?: bigint
  readonly nonce?: bigint
  readonly input: Uint8Array
  readonly accessList?: readonly AccessListItem[]
  readonly authorizationList?: readonly Authorization[]
}

/** Replaces parts of one account for the time of a call. */
export interface AccountOverride {
  readonly nonce?: bigint
  /** wei */
  readonly balance?: bigint
  readonly code?: Uint8Array
  /** replaces the whole storage; 32-byte slot → 32-byte value */
  readonly state?: ReadonlyMap<Hash, Hash>
  /** replaces single slots */
  readonly stateDiff?: ReadonlyMap<Hash, Hash>
  /** the precompile at this address answers there instead */
  readonly movePrecompileTo?: Address
}

/** Replaces fields of the block a call runs in. */
export interface BlockOverride {
  readonly number?: bigint
  /** unix seconds */
  readonly time?: bigint
  readonly gasLimit?: bigint
  readonly feeRecipient?: Address
  readonly prevRandao?: Hash
  /** wei per gas */
  readonly baseFeePerGas?: bigint
  /** refused: this chain has no blobs, BLOBBASEFEE is always 1 */
  readonly blobBaseFee?: bigint
}

export interface CallOptions {
  readonly stateOverrides?: ReadonlyMap<Address, AccountOverride>
  readonly blockOverrides?: BlockOverride
  /** default CALL_GAS_MAX */
  readonly gasCap?: bigint
  /** wall-clock milliseconds for the whole request; default CALL_TIME_MS */
  readonly timeMs?: number
}

/**
 * Why a call gave no output: it reverted, the EVM stopped (`reason` is geth's text), it never ran
 * (`reason` is geth's text), or it ran too long and was stopped.
 */
export type CallFailure =
  | { readonly kind: 'revert'; readonly output: Uint8Array; readonly gasUsed: bigint }
  | { readonly kind: 'halt'; readonly reason: string; readonly gasUsed: bigint }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'timeout'; readonly limitMs: number }

export type CallOutcome =
  | { readonly kind: 'success'; readonly output: Uint8Array; readonly gasUsed: bigint }
  | CallFailure

export type EstimateOutcome = { readonly kind: 'success'; readonly gas: bigint } | CallFailure

export type AccessListOutcome =
  | {
      readonly kind: 'success'
      readonly accessList: readonly AccessListItem[]
      readonly gasUsed: bigint
      /** the execution itself failed with this text; the list is still what it touched */
      readonly error?: string
    }
  | CallFailure

/** EIP-1186: RLP of trie nodes from the root down. */
export interface AccountProof {
  /** absent: the proof proves that there is no such account */
  readonly account?: Account
  readonly accountProof: readonly Uint8Array[]
  /** one for each slot asked, in that order */
  readonly storageProof: readonly SlotProof[]
}

export interface SlotProof {
  readonly slot: Hash
  /** without leading zeros; empty for zero */
  readonly value: Uint8Array
  /** empty for an empty storage */
  readonly proof: readonly Uint8Array[]
}
