/**
 * The heart of `veche documents verify`: from a document and proofs to a verdict, trusting no
 * server. Pure and total. The caller has verified the certificate of `header` and pins chain and
 * registry; a foreign contract could hold anything, so the document's own word about them counts
 * for nothing.
 */
import {
  type Address,
  bytesToBigint,
  EMPTY_CODE_HASH,
  type Hash,
  type Header,
  hexToBytes,
  verifyAccountProof,
  verifyStorageProof,
} from '@veche/primitives'
import { batchRecordHash, foldBatchPath } from './batch.ts'
import { documentCommitment } from './commitment.ts'
import type { Document } from './document.ts'
import { type DocumentState, decodeDocumentWord, documentProofSlots } from './storage-slots.ts'

/** Proofs of one block's state, as `eth_getProof` returns them. */
export interface DocumentEvidence {
  /** of a final block; the caller has checked its certificate */
  readonly header: Header
  /** nodes from the state root to the registry's account */
  readonly accountProof: readonly Uint8Array[]
  /** nodes from the storage root, one list per slot of `documentProofSlots` */
  readonly storageProofs: readonly (readonly Uint8Array[])[]
}

/** What the caller knows without asking anybody. */
export interface DocumentTrust {
  readonly chainId: number
  readonly registry: Address
  /** unix seconds to judge expiry at; the header's own time when absent */
  readonly nowSeconds?: number
}

export type DocumentVerdict =
  | {
      readonly verdict: 'VALID' | 'EXPIRED' | 'SUSPENDED' | 'REVOKED' | 'SUPERSEDED'
      readonly commitment: Hash
      /** the block that this is true of */
      readonly asOf: { readonly number: number; readonly timestampSeconds: number }
      /** its state on the chain; undefined for a batched document that nothing happened to */
      readonly state?: DocumentState
    }
  | { readonly verdict: 'NOT_PROVEN'; readonly code: string; readonly reason: string }

type NotProven = Extract<DocumentVerdict, { verdict: 'NOT_PROVEN' }>

function notProven(code: string, reason: string): NotProven {
  return { verdict: 'NOT_PROVEN', code, reason }
}

function storageWords(
  document: Document,
  evidence: DocumentEvidence,
  slots: readonly Hash[],
): readonly bigint[] | NotProven {
  const { header, accountProof, storageProofs } = evidence
  const account = verifyAccountProof(header.stateRoot, document.contract, accountProof)
  if (!account.ok) return notProven(account.code, `account: ${account.reason}`)
  if (account.value === undefined || account.value.codeHash === EMPTY_CODE_HASH)
    return notProven('REGISTRY_ABSENT', 'a contract expected at the registry address, got none')
  if (storageProofs.length !== slots.length)
    return notProven(
      'PROOF_INVALID',
      `${slots.length} storage proofs expected, got ${storageProofs.length}`,
    )
  const words: bigint[] = []
  for (const [i, slot] of slots.entries()) {
    const word = verifyStorageProof(account.value.storageRoot, slot, storageProofs[i] ?? [])
    if (!word.ok) return notProven(word.code, `storage slot ${slot}: ${word.reason}`)
    words.push(word.value)
  }
  return words
}

function isBatchStored(document: Document, commitment: Hash, stored: bigint | undefined): boolean {
  if (document.batch === undefined || stored === undefined) return false
  const { path, previous, count, issuer, issuedAt } = document.batch
  const root = foldBatchPath(commitment, path)
  const hash = batchRecordHash({
    previous,
    root,
    count,
    schemaId: document.schema,
    issuer,
    issuedAt,
  })
  return stored === bytesToBigint(hexToBytes(hash))
}

function judge(document: Document, state: DocumentState, nowSeconds: number) {
  if (state.status === 'revoked') return 'REVOKED'
  if (state.status === 'superseded') return 'SUPERSEDED'
  if (state.status === 'suspended') return 'SUSPENDED'
  return document.expires !== null && nowSeconds >= document.expires ? 'EXPIRED' : 'VALID'
}

/**
 * The verdict on a decoded document as of the block of `evidence.header`. NOT_PROVEN codes:
 * `CHAIN_MISMATCH`, `CONTRACT_MISMATCH`, `PROOF_INVALID`, `REGISTRY_ABSENT`, `BATCH_NOT_FOUND`,
 * `ISSUE_NOT_FOUND`, `STATE_UNKNOWN`. A terminal state goes before expiry.
 */
export function verifyDocument(
  document: Document,
  evidence: DocumentEvidence,
  trust: DocumentTrust,
): DocumentVerdict {
  if (document.chainId !== trust.chainId)
    return notProven('CHAIN_MISMATCH', `chain ${trust.chainId} expected, got ${document.chainId}`)
  if (document.contract !== trust.registry.toLowerCase())
    return notProven(
      'CONTRACT_MISMATCH',
      `registry ${trust.registry} expected, got ${document.contract}`,
    )
  const commitment = documentCommitment(document)
  const words = storageWords(document, evidence, documentProofSlots(document, commitment))
  if ('verdict' in words) return words
  const state = decodeDocumentWord(words[0] ?? 0n)
  if (state === undefined)
    return notProven('STATE_UNKNOWN', 'a document state of this release expected in storage')
  if (document.batch !== undefined && !isBatchStored(document, commitment, words[1]))
    return notProven(
      'BATCH_NOT_FOUND',
      `batch ${document.batch.index} does not hold this document as written`,
    )
  if (document.single && state.status === 'none')
    return notProven('ISSUE_NOT_FOUND', 'no single issue of this document as written')
  const { number, timestamp } = evidence.header
  return {
    verdict: judge(document, state, trust.nowSeconds ?? timestamp),
    commitment,
    asOf: { number, timestampSeconds: timestamp },
    ...(state.status === 'none' ? {} : { state }),
  }
}
