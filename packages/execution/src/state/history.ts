/**
 * The state of any final block, read by walking the trie from its root. Slower than the flat head,
 * and true for as long as the nodes exist, whatever the head does meanwhile.
 */
import {
  type Address,
  assert,
  bytesToHex,
  decodeAccount,
  decodeRlp,
  EMPTY_BYTES,
  type Hash,
  hexToBytes,
  keccak256,
  VecheError,
} from '@veche/primitives'
import { accountToFlat, type FlatAccount, type StateBase } from './flat.ts'
import { type NodeCache, trieGet } from './trie.ts'

export class TrieState implements StateBase {
  readonly #nodes: NodeCache
  readonly #root: Hash
  readonly #code: (hash: Hash) => Uint8Array | undefined
  readonly #accounts = new Map<Address, FlatAccount | undefined>()

  /** lives for one call; its account cache grows with what the call touches */
  constructor(nodes: NodeCache, root: Hash, code: (hash: Hash) => Uint8Array | undefined) {
    this.#nodes = nodes
    this.#root = root
    this.#code = code
  }

  account(address: Address): FlatAccount | undefined {
    if (this.#accounts.has(address)) return this.#accounts.get(address)
    const leaf = trieGet(this.#nodes, this.#root, keccak256(hexToBytes(address)))
    const flat = leaf === undefined ? undefined : leafToFlat(leaf)
    this.#accounts.set(address, flat)
    return flat
  }

  slot(address: Address, slot: Hash): Uint8Array {
    const account = this.account(address)
    if (account === undefined) return EMPTY_BYTES
    const root = bytesToHex(account.storageRoot)
    const leaf = trieGet(this.#nodes, root, keccak256(hexToBytes(slot)))
    if (leaf === undefined) return EMPTY_BYTES
    const value = decodeRlp(leaf)
    assert(value instanceof Uint8Array, 'a storage leaf holds one word')
    return value
  }

  code(hash: Hash): Uint8Array | undefined {
    return this.#code(hash)
  }
}

function leafToFlat(leaf: Uint8Array): FlatAccount {
  const account = decodeAccount(leaf)
  if (!account.ok)
    throw new VecheError('STATE_NODE_CORRUPT', `account leaf is damaged: ${account.reason}`)
  return accountToFlat(account.value)
}
