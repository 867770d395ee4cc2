/**
 * Nodes of the Merkle Patricia trie: in memory, as RLP and as hashes. Yellow Paper appendix C (hex
 * prefix) and D (trie). Decoded nodes are shared and never changed; `fresh` ones belong to one
 * update.
 */
import {
  bytesToHex,
  decodeRlp,
  EMPTY_BYTES,
  encodeRlp,
  type Hash,
  hexToBytes,
  keccak256,
  type RlpInput,
  type RlpItem,
  VecheError,
} from '@veche/primitives'

export interface LeafNode {
  readonly kind: 'leaf'
  /** nibbles */
  path: Uint8Array
  value: Uint8Array
  fresh: boolean
}

export interface ExtensionNode {
  readonly kind: 'extension'
  /** nibbles, at least one */
  path: Uint8Array
  child: TrieRef
  fresh: boolean
}

export interface BranchNode {
  readonly kind: 'branch'
  /** 16 */
  children: TrieRef[]
  value: Uint8Array | undefined
  fresh: boolean
}

export type TrieNode = LeafNode | ExtensionNode | BranchNode
/** nothing, a node held in place (embedded or not yet hashed), or the hash of a stored one */
export type TrieRef = undefined | TrieNode | Hash

/** Two nibbles per byte. */
export function bytesToNibbles(bytes: Uint8Array): Uint8Array {
  const nibbles = new Uint8Array(bytes.length * 2)
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number
    nibbles[2 * i] = byte >> 4
    nibbles[2 * i + 1] = byte & 15
  }
  return nibbles
}

function encodePath(nibbles: Uint8Array, leaf: boolean): Uint8Array {
  const odd = nibbles.length % 2
  const bytes = new Uint8Array((nibbles.length - odd) / 2 + 1)
  bytes[0] = (leaf ? 0x20 : 0) + (odd === 1 ? 0x10 + (nibbles[0] as number) : 0)
  for (let i = odd, at = 1; i < nibbles.length; i += 2, at++)
    bytes[at] = (nibbles[i] as number) * 16 + (nibbles[i + 1] as number)
  return bytes
}

function corrupt(reason: string): never {
  throw new VecheError('STATE_NODE_CORRUPT', `trie node is damaged: ${reason}`)
}

function decodePath(item: RlpItem | undefined): { path: Uint8Array; leaf: boolean } {
  if (!(item instanceof Uint8Array) || item.length === 0) return corrupt('path expected')
  const nibbles = bytesToNibbles(item)
  const flag = nibbles[0] as number
  return { path: nibbles.subarray(flag % 2 === 1 ? 1 : 2), leaf: flag >= 2 }
}

function decodeRef(item: RlpItem | undefined): TrieRef {
  if (item === undefined) return corrupt('child expected')
  if (!(item instanceof Uint8Array)) return itemToNode(item)
  if (item.length === 0) return undefined
  return item.length === 32 ? bytesToHex(item) : corrupt('child of 0 or 32 bytes expected')
}

function itemToNode(item: readonly RlpItem[]): TrieNode {
  if (item.length === 17) {
    const children: TrieRef[] = []
    for (let i = 0; i < 16; i++) children.push(decodeRef(item[i]))
    const value = item[16]
    if (!(value instanceof Uint8Array)) return corrupt('branch value expected')
    return { kind: 'branch', children, value: value.length > 0 ? value : undefined, fresh: false }
  }
  if (item.length !== 2) return corrupt(`2 or 17 items expected, got ${item.length}`)
  const { path, leaf } = decodePath(item[0])
  if (!leaf) return { kind: 'extension', path, child: decodeRef(item[1]), fresh: false }
  const value = item[1]
  if (!(value instanceof Uint8Array)) return corrupt('leaf value expected')
  return { kind: 'leaf', path, value, fresh: false }
}

/** Decodes a stored node. Throws `STATE_NODE_CORRUPT` when the store holds something else. */
export function decodeNode(bytes: Uint8Array): TrieNode {
  const item = decodeRlp(bytes)
  if (item === undefined || item instanceof Uint8Array) return corrupt('RLP list expected')
  return itemToNode(item)
}

function refToRlp(ref: TrieRef): RlpInput {
  if (ref === undefined) return EMPTY_BYTES
  return typeof ref === 'string' ? hexToBytes(ref) : nodeToRlp(ref)
}

function nodeToRlp(node: TrieNode): RlpInput[] {
  switch (node.kind) {
    case 'leaf':
      return [encodePath(node.path, true), node.value]
    case 'extension':
      return [encodePath(node.path, false), refToRlp(node.child)]
    case 'branch': {
      const items = node.children.map(refToRlp)
      items.push(node.value ?? EMPTY_BYTES)
      return items
    }
  }
}

/** RLP of a node whose children are hashes or embedded nodes. */
export function encodeNode(node: TrieNode): Uint8Array {
  return encodeRlp(nodeToRlp(node))
}

/** Called with every node that a root commits to and the store does not hold yet. */
export type NodeSink = (hash: Hash, rlp: Uint8Array, node: TrieNode) => void

/**
 * Hashes what is fresh under `ref`, bottom-up, and gives each node of 32 bytes or more to `sink`.
 * Returns the hash, or the node itself when it is short enough to be embedded in its parent.
 */
export function storeNode(ref: TrieRef, sink: NodeSink, root = false): TrieRef {
  if (ref === undefined || typeof ref === 'string') return ref
  if (ref.fresh) {
    if (ref.kind === 'extension') ref.child = storeNode(ref.child, sink)
    else if (ref.kind === 'branch') {
      const { children } = ref
      for (let i = 0; i < 16; i++) {
        const child = children[i]
        if (child !== undefined && typeof child !== 'string') children[i] = storeNode(child, sink)
      }
    }
    ref.fresh = false
  }
  const rlp = encodeNode(ref)
  if (rlp.length < 32 && !root) return ref
  const hash = bytesToHex(keccak256(rlp))
  sink(hash, rlp, ref)
  return hash
}
