/** Batch trees: every member's path leads to the root, and nobody else's does. */
import { type Hash, keccakHex, numberToBytes } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createBatchTree, foldBatchPath, PATH_LENGTH_MAX } from '../src/index.ts'

await installNativeCrypto()

function commitments(count: number): readonly Hash[] {
  return Array.from({ length: count }, (_, i) => keccakHex(numberToBytes(i + 1)))
}

test('every path leads to the root, whatever the number of leaves', () => {
  for (const count of [1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 100]) {
    const list = commitments(count)
    const tree = createBatchTree(list)
    assert.is(tree.count, count)
    for (const [i, commitment] of list.entries()) {
      const path = tree.pathOf(i)
      assert.ok(path.length <= Math.ceil(Math.log2(count)), `${path.length} of ${count}`)
      assert.is(foldBatchPath(commitment, path), tree.root)
    }
  }
})

test('the largest batch has paths that the contract takes', () => {
  const list = commitments(65_536)
  const tree = createBatchTree(list)
  assert.is(tree.pathOf(40_211).length, PATH_LENGTH_MAX)
  assert.is(foldBatchPath(list[40_211] as Hash, tree.pathOf(40_211)), tree.root)
})

test('a leaf verifies only with its own path', () => {
  const list = commitments(13)
  const tree = createBatchTree(list)
  const places = fc.tuple(fc.nat(12), fc.nat(12))
  fc.assert(
    fc.property(places, ([i, j]) => {
      const leads = foldBatchPath(list[i] as Hash, tree.pathOf(j)) === tree.root
      return leads === (i === j)
    }),
  )
})

test('no leaves, too many leaves and a position outside are bugs', () => {
  assert.throws(() => createBatchTree([]), /1 to 65536 commitments expected/)
  assert.throws(() => createBatchTree(commitments(65_537)), /1 to 65536 commitments expected/)
  assert.throws(() => createBatchTree(commitments(2)).pathOf(2), /position below 2 expected/)
})

test.run()
