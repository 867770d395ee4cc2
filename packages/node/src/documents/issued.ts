/** Document files out of what was issued: content, batch record and Merkle path put together. */
import {
  type BatchRecord,
  type BatchTree,
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

const trees = new WeakMap<readonly DocumentContent[], BatchTree>()

/** the tree of a list of contents, built once */
function treeOf(contents: readonly DocumentContent[]): BatchTree {
  const tree = trees.get(contents) ?? createBatchTree(contents.map(documentCommitment))
  trees.set(contents, tree)
  return tree
}

/** The document at `position` of a batch. A bug when the contents are not those of the record. */
export function documentOfBatch(batch: IssuedBatch, position: number): Document {
  const { previous, count, issuer, issuedAt, root } = batch.record
  const tree = treeOf(batch.contents)
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
