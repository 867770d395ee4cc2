/**
 * The flat state as execution sees it: accounts with byte hashes (the EVM wants bytes, the store
 * wants text), read synchronously. Every state a block or a call can run on is a {@link
 * StateBase}.
 */
import {
  type Account,
  type Address,
  bytesToHex,
  EMPTY_BYTES,
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  equalBytes,
  type Hash,
  hexToBytes,
} from '@veche/primitives'

/** One account; immutable. */
export interface FlatAccount {
  readonly nonce: bigint
  /** wei */
  readonly balance: bigint
  /** 32 bytes; the root after the last block, not updated inside a block */
  readonly storageRoot: Uint8Array
  /** 32 bytes */
  readonly codeHash: Uint8Array
}

/** A state that does not change while it is read. */
export interface StateBase {
  account(address: Address): FlatAccount | undefined
  /** value without leading zeros; empty for zero */
  slot(address: Address, slot: Hash): Uint8Array
  code(hash: Hash): Uint8Array | undefined
}

export const EMPTY_ROOT_BYTES: Uint8Array = hexToBytes(EMPTY_TRIE_ROOT)
export const EMPTY_CODE_HASH_BYTES: Uint8Array = hexToBytes(EMPTY_CODE_HASH)

/** The state of a chain before genesis. */
export const EMPTY_STATE: StateBase = {
  account: () => undefined,
  slot: () => EMPTY_BYTES,
  code: () => undefined,
}

/**
 * Lower-case `0x` text of bytes, through the platform's native encoder (the hot path of state
 * keys).
 */
export function bytesToKey(bytes: Uint8Array): `0x${string}` {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`
}

export function accountToFlat(account: Account): FlatAccount {
  return {
    nonce: account.nonce,
    balance: account.balance,
    storageRoot:
      account.storageRoot === EMPTY_TRIE_ROOT ? EMPTY_ROOT_BYTES : hexToBytes(account.storageRoot),
    codeHash:
      account.codeHash === EMPTY_CODE_HASH ? EMPTY_CODE_HASH_BYTES : hexToBytes(account.codeHash),
  }
}

export function flatToAccount(flat: FlatAccount): Account {
  return {
    nonce: flat.nonce,
    balance: flat.balance,
    storageRoot: bytesToHex(flat.storageRoot),
    codeHash: bytesToHex(flat.codeHash),
  }
}

export function equalAccounts(a: FlatAccount, b: FlatAccount): boolean {
  return (
    a.nonce === b.nonce &&
    a.balance === b.balance &&
    equalBytes(a.codeHash, b.codeHash) &&
    equalBytes(a.storageRoot, b.storageRoot)
  )
}

/** The same bytes without leading zeros (the spelling of a storage word). */
export function stripZeros(bytes: Uint8Array): Uint8Array {
  let at = 0
  while (at < bytes.length && bytes[at] === 0) at++
  return at === 0 ? bytes : bytes.slice(at)
}
