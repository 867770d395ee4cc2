/**
 * Changes of documents' states as calls of DocumentRegistry, from the documents' files: the proof
 * of a batched document is in its file, and goes along while the chain has no state of it.
 */
import {
  type BatchProof,
  DOCUMENT_CHANGES_MAX,
  type Document,
  type DocumentStatus,
  documentBatchProof,
  documentCommitment,
  documentRegistry,
} from '@veche/contracts'
import { type Hash, VecheError } from '@veche/primitives'
import type { Act } from '../act/act.ts'
import { DOCUMENT_REGISTRY } from '../act/contracts.ts'

interface Target {
  readonly commitment: Hash
  readonly schemaId: Hash
  readonly proof: BatchProof
}

function targetOf(document: Document): Target {
  const commitment = documentCommitment(document)
  const proof = documentBatchProof(document, commitment)
  return { commitment, schemaId: document.schema, proof }
}

const act = (data: Act['data']): Act => ({ contract: DOCUMENT_REGISTRY, data })

/**
 * Suspends or revokes: one document by a call of its own, several of one schema by lists of up to
 * 32. Throws `USAGE` for documents of different schemas.
 */
export function changeActs(
  kind: 'suspend' | 'revoke',
  documents: readonly Document[],
  reason: number,
): Act[] {
  const targets = documents.map(targetOf)
  const [first] = targets
  if (first === undefined) return []
  if (targets.length === 1) return [act(documentRegistry[kind]({ ...first, reason }))]
  const { schemaId } = first
  if (targets.some((target) => target.schemaId !== schemaId))
    throw new VecheError('USAGE', 'documents of one schema expected in one command')
  const acts: Act[] = []
  for (let at = 0; at < targets.length; at += DOCUMENT_CHANGES_MAX) {
    const items = targets.slice(at, at + DOCUMENT_CHANGES_MAX)
    acts.push(act(documentRegistry[`${kind}Many`]({ schemaId, reason, items })))
  }
  return acts
}

export function reinstateActs(documents: readonly Document[], reason: number): Act[] {
  return documents.map((document) => {
    const { commitment, schemaId } = targetOf(document)
    return act(documentRegistry.reinstate({ commitment, schemaId, reason }))
  })
}

/** Throws `USAGE` when the two are of different schemas. */
export function supersedeAct(document: Document, successor: Document, reason: number): Act {
  const [old, next] = [targetOf(document), targetOf(successor)]
  if (old.schemaId !== next.schemaId)
    throw new VecheError('USAGE', 'a successor of the same schema expected')
  return act(documentRegistry.supersede({ ...old, reason }, next))
}

/** The court's orders. */
export function orderActs(
  documents: readonly Document[],
  to: DocumentStatus,
  reason: number,
): Act[] {
  return documents.map((document) =>
    act(documentRegistry.order({ ...targetOf(document), reason }, to)),
  )
}
