/**
 * The in-memory twin of RpcBackend: a chain of really sealed headers and really signed transactions
 * whose execution is scripted (twin-blocks.ts). Tests of this package talk to it.
 */
import {
  type Account,
  type Address,
  accept,
  assert,
  type Block,
  blockHash,
  decodeExtraData,
  EMPTY_BYTES,
  type Hash,
  type Header,
  type Receipt,
  refuse,
  type TransactionLocation,
  type TransactionView,
  transactionHash,
  validatorSetHash,
  ZERO_HASH,
} from '@veche/primitives'
import type { RpcBackend, SyncStatus } from '../src/backend.ts'
import { decodeWithEthers } from './ethers-decode.ts'
import { bloomOf, NOBODY, runBlock, sealedHeader } from './twin-blocks.ts'
import { twinStatus } from './twin-status.ts'

export interface TwinOptions {
  readonly chainId?: number
  /** seals a block in the next turn of the event loop after a transaction was submitted */
  readonly autoSeal?: boolean
  readonly baseFeePerGas?: bigint
  /** scripted parts of the port */
  readonly scripted?: Partial<RpcBackend>
}

export interface Twin {
  readonly backend: RpcBackend
  /** makes the pooled transactions, and `raws` after them, the next final block */
  seal(raws?: readonly Uint8Array[]): number
  /** takes a block as it is, with its receipts */
  append(block: Block, receipts: readonly Receipt[]): void
  setBalance(address: Address, balance: bigint): void
  setSyncing(status: SyncStatus | undefined): void
  /** listeners that are attached now */
  listeners(): number
}

/** Sets of listeners with the port's way of leaving. */
function createTopic<A>() {
  const listeners = new Set<(argument: A) => void>()
  return {
    listeners,
    on(listener: (argument: A) => void) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    emit(argument: A) {
      for (const listener of listeners) listener(argument)
    },
  }
}

interface Sealed {
  readonly block: Block
  readonly receipts: readonly Receipt[]
  readonly accounts: ReadonlyMap<Address, Account>
}

function namesAnotherSet(header: Header): boolean {
  const extra = decodeExtraData(header.extraData)
  return extra.ok && extra.value.vanity !== validatorSetHash(extra.value.validators)
}

/** Everything the twin knows. */
function createMemory() {
  return {
    chain: [] as Sealed[],
    numbers: new Map<Hash, number>(),
    places: new Map<Hash, TransactionLocation>(),
    pool: new Map<Hash, { readonly raw: Uint8Array; readonly view: TransactionView }>(),
    accounts: new Map<Address, Account>(),
    syncing: undefined as SyncStatus | undefined,
    heads: createTopic<number>(),
    pendings: createTopic<Hash>(),
    syncs: createTopic<SyncStatus | undefined>(),
  }
}

type Memory = ReturnType<typeof createMemory>

function append(memory: Memory, block: Block, receipts: readonly Receipt[]): void {
  const { number } = block.header
  assert(number === memory.chain.length, 'blocks follow each other')
  memory.chain.push({ block, receipts, accounts: new Map(memory.accounts) })
  memory.numbers.set(blockHash(block.header), number)
  for (const [index, raw] of block.transactions.entries()) {
    memory.places.set(transactionHash(raw), { number, index })
    memory.pool.delete(transactionHash(raw))
  }
  memory.heads.emit(number)
}

function seal(memory: Memory, raws: readonly Uint8Array[], baseFeePerGas: bigint): number {
  const parent = memory.chain.at(-1)?.block.header
  const transactions = [...[...memory.pool.values()].map(({ raw }) => raw), ...raws]
  const result = runBlock(transactions, memory.accounts, baseFeePerGas)
  memory.accounts = result.accounts
  const header = sealedHeader({
    number: memory.chain.length,
    parentHash: parent === undefined ? ZERO_HASH : blockHash(parent),
    timestamp: 1_700_000_000 + memory.chain.length,
    gasUsed: result.receipts.at(-1)?.cumulativeGasUsed ?? 0n,
    logsBloom: bloomOf(result.receipts.flatMap((receipt) => receipt.logs)),
    baseFeePerGas,
  })
  append(memory, { header, transactions }, result.receipts)
  return header.number
}

const pooledFrom = ({ pool }: Memory, address?: Address): TransactionView[] =>
  [...pool.values()]
    .map(({ view }) => view)
    .filter((view) => address === undefined || view.from === address)

