/**
 * The validator contract of a simulated chain, as small as it can be: transactions add and remove
 * members, break and mend it. A set is a function of final state, as on the real chain (V1).
 */
import type { Address, Hash, Header } from '@veche/primitives'
import { decodeTransaction } from './ledger.ts'

export interface Registry {
  readonly members: readonly Address[]
  /** `getValidators()` fails */
  readonly isBroken: boolean
}

export type TransactionKind = 'transfer' | 'poison' | 'add' | 'remove' | 'break' | 'mend'

const KINDS: readonly TransactionKind[] = ['transfer', 'poison', 'add', 'remove', 'break', 'mend']
/** serial numbers per kind of transaction */
const SERIALS = 2 ** 40
/** `add` and `remove` carry the index of a node in the lowest digits of their serial number */
const NODES = 256

/** The id of a transaction; `node` is whom `add` and `remove` speak of. */
export function transactionId(kind: TransactionKind, serial: number, node = 0): number {
  const isAboutNode = kind === 'add' || kind === 'remove'
  return KINDS.indexOf(kind) * SERIALS + (isAboutNode ? serial * NODES + node : serial)
}

export function kindOfTransaction(id: number): TransactionKind {
  return KINDS[Math.floor(id / SERIALS)] ?? 'transfer'
}

function applyOne(registry: Registry, id: number, addresses: readonly Address[]): Registry {
  const { members } = registry
  const address = addresses[id % NODES]
  switch (kindOfTransaction(id)) {
    case 'add':
      return address === undefined || members.includes(address)
        ? registry
        : { ...registry, members: [...members, address] }
    case 'remove':
      return { ...registry, members: members.filter((each) => each !== address) }
    case 'break':
      return { ...registry, isBroken: true }
    case 'mend':
      return { ...registry, isBroken: false }
    default:
      return registry
  }
}

function registryAfter(
  registry: Registry,
  transactions: readonly Uint8Array[],
  addresses: readonly Address[],
): Registry {
  let after = registry
  for (const raw of transactions) after = applyOne(after, decodeTransaction(raw), addresses)
  return after
}

/**
 * The set that follows `current` when `getValidators()` answered `called` (undefined: it failed):
 * the engine's guards for nodes, the judge's own for the judge.
 */
export type SetAfter = (
  current: readonly Address[],
  called: readonly Address[] | undefined,
) => readonly Address[]

export interface ChainOptions {
  readonly header: Header
  readonly hash: Hash
  /** the first set, ascending */
  readonly founders: readonly Address[]
  /** all nodes that may become members */
  readonly addresses: readonly Address[]
  readonly setAfter: SetAfter
}

/** Final blocks and what follows from them. */
export interface Chain {
  readonly addresses: readonly Address[]
  readonly setAfter: SetAfter
  readonly headers: Header[]
  readonly hashes: Hash[]
  readonly bodies: (readonly Uint8Array[])[]
  /** after each height */
  readonly registries: Registry[]
  /** in force at each height, up to head + 2 */
  readonly sets: (readonly Address[])[]
}

/** A chain of only its genesis. */
export function createChain(options: ChainOptions): Chain {
  const { header, hash, founders, addresses, setAfter } = options
  return {
    addresses,
    setAfter,
    headers: [header],
    hashes: [hash],
    bodies: [[]],
    registries: [{ members: founders, isBroken: false }],
    sets: [founders, founders, founders],
  }
}

export function headOf(chain: Chain): { readonly header: Header; readonly hash: Hash } {
  const at = chain.headers.length - 1
  return { header: chain.headers[at] as Header, hash: chain.hashes[at] as Hash }
}

/** The set in force at a height up to head + 2. */
export function setAt(chain: Chain, height: number): readonly Address[] {
  return chain.sets[height] as readonly Address[]
}

/** Puts a sealed block on top. */
export function appendBlock(
  chain: Chain,
  block: { readonly header: Header; readonly transactions: readonly Uint8Array[] },
  hash: Hash,
): void {
  const { headers, hashes, bodies, registries, sets, addresses, setAfter } = chain
  const { header, transactions } = block
  const before = registries[header.number - 1] as Registry
  const after = registryAfter(before, transactions, addresses)
  const current = setAt(chain, header.number + 1)
  headers.push(header)
  hashes.push(hash)
  bodies.push(transactions)
  registries.push(after)
  const isSame = after === before && current === setAt(chain, header.number)
  sets.push(isSame ? current : nextSet(current, after, setAfter))
}

/** One array object as long as the set stays: a comparison of references is enough above. */
function nextSet(
  current: readonly Address[],
  registry: Registry,
  setAfter: SetAfter,
): readonly Address[] {
  const validators = setAfter(current, registry.isBroken ? undefined : registry.members)
  const isEqual =
    validators.length === current.length && validators.every((each, i) => each === current[i])
  return isEqual ? current : validators
}

/** What a backup of an earlier height holds. */
export function truncateChain(chain: Chain, height: number): void {
  chain.headers.length = height + 1
  chain.hashes.length = height + 1
  chain.bodies.length = height + 1
  chain.registries.length = height + 1
  chain.sets.length = height + 3
}
