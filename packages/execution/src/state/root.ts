/**
 * From the changes of a block to its {@link StateDiff} and state root: one sorted update per
 * storage trie and one of the account trie. Yellow Paper 4.1, appendix D.
 */
import {
  type Account,
  type Address,
  compareBytes,
  EMPTY_TRIE_ROOT,
  encodeRlp,
  type Hash,
  hexToBytes,
  keccak256,
  type StateDiff,
} from '@veche/primitives'
import {
  bytesToKey,
  EMPTY_CODE_HASH_BYTES,
  equalAccounts,
  type FlatAccount,
  flatToAccount,
} from './flat.ts'
import type { Change, Overlay } from './overlay.ts'
import { type NodeCache, type TrieChange, updateTrie } from './trie.ts'
import type { NodeSink, TrieNode } from './trie-node.ts'

export interface StateResult {
  readonly stateRoot: Hash
  readonly diff: StateDiff
  /** the new nodes decoded, for the cache after the block is final */
  readonly nodes: ReadonlyMap<Hash, TrieNode>
}

/** RLP of an account as the state trie holds it. */
export function encodeAccount(account: FlatAccount): Uint8Array {
  return encodeRlp([account.nonce, account.balance, account.storageRoot, account.codeHash])
}

function sortByKey(changes: TrieChange[]): TrieChange[] {
  return changes.sort((a, b) => compareBytes(a.key, b.key))
}

interface Draft {
  readonly accounts: Map<Address, Account | null>
  readonly cleared: Set<Address>
  readonly slots: Map<Address, Map<Hash, Uint8Array>>
  readonly codes: Map<Hash, Uint8Array>
}

/** slots that really differ from the base */
function changedSlots(overlay: Overlay, address: Address, change: Change): Map<Hash, Uint8Array> {
  const changed = new Map<Hash, Uint8Array>()
  for (const [slot, value] of change.slots) {
    const before = change.cleared ? undefined : overlay.base.slot(address, slot)
    if (compareBytes(before ?? new Uint8Array(0), value) !== 0) changed.set(slot, value)
  }
  return changed
}

function storageChanges(slots: ReadonlyMap<Hash, Uint8Array>): TrieChange[] {
  const changes: TrieChange[] = []
  for (const [slot, value] of slots)
    changes.push({
      key: keccak256(hexToBytes(slot)),
      value: value.length === 0 ? undefined : encodeRlp(value),
    })
  return sortByKey(changes)
}

/** one address: its storage trie, then its leaf; undefined when nothing changed */
function settle(options: {
  overlay: Overlay
  nodes: NodeCache
  address: Address
  change: Change
  draft: Draft
  sink: NodeSink
}): TrieChange | undefined {
  const { overlay, nodes, address, change, draft, sink } = options
  const before = overlay.base.account(address)
  const now = change.account === undefined ? before : (change.account ?? undefined)
  const key = keccak256(hexToBytes(address))
  const hadStorage = before !== undefined && bytesToKey(before.storageRoot) !== EMPTY_TRIE_ROOT
  if (change.cleared && hadStorage) draft.cleared.add(address)
  if (now === undefined) {
    if (before === undefined) return undefined
    draft.accounts.set(address, null)
    return { key, value: undefined }
  }
  const slots = changedSlots(overlay, address, change)
  const start =
    before === undefined || change.cleared ? EMPTY_TRIE_ROOT : bytesToKey(before.storageRoot)
  const storageRoot =
    slots.size === 0 ? start : updateTrie(nodes, start, storageChanges(slots), sink)
  const settled: FlatAccount = { ...now, storageRoot: hexToBytes(storageRoot) }
  if (slots.size > 0) draft.slots.set(address, slots)
  if (before !== undefined && equalAccounts(before, settled)) return undefined
  draft.accounts.set(address, flatToAccount(settled))
  keepCode(overlay, before, settled, draft)
  return { key, value: encodeAccount(settled) }
}

function keepCode(
  overlay: Overlay,
  before: FlatAccount | undefined,
  now: FlatAccount,
  draft: Draft,
): void {
  if (compareBytes(now.codeHash, EMPTY_CODE_HASH_BYTES) === 0) return
  if (before !== undefined && compareBytes(before.codeHash, now.codeHash) === 0) return
  const hash = bytesToKey(now.codeHash)
  const code = overlay.code(hash)
  if (code !== undefined) draft.codes.set(hash, code)
}

/**
 * The diff and root of an overlay whose base has `parentRoot`. Pure: the overlay stays as it is.
 */
export function settleState(overlay: Overlay, nodes: NodeCache, parentRoot: Hash): StateResult {
  const trieNodes = new Map<Hash, Uint8Array>()
  const decoded = new Map<Hash, TrieNode>()
  const sink: NodeSink = (hash, rlp, node) => {
    trieNodes.set(hash, rlp)
    decoded.set(hash, node)
  }
  const draft: Draft = {
    accounts: new Map(),
    cleared: new Set(),
    slots: new Map(),
    codes: new Map(),
  }
  const changes: TrieChange[] = []
  for (const [address, change] of overlay.changes()) {
    const leaf = settle({ overlay, nodes, address, change, draft, sink })
    if (leaf !== undefined) changes.push(leaf)
  }
  const stateRoot = updateTrie(nodes, parentRoot, sortByKey(changes), sink)
  return { stateRoot, diff: { ...draft, trieNodes }, nodes: decoded }
}
