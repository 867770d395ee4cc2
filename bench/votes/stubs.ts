/**
 * What stands in for execution in the vote bench: blocks of one transaction that change nothing,
 * built and checked at once. Everything else of the node is the real thing.
 */
import {
  type Built,
  createPool,
  type Executed,
  type Executor,
  type Genesis,
  listRoot,
  type Pool,
  type PoolTransaction,
} from '@veche/execution'
import {
  accept,
  type Block,
  blockHash,
  type ChainStore,
  type Hash,
  type Header,
  type Receipt,
  transactionHash,
  ZERO_ADDRESS,
} from '@veche/primitives'

/** the one transaction of every block; nobody decodes it */
const RAW = Uint8Array.of(0x02, 0x76, 0x6f, 0x74, 0x65)
const RAW_HASH: Hash = transactionHash(RAW)
const TRANSACTIONS_ROOT: Hash = listRoot([RAW])

const RECEIPT: Receipt = {
  type: 2,
  status: 1,
  cumulativeGasUsed: 21_000n,
  gasUsed: 21_000n,
  logsBloom: new Uint8Array(256),
  logs: [],
  from: ZERO_ADDRESS,
  effectiveGasPrice: 0n,
}

export type StubExecutor = Pick<Executor, 'build' | 'execute' | 'committing' | 'committed'>

function outcome(block: Block): Executed {
  return {
    hash: blockHash(block.header),
    receipts: [RECEIPT],
    diff: {
      accounts: new Map(),
      cleared: new Set(),
      slots: new Map(),
      codes: new Map(),
      trieNodes: new Map(),
    },
    transactionHashes: [RAW_HASH],
    getValidators: undefined,
  }
}

/** Answers at once; `onCertificate` is told when the node holds a block's certificate. */
export function createStubExecutor(onCertificate: (hash: Hash) => void): StubExecutor {
  const known = new Map<Hash, Executed>()
  const keep = (block: Block): Executed => {
    const executed = outcome(block)
    known.set(executed.hash, executed)
    return executed
  }
  return {
    async build({ template, parent }): Promise<Built> {
      const header: Header = { ...parent, ...template, transactionsRoot: TRANSACTIONS_ROOT }
      const block = { header, transactions: [RAW] }
      return { block, executed: keep(block), rejected: [], stopped: false, postponed: 0 }
    },
    async execute(block) {
      return accept(known.get(blockHash(block.header)) ?? keep(block))
    },
    committing: onCertificate,
    committed: () => known.clear(),
  }
}

/** A pool that always has work: the one transaction. `isOpen` may say that there is none now. */
export function createStubPool(genesis: Genesis, store: ChainStore, isOpen: () => boolean): Pool {
  const { chainId, gasLimit } = genesis
  const pool = createPool({ chainId, gasLimit, state: store, clock: () => Date.now() })
  // of a pooled transaction the candidates read the bytes only
  const only = { raw: RAW } as PoolTransaction
  pool.hasWork = isOpen
  pool.get = (hash) => (hash === RAW_HASH ? only : undefined)
  pool.applied = () => undefined
  return pool
}
