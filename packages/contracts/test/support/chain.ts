/**
 * A chain of one machine for contract tests: the real byte code in the ethereumjs VM (Prague) over
 * a Merkle state, with the clock and the height in the test's hand. The node's own EVM lives in
 * packages/execution, which is a level above this one.
 */
import { type Block, createBlock } from '@ethereumjs/block'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import {
  getMerkleStateProof,
  MerkleStateManager,
  SimpleStateManager,
} from '@ethereumjs/statemanager'
import { createLegacyTx } from '@ethereumjs/tx'
import { Address as EthereumAddress, hexToBytes as toBytes } from '@ethereumjs/util'
import { createVM, runTx, type VM } from '@ethereumjs/vm'
import {
  type Address,
  assert,
  bytesToBigint,
  bytesToHex,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  type Hash,
  type Header,
  type Hex,
  hexToBytes,
  ISTANBUL_MIX_HASH,
  keccak256,
  utf8ToBytes,
  ZERO_ADDRESS,
  ZERO_HASH,
  ZERO_NONCE,
} from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import type { LogLike } from '../../src/index.ts'
import { hasten } from './fast-evm.ts'

export interface Outcome {
  readonly ok: boolean
  readonly gasUsed: bigint
  readonly returned: Uint8Array
  readonly logs: readonly LogLike[]
  readonly created: Address | undefined
}

export interface Chain {
  readonly vm: VM
  height: number
  /** unix seconds */
  nowSeconds: number
}

const GAS_LIMIT = 30_000_000n
/** 2026-01-01T00:00:00Z */
export const START_SECONDS = 1_767_225_600

/** `provable` keeps a Merkle state for {@link prove}; without it a map is faster. */
export async function createChain(options: { provable?: boolean } = {}): Promise<Chain> {
  await installNativeCrypto()
  const customCrypto = { keccak256 }
  const common = new Common({ chain: Mainnet, hardfork: Hardfork.Prague, customCrypto })
  const stateManager = options.provable
    ? new MerkleStateManager({ common })
    : new SimpleStateManager({ common })
  const vm = await createVM({ common, stateManager })
  await hasten(vm)
  // BLOCKHASH of the last 256 blocks; opcodes ask for no other
  const { blockchain } = vm.evm as unknown as {
    blockchain: { getBlock: (number: number) => Promise<unknown> }
  }
  blockchain.getBlock = async (number) => ({ hash: () => hexToBytes(blockHashAt(number)) })
  return { vm, height: 1, nowSeconds: START_SECONDS }
}

/** What BLOCKHASH answers for a height of a test chain. */
export function blockHashAt(number: number): Hash {
  return bytesToHex(keccak256(utf8ToBytes(`block ${number}`)))
}

/** Moves time and height on. */
export function advance(chain: Chain, by: { seconds?: number; blocks?: number }): void {
  chain.nowSeconds += by.seconds ?? 0
  chain.height += by.blocks ?? 0
}

/** An empty block of the current height and time. */
function blockOf({ vm, height, nowSeconds }: Chain): Block {
  const header = {
    number: height,
    timestamp: nowSeconds,
    gasLimit: GAS_LIMIT,
    baseFeePerGas: 0n,
  }
  return createBlock({ header }, { common: vm.common, skipConsensusFormatValidation: true })
}

/** Runs one transaction in a block of the current height and time, with all its gas costs. */
export async function send(
  chain: Chain,
  call: { readonly from: Address; readonly to?: Address; readonly data: Hex },
): Promise<Outcome> {
  const { common } = chain.vm
  const block = blockOf(chain)
  const to = call.to === undefined ? {} : { to: toBytes(call.to) }
  const tx = createLegacyTx(
    { ...to, data: toBytes(call.data), gasLimit: GAS_LIMIT, gasPrice: 0n },
    { common, freeze: false },
  )
  const sender = new EthereumAddress(toBytes(call.from))
  tx.getSenderAddress = () => sender
  tx.isSigned = () => true
  tx.hash = () => hexToBytes(ZERO_HASH)
  const result = await runTx(chain.vm, { tx, block, skipNonce: true, skipBalance: true })
  const { exceptionError, returnValue, logs } = result.execResult
  return {
    ok: exceptionError === undefined,
    gasUsed: result.totalGasSpent,
    returned: returnValue,
    logs: (logs ?? []).map(([, topics, data]) => ({ topics: topics.map(bytesToHex), data })),
    created: result.createdAddress === undefined ? undefined : lower(result.createdAddress),
  }
}

