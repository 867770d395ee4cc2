/**
 * The Merkle tree of millions of legacy titles in two flat arrays: 64 bytes for each leaf, so 4.5
 * million need 288 MB. The tree is that of @veche/primitives' merkle.ts (ascending pairs, an odd
 * node moves up); a test compares.
 */
import {
  assert,
  bytesToHex,
  compareBytes,
  concatBytes,
  type Hash,
  keccak256,
} from '@veche/primitives'

const NODE_BYTES = 32

/** Leaves a tree may have: 2^24, above the titles of the largest city (23 hashes for 4.5 M). */
export const LEGACY_COUNT_MAX = 2 ** 24

/** A finished tree. */
export interface LegacyTree {
  readonly root: Hash
  readonly count: number
  /** siblings from the leaf at `index` up to the root */
  pathOf(index: number): readonly Hash[]
  /** every level, leaves first, one after another: what a file keeps */
  readonly nodes: Uint8Array
}

interface Level {
  readonly start: number
  readonly count: number
}

/** Where each level of a tree stands among its nodes. */
export function legacyLevels(count: number): readonly Level[] {
  assert(count > 0 && count <= LEGACY_COUNT_MAX, `1 to ${LEGACY_COUNT_MAX} leaves, got ${count}`)
  const levels: Level[] = [{ start: 0, count }]
  let [start, width] = [count, count]
  while (width > 1) {
    width = Math.ceil(width / 2)
    levels.push({ start, count: width })
    start += width
  }
  return levels
}

/** Positions among the nodes of the siblings from a leaf to the root. */
export function legacySiblings(count: number, index: number): readonly number[] {
  assert(index >= 0 && index < count, `an index below ${count}, got ${index}`)
  const siblings: number[] = []
  let place = index
  for (const level of legacyLevels(count).slice(0, -1)) {
    if ((place ^ 1) < level.count) siblings.push(level.start + (place ^ 1))
    place >>= 1
  }
  return siblings
}

/** Takes `count` leaves one by one; `finish` hashes upwards. Memory: 64 bytes a leaf. */
export function createLegacyTree(count: number): {
  add(leaf: Uint8Array): void
  finish(): LegacyTree
} {
  const levels = legacyLevels(count)
  const last = levels.at(-1)
  assert(last !== undefined, 'a tree has a root')
  const nodes = new Uint8Array((last.start + 1) * NODE_BYTES)
  let added = 0
  return {
    add(leaf) {
      assert(leaf.length === NODE_BYTES && added < count, `${count} leaves of 32 bytes`)
      nodes.set(leaf, added * NODE_BYTES)
      added++
    },
    finish() {
      assert(added === count, `${count} leaves, got ${added}`)
      for (const [i, level] of levels.entries()) {
        const above = levels[i + 1]
        if (above !== undefined) hashLevel(nodes, level, above)
      }
      return openLegacyTree(nodes, count)
    },
  }
}

/** A tree whose nodes were kept. The caller trusts them: a wrong node gives a path that fails. */
export function openLegacyTree(nodes: Uint8Array, count: number): LegacyTree {
  const root = (legacyLevels(count).at(-1) as Level).start
  assert(nodes.length === (root + 1) * NODE_BYTES, 'the nodes of a whole tree')
  return {
    root: bytesToHex(nodeAt(nodes, root)),
    count,
    pathOf: (index) => legacySiblings(count, index).map((at) => bytesToHex(nodeAt(nodes, at))),
    nodes,
  }
}

function nodeAt(nodes: Uint8Array, place: number): Uint8Array {
  return nodes.subarray(place * NODE_BYTES, (place + 1) * NODE_BYTES)
}

function hashLevel(nodes: Uint8Array, level: Level, above: Level): void {
  for (let i = 0; i < above.count; i++) {
    const left = level.start + 2 * i
    const target = (above.start + i) * NODE_BYTES
    if (2 * i + 1 === level.count) {
      nodes.copyWithin(target, left * NODE_BYTES, (left + 1) * NODE_BYTES)
      continue
    }
    const [a, b] = [nodeAt(nodes, left), nodeAt(nodes, left + 1)]
    const pair =
      compareBytes(a, b) <= 0
        ? nodes.subarray(left * NODE_BYTES, (left + 2) * NODE_BYTES)
        : concatBytes(b, a)
    nodes.set(keccak256(pair), target)
  }
}
