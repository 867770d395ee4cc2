/**
 * The Merkle Patricia trie over content-addressed nodes: get, prove, and one batched update per
 * block that hashes every changed node once. Synchronous, functional in what it reads: stored
 * nodes are never changed, an update copies the path it touches. Yellow Paper appendix D.
 */
import {
  assert,
  EMPTY_TRIE_ROOT,
  equalBytes,
  type Hash,
  keccakHex,
  VecheError,
} from '@veche/primitives'
import { CACHED_NODES_MAX } from '../limits.ts'
import { Generations } from './generations.ts'
import {
  type BranchNode,
  bytesToNibbles,
  decodeNode,
  encodeNode,
  type NodeSink,
  storeNode,
  type TrieNode,
  type TrieRef,
} from './trie-node.ts'

/** Where stored nodes come from; `StateReader` is one. */
export interface NodeReader {
  trieNode(hash: Hash): Uint8Array | undefined
}

/** A change of one key; undefined removes it. Keys of one update are unique. */
export interface TrieChange {
  readonly key: Uint8Array
  readonly value: Uint8Array | undefined
}

/** Decoded nodes of a store, cached and bounded. */
export class NodeCache {
  readonly #reader: NodeReader
  readonly #nodes = new Generations<TrieNode>(CACHED_NODES_MAX)

  constructor(reader: NodeReader) {
    this.#reader = reader
  }

  /** Throws `STATE_NODE_MISSING` when the store lacks it. */
  node(hash: Hash): TrieNode {
    const cached = this.#nodes.get(hash)
    if (cached !== undefined) return cached
    const bytes = this.#reader.trieNode(hash)
    if (bytes === undefined)
      throw new VecheError('STATE_NODE_MISSING', `trie node ${hash} is not in the store`, {
        facts: { hash },
      })
    const node = decodeNode(bytes)
    this.#nodes.set(hash, node)
    return node
  }

  /** Keeps a node just computed, so that the next block does not decode it. */
  keep(hash: Hash, node: TrieNode): void {
    this.#nodes.set(hash, node)
  }
}

function sharedLength(a: Uint8Array, aFrom: number, b: Uint8Array): number {
  let length = 0
  while (length < b.length && a[aFrom + length] === b[length]) length++
  return length
}

function emptyBranch(): BranchNode {
  return {
    kind: 'branch',
    children: new Array<TrieRef>(16).fill(undefined),
    value: undefined,
    fresh: true,
  }
}

function own(node: BranchNode): BranchNode {
  return node.fresh
    ? node
    : { kind: 'branch', children: node.children.slice(), value: node.value, fresh: true }
}

/** One update of one trie: holds fresh nodes until {@link Update.root} hashes them. */
class Update {
  readonly #nodes: NodeCache

  constructor(nodes: NodeCache) {
    this.#nodes = nodes
  }

  #resolve(ref: TrieNode | Hash): TrieNode {
    return typeof ref === 'string' ? this.#nodes.node(ref) : ref
  }

  /** the node under `ref` with `value` at `path[at..]` */
  insert(ref: TrieRef, path: Uint8Array, at: number, value: Uint8Array): TrieNode {
    if (ref === undefined) return { kind: 'leaf', path: path.subarray(at), value, fresh: true }
    const node = this.#resolve(ref)
    if (node.kind === 'branch') {
      const branch = own(node)
      if (at === path.length) branch.value = value
      else {
        const nibble = path[at] as number
        branch.children[nibble] = this.insert(branch.children[nibble], path, at + 1, value)
      }
      return branch
    }
    const shared = sharedLength(path, at, node.path)
    if (shared === node.path.length) {
      if (node.kind === 'extension') {
        const child = this.insert(node.child, path, at + shared, value)
        return { kind: 'extension', path: node.path, child, fresh: true }
      }
      if (at + shared === path.length) return { kind: 'leaf', path: node.path, value, fresh: true }
    }
    const branch = emptyBranch()
    this.#hang(branch, node, shared)
    if (at + shared === path.length) branch.value = value
    else
      branch.children[path[at + shared] as number] = {
        kind: 'leaf',
        path: path.subarray(at + shared + 1),
        value,
        fresh: true,
      }
    return shared === 0
      ? branch
      : { kind: 'extension', path: node.path.subarray(0, shared), child: branch, fresh: true }
  }

  /** puts what is left of a leaf or extension, after `shared` nibbles, under a new branch */
  #hang(branch: BranchNode, node: Exclude<TrieNode, BranchNode>, shared: number): void {
    if (shared === node.path.length) {
      assert(node.kind === 'leaf', 'an extension is split before its end')
      branch.value = node.value
      return
    }
    const nibble = node.path[shared] as number
    const rest = node.path.subarray(shared + 1)
    branch.children[nibble] =
      node.kind === 'leaf'
        ? { kind: 'leaf', path: rest, value: node.value, fresh: true }
        : rest.length === 0
          ? node.child
          : { kind: 'extension', path: rest, child: node.child, fresh: true }
  }

  /** the node under `ref` without `path[at..]`; the same `ref` when it holds no such key */
  remove(ref: TrieRef, path: Uint8Array, at: number): TrieRef {
    if (ref === undefined) return undefined
    const node = this.#resolve(ref)
    if (node.kind === 'leaf') return equalBytes(node.path, path.subarray(at)) ? undefined : ref
    if (node.kind === 'extension') {
      if (sharedLength(path, at, node.path) < node.path.length) return ref
      const child = this.remove(node.child, path, at + node.path.length)
      if (child === node.child && !isFresh(child)) return ref
      return child === undefined ? undefined : this.#join(node.path, child)
    }
    return this.#removeFromBranch(ref, node, path, at)
  }

  #removeFromBranch(ref: TrieRef, node: BranchNode, path: Uint8Array, at: number): TrieRef {
    if (at === path.length) {
      if (node.value === undefined) return ref
      const branch = own(node)
      branch.value = undefined
      return this.#shrink(branch)
    }
    const nibble = path[at] as number
    const before = node.children[nibble]
    const after = this.remove(before, path, at + 1)
    if (after === before && !isFresh(after)) return ref
    const branch = own(node)
    branch.children[nibble] = after
    return after === undefined ? this.#shrink(branch) : branch
  }

  /** a branch with one thing left becomes a leaf or an extension */
  #shrink(branch: BranchNode): TrieRef {
    let only = -1
    for (let i = 0; i < 16; i++) {
      if (branch.children[i] === undefined) continue
      if (only >= 0 || branch.value !== undefined) return branch
      only = i
    }
    if (only >= 0) return this.#join(Uint8Array.of(only), branch.children[only] as TrieNode | Hash)
    if (branch.value === undefined) return undefined
    return { kind: 'leaf', path: new Uint8Array(0), value: branch.value, fresh: true }
  }

  /** `path` in front of a node: paths of leaves and extensions melt together */
  #join(path: Uint8Array, ref: TrieNode | Hash): TrieNode {
    const node = this.#resolve(ref)
    if (node.kind === 'branch') return { kind: 'extension', path, child: ref, fresh: true }
    const whole = new Uint8Array(path.length + node.path.length)
    whole.set(path, 0)
    whole.set(node.path, path.length)
    return node.kind === 'leaf'
      ? { kind: 'leaf', path: whole, value: node.value, fresh: true }
      : { kind: 'extension', path: whole, child: node.child, fresh: true }
  }
}

