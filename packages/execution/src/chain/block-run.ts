/**
 * The run of one block on the head state, shared by checking and building: system calls first, then
 * transactions, then receipts, roots, diff and the validator set of the post-state.
 */

import { createAddressFromString } from '@ethereumjs/util'
import {
  type Address,
  bytesToBigint,
  bytesToHex,
  type Hash,
  type Header,
  hexToBytes,
  keccak256,
  type Receipt,
  type StateDiff,
  utf8ToBytes,
  VALIDATORS_MAX,
} from '@veche/primitives'
import type { BlockHashReader } from '../evm/machine.ts'
import {
  contextToBlock,
  createBlockHashReader,
  HISTORY_ADDRESS,
  headerToContext,
  historySlot,
  type Machine,
} from '../evm/machine.ts'
import type { StateBase } from '../state/flat.ts'
import { stripZeros } from '../state/flat.ts'
import { Overlay } from '../state/overlay.ts'
import { type StateResult, settleState } from '../state/root.ts'
import type { NodeCache } from '../state/trie.ts'
import { hasFork } from './forks.ts'
import type { BlockSoFar } from './transition.ts'

/** A block that was executed on its parent's state. */
export interface Executed {
  readonly hash: Hash
  readonly receipts: readonly Receipt[]
  readonly diff: StateDiff
  readonly transactionHashes: readonly Hash[]
  /**
   * what getValidators() answers after this block; undefined when it fails or there is no contract
   */
  readonly getValidators: readonly Address[] | undefined
}

/** The header fields known before execution. */
export type OpenHeader = Pick<
  Header,
  'number' | 'timestamp' | 'coinbase' | 'gasLimit' | 'mixHash' | 'parentHash' | 'baseFeePerGas'
>

export interface RunOptions {
  readonly machine: Machine
  readonly base: StateBase
  readonly chainId: number
  readonly header: OpenHeader
  readonly blockHash: BlockHashReader | undefined
}

/**
 * Opens a block on the state of its parent: fresh overlay, EIP-2935 system call, empty gas meter.
 */
export function openBlock(options: RunOptions): BlockSoFar {
  const { machine, base, chainId, header, blockHash } = options
  const overlay = new Overlay(base)
  machine.state.overlay = overlay
  machine.evm.journal.cleanJournal()
  const parent = { number: header.number - 1, hash: header.parentHash }
  machine.blockHash = createBlockHashReader(overlay, parent, blockHash)
  // without the contract the system call does nothing (EIP-2935), as for the absent 4788 contract
  if (hasFork(machine.fork, 'prague') && overlay.account(HISTORY_ADDRESS) !== undefined) {
    const value = stripZeros(hexToBytes(parent.hash))
    overlay.setSlot(HISTORY_ADDRESS, historySlot(parent.number), value)
    overlay.endTransaction()
  }
  return {
    machine,
    block: contextToBlock(machine, headerToContext(header as Header)),
    chainId: BigInt(chainId),
    gasLimit: header.gasLimit,
    baseFee: header.baseFeePerGas ?? 0n,
    gasUsed: 0n,
  }
}

const GET_VALIDATORS = keccak256(utf8ToBytes('getValidators()')).subarray(0, 4)
/** gas of the read; 100 validators cost about 0.3 M */
const GET_VALIDATORS_GAS = 3_000_000n
/** the read must end on every node alike: gas ends it, never time */
const GET_VALIDATORS_TIME_MS = Number.POSITIVE_INFINITY

/** ABI `address[]`, decoded totally: undefined for anything else or more than the bound. */
export function decodeAddressList(output: Uint8Array): Address[] | undefined {
  if (output.length < 64 || bytesToBigint(output.subarray(0, 32)) !== 32n) return undefined
  const count = bytesToBigint(output.subarray(32, 64))
  if (count > BigInt(VALIDATORS_MAX)) return undefined
  const length = Number(count)
  if (output.length < 64 + 32 * length) return undefined
  const addresses: Address[] = []
  for (let i = 0; i < length; i++) {
    const word = output.subarray(64 + 32 * i, 96 + 32 * i)
    if (word.subarray(0, 12).some((byte) => byte !== 0)) return undefined
    addresses.push(bytesToHex(word.subarray(12)))
  }
  return addresses
}

async function readValidators(so: BlockSoFar, contract: Address): Promise<Address[] | undefined> {
  const { machine, block } = so
  const { overlay } = machine.state
  const depth = overlay.depth
  overlay.checkpoint()
  machine.budget.start(GET_VALIDATORS_TIME_MS)
  try {
    const result = await machine.evm.runCall({
      block,
      to: createAddressFromString(contract),
      data: GET_VALIDATORS,
      gasLimit: GET_VALIDATORS_GAS,
      isStatic: true,
    })
    if (result.execResult.exceptionError !== undefined) return undefined
    return decodeAddressList(result.execResult.returnValue)
  } finally {
    overlay.revertTo(depth)
    overlay.endTransaction()
    machine.evm.journal.cleanJournal()
    machine.evm.transientStorage.clear()
  }
}

/** State root, diff and validators after the block's transactions. */
export async function closeBlock(
  so: BlockSoFar,
  options: { nodes: NodeCache; parentRoot: Hash; validatorContract: Address | undefined },
): Promise<StateResult & { getValidators: Address[] | undefined }> {
  const { validatorContract, nodes, parentRoot } = options
  const getValidators =
    validatorContract === undefined ? undefined : await readValidators(so, validatorContract)
  const state = settleState(so.machine.state.overlay, nodes, parentRoot)
  return { ...state, getValidators }
}
