/**
 * The hash chain of a document's changes. One slot (the head) commits to the whole history, so a
 * list of changes from any server is checked by folding it: nothing can be left out, added or
 * reordered.
 */
import {
  type Address,
  concatBytes,
  type Hash,
  hexToBytes,
  keccakHex,
  numberToBytes,
  padLeft,
  ZERO_HASH,
} from '@veche/primitives'
import { DOCUMENT_STATUSES, type DocumentStatus } from './storage-slots.ts'

/** One change, as StatusChanged and its block tell it. */
export interface DocumentChange {
  readonly from: DocumentStatus
  readonly to: DocumentStatus
  readonly reason: number
  /** zero unless superseded */
  readonly successor: Hash
  readonly actor: Address
  /** unix seconds of the block */
  readonly timestamp: number
}

/** head' = keccak256(abi.encode(head, from, to, reason, successor, actor, timestamp)). Pure. */
export function nextDocumentHead(head: Hash, change: DocumentChange): Hash {
  const word = (value: number): Uint8Array => padLeft(numberToBytes(value), 32)
  const parts = [
    hexToBytes(head),
    word(DOCUMENT_STATUSES.indexOf(change.from)),
    word(DOCUMENT_STATUSES.indexOf(change.to)),
    word(change.reason),
    hexToBytes(change.successor),
    padLeft(hexToBytes(change.actor), 32),
    word(change.timestamp),
  ]
  return keccakHex(concatBytes(...parts))
}

/** The head after a whole history, oldest change first; zero for no change. */
export function foldDocumentHead(changes: readonly DocumentChange[]): Hash {
  return changes.reduce(nextDocumentHead, ZERO_HASH)
}
