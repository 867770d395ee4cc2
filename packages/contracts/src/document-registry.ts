/**
 * Typed bindings of DocumentRegistry: creation code and calldata. A thin hand over viem's ABI
 * coder; no transport, no keys. Answers and events are in document-registry-answers.ts.
 */
import { type Address, type Hash, type Hex, ZERO_ADDRESS, ZERO_HASH } from '@veche/primitives'
import { encodeFunctionData } from 'viem/utils'
import type { BatchRecord } from './batch.ts'
import { foldBatchPath } from './batch.ts'
import type { Document } from './document.ts'
import { documentRegistryAbi as abi } from './generated/document-registry.ts'
import { DOCUMENT_STATUSES, type DocumentStatus } from './storage-slots.ts'

/** Shows to the contract that a commitment stands in a posted batch. */
export interface BatchProof {
  readonly index: number
  readonly record: BatchRecord
  readonly path: readonly Hash[]
}

/** For a document that has state on the chain already. */
export const EMPTY_BATCH_PROOF: BatchProof = {
  index: 0,
  record: {
    previous: ZERO_HASH,
    root: ZERO_HASH,
    count: 0,
    schemaId: ZERO_HASH,
    issuer: ZERO_ADDRESS,
    issuedAt: 0,
  },
  path: [],
}

/** The first of the reason codes (1 to 255) that belong to the court. */
export const COURT_REASON_MIN = 128

/** What an account may do under one schema: the numbers of IDocumentRegistry.Power. */
export const DOCUMENT_POWERS = ['issue', 'revoke'] as const

export type DocumentPower = (typeof DOCUMENT_POWERS)[number]

/** A schema that exists from the first block. */
export interface SchemaSetup {
  readonly schemaId: Hash
  /** where its definition stands, at most 256 bytes */
  readonly uri: string
  readonly issuers: readonly Address[]
  readonly revokers: readonly Address[]
}

export interface DocumentRegistrySetup {
  /** CityAccess: decides who may administer schemas, powers and upgrades */
  readonly cityAccess: Address
  /** ReleaseRegistry: where a new implementation must stand */
  readonly releases: Address
  readonly schemas: readonly SchemaSetup[]
}

/** The proxy's initializer call: once, at genesis. */
export function documentRegistryInitializer(setup: DocumentRegistrySetup): Hex {
  const { cityAccess, releases, schemas } = setup
  return encodeFunctionData({
    abi,
    functionName: 'initialize',
    args: [cityAccess, releases, schemas],
  })
}

/** The proof of a batched document from its file; {@link EMPTY_BATCH_PROOF} for a single one. */
export function documentBatchProof(document: Document, commitment: Hash): BatchProof {
  if (document.single) return EMPTY_BATCH_PROOF
  const { index, path, previous, count, issuer, issuedAt } = document.batch
  const root = foldBatchPath(commitment, path)
  return {
    index,
    record: { previous, root, count, schemaId: document.schema, issuer, issuedAt },
    path,
  }
}

/** The document a status change is about. */
export interface DocumentTarget {
  readonly commitment: Hash
  readonly schemaId: Hash
  /** 1 to 127 for departments, 128 to 255 for the court */
  readonly reason: number
  /** needed once, for a batched document that nothing happened to; empty otherwise */
  readonly proof?: BatchProof
}

function changeArgs(target: DocumentTarget): readonly [Hash, Hash, number, BatchProof] {
  const { commitment, schemaId, reason, proof = EMPTY_BATCH_PROOF } = target
  return [commitment, schemaId, reason, proof]
}

/** Documents of one schema that change together, 1 to 32 of them. */
export interface DocumentList {
  readonly schemaId: Hash
  readonly reason: number
  readonly items: readonly { readonly commitment: Hash; readonly proof?: BatchProof }[]
}

type ListItem = { readonly document: Hash; readonly proof: BatchProof }

function listArgs(list: DocumentList): readonly [Hash, number, readonly ListItem[]] {
  const { schemaId, reason, items } = list
  const full = items.map(({ commitment, proof = EMPTY_BATCH_PROOF }) => ({
    document: commitment,
    proof,
  }))
  return [schemaId, reason, full]
}

/** A schema to register. */
export interface NewSchema {
  readonly schemaId: Hash
  /** where its definition stands, at most 256 bytes */
  readonly uri: string
  /** the version before it */
  readonly previous?: Hash
  /** keccak256 of the published definition */
  readonly definition?: Hash
}