function lower(address: EthereumAddress): Address {
  return bytesToHex(address.bytes)
}

/** Deploys creation code and gives the address. */
export async function deploy(
  chain: Chain,
  initCode: Hex,
): Promise<{ address: Address; outcome: Outcome }> {
  const outcome = await send(chain, { from: `0x${'d0'.repeat(20)}`, data: initCode })
  assert(outcome.ok && outcome.created !== undefined, 'a deployment that succeeds')
  return { address: outcome.created, outcome }
}

/** The return data of a read-only call in a block of the current height and time. */
export async function view(chain: Chain, to: Address, data: Hex): Promise<Uint8Array> {
  const result = await chain.vm.evm.runCall({
    to: new EthereumAddress(toBytes(to)),
    data: toBytes(data),
    isStatic: true,
    block: blockOf(chain),
    gasLimit: GAS_LIMIT,
  })
  assert(result.execResult.exceptionError === undefined, 'a view that answers')
  return result.execResult.returnValue
}

/** keccak256 of the code at an address. */
export async function codeHashOf(chain: Chain, at: Address): Promise<Hash> {
  const code = await chain.vm.stateManager.getCode(new EthereumAddress(toBytes(at)))
  return bytesToHex(keccak256(code))
}

/** The word in a storage slot. */
export async function storageWord(chain: Chain, at: Address, slot: Hash): Promise<bigint> {
  const address = new EthereumAddress(toBytes(at))
  return bytesToBigint(await chain.vm.stateManager.getStorage(address, toBytes(slot)))
}

/** Writes a storage slot past the contract: for a state that would be long in the making. */
export async function setStorageWord(
  chain: Chain,
  at: Address,
  { slot, word }: { readonly slot: bigint; readonly word: bigint },
): Promise<void> {
  const address = new EthereumAddress(toBytes(at))
  const bytes = (value: bigint) => toBytes(`0x${value.toString(16).padStart(64, '0')}`)
  await chain.vm.stateManager.putStorage(address, bytes(slot), bytes(word))
}

export interface Proof {
  readonly header: Header
  readonly accountProof: readonly Uint8Array[]
  readonly storageProofs: readonly (readonly Uint8Array[])[]
}

/** What `eth_getProof` gives for the current state, beside a header that carries its root. */
export async function prove(chain: Chain, at: Address, slots: readonly Hash[]): Promise<Proof> {
  const manager = chain.vm.stateManager
  assert(manager instanceof MerkleStateManager, 'a Merkle state')
  await manager.flush()
  const stateRoot = bytesToHex(await manager.getStateRoot())
  const address = new EthereumAddress(toBytes(at))
  const proof = await getMerkleStateProof(manager, address, slots.map(toBytes))
  return {
    header: { ...emptyHeader, stateRoot, number: chain.height, timestamp: chain.nowSeconds },
    accountProof: proof.accountProof.map(hexToBytes),
    storageProofs: proof.storageProof.map((entry) => entry.proof.map(hexToBytes)),
  }
}

const emptyHeader: Header = {
  parentHash: ZERO_HASH,
  ommersHash: EMPTY_OMMERS_HASH,
  coinbase: ZERO_ADDRESS,
  stateRoot: EMPTY_TRIE_ROOT,
  transactionsRoot: EMPTY_TRIE_ROOT,
  receiptsRoot: EMPTY_TRIE_ROOT,
  logsBloom: new Uint8Array(256),
  difficulty: 1n,
  number: 0,
  gasLimit: GAS_LIMIT,
  gasUsed: 0n,
  timestamp: 0,
  extraData: new Uint8Array(0),
  mixHash: ISTANBUL_MIX_HASH,
  nonce: ZERO_NONCE,
}

/** A readable test address: `account(0xa1)` is 0xa1a1…a1. */
export function account(byte: number): Address {
  return bytesToHex(new Uint8Array(20).fill(byte))
}
