/**
 * Batches: the Merkle tree of many commitments, and the record hash that DocumentRegistry stores.
 * One storage word per batch holds keccak256(abi.encode(BATCH_TYPE, record)); the record itself is
 * in the BatchIssued event, and `previous` chains the batches (docs/adr/0070).
 */
import {
  type Address,
  assert,
  bytesToHex,
  concatBytes,
  foldMerklePath,
  type Hash,
  hexToBytes,
  keccak256,
  keccakHex,
  merkleLevels,
  merklePath,
  numberToBytes,
  padLeft,
  utf8ToBytes,
} from '@veche/primitives'
import { commitmentLeaf } from './commitment.ts'
import { BATCH_COUNT_MAX } from './limits.ts'

/** One posted batch, as the BatchIssued event gives it. */
export interface BatchRecord {
  /** stored hash of the batch before, zero for the first */
  readonly previous: Hash
  readonly root: Hash
  /** leaves in the tree */
  readonly count: number
  readonly schemaId: Hash
  readonly issuer: Address
  /** unix seconds */
  readonly issuedAt: number
}

/** A tree built over commitments, ready for `issueBatch`. */
export interface BatchTree {
  readonly root: Hash
  readonly count: number
  /** sibling hashes from the commitment at `position` up to the root, at most 16 */
  pathOf(position: number): readonly Hash[]
}

const BATCH_TYPE = keccak256(
  utf8ToBytes(
    'VecheBatch/1(bytes32 previous,bytes32 root,uint32 count,bytes32 schemaId,address issuer,uint40 issuedAt)',
  ),
)

/** Builds the tree of 1 to 65,536 commitments, in their order. Pure. */
export function createBatchTree(commitments: readonly Hash[]): BatchTree {
  const count = commitments.length
  assert(
    count > 0 && count <= BATCH_COUNT_MAX,
    `1 to ${BATCH_COUNT_MAX} commitments expected, got ${count}`,
  )
  const levels = merkleLevels(commitments.map(commitmentLeaf))
  const top = levels.at(-1)?.[0]
  assert(top !== undefined, 'a tree has a root')
  return {
    root: bytesToHex(top),
    count,
    pathOf(position) {
      assert(position >= 0 && position < count, `position below ${count} expected, got ${position}`)
      return merklePath(levels, position).map(bytesToHex)
    },
  }
}

/** The root that a commitment and its path lead to. */
export function foldBatchPath(commitment: Hash, path: readonly Hash[]): Hash {
  return bytesToHex(foldMerklePath(commitmentLeaf(commitment), path.map(hexToBytes)))
}

/** What DocumentRegistry stores for a batch: keccak256(abi.encode(BATCH_TYPE, record)). */
export function batchRecordHash(record: BatchRecord): Hash {
  const words = [
    BATCH_TYPE,
    hexToBytes(record.previous),
    hexToBytes(record.root),
    padLeft(numberToBytes(record.count), 32),
    hexToBytes(record.schemaId),
    padLeft(hexToBytes(record.issuer), 32),
    padLeft(numberToBytes(record.issuedAt), 32),
  ]
  return keccakHex(concatBytes(...words))
}
