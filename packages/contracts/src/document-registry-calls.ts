/**
 * Calldata of DocumentRegistry read back: what an auditor needs, because only the call shows by
 * which batch and path a document was touched for the first time.
 */
import { accept, type Hash, type Hex, type Result, refuse } from '@veche/primitives'
import { decodeFunctionData } from 'viem/utils'
import type { BatchProof } from './document-registry.ts'
import { documentRegistryAbi as abi } from './generated/document-registry.ts'
import { DOCUMENT_STATUSES, type DocumentStatus } from './storage-slots.ts'

/** A state-changing call of a department or the court. */
export type DocumentRegistryCall =
  | {
      readonly kind: 'issue-batch'
      readonly root: Hash
      readonly count: number
      readonly schemaId: Hash
    }
  | { readonly kind: 'issue'; readonly commitment: Hash; readonly schemaId: Hash }
  | {
      readonly kind: 'suspend' | 'revoke' | 'reinstate'
      readonly schemaId: Hash
      readonly reason: number
      /** one, or a list that changes together; `proof` is absent for a reinstatement */
      readonly items: readonly { readonly commitment: Hash; readonly proof?: BatchProof }[]
      /** by suspendMany or revokeMany, which pass over what stands there already */
      readonly many: boolean
    }
  | {
      readonly kind: 'supersede'
      readonly schemaId: Hash
      readonly reason: number
      readonly commitment: Hash
      readonly successor: Hash
      readonly proof: BatchProof
      readonly successorProof: BatchProof
    }
  | {
      /** the court's */
      readonly kind: 'order'
      readonly schemaId: Hash
      readonly reason: number
      readonly commitment: Hash
      readonly to: DocumentStatus
      readonly proof: BatchProof
    }
  /** an administrator's call, a view, or the proxy's */
  | { readonly kind: 'other'; readonly name: string }

function lowerProof(proof: BatchProof): BatchProof {
  const issuer = proof.record.issuer.toLowerCase() as Hex
  return { ...proof, record: { ...proof.record, issuer } }
}

type Decoded = ReturnType<typeof decodeFunctionData<typeof abi>>

function toCall(call: Decoded): DocumentRegistryCall {
  switch (call.functionName) {
    case 'issueBatch': {
      const [root, count, schemaId] = call.args
      return { kind: 'issue-batch', root, count, schemaId }
    }
    case 'issue': {
      const [commitment, schemaId] = call.args
      return { kind: 'issue', commitment, schemaId }
    }
    case 'suspend':
    case 'revoke': {
      const [commitment, schemaId, reason, proof] = call.args
      const items = [{ commitment, proof: lowerProof(proof) }]
      return { kind: call.functionName, schemaId, reason, items, many: false }
    }
    case 'reinstate': {
      const [commitment, schemaId, reason] = call.args
      return { kind: 'reinstate', schemaId, reason, items: [{ commitment }], many: false }
    }
    case 'suspendMany':
    case 'revokeMany': {
      const [schemaId, reason, list] = call.args
      const items = list.map(({ document, proof }) => ({
        commitment: document,
        proof: lowerProof(proof),
      }))
      const kind = call.functionName === 'suspendMany' ? 'suspend' : 'revoke'
      return { kind, schemaId, reason, items, many: true }
    }
    case 'supersede': {
      const [commitment, schemaId, successor, reason, proof, successorProof] = call.args
      const proofs = { proof: lowerProof(proof), successorProof: lowerProof(successorProof) }
      return { kind: 'supersede', schemaId, reason, commitment, successor, ...proofs }
    }
    case 'order': {
      const [commitment, schemaId, status, reason, proof] = call.args
      const to = DOCUMENT_STATUSES[status] ?? 'none'
      return { kind: 'order', schemaId, reason, commitment, to, proof: lowerProof(proof) }
    }
    default:
      return { kind: 'other', name: call.functionName }
  }
}

/** Decodes calldata. Total; refuses with `CALL_UNKNOWN` what is no call of the registry. */
export function decodeDocumentRegistryCall(data: Hex): Result<DocumentRegistryCall> {
  try {
    return accept(toCall(decodeFunctionData({ abi, data })))
  } catch {
    return refuse('CALL_UNKNOWN', 'a call of DocumentRegistry expected')
  }
}