function isFresh(ref: TrieRef): boolean {
  return ref !== undefined && typeof ref !== 'string' && ref.fresh
}

function rootToRef(root: Hash): TrieRef {
  return root === EMPTY_TRIE_ROOT ? undefined : root
}

/**
 * The root after `changes` (best sorted by key: neighbours then share their path in the cache).
 * Every new node of 32 bytes or more, and the root node, goes to `sink`. Reads only through
 * `nodes`.
 */
export function updateTrie(
  nodes: NodeCache,
  root: Hash,
  changes: readonly TrieChange[],
  sink: NodeSink,
): Hash {
  const update = new Update(nodes)
  let ref = rootToRef(root)
  for (const { key, value } of changes) {
    const path = bytesToNibbles(key)
    ref =
      value === undefined || value.length === 0
        ? update.remove(ref, path, 0)
        : update.insert(ref, path, 0, value)
  }
  if (ref === undefined) return EMPTY_TRIE_ROOT
  return storeNode(ref, sink, true) as Hash
}

/** The root of a trie made from nothing: transactions, receipts, tests. */
export function trieRoot(changes: readonly TrieChange[]): Hash {
  const nowhere = new NodeCache({ trieNode: () => undefined })
  return updateTrie(nowhere, EMPTY_TRIE_ROOT, changes, () => undefined)
}

/** The value under `key`, or undefined. `visit` is called with each stored node on the way down. */
export function trieGet(
  nodes: NodeCache,
  root: Hash,
  key: Uint8Array,
  visit?: (node: TrieNode) => void,
): Uint8Array | undefined {
  const path = bytesToNibbles(key)
  let ref = rootToRef(root)
  let at = 0
  while (ref !== undefined) {
    const node: TrieNode = typeof ref === 'string' ? nodes.node(ref) : ref
    if (typeof ref === 'string') visit?.(node)
    if (node.kind === 'branch') {
      if (at === path.length) return node.value
      ref = node.children[path[at] as number]
      at++
    } else if (node.kind === 'leaf') {
      return equalBytes(node.path, path.subarray(at)) ? node.value : undefined
    } else {
      if (sharedLength(path, at, node.path) < node.path.length) return undefined
      at += node.path.length
      ref = node.child
    }
  }
  return undefined
}

/** RLP of the nodes that prove what `key` holds, from the root down (EIP-1186). */
export function trieProof(nodes: NodeCache, root: Hash, key: Uint8Array): Uint8Array[] {
  const proof: Uint8Array[] = []
  trieGet(nodes, root, key, (node) => {
    proof.push(encodeNode(node))
  })
  return proof
}

/** Whether a root is held: its node is in the store, or it is the empty root. */
export function hasRoot(reader: NodeReader, root: Hash): boolean {
  if (root === EMPTY_TRIE_ROOT) return true
  const bytes = reader.trieNode(root)
  return bytes !== undefined && keccakHex(bytes) === root
}
