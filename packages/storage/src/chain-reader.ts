/**
 * Reads of the key table (keys.ts), each decoded totally: bytes that do not decode are
 * `DATABASE_CORRUPT`, never a wrong answer.
 */
import {
  type Account,
  type Address,
  decodeHeader,
  type Hash,
  type Header,
  type Receipt,
  type Result,
  type StateReader,
  type TransactionLocation,
} from '@veche/primitives'
import { accountKey, HEAD_KEY, hashKey, META_KEY, numberKey, slotKey } from './keys.ts'
import type { LevelDatabase } from './level-database.ts'
import { corrupt } from './level-errors.ts'
import { CODE_CACHE_MAX, HEADER_CACHE_MAX } from './limits.ts'
import { createLru } from './lru.ts'
import { decodeReceipts } from './receipt-codec.ts'
import {
  decodeAddresses,
  decodeBody,
  decodeFlatAccount,
  decodeHead,
  decodeLocation,
  decodeMeta,
  decodeNumber,
  decodeSlot,
  type Head,
  type Meta,
} from './value-codec.ts'

export interface ChainReader extends StateReader {
  storedMeta(): Meta | undefined
  storedHead(): Head | undefined
  header(number: number): Header | undefined
  body(number: number): readonly Uint8Array[] | undefined
  receipts(number: number): readonly Receipt[] | undefined
  numberOf(hash: Hash): number | undefined
  locate(transactionHash: Hash): TransactionLocation | undefined
  validatorsAfterNext(number: number): readonly Address[] | undefined
}

function isNumber(number: number): boolean {
  return Number.isSafeInteger(number) && number >= 0
}

/** A reader over an open database; `path` names it in errors. */
export function createChainReader(database: LevelDatabase, path: string): ChainReader {
  const headers = createLru<number, Header>(HEADER_CACHE_MAX)
  const codes = createLru<Hash, Uint8Array>(CODE_CACHE_MAX)

  function read<T>(key: Uint8Array, decode: (bytes: Uint8Array) => Result<T>): T | undefined {
    const bytes = database.read(key)
    if (bytes === undefined) return undefined
    const decoded = decode(bytes)
    if (decoded.ok) return decoded.value
    const facts = { key: Buffer.from(key).toString('hex') }
    throw corrupt(path, `the value under key ${facts.key}: ${decoded.reason}`, { facts })
  }
  function readNumbered<T>(
    prefix: 'h' | 'b' | 'r' | 'v',
    number: number,
    decode: (bytes: Uint8Array) => Result<T>,
  ): T | undefined {
    return isNumber(number) ? read(numberKey(prefix, number), decode) : undefined
  }

  return {
    storedMeta: () => read(META_KEY, decodeMeta),
    storedHead: () => read(HEAD_KEY, decodeHead),
    header(number) {
      const known = headers.get(number)
      if (known !== undefined) return known
      const header = readNumbered('h', number, decodeHeader)
      if (header !== undefined) headers.set(number, header)
      return header
    },
    body: (number) => readNumbered('b', number, decodeBody),
    receipts: (number) => readNumbered('r', number, decodeReceipts),
    validatorsAfterNext: (number) => readNumbered('v', number, decodeAddresses),
    numberOf: (hash) => read(hashKey('n', hash), decodeNumber),
    locate: (hash) => read(hashKey('t', hash), decodeLocation),
    account: (address): Account | undefined => read(accountKey(address), decodeFlatAccount),
    slot: (address, slot) => read(slotKey(address, slot), decodeSlot),
    trieNode: (hash) => database.read(hashKey('m', hash)),
    code(hash) {
      const known = codes.get(hash)
      if (known !== undefined) return known
      const code = database.read(hashKey('c', hash))
      if (code !== undefined) codes.set(hash, code)
      return code
    },
  }
}
