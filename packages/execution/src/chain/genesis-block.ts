/**
 * Block 0 of a chain and the state it begins with, and the predeployment of contracts: their
 * constructors run in the EVM at the fixed address, so `address(this)` and storage are right.
 */
import { createAddressFromString } from '@ethereumjs/util'
import {
  type Address,
  type Block,
  blockHash,
  bytesToHex,
  EMPTY_BYTES,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  encodeExtraData,
  type Hash,
  type Header,
  hexToBytes,
  ISTANBUL_MIX_HASH,
  keccak256,
  type StateDiff,
  VecheError,
  validatorSetHash,
  ZERO_ADDRESS,
  ZERO_HASH,
  ZERO_NONCE,
} from '@veche/primitives'
import { contextToBlock, createMachine, HISTORY_ADDRESS } from '../evm/machine.ts'
import { PREDEPLOY_GAS_MAX } from '../limits.ts'
import { bytesToKey, EMPTY_CODE_HASH_BYTES, EMPTY_ROOT_BYTES, EMPTY_STATE } from '../state/flat.ts'
import { Overlay } from '../state/overlay.ts'
import { settleState } from '../state/root.ts'
import { NodeCache } from '../state/trie.ts'
import { type Fork, forkAt } from './forks.ts'
import type { Genesis, GenesisAccount, GenesisAlloc } from './genesis.ts'
import { forkFields } from './rules.ts'

/** Runtime code of the EIP-2935 history contract. */
export const HISTORY_CODE: Uint8Array = hexToBytes(
  '0x3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500',
)

export interface GenesisBlock {
  /** unsealed; hashes as it stands */
  readonly block: Block
  readonly hash: Hash
  /** the whole initial state */
  readonly diff: StateDiff
  /** in force at heights 1 and 2 */
  readonly validators: readonly Address[]
}

function writeAlloc(overlay: Overlay, alloc: GenesisAlloc): void {
  for (const [address, { balance, nonce, code, storage }] of alloc) {
    let codeHash = EMPTY_CODE_HASH_BYTES
    if (code.length > 0) {
      codeHash = keccak256(code)
      overlay.addCode(bytesToHex(codeHash), code)
    }
    overlay.setAccount(address, { nonce, balance, storageRoot: EMPTY_ROOT_BYTES, codeHash })
    for (const [slot, value] of storage) overlay.setSlot(address, slot, value)
  }
  overlay.endTransaction()
}

/** The genesis alloc with the EIP-2935 contract, when the chain ever runs Prague. */
function withHistory(genesis: Genesis): GenesisAlloc {
  const never = genesis.forks.prague === undefined && genesis.forks.osaka === undefined
  if (never || genesis.alloc.has(HISTORY_ADDRESS)) return genesis.alloc
  const account = { balance: 0n, nonce: 1n, code: HISTORY_CODE, storage: new Map() }
  return new Map([...genesis.alloc, [HISTORY_ADDRESS, account]])
}

function genesisHeader(genesis: Genesis, stateRoot: Hash): Header {
  const { validators } = genesis
  const vanity = validatorSetHash(validators)
  return {
    parentHash: ZERO_HASH,
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: ZERO_ADDRESS,
    stateRoot,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: new Uint8Array(256),
    difficulty: 1n,
    number: 0,
    gasLimit: genesis.gasLimit,
    gasUsed: 0n,
    timestamp: genesis.timestamp,
    extraData: encodeExtraData({ vanity, validators, round: 0, seals: [] }),
    mixHash: ISTANBUL_MIX_HASH,
    nonce: ZERO_NONCE,
    ...forkFields(forkAt(genesis.forks, genesis.timestamp), genesis.baseFeePerGas),
  } as Header
}

/** Block 0 and its state. Deterministic: every node computes the same hash from the same file. */
export async function genesisBlock(genesis: Genesis): Promise<GenesisBlock> {
  const overlay = new Overlay(EMPTY_STATE)
  writeAlloc(overlay, withHistory(genesis))
  const nodes = new NodeCache({ trieNode: () => undefined })
  const { stateRoot, diff } = settleState(overlay, nodes, EMPTY_TRIE_ROOT)
  const header = genesisHeader(genesis, stateRoot)
  const block = { header, transactions: [] }
  return { block, hash: blockHash(header), diff, validators: genesis.validators }
}

/** One contract to be in the genesis state. */
export interface Deployment {
  readonly address: Address
  /** creation code with its constructor arguments */
  readonly initCode: Uint8Array
  /** wei; default 0 */
  readonly balance?: bigint
}

export interface PredeployOptions {
  /** what CHAINID answers: constructors cache it (EIP-712) */
  readonly chainId: number
  /** unix seconds, what TIMESTAMP answers; default 0 */
  readonly timestamp?: number
  /** default prague */
  readonly fork?: Fork
}

function readAccount(overlay: Overlay, address: Address, storage: Map<Hash, Uint8Array>) {
  const account = overlay.account(address)
  if (account === undefined) return undefined
  const code = overlay.code(bytesToKey(account.codeHash)) ?? EMPTY_BYTES
  return { balance: account.balance, nonce: account.nonce, code, storage }
}

function toAlloc(overlay: Overlay): Map<Address, GenesisAccount> {
  const alloc = new Map<Address, GenesisAccount>()
  for (const [address, { slots }] of overlay.changes()) {
    const storage = new Map([...slots].filter(([, value]) => value.length > 0))
    const account = readAccount(overlay, address, storage)
    if (account !== undefined && address !== ZERO_ADDRESS) alloc.set(address, account)
  }
  return alloc
}

/**
 * Runs constructors in order and returns the alloc with the accounts they made; later ones see the
 * earlier. Throws `PREDEPLOY_FAILED` when a constructor reverts or returns no code.
 */
export async function predeploy(
  alloc: GenesisAlloc,
  deployments: readonly Deployment[],
  options: PredeployOptions,
): Promise<GenesisAlloc> {
  const { chainId, timestamp = 0, fork = 'prague' } = options
  const machine = await createMachine(chainId, fork)
  const overlay = new Overlay(EMPTY_STATE)
  machine.state.overlay = overlay
  writeAlloc(overlay, alloc)
  const block = contextToBlock(machine, {
    number: 0n,
    timestamp: BigInt(timestamp),
    coinbase: ZERO_ADDRESS,
    gasLimit: PREDEPLOY_GAS_MAX,
    baseFeePerGas: 0n,
    mixHash: ISTANBUL_MIX_HASH,
  })
  for (const { address, initCode, balance = 0n } of deployments) {
    overlay.setAccount(address, {
      nonce: 1n,
      balance,
      storageRoot: EMPTY_ROOT_BYTES,
      codeHash: EMPTY_CODE_HASH_BYTES,
    })
    const to = createAddressFromString(address)
    machine.evm.journal.cleanJournal()
    const { execResult } = await machine.evm.runCall({
      block,
      to,
      code: initCode,
      gasLimit: PREDEPLOY_GAS_MAX,
    })
    const { exceptionError: error, returnValue: code } = execResult
    if (error !== undefined || code.length === 0 || code.length > 24_576) {
      const why = error === undefined ? `code of ${code.length} bytes` : error.error
      throw new VecheError('PREDEPLOY_FAILED', `constructor of ${address} failed: ${why}`, {
        facts: { address, output: bytesToHex(code) },
      })
    }
    await machine.state.putCode(to, code)
    overlay.endTransaction()
  }
  return toAlloc(overlay)
}
