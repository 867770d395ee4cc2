/**
 * Typed bindings of DocumentRegistry: creation code and calldata. A thin hand over viem's ABI
 * coder; no transport, no keys. Answers and events are in document-registry-answers.ts.
 */
import {
  type Address,
  type Hash,
  type Hex,
  keccakHex,
  utf8ToBytes,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@veche/primitives'
import { encodeDeployData, encodeFunctionData } from 'viem/utils'
import type { BatchRecord } from './batch.ts'
import { foldBatchPath } from './batch.ts'
import type { Document } from './document.ts'
import {
  documentRegistryAbi as abi,
  documentRegistryBytecode,
} from './generated/document-registry.ts'

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

/** The role of COURT, as AccessControl's `hasRole` and `grantRole` take it. */
export const COURT_ROLE: Hash = keccakHex(utf8ToBytes('COURT'))

/** A schema that exists from the first block. */
export interface SchemaSetup {
  readonly schemaId: Hash
  /** where its definition stands, at most 256 bytes */
  readonly uri: string
  readonly issuers: readonly Address[]
  readonly revokers: readonly Address[]
}

export interface DocumentRegistrySetup {
  /** grants roles and registers schemas; an AccessManager or a timelock in a real city */
  readonly admin: Address
  readonly courts: readonly Address[]
  readonly schemas: readonly SchemaSetup[]
}

/** Creation code with its constructor arguments: the data of a deploying transaction. */
export function documentRegistryInitCode(setup: DocumentRegistrySetup): Hex {
  return encodeDeployData({
    abi,
    bytecode: documentRegistryBytecode,
    args: [setup.admin, setup.courts, setup.schemas],
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
  /** 1 to 127, and up to 255 for the court */
  readonly reason: number
  /** needed once, for a batched document that nothing happened to; empty otherwise */
  readonly proof?: BatchProof
}

function changeArgs(target: DocumentTarget): readonly [Hash, Hash, number, BatchProof] {
  const { commitment, schemaId, reason, proof = EMPTY_BATCH_PROOF } = target
  return [commitment, schemaId, reason, proof]
}

/**
 * Calldata for every call of IDocumentRegistry; what each refuses stands in the Solidity interface.
 */
export const documentRegistry = {
  registerSchema: (schemaId: Hash, uri: string): Hex =>
    encodeFunctionData({ abi, functionName: 'registerSchema', args: [schemaId, uri] }),

  freezeSchema: (schemaId: Hash): Hex =>
    encodeFunctionData({ abi, functionName: 'freezeSchema', args: [schemaId] }),

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

  supersede: (target: DocumentTarget, successor: { commitment: Hash; proof?: BatchProof }): Hex => {
    const { commitment, schemaId, reason, proof = EMPTY_BATCH_PROOF } = target
    const proofs = [proof, successor.proof ?? EMPTY_BATCH_PROOF] as const
    return encodeFunctionData({
      abi,
      functionName: 'supersede',
      args: [commitment, schemaId, successor.commitment, reason, ...proofs],
    })
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

  hasRole: (role: Hash, account: Address): Hex =>
    encodeFunctionData({ abi, functionName: 'hasRole', args: [role, account] }),

  grantRole: (role: Hash, account: Address): Hex =>
    encodeFunctionData({ abi, functionName: 'grantRole', args: [role, account] }),

  revokeRole: (role: Hash, account: Address): Hex =>
    encodeFunctionData({ abi, functionName: 'revokeRole', args: [role, account] }),
} as const
