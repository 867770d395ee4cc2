/** Document files out of what was issued: content, batch record and Merkle path put together. */
import {
  type BatchRecord,
  createBatchTree,
  DOCUMENT_REGISTRY_ADDRESS,
  type Document,
  type DocumentContent,
  documentCommitment,
} from '@veche/contracts'
import { assert } from '@veche/primitives'

export interface IssuedBatch {
  readonly chainId: number
  readonly index: number
  readonly record: BatchRecord
  readonly contents: readonly DocumentContent[]
}

/** The document at `position` of a batch. A bug when the contents are not those of the record. */
export function documentOfBatch(batch: IssuedBatch, position: number): Document {
  const { previous, count, issuer, issuedAt, root } = batch.record
  const tree = createBatchTree(batch.contents.map(documentCommitment))
  const content = batch.contents[position]
  assert(tree.root === root && content !== undefined, 'the contents are those of the batch')
  return {
    ...content,
    chainId: batch.chainId,
    contract: DOCUMENT_REGISTRY_ADDRESS,
    batch: { index: batch.index, path: tree.pathOf(position), previous, count, issuer, issuedAt },
  }
}

/** A singly issued document. */
export function singleDocument(content: DocumentContent, chainId: number): Document {
  return { ...content, chainId, contract: DOCUMENT_REGISTRY_ADDRESS, single: true }
}
