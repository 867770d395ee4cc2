/**
 * The executor: checks and builds blocks on the head state, remembers what each candidate did until
 * one of them is final, and answers reads at any final block. One block runs at a time; calls run
 * beside it on machines of their own.
 */
import {
  type Address,
  accept,
  type Block,
  blockHash,
  type Hash,
  type Header,
  type Result,
  refuse,
  type StateReader,
  transactionHash,
} from '@veche/primitives'
import type { Executed } from './chain/block-run.ts'
import { type BuildOptions, type Built, buildBlock } from './chain/build.ts'
import { checkBlock } from './chain/check.ts'
import { type Fork, forkAt } from './chain/forks.ts'
import type { Genesis } from './chain/genesis.ts'
import type { Candidate, Kitchen } from './chain/kitchen.ts'
import type { BlockHashReader, Machine } from './evm/machine.ts'
import { createMachine } from './evm/machine.ts'
import { CANDIDATES_MAX } from './limits.ts'
import { Lock } from './lock.ts'
import { createReads, type Reads } from './reads.ts'
import { HeadState } from './state/head.ts'
import { NodeCache } from './state/trie.ts'

export interface ExecutorOptions {
  /** the flat state after the head, and all trie nodes */
  readonly store: StateReader
  readonly genesis: Genesis
  /** header of the store's head, so that reads use the flat state from the start */
  readonly head?: Header
  /** whom to ask for the validators after a block; default: the contract of genesis */
  readonly validatorContract?: (height: number) => Address | undefined
  /** hashes of blocks that the history contract does not hold: only for chains without Prague */
  readonly blockHash?: BlockHashReader
}

export interface Executor extends Reads {
  /**
   * Checks a foreign block against the head state, whose header is `parent`: header rules, every
   * transaction, gas, bloom and all roots. Cached by block hash. `timeMs` bounds the whole run; a
   * block that takes longer is refused with `BLOCK_TIMEOUT`, which is no verdict about it and is
   * not cached.
   */
  execute(block: Block, parent: Header, options?: { timeMs?: number }): Promise<Result<Executed>>
  /** Builds a block on the head; null when the head moved meanwhile. See {@link BuildOptions}. */
  build(options: BuildOptions): Promise<Built | null>
  /** The outcome of a block executed or built here and not yet committed. */
  candidate(hash: Hash): Executed | undefined
  /** The store is about to write this block: reads leave the flat head until {@link committed}. */
  committing(hash: Hash): void
  /** The block is durable: its diff enters the caches, other candidates are dropped. */
  committed(hash: Hash): void
}

function createKitchen(options: ExecutorOptions): Kitchen {
  const { genesis, store } = options
  const machines = new Map<Fork, Promise<Machine>>()
  return {
    genesis,
    head: new HeadState(store),
    nodes: new NodeCache(store),
    blockHash: options.blockHash,
    validatorContract: options.validatorContract ?? (() => genesis.validatorContract),
    machine(fork) {
      let machine = machines.get(fork)
      if (machine === undefined) {
        machine = createMachine(genesis.chainId, fork)
        machines.set(fork, machine)
      }
      return machine
    },
  }
}

/**
 * A hash covers the header only: another body under a known hash is a forgery, to be judged
 * afresh.
 */
function hasBody({ executed }: Candidate, { transactions }: Block): boolean {
  const { transactionHashes: known } = executed
  if (transactions.length !== known.length) return false
  return transactions.every((raw, index) => transactionHash(raw) === known[index])
}

/** Creates an executor over the store's head. */
export function createExecutor(options: ExecutorOptions): Executor {
  const kitchen = createKitchen(options)
  const lock = new Lock()
  const candidates = new Map<Hash, Candidate>()
  /** state root of the head, once it is known; flat reads are right for this root only */
  let headRoot = options.head?.stateRoot
  /** counts head moves, so that work on an old head is noticed */
  let epoch = 0
  let moving = false

  const keep = (candidate: Candidate): void => {
    candidates.set(candidate.executed.hash, candidate)
    if (candidates.size > CANDIDATES_MAX) candidates.delete(candidates.keys().next().value as Hash)
  }

  const reads = createReads({
    ...kitchen,
    store: options.store,
    flat: (root) => (moving || root !== headRoot ? undefined : epoch),
  })

  return {
    ...reads,
    candidate: (hash) => candidates.get(hash)?.executed,
    execute(block, parent, { timeMs = Number.POSITIVE_INFINITY } = {}) {
      const hash = blockHash(block.header)
      return lock.run(async () => {
        const known = candidates.get(hash)
        if (known !== undefined && hasBody(known, block)) return accept(known.executed)
        const started = epoch
        headRoot ??= parent.stateRoot
        const fork = forkAt(kitchen.genesis.forks, block.header.timestamp)
        const machine = await kitchen.machine(fork)
        const checked = await checkBlock({ kitchen, machine, block, hash, parent, timeMs })
        if (epoch !== started || moving)
          return refuse('HEAD_MOVED', 'the head moved while the block was executed')
        if (!checked.ok) return checked
        keep(checked.value)
        return accept(checked.value.executed)
      })
    },
    build(buildOptions) {
      return lock.run(async () => {
        const started = epoch
        headRoot ??= buildOptions.parent.stateRoot
        const fork = forkAt(kitchen.genesis.forks, buildOptions.template.timestamp)
        const machine = await kitchen.machine(fork)
        const { built, state } = await buildBlock(kitchen, machine, buildOptions)
        if (epoch !== started || moving) return null
        keep({ executed: built.executed, state })
        return built
      })
    },
    committing() {
      moving = true
      epoch++
    },
    committed(hash) {
      const candidate = candidates.get(hash)
      if (candidate === undefined) kitchen.head.forget()
      else {
        kitchen.head.apply(candidate.executed.diff)
        for (const [nodeHash, node] of candidate.state.nodes) kitchen.nodes.keep(nodeHash, node)
      }
      headRoot = candidate?.state.stateRoot
      candidates.clear()
      moving = false
      epoch++
    },
  }
}
