/** Against the rule of OpenZeppelin's MerkleProof: commutative keccak pairs, odd nodes move up. */
import {
  bytesToHex,
  concatBytes,
  foldMerklePath,
  hashPair,
  keccak256,
  merkleLevels,
  merklePath,
  merkleRoot,
  utf8ToBytes,
} from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

function leavesOf(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => keccak256(utf8ToBytes(`leaf ${i}`)))
}

/** MerkleProof.processProof, written from the Solidity. */
function processProof(proof: readonly Uint8Array[], leaf: Uint8Array): string {
  let computed = bytesToHex(leaf)
  for (const sibling of proof.map(bytesToHex)) {
    const [a, b] = computed < sibling ? [computed, sibling] : [sibling, computed]
    computed = bytesToHex(keccak256(Buffer.from(a.slice(2) + b.slice(2), 'hex')))
  }
  return computed
}

test('every leaf of every size leads to the root, by our rule and by OpenZeppelin’s', () => {
  for (let count = 1; count <= 40; count++) {
    const leaves = leavesOf(count)
    const levels = merkleLevels(leaves)
    const root = bytesToHex(merkleRoot(leaves))
    leaves.forEach((leaf, index) => {
      const path = merklePath(levels, index)
      assert.is(bytesToHex(foldMerklePath(leaf, path)), root, `${index} of ${count}`)
      assert.is(processProof(path, leaf), root)
      assert.ok(path.length <= Math.ceil(Math.log2(count)))
    })
  }
})

test('the tree of three is the pair of the pair and the third', () => {
  const [a, b, c] = leavesOf(3) as [Uint8Array, Uint8Array, Uint8Array]
  assert.equal(merkleRoot([a, b, c]), hashPair(hashPair(a, b), c))
})

test('a pair is sorted before it is hashed', () => {
  const low = new Uint8Array(32)
  const high = new Uint8Array(32).fill(255)
  assert.equal(hashPair(high, low), keccak256(concatBytes(low, high)))
  assert.equal(hashPair(low, high), hashPair(high, low))
})

test('another leaf, another path and another order of the path miss the root', () => {
  const leaves = leavesOf(13)
  const levels = merkleLevels(leaves)
  const root = bytesToHex(merkleRoot(leaves))
  const path = merklePath(levels, 5)
  const misses = [
    foldMerklePath(leaves[6] as Uint8Array, path),
    foldMerklePath(leaves[5] as Uint8Array, merklePath(levels, 6)),
    foldMerklePath(leaves[5] as Uint8Array, [...path].reverse()),
    foldMerklePath(leaves[5] as Uint8Array, path.slice(1)),
  ]
  for (const miss of misses) assert.is.not(bytesToHex(miss), root)
})

test('one leaf is its own root, none is a bug', () => {
  const [leaf] = leavesOf(1) as [Uint8Array]
  assert.equal(merkleRoot([leaf]), leaf)
  assert.equal(merklePath(merkleLevels([leaf]), 0), [])
  assert.throws(() => merkleRoot([]), /assertion/)
})

test.run()
