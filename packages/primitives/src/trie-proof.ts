/**
 * Verifies Merkle Patricia trie proofs (Yellow Paper appendix D) as `eth_getProof` (EIP-1186)
 * returns them. Written for hostile proofs: total, bounded, every node hashed before it is read.
 */
import { type Address, bytesToBigint, equalBytes, type Hash, hexToBytes } from './bytes.ts'
import { keccak256 } from './crypto.ts'
import { accept, type Refusal, type Result, refuse } from './errors.ts'
import { EMPTY_TRIE_ROOT } from './header.ts'
import { TRIE_DEPTH_MAX } from './limits.ts'
import { decodeRlp, type RlpItem, readRlp } from './rlp-reader.ts'
import type { Account } from './types.ts'

function broken(reason: string): Refusal {
  return refuse('PROOF_INVALID', reason)
}

function toNibbles(bytes: Uint8Array): Uint8Array {
  const nibbles = new Uint8Array(bytes.length * 2)
  for (let i = 0; i < bytes.length; i++) {
    nibbles[2 * i] = (bytes[i] as number) >> 4
    nibbles[2 * i + 1] = (bytes[i] as number) & 15
  }
  return nibbles
}

/** Hex-prefix decoding (appendix C): the path and whether the node is a leaf. */
function decodePath(encoded: Uint8Array): { path: Uint8Array; leaf: boolean } | undefined {
  const nibbles = toNibbles(encoded)
  const flag = nibbles[0]
  if (flag === undefined || flag > 3) return undefined
  if (flag % 2 === 0 && nibbles[1] !== 0) return undefined
  return { path: nibbles.subarray(flag % 2 === 1 ? 1 : 2), leaf: flag >= 2 }
}

/** A reference inside a node: an embedded node, a hash to follow, or nothing. */
type Next =
  | { kind: 'node'; item: readonly RlpItem[] }
  | { kind: 'hash'; hash: Uint8Array }
  | 'empty'

function toNext(item: RlpItem | undefined): Next | undefined {
  if (item === undefined) return undefined
  if (!(item instanceof Uint8Array)) return { kind: 'node', item }
  if (item.length === 0) return 'empty'
  return item.length === 32 ? { kind: 'hash', hash: item } : undefined
}

interface Walk {
  readonly key: Uint8Array
  at: number
}

type Found = { kind: 'value'; value: Uint8Array | undefined } | { kind: 'next'; next: Next }

function walkBranch(node: readonly RlpItem[], walk: Walk): Found | Refusal {
  if (walk.at === walk.key.length) {
    const value = node[16]
    if (!(value instanceof Uint8Array)) return broken('branch value of bytes expected')
    return { kind: 'value', value: value.length === 0 ? undefined : value }
  }
  const next = toNext(node[walk.key[walk.at] as number])
  walk.at++
  return next === undefined ? broken('child of 0 or 32 bytes expected') : { kind: 'next', next }
}

function walkPath(node: readonly RlpItem[], walk: Walk): Found | Refusal {
  const encoded = node[0]
  const path = encoded instanceof Uint8Array ? decodePath(encoded) : undefined
  if (path === undefined) return broken('hex-prefix path expected')
  const rest = walk.key.subarray(walk.at)
  if (path.leaf) {
    if (!equalBytes(path.path, rest)) return { kind: 'value', value: undefined }
    const value = node[1]
    return value instanceof Uint8Array ? { kind: 'value', value } : broken('leaf of bytes expected')
  }
  if (!equalBytes(path.path, rest.subarray(0, path.path.length)))
    return { kind: 'value', value: undefined }
  walk.at += path.path.length
  const next = toNext(node[1])
  if (next === undefined || next === 'empty' || path.path.length === 0)
    return broken('extension with a child expected')
  return { kind: 'next', next }
}

/**
 * What the trie of `root` holds under `key` (already hashed for secure tries), or undefined when
 * the nodes prove that it holds nothing. `nodes` run from the root down; unused nodes are refused.
 * Refuses with `PROOF_INVALID`.
 */
export function verifyTrieProof(
  root: Hash,
  key: Uint8Array,
  nodes: readonly Uint8Array[],
): Result<Uint8Array | undefined> {
  if (nodes.length > TRIE_DEPTH_MAX) return broken(`at most ${TRIE_DEPTH_MAX} nodes expected`)
  if (root === EMPTY_TRIE_ROOT && nodes.length === 0) return accept(undefined)
  const walk: Walk = { key: toNibbles(key), at: 0 }
  let next: Next = { kind: 'hash', hash: hexToBytes(root) }
  let used = 0
  for (;;) {
    if (next === 'empty') return finish(undefined, used, nodes)
    let item: readonly RlpItem[]
    if (next.kind === 'hash') {
      const bytes = nodes[used++]
      if (bytes === undefined) return broken('more nodes expected')
      if (!equalBytes(keccak256(bytes), next.hash))
        return broken(`node ${used - 1} has another hash`)
      const decoded = decodeRlp(bytes)
      if (root === EMPTY_TRIE_ROOT && decoded instanceof Uint8Array && decoded.length === 0)
        return finish(undefined, used, nodes)
      if (decoded === undefined || decoded instanceof Uint8Array)
        return broken('node list expected')
      item = decoded
    } else item = next.item
    const found =
      item.length === 17
        ? walkBranch(item, walk)
        : item.length === 2
          ? walkPath(item, walk)
          : broken(`node of 2 or 17 items expected, got ${item.length}`)
    if (!('kind' in found)) return found
    if (found.kind === 'value') return finish(found.value, used, nodes)
    next = found.next
  }
}

function finish(
  value: Uint8Array | undefined,
  used: number,
  nodes: readonly Uint8Array[],
): Result<Uint8Array | undefined> {
  if (used !== nodes.length) return broken(`${used} nodes expected, got ${nodes.length}`)
  return accept(value)
}

/** The account under `address` in the state of `stateRoot`, or undefined when proven absent. */
export function verifyAccountProof(
  stateRoot: Hash,
  address: Address,
  nodes: readonly Uint8Array[],
): Result<Account | undefined> {
  const proven = verifyTrieProof(stateRoot, keccak256(hexToBytes(address)), nodes)
  if (!proven.ok) return proven
  if (proven.value === undefined) return accept(undefined)
  return decodeAccount(proven.value)
}

/** The 32-byte storage word under `slot`, as a number; 0 when proven absent. */
export function verifyStorageProof(
  storageRoot: Hash,
  slot: Hash,
  nodes: readonly Uint8Array[],
): Result<bigint> {
  const proven = verifyTrieProof(storageRoot, keccak256(hexToBytes(slot)), nodes)
  if (!proven.ok) return proven
  if (proven.value === undefined) return accept(0n)
  const word = decodeRlp(proven.value)
  // zero is never stored, and a scalar has no leading zeros
  if (!(word instanceof Uint8Array) || word.length < 1 || word.length > 32 || word[0] === 0)
    return broken('storage word of 1 to 32 bytes expected')
  return accept(bytesToBigint(word))
}

/**
 * Decodes the RLP account [nonce, balance, storageRoot, codeHash]. Refuses with `PROOF_INVALID`.
 */
export function decodeAccount(bytes: Uint8Array): Result<Account> {
  const read = readRlp(bytes, (reader) => ({
    nonce: reader.bigint(8),
    balance: reader.bigint(),
    storageRoot: reader.hash(),
    codeHash: reader.hash(),
  }))
  return 'value' in read ? accept(read.value) : broken(`account expected: ${read.reason}`)
}