function submitTo(memory: Memory, onAdmitted: (hash: Hash) => void): RpcBackend['submit'] {
  return async (raw) => {
    const decoded = decodeWithEthers(raw)
    if (!decoded.ok) return decoded
    const view = decoded.value
    const next = memory.accounts.get(view.from)?.nonce ?? 0n
    if (memory.pool.has(view.hash)) return refuse('ALREADY_KNOWN', 'already known')
    if (view.nonce < next)
      return refuse('NONCE_TOO_LOW', `nonce too low: next nonce ${next}, tx nonce ${view.nonce}`)
    memory.pool.set(view.hash, { raw, view })
    memory.pendings.emit(view.hash)
    onAdmitted(view.hash)
    return accept(view.hash)
  }
}

type PoolPart = Pick<RpcBackend, 'poolStatus' | 'poolContent' | 'pooled' | 'pendingNonce'>

function poolPart(memory: Memory): PoolPart {
  return {
    poolStatus: () => ({ pending: memory.pool.size, queued: 0 }),
    poolContent: (from) => ({ pending: pooledFrom(memory, from), queued: [] }),
    pooled: (hash) => memory.pool.get(hash)?.view,
    pendingNonce: (address) => {
      const last = pooledFrom(memory, address).at(-1)
      return last === undefined ? undefined : last.nonce + 1n
    },
  }
}

type StatePart = Pick<
  RpcBackend,
  'accountAt' | 'slotAt' | 'codeAt' | 'proof' | 'call' | 'estimateGas' | 'createAccessList'
>

function statePart({ chain }: Memory): StatePart {
  return {
    accountAt: async (number, address) => chain[number]?.accounts.get(address),
    slotAt: async () => EMPTY_BYTES,
    codeAt: async () => EMPTY_BYTES,
    proof: async (number, address, slots) => {
      const account = chain[number]?.accounts.get(address)
      const storageProof = slots.map((slot) => ({ slot, value: EMPTY_BYTES, proof: [] }))
      return { ...(account === undefined ? {} : { account }), accountProof: [], storageProof }
    },
    call: async () => ({ kind: 'success', output: EMPTY_BYTES, gasUsed: 21_000n }),
    estimateGas: async () => ({ kind: 'success', gas: 21_000n }),
    createAccessList: async () => ({ kind: 'success', accessList: [], gasUsed: 21_000n }),
  }
}

/** A twin with a genesis block. */
export function createTwin(options: TwinOptions = {}): Twin {
  const { chainId = 1234, baseFeePerGas = 0n } = options
  const memory = createMemory()
  const { chain, heads, pendings, syncs } = memory
  const onAdmitted = (hash: Hash): void => {
    if (options.autoSeal !== true) return
    setImmediate(() => memory.pool.has(hash) && seal(memory, [], baseFeePerGas))
  }
  const backend: RpcBackend = {
    chainId,
    clientVersion: 'veche/v0.0.0-twin',
    head: () => chain.length - 1,
    header: (number) => chain[number]?.block.header,
    body: (number) => chain[number]?.block.transactions,
    receipts: (number) => chain[number]?.receipts,
    setChanges: async (from, countMax) =>
      chain
        .map(({ block }) => block.header)
        .filter((header) => header.number >= from && namesAnotherSet(header))
        .slice(0, countMax)
        .map(({ number }) => number),
    numberOf: (hash) => memory.numbers.get(hash),
    locate: (hash) => memory.places.get(hash),
    decodeTransaction: decodeWithEthers,
    nextBaseFeePerGas: () => baseFeePerGas,
    ...statePart(memory),
    members: async () => undefined,
    submit: submitTo(memory, onAdmitted),
    ...poolPart(memory),
    syncing: () => memory.syncing,
    peerCount: () => 4,
    status: () => twinStatus(chain.length - 1),
    onHead: heads.on,
    onPendingTransaction: pendings.on,
    onSyncing: syncs.on,
    ...options.scripted,
  }
  seal(memory, [], baseFeePerGas)
  return {
    backend,
    seal: (raws = []) => seal(memory, raws, baseFeePerGas),
    append: (block, receipts) => append(memory, block, receipts),
    setBalance(address, balance) {
      memory.accounts.set(address, { ...(memory.accounts.get(address) ?? NOBODY), balance })
    },
    setSyncing(status) {
      memory.syncing = status
      syncs.emit(status)
    },
    listeners: () => heads.listeners.size + pendings.listeners.size + syncs.listeners.size,
  }
}
