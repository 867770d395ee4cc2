/** The port through which JSON-RPC sees this node, over store, execution, pool and network. */
import {
  decodeTransaction,
  type Executor,
  type Genesis,
  nextBaseFee,
  type Pool,
} from '@veche/execution'

import {
  assert,
  type ChainStore,
  type Hash,
  type Header,
  hexToBytes,
  type Network,
} from '@veche/primitives'
import type { CallContext, NodeStatus, RpcBackend, SyncStatus, Unsubscribe } from '@veche/rpc'

import type { Chain } from './chain.ts'
import { createSetReader } from './council/set-reader.ts'
import type { Gossip } from './gossip.ts'
import type { Sync } from './sync.ts'
import { CLIENT_VERSION } from './version.ts'

export interface BackendParts {
  readonly genesis: Genesis
  readonly chain: Chain
  readonly store: ChainStore
  readonly executor: Executor
  readonly pool: Pool
  readonly gossip: Gossip
  readonly network: Network
  readonly sync: Sync
  readonly status: () => NodeStatus
  readonly limits: {
    /** gas */
    readonly callGasMax: number
    readonly callTimeoutMs: number
  }
}

interface Emitter<T> {
  on(listener: (value: T) => void): Unsubscribe
  emit(value: T): void
}

function createEmitter<T>(): Emitter<T> {
  const listeners = new Set<(value: T) => void>()
  return {
    on(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    emit(value) {
      for (const listener of listeners) listener(value)
    },
  }
}

/** Tells when syncing begins and ends, looked at on every head. */
function followSyncing(parts: BackendParts): Emitter<SyncStatus | undefined> {
  const { chain, sync } = parts
  const emitter = createEmitter<SyncStatus | undefined>()
  let was = false
  chain.onHead(() => {
    const status = syncStatus(sync)
    if ((status !== undefined) === was) return
    was = status !== undefined
    emitter.emit(status)
  })
  return emitter
}

function syncStatus(sync: Sync): SyncStatus | undefined {
  const progress = sync.progress()
  if (progress === undefined) return undefined
  const { start, current, highest } = progress
  return { startingBlock: start, currentBlock: current, highestBlock: highest }
}

export function createRpcBackend(parts: BackendParts): RpcBackend {
  const { chain, store, executor, pool, gossip, network, sync } = parts
  const heads = createEmitter<number>()
  const pending = createEmitter<Hash>()
  const syncing = followSyncing(parts)
  chain.onHead((head) => heads.emit(head.header.number))
  pool.onAdded((transaction, place) => {
    if (place === 'pending') pending.emit(transaction.view.hash)
  })

  const at = (number: number): Header => {
    const header = store.header(number)
    assert(header !== undefined, `block ${number} is final`)
    return header
  }
  const callOptions = ({ stateOverrides, blockOverrides }: CallContext) => ({
    gasCap: BigInt(parts.limits.callGasMax),
    timeMs: parts.limits.callTimeoutMs,
    ...(stateOverrides === undefined ? {} : { stateOverrides }),
    ...(blockOverrides === undefined ? {} : { blockOverrides }),
  })

  return {
    chainId: chain.parameters.chainId,
    clientVersion: CLIENT_VERSION,
    head: () => store.head().number,
    header: (number) => store.header(number),
    body: (number) => store.body(number),
    receipts: (number) => store.receipts(number),
    async setChanges(from, countMax) {
      // the set after block n - 1 is that of n + 1, which the header of n names
      const before = await store.setChanges(Math.max(0, from - 1), countMax)
      return before.map((number) => number + 1).filter((number) => number <= store.head().number)
    },
    numberOf: (hash) => store.numberOf(hash),
    locate: (hash) => store.locate(hash),
    decodeTransaction,
    nextBaseFeePerGas: () => nextBaseFee(parts.genesis, chain.head().header),

    accountAt: async (number, address) => executor.accountAt(at(number), address),
    slotAt: async (number, address, slot) => executor.slotAt(at(number), address, slot),
    codeAt: async (number, address) => executor.codeAt(at(number), address),
    proof: async (number, address, slots) => executor.proof(at(number), address, slots),
    call: (request, context) => executor.call(request, at(context.number), callOptions(context)),
    estimateGas: (request, context) =>
      executor.estimateGas(request, at(context.number), callOptions(context)),
    createAccessList: (request, context) =>
      executor.createAccessList(request, at(context.number), callOptions(context)),

    async members(number) {
      const to = chain.validatorContractAfter(number)
      if (to === undefined) return undefined
      const reader = createSetReader(async (data) => {
        const outcome = await executor.call({ to, input: hexToBytes(data) }, at(number))
        return outcome.kind === 'success' ? outcome.output : undefined
      })
      return reader.members()
    },

    submit: (raw) => gossip.offer(raw),
    poolStatus: () => pool.status(),
    poolContent: (from) => pool.content(from),
    pooled: (hash) => pool.get(hash)?.view,
    pendingNonce: (address) => pool.pendingNonce(address),

    syncing: () => syncStatus(sync),
    status: parts.status,
    peerCount: () => network.peers().length,
    onHead: heads.on,
    onPendingTransaction: pending.on,
    onSyncing: syncing.on,
  }
}
