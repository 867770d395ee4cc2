/** How a client names a block: a tag, a number, a hash, or an object of EIP-1898. */
import { accept, type Hash, isHash, type Result, refuse } from '@veche/primitives'
import { boolean, type Decode, fieldsOf, hash, index, misfit } from './decode.ts'
import { isRecord } from './json.ts'

/**
 * `latest`, `safe` and `finalized` are one block here, because every block is final, and `pending`
 * reads it too, except where the pool is asked for a nonce (ADR 0060).
 */
export type BlockSelector =
  | { readonly kind: 'latest' }
  | { readonly kind: 'pending' }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'hash'; readonly hash: Hash }

export const LATEST: BlockSelector = { kind: 'latest' }
export const GENESIS: BlockSelector = { kind: 'number', number: 0 }

const TAGS: ReadonlyMap<unknown, BlockSelector> = new Map<unknown, BlockSelector>([
  ['latest', LATEST],
  ['safe', LATEST],
  ['finalized', LATEST],
  ['pending', { kind: 'pending' }],
  ['earliest', GENESIS],
])

/** A tag or a number. */
export const blockNumber: Decode<BlockSelector> = (value) => {
  const tag = TAGS.get(value)
  if (tag !== undefined) return accept(tag)
  const number = index(value)
  if (number.ok) return accept({ kind: 'number', number: number.value })
  return misfit('a block number or tag', value)
}

const eip1898 = fieldsOf({ blockNumber, blockHash: hash, requireCanonical: boolean })

function decodeObject(value: unknown): Result<BlockSelector> {
  const fields = eip1898(value)
  if (!fields.ok) return fields
  const { blockNumber: number, blockHash } = fields.value
  if (number !== undefined && blockHash !== undefined)
    return refuse(
      'PARAMETER_INVALID',
      'cannot specify both BlockHash and BlockNumber, choose one or the other',
    )
  if (blockHash !== undefined) return accept({ kind: 'hash', hash: blockHash })
  return number === undefined ? misfit('blockNumber or blockHash', value) : accept(number)
}

/** A tag, a number, a 32-byte hash, or EIP-1898's object (every block is canonical). */
export const block: Decode<BlockSelector> = (value) => {
  if (isRecord(value)) return decodeObject(value)
  if (isHash(value)) return accept({ kind: 'hash', hash: value.toLowerCase() as Hash })
  return blockNumber(value)
}
