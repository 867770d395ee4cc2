/**
 * What checking, building and reading share: the chain's rules, the head state, nodes and
 * machines.
 */

import type { Address } from '@veche/primitives'
import type { BlockHashReader, Machine } from '../evm/machine.ts'
import type { HeadState } from '../state/head.ts'
import type { StateResult } from '../state/root.ts'
import type { NodeCache } from '../state/trie.ts'
import type { Executed } from './block-run.ts'
import type { Fork } from './forks.ts'
import type { Genesis } from './genesis.ts'

export interface Kitchen {
  readonly genesis: Genesis
  readonly head: HeadState
  readonly nodes: NodeCache
  readonly blockHash: BlockHashReader | undefined
  /** whom to ask for the validators after a block of this height */
  validatorContract(height: number): Address | undefined
  /** the machine of the block path for a fork; the caller holds the executor's lock */
  machine(fork: Fork): Promise<Machine>
}

/** A block's outcome with what `committed` needs. */
export interface Candidate {
  readonly executed: Executed
  readonly state: StateResult
}
