/**
 * One EVM of one fork over a replaceable overlay, with our crypto, curves and time budget. A
 * machine runs one thing at a time; blocks own one per fork, calls take theirs from a pool
 * (machine-pool.ts).
 */
import { createBlock, type Block as EvmBlock, paramsBlock } from '@ethereumjs/block'
import type { Common } from '@ethereumjs/common'
import { EVM, EVMMockBlockchain } from '@ethereumjs/evm'
import { paramsTx } from '@ethereumjs/tx'
import { createAddressFromString } from '@ethereumjs/util'
import { createVM, type VM } from '@ethereumjs/vm'
import {
  bytesToBigint,
  type Hash,
  type Header,
  hexToBytes,
  padLeft,
  ZERO_HASH,
} from '@veche/primitives'
import { createCommon, type Fork } from '../chain/forks.ts'
import { FlatStateManager } from '../state/manager.ts'
import type { Overlay } from '../state/overlay.ts'
import { Budget, installBudget } from './budget.ts'
import { installLoop } from './loop.ts'
import { openCurves } from './precompiles.ts'

/** Hash of an earlier block, for the BLOCKHASH opcode; undefined when unknown. */
export type BlockHashReader = (number: number) => Hash | undefined

export interface Machine {
  readonly fork: Fork
  readonly common: Common
  readonly vm: VM
  readonly evm: EVM
  readonly state: FlatStateManager
  readonly budget: Budget
  /** replaced before each run */
  blockHash: BlockHashReader
}

/** The header fields that the EVM sees. */
export interface BlockContext {
  readonly number: bigint
  /** unix seconds */
  readonly timestamp: bigint
  readonly coinbase: Hash
  readonly gasLimit: bigint
  /** undefined before London */
  readonly baseFeePerGas: bigint | undefined
  readonly mixHash: Hash
}

/**
 * Loads the parameters of every ethereumjs package once and stops the copies: each transaction and
 * block object would copy the rule set and merge its parameters again, a sixth of the time of a
 * block. Right because a machine never leaves its fork.
 */
function settleRules(common: Common): void {
  common.updateParams(paramsTx)
  common.updateParams(paramsBlock)
  common.copy = () => common
  common.updateParams = () => undefined
}

/** Creates a machine; loads the curve libraries the first time. */
export async function createMachine(chainId: number, fork: Fork): Promise<Machine> {
  const common = createCommon(chainId, fork)
  const state = new FlatStateManager()
  const blockchain = new EVMMockBlockchain()
  const budget = new Budget()
  // not createEVM: 10.1.3 replaces the given bn254 by noble's
  const evm = new EVM({
    common,
    stateManager: state,
    blockchain,
    ...(await openCurves()),
  })
  await installLoop(evm)
  installBudget(evm, budget)
  const vm = await createVM({ common, stateManager: state, blockchain, evm })
  settleRules(common)
  const machine: Machine = { fork, common, vm, evm, state, budget, blockHash: () => undefined }
  const hashed = (number: number): { hash: () => Uint8Array } => ({
    hash: () => hexToBytes(machine.blockHash(number) ?? ZERO_HASH),
  })
  blockchain.getBlock = (async (number: number) => hashed(number)) as typeof blockchain.getBlock
  return machine
}

/** The context of a block with this header. */
export function headerToContext(header: Header): BlockContext {
  return {
    number: BigInt(header.number),
    timestamp: BigInt(header.timestamp),
    coinbase: header.coinbase,
    gasLimit: header.gasLimit,
    baseFeePerGas: header.baseFeePerGas,
    mixHash: header.mixHash,
  }
}

/** The ethereumjs block around a context: only what opcodes and fee rules read. */
export function contextToBlock(machine: Machine, context: BlockContext): EvmBlock {
  const header = {
    number: context.number,
    timestamp: context.timestamp,
    coinbase: createAddressFromString(context.coinbase),
    gasLimit: context.gasLimit,
    mixHash: hexToBytes(context.mixHash),
    // DIFFICULTY before Paris; ethereumjs refuses a difficulty after it, where the opcode is
    // PREVRANDAO
    difficulty: machine.common.gteHardfork('paris') ? 0n : 1n,
    ...(context.baseFeePerGas === undefined ? {} : { baseFeePerGas: context.baseFeePerGas }),
  }
  return createBlock(
    { header },
    { common: machine.common, skipConsensusFormatValidation: true, freeze: false },
  )
}

/** EIP-2935: where the hash of block `number` stands in the history contract. */
export function historySlot(number: number): Hash {
  return `0x${(number % 8191).toString(16).padStart(64, '0')}`
}

/** EIP-2935 */
export const HISTORY_ADDRESS: Hash = '0x0000f90827f1c53a10cb7a02335b175320002935'

/** Reads block hashes from the history contract of a state; `parent` answers for itself. */
export function createBlockHashReader(
  overlay: Overlay,
  parent: { readonly number: number; readonly hash: Hash },
  fallback?: BlockHashReader,
): BlockHashReader {
  return (number) => {
    if (number === parent.number) return parent.hash
    if (number < 0 || number > parent.number) return undefined
    const stored = overlay.slot(HISTORY_ADDRESS, historySlot(number))
    if (stored.length > 0) return `0x${toWord(stored)}`
    return fallback?.(number)
  }
}

function toWord(bytes: Uint8Array): string {
  return bytesToBigint(padLeft(bytes, 32)).toString(16).padStart(64, '0')
}
