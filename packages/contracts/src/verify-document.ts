/**
 * The heart of `veche documents verify`: from a document and proofs to a verdict, trusting no
 * server. Pure and total. The caller has verified the certificate of `header` and pins chain and
 * registry; a foreign contract could hold anything, so the document's own word about them counts
 * for nothing.
 */
import {
  type Address,
  accept,
  bytesToBigint,
  EMPTY_CODE_HASH,
  type Hash,
  type Header,
  hexToBytes,
  type Result,
  refuse,
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

/** The registry of one block, its account proven: what many verifications of that block share. */
export interface ProvenRegistry {
  readonly header: Header
  readonly storageRoot: Hash
}

/**
 * Proves that the trusted registry stands in the block's state. Refuses with `PROOF_INVALID`,
 * `REGISTRY_ABSENT`.
 */
export function proveRegistry(
  header: Header,
  registry: Address,
  accountProof: readonly Uint8Array[],
): Result<ProvenRegistry> {
  const account = verifyAccountProof(header.stateRoot, registry, accountProof)
  if (!account.ok) return refuse(account.code, `account: ${account.reason}`)
  if (account.value === undefined || account.value.codeHash === EMPTY_CODE_HASH)
    return refuse('REGISTRY_ABSENT', 'a contract expected at the registry address, got none')
  return accept({ header, storageRoot: account.value.storageRoot })
}

/** The word under a slot of a proven registry, zero when proven absent. */
export function proveWord(
  { storageRoot }: ProvenRegistry,
  slot: Hash,
  nodes: readonly Uint8Array[],
): Result<bigint> {
  const word = verifyStorageProof(storageRoot, slot, nodes)
  return word.ok ? word : refuse(word.code, `storage slot ${slot}: ${word.reason}`)
}

function storageWords(
  document: Document,
  evidence: DocumentEvidence,
  slots: readonly Hash[],
): readonly bigint[] | NotProven {
  const { header, accountProof, storageProofs } = evidence
  const registry = proveRegistry(header, document.contract, accountProof)
  if (!registry.ok) return notProven(registry.code, registry.reason)
  if (storageProofs.length !== slots.length)
    return notProven(
      'PROOF_INVALID',
      `${slots.length} storage proofs expected, got ${storageProofs.length}`,
    )
  const words: bigint[] = []
  for (const [i, slot] of slots.entries()) {
    const word = proveWord(registry.value, slot, storageProofs[i] ?? [])
    if (!word.ok) return notProven(word.code, word.reason)
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

/** Whether the document names the chain and the registry that the caller trusts. */
function foreign(document: Document, trust: DocumentTrust): NotProven | undefined {
  if (document.chainId !== trust.chainId)
    return notProven('CHAIN_MISMATCH', `chain ${trust.chainId} expected, got ${document.chainId}`)
  if (document.contract !== trust.registry.toLowerCase())
    return notProven(
      'CONTRACT_MISMATCH',
      `registry ${trust.registry} expected, got ${document.contract}`,
    )
  return undefined
}

/**
 * The verdict from words that are proven already, in the order of `documentProofSlots`: for many
 * documents of one block, whose batches' words and account are proven once. `verifyDocument` is the
 * whole of it.
 */
export function judgeDocument(
  document: Document,
  proven: { readonly words: readonly bigint[]; readonly header: Header },
  trust: DocumentTrust,
): DocumentVerdict {
  const stranger = foreign(document, trust)
  if (stranger !== undefined) return stranger
  const commitment = documentCommitment(document)
  const { words, header } = proven
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
  const { number, timestamp } = header
  return {
    verdict: judge(document, state, trust.nowSeconds ?? timestamp),
    commitment,
    asOf: { number, timestampSeconds: timestamp },
    ...(state.status === 'none' ? {} : { state }),
  }
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
  const stranger = foreign(document, trust)
  if (stranger !== undefined) return stranger
  const slots = documentProofSlots(document, documentCommitment(document))
  const words = storageWords(document, evidence, slots)
  if ('verdict' in words) return words
  return judgeDocument(document, { words, header: evidence.header }, trust)
}
