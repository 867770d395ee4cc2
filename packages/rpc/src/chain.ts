/**
 * Reading final blocks through the backend: which block a client means, and a block with its hash.
 */
import {
  type Address,
  assert,
  blockHash,
  bytesToHex,
  decodeRlp,
  type Hash,
  type Header,
  type Receipt,
} from '@veche/primitives'
import type { RpcBackend } from './backend.ts'
import type { BlockSelector } from './decode-block.ts'

/** A final block's header with what every answer about it repeats. */
export interface HeaderAt {
  readonly header: Header
  readonly number: number
  readonly hash: Hash
}

/** A header object never changes, so its hash is computed once as long as the object lives. */
const hashes = new WeakMap<Header, Hash>()

/** The block hash, remembered per header object. */
export function hashOf(header: Header): Hash {
  const known = hashes.get(header)
  if (known !== undefined) return known
  const computed = blockHash(header)
  hashes.set(header, computed)
  return computed
}

/** The number of the final block a client names, or undefined when there is no such block. */
export function numberAt(backend: RpcBackend, selector: BlockSelector): number | undefined {
  switch (selector.kind) {
    case 'latest':
    case 'pending':
      return backend.head()
    case 'number':
      return selector.number <= backend.head() ? selector.number : undefined
    case 'hash':
      return backend.numberOf(selector.hash)
  }
}

/** The header a client names, or undefined when there is no such block. */
export function headerAt(backend: RpcBackend, selector: BlockSelector): HeaderAt | undefined {
  const number = numberAt(backend, selector)
  const header = number === undefined ? undefined : backend.header(number)
  if (number === undefined || header === undefined) return undefined
  return { header, number, hash: hashOf(header) }
}

/** What is needed to read the contents of final blocks. */
export type BlockReader = Pick<RpcBackend, 'body' | 'receipts'>

/** The raw transactions of a final block. A bug of the backend when it has the header only. */
export function bodyOf(backend: BlockReader, number: number): readonly Uint8Array[] {
  const body = backend.body(number)
  assert(body !== undefined, `body of final block ${number} is stored`)
  return body
}

/** The receipts of a final block. A bug of the backend when it has the header only. */
export function receiptsOf(backend: BlockReader, number: number): readonly Receipt[] {
  const receipts = backend.receipts(number)
  assert(receipts !== undefined, `receipts of final block ${number} are stored`)
  return receipts
}

/** Position of `to` in the RLP list of each transaction type. */
const TO_POSITION: readonly number[] = [3, 4, 5, 5, 5]

/**
 * The recipient of a raw transaction of a final block, without recovering its sender; null for a
 * creation.
 */
export function recipientOf(raw: Uint8Array): Address | null {
  const first = raw[0] ?? 0
  const type = first < 0xc0 ? first : 0
  const fields = decodeRlp(type === 0 ? raw : raw.subarray(1))
  const to = Array.isArray(fields) ? fields[TO_POSITION[type] ?? 0] : undefined
  assert(to instanceof Uint8Array, 'a transaction of a final block is well-formed')
  return to.length === 0 ? null : bytesToHex(to)
}

/** Lets sockets, timers and consensus have a turn between two chunks of work. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