/**
 * Calldata for every call of IDocumentRegistry; what each refuses stands in the Solidity interface.
 */
export const documentRegistry = {
  /** the administrator's; `previous` and `definition` default to none */
  registerSchema: (schema: NewSchema): Hex =>
    encodeFunctionData({
      abi,
      functionName: 'registerSchema',
      args: [
        schema.schemaId,
        schema.previous ?? ZERO_HASH,
        schema.definition ?? ZERO_HASH,
        schema.uri,
      ],
    }),

  freezeSchema: (schemaId: Hash): Hex =>
    encodeFunctionData({ abi, functionName: 'freezeSchema', args: [schemaId] }),

  grantPower: (schemaId: Hash, account: Address, power: DocumentPower): Hex =>
    encodeFunctionData({
      abi,
      functionName: 'grantPower',
      args: [schemaId, account, DOCUMENT_POWERS.indexOf(power)],
    }),

  withdrawPower: (schemaId: Hash, account: Address, power: DocumentPower): Hex =>
    encodeFunctionData({
      abi,
      functionName: 'withdrawPower',
      args: [schemaId, account, DOCUMENT_POWERS.indexOf(power)],
    }),

  /** `count` leaves, 1 to 65,536; `uri` at most 256 bytes and free of personal data */
  issueBatch: (batch: { root: Hash; count: number; schemaId: Hash; uri: string }): Hex =>
    encodeFunctionData({
      abi,
      functionName: 'issueBatch',
      args: [batch.root, batch.count, batch.schemaId, batch.uri],
    }),

  issue: (commitment: Hash, schemaId: Hash): Hex =>
    encodeFunctionData({ abi, functionName: 'issue', args: [commitment, schemaId] }),

  suspend: (target: DocumentTarget): Hex =>
    encodeFunctionData({ abi, functionName: 'suspend', args: changeArgs(target) }),

  reinstate: (target: Omit<DocumentTarget, 'proof'>): Hex =>
    encodeFunctionData({
      abi,
      functionName: 'reinstate',
      args: [target.commitment, target.schemaId, target.reason],
    }),

  revoke: (target: DocumentTarget): Hex =>
    encodeFunctionData({ abi, functionName: 'revoke', args: changeArgs(target) }),

  suspendMany: (list: DocumentList): Hex =>
    encodeFunctionData({ abi, functionName: 'suspendMany', args: listArgs(list) }),

  revokeMany: (list: DocumentList): Hex =>
    encodeFunctionData({ abi, functionName: 'revokeMany', args: listArgs(list) }),

  supersede: (target: DocumentTarget, successor: { commitment: Hash; proof?: BatchProof }): Hex => {
    const { commitment, schemaId, reason, proof = EMPTY_BATCH_PROOF } = target
    const proofs = [proof, successor.proof ?? EMPTY_BATCH_PROOF] as const
    return encodeFunctionData({
      abi,
      functionName: 'supersede',
      args: [commitment, schemaId, successor.commitment, reason, ...proofs],
    })
  },

  /** the court's: to `issued` (reinstated), `suspended` or `revoked` */
  order: (target: DocumentTarget, to: DocumentStatus): Hex => {
    const { commitment, schemaId, reason, proof = EMPTY_BATCH_PROOF } = target
    const status = DOCUMENT_STATUSES.indexOf(to)
    const args = [commitment, schemaId, status, reason, proof] as const
    return encodeFunctionData({ abi, functionName: 'order', args })
  },

  documentOf: (commitment: Hash, schemaId: Hash): Hex =>
    encodeFunctionData({ abi, functionName: 'documentOf', args: [commitment, schemaId] }),

  isBatched: (commitment: Hash, schemaId: Hash, proof: BatchProof): Hex =>
    encodeFunctionData({ abi, functionName: 'isBatched', args: [commitment, schemaId, proof] }),

  batchHash: (index: number): Hex =>
    encodeFunctionData({ abi, functionName: 'batchHash', args: [index] }),

  totals: (): Hex => encodeFunctionData({ abi, functionName: 'totals' }),

  schemaOf: (schemaId: Hash): Hex =>
    encodeFunctionData({ abi, functionName: 'schemaOf', args: [schemaId] }),

  powersOf: (schemaId: Hash, account: Address): Hex =>
    encodeFunctionData({ abi, functionName: 'powersOf', args: [schemaId, account] }),
} as const
