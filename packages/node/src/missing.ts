/**
 * Which transactions of a proposed block are missing: the question to the proposer, and its answer
 * (consensus.md, "Voting": a proposal carries hashes, missing ones are asked for). The question is
 * blockHash(32) ‖ indices, 2 bytes each, ascending; the answer is the transactions in that order.
 */
import {
  BLOCK_TRANSACTIONS_MAX,
  type Block,
  bytesToHex,
  concatBytes,
  type Hash,
  hexToBytes,
  transactionHash,
} from '@veche/primitives'
import { MISSING_TRANSACTIONS_MAX } from './limits.ts'

const HASH_BYTES = 32
const INDEX_BYTES = 2

export interface MissingQuestion {
  readonly hash: Hash
  /** places in the block, ascending */
  readonly indices: readonly number[]
}

/** The bytes of a question for 1 to `MISSING_TRANSACTIONS_MAX` transactions. */
export function encodeMissing({ hash, indices }: MissingQuestion): Uint8Array {
  const places = new Uint8Array(indices.length * INDEX_BYTES)
  const view = new DataView(places.buffer)
  for (const [i, index] of indices.entries()) view.setUint16(i * INDEX_BYTES, index)
  return concatBytes(hexToBytes(hash), places)
}

/** Reads a peer's question; undefined when it is none (length, order or range). */
export function decodeMissing(bytes: Uint8Array): MissingQuestion | undefined {
  const count = (bytes.length - HASH_BYTES) / INDEX_BYTES
  if (!Number.isInteger(count) || count < 1 || count > MISSING_TRANSACTIONS_MAX) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset + HASH_BYTES, count * INDEX_BYTES)
  const indices: number[] = []
  for (let i = 0; i < count; i++) {
    const index = view.getUint16(i * INDEX_BYTES)
    if (index >= BLOCK_TRANSACTIONS_MAX || index <= (indices.at(-1) ?? -1)) return undefined
    indices.push(index)
  }
  return { hash: bytesToHex(bytes.subarray(0, HASH_BYTES)), indices }
}

/** The transactions of `block` that were asked for; none when one of them does not exist. */
export function answerMissing(block: Block, indices: readonly number[]): Uint8Array[] {
  const found = indices.map((index) => block.transactions[index])
  return found.every((raw) => raw !== undefined) ? found : []
}

/** Whether an answer is what was asked for: these hashes, in this order. */
export function isAnswer(parts: readonly Uint8Array[], hashes: readonly Hash[]): boolean {
  return (
    parts.length === hashes.length && parts.every((raw, i) => transactionHash(raw) === hashes[i])
  )
}
