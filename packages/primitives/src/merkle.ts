/**
 * Binary Merkle trees over 32-byte leaves, as OpenZeppelin's `MerkleProof` checks them: a node is
 * the keccak of its two children in ascending order; an odd node moves up unchanged.
 */
import { compareBytes, concatBytes } from './bytes.ts'
import { keccak256 } from './crypto.ts'
import { assert } from './errors.ts'

/** keccak of two 32-byte nodes in ascending order (commutative). */
export function hashPair(a: Uint8Array, b: Uint8Array): Uint8Array {
  return keccak256(compareBytes(a, b) <= 0 ? concatBytes(a, b) : concatBytes(b, a))
}

/** All levels of the tree, leaves first, the root alone on the last. At least one leaf. */
export function merkleLevels(leaves: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  assert(leaves.length > 0, 'at least one leaf expected')
  const levels: (readonly Uint8Array[])[] = [leaves]
  let level = leaves
  while (level.length > 1) {
    const above: Uint8Array[] = []
    for (let i = 0; i < level.length; i += 2) {
      const left = level[i] as Uint8Array
      const right = level[i + 1]
      above.push(right === undefined ? left : hashPair(left, right))
    }
    levels.push(above)
    level = above
  }
  return levels
}

/** The root of {@link merkleLevels}: 32 bytes. */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  return (merkleLevels(leaves).at(-1) as readonly Uint8Array[])[0] as Uint8Array
}

/** The siblings from the leaf at `index` up to the root. */
export function merklePath(
  levels: readonly (readonly Uint8Array[])[],
  index: number,
): readonly Uint8Array[] {
  const path: Uint8Array[] = []
  let at = index
  for (const level of levels.slice(0, -1)) {
    const sibling = level[at ^ 1]
    if (sibling !== undefined) path.push(sibling)
    at >>= 1
  }
  return path
}

/** The root that a leaf and its path lead to. */
export function foldMerklePath(leaf: Uint8Array, path: readonly Uint8Array[]): Uint8Array {
  return path.reduce(hashPair, leaf)
}
