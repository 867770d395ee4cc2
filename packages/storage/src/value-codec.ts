/**
 * Values of the other tables (keys.ts). Decoders are total: what does not fit is a `Result`
 * refusal, which the store turns into `DATABASE_CORRUPT`.
 */
import {
  type Account,
  type Address,
  accept,
  bytesToHex,
  EMPTY_BYTES,
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  encodeRlp,
  type Hash,
  hexToBytes,
  misfit,
  type Result,
  type RlpReader,
  readRlp,
  refuse,
  type TransactionLocation,
} from '@veche/primitives'

export interface Head {
  readonly number: number
  readonly hash: Hash
}

export interface Meta {
  readonly schemaVersion: number
  readonly chainId: number
  readonly genesisHash: Hash
}

function decode<T>(bytes: Uint8Array, read: (reader: RlpReader) => T): Result<T> {
  const result = readRlp(bytes, read)
  return 'value' in result ? accept(result.value) : refuse('VALUE_MALFORMED', result.reason)
}

export function encodeHead(head: Head): Uint8Array {
  return encodeRlp([head.number, head.hash])
}

export function decodeHead(bytes: Uint8Array): Result<Head> {
  return decode(bytes, (reader) => ({ number: reader.number(), hash: reader.hash() }))
}

export function encodeMeta(meta: Meta): Uint8Array {
  return encodeRlp([meta.schemaVersion, meta.chainId, meta.genesisHash])
}

export function decodeMeta(bytes: Uint8Array): Result<Meta> {
  return decode(bytes, (reader) => ({
    schemaVersion: reader.number(),
    chainId: reader.number(),
    genesisHash: reader.hash(),
  }))
}

export function encodeNumber(number: number): Uint8Array {
  return encodeRlp([number])
}

export function decodeNumber(bytes: Uint8Array): Result<number> {
  return decode(bytes, (reader) => reader.number())
}

export function encodeLocation(location: TransactionLocation): Uint8Array {
  return encodeRlp([location.number, location.index])
}

export function decodeLocation(bytes: Uint8Array): Result<TransactionLocation> {
  return decode(bytes, (reader) => ({ number: reader.number(), index: reader.number() }))
}

export function encodeAddresses(addresses: readonly Address[]): Uint8Array {
  return encodeRlp(addresses)
}

export function decodeAddresses(bytes: Uint8Array): Result<readonly Address[]> {
  return decode(bytes, (reader) => {
    const addresses: Address[] = []
    while (reader.hasMore) addresses.push(reader.address())
    return addresses
  })
}

export function encodeBody(transactions: readonly Uint8Array[]): Uint8Array {
  return encodeRlp(transactions)
}

/** Copies each transaction, so that one of them does not keep the whole body in memory. */
export function decodeBody(bytes: Uint8Array): Result<readonly Uint8Array[]> {
  return decode(bytes, (reader) => {
    const transactions: Uint8Array[] = []
    while (reader.hasMore) transactions.push(reader.bytes())
    return transactions
  })
}

function hashOrDefault(reader: RlpReader, fallback: Hash): Hash {
  const bytes = reader.bytes({ max: 32 })
  if (bytes.length === 0) return fallback
  if (bytes.length !== 32) misfit(`hash of 32 bytes expected, got ${bytes.length}`)
  return bytesToHex(bytes)
}

function omitDefault(hash: Hash, fallback: Hash): Uint8Array {
  return hash === fallback ? EMPTY_BYTES : hexToBytes(hash)
}

/** The account with the two hashes of an empty contract left out: most accounts are people. */
export function encodeFlatAccount(account: Account): Uint8Array {
  return encodeRlp([
    account.nonce,
    account.balance,
    omitDefault(account.storageRoot, EMPTY_TRIE_ROOT),
    omitDefault(account.codeHash, EMPTY_CODE_HASH),
  ])
}

export function decodeFlatAccount(bytes: Uint8Array): Result<Account> {
  return decode(bytes, (reader) => ({
    nonce: reader.bigint(8),
    balance: reader.bigint(),
    storageRoot: hashOrDefault(reader, EMPTY_TRIE_ROOT),
    codeHash: hashOrDefault(reader, EMPTY_CODE_HASH),
  }))
}

/** A slot value: 1 to 32 bytes without leading zeros. */
export function decodeSlot(bytes: Uint8Array): Result<Uint8Array> {
  if (bytes.length < 1 || bytes.length > 32 || bytes[0] === 0)
    return refuse('VALUE_MALFORMED', `slot of 1 to 32 bytes expected, got ${bytes.length}`)
  return accept(bytes)
}
