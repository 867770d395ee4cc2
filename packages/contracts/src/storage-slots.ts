/**
 * Where DocumentRegistry keeps what `eth_getProof` must show, from the compiler's storage layout
 * (Solidity, "Layout of State Variables in Storage": mappings hash key ‖ slot).
 */
import {
  type Address,
  bigintToBytes,
  bytesToHex,
  concatBytes,
  type Hash,
  hexToBytes,
  keccakHex,
  numberToBytes,
  padLeft,
} from '@veche/primitives'
import type { Document } from './document.ts'
import { documentRegistryStorage as layout } from './generated/document-registry.ts'

function mappingSlot(key: Uint8Array, slot: Uint8Array): Hash {
  return keccakHex(concatBytes(padLeft(key, 32), padLeft(slot, 32)))
}

/** Slot of the stored hash of a batch's record. */
export function batchRecordSlot(index: number): Hash {
  return mappingSlot(numberToBytes(index), numberToBytes(layout._batches.slot))
}

/**
 * Slot of a document's state (status, reason, index, issuedAt, issuer). Zero there means untouched:
 * not issued singly and nothing happened to it. Head and successor follow in the next two slots.
 */
export function documentSlot(commitment: Hash, schema: Hash): Hash {
  const inner = mappingSlot(hexToBytes(schema), numberToBytes(layout._documents.slot))
  return mappingSlot(hexToBytes(commitment), hexToBytes(inner))
}

/** Slots of a document's head and of its successor, the two after {@link documentSlot}. */
export function documentDetailSlots(commitment: Hash, schema: Hash): readonly [Hash, Hash] {
  const first = BigInt(documentSlot(commitment, schema))
  const at = (slot: bigint): Hash => bytesToHex(padLeft(bigintToBytes(slot % 2n ** 256n), 32))
  return [at(first + 1n), at(first + 2n)]
}

/** Slot of the registry's totals, for {@link decodeTotalsWord}. */
export const TOTALS_SLOT: Hash = bytesToHex(padLeft(numberToBytes(layout._totals.slot), 32))

/** Slot of what an account may do under a schema, for {@link decodePowersWord}. */
export function powersSlot(schema: Hash, account: Address): Hash {
  const inner = mappingSlot(hexToBytes(schema), numberToBytes(layout._powers.slot))
  return mappingSlot(hexToBytes(account), hexToBytes(inner))
}

/** Slot of a schema's version, frozen and succeeded flags, for {@link decodeSchemaWord}. */
export function schemaSlot(schema: Hash): Hash {
  return mappingSlot(hexToBytes(schema), numberToBytes(layout._schemas.slot))
}

/** The slots to ask `eth_getProof` for, in the order that `verifyDocument` takes their proofs. */
export function documentProofSlots(document: Document, commitment: Hash): readonly Hash[] {
  const slot = documentSlot(commitment, document.schema)
  return document.single ? [slot] : [slot, batchRecordSlot(document.batch.index)]
}

/** The states of IDocumentRegistry.Status, by number. */
export const DOCUMENT_STATUSES = ['none', 'issued', 'suspended', 'superseded', 'revoked'] as const

export type DocumentStatus = (typeof DOCUMENT_STATUSES)[number]

/** The first slot of a document's state, unpacked. */
export interface DocumentState {
  readonly status: DocumentStatus
  /** code of the last change; 128 and above are the court's */
  readonly reason: number
  /** number of the issue that brought it */
  readonly index: number
  /** unix seconds of that issue */
  readonly issuedAt: number
  readonly issuer: Address
}

/** Unpacks the word under {@link documentSlot}; undefined when it is no word of this contract. */
export function decodeDocumentWord(word: bigint): DocumentState | undefined {
  if (word < 0n || word >= 1n << 256n) return undefined
  const status = DOCUMENT_STATUSES[Number(word & 0xffn)]
  if (status === undefined) return undefined
  return {
    status,
    reason: Number((word >> 8n) & 0xffn),
    index: Number((word >> 16n) & 0xff_ffff_ffffn),
    issuedAt: Number((word >> 56n) & 0xff_ffff_ffffn),
    issuer: bytesToHex(padLeft(bigintToBytes(word >> 96n), 20)),
  }
}

/** What was issued so far: the word under {@link TOTALS_SLOT}, as `totals` answers. */
export interface RegistryTotals {
  /** issues so far, batches and singles: the last index given */
  readonly issues: number
  readonly lastBatch: number
  /** documents in batches */
  readonly batched: bigint
  readonly singles: bigint
}

/** Unpacks the word under {@link TOTALS_SLOT}. */
export function decodeTotalsWord(word: bigint): RegistryTotals {
  const field = (shift: bigint, bits: bigint): bigint => (word >> shift) & ((1n << bits) - 1n)
  return {
    issues: Number(field(0n, 40n)),
    lastBatch: Number(field(40n, 40n)),
    batched: field(80n, 88n),
    singles: field(168n, 88n),
  }
}

/** Unpacks the word under {@link powersSlot}. */
export function decodePowersWord(word: bigint): { issuer: boolean; revoker: boolean } {
  return { issuer: (word & 0xffn) !== 0n, revoker: ((word >> 8n) & 0xffn) !== 0n }
}

/** Unpacks the word under {@link schemaSlot}. */
export function decodeSchemaWord(word: bigint): {
  version: number
  frozen: boolean
  succeeded: boolean
} {
  return {
    version: Number(word & 0xffff_ffffn),
    frozen: ((word >> 32n) & 0xffn) !== 0n,
    succeeded: ((word >> 40n) & 0xffn) !== 0n,
  }
}
