/**
 * What execution, storage and pool are to the machine, as small as it can be: blocks of opaque
 * transactions, a state root that depends on all of them, and a validator set that follows a plan.
 */
import {
  type Address,
  type Block,
  blockHash,
  concatBytes,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  encodeExtraData,
  type Hash,
  type Header,
  hexToBytes,
  ISTANBUL_MIX_HASH,
  keccakHex,
  numberToBytes,
  padLeft,
  validatorSetHash,
  ZERO_ADDRESS,
  ZERO_HASH,
  ZERO_NONCE,
} from '@veche/primitives'
import type { Candidate } from '../input.ts'
import type { BlockTemplate } from '../output.ts'

const NO_BLOOM = new Uint8Array(256)

/** A transaction is a number in 8 bytes, behind an EIP-2718 type byte. */
export function encodeTransaction(id: number): Uint8Array {
  return concatBytes(Uint8Array.of(2), padLeft(numberToBytes(id), 8))
}

export function decodeTransaction(raw: Uint8Array): number {
  let id = 0
  for (const byte of raw.subarray(1)) id = id * 256 + byte
  return id
}

function rootsOf(
  parent: Header,
  transactions: readonly Uint8Array[],
): Pick<Header, 'stateRoot' | 'transactionsRoot'> {
  const body = concatBytes(...transactions)
  return {
    transactionsRoot: keccakHex(body),
    stateRoot: keccakHex(concatBytes(hexToBytes(parent.stateRoot), body)),
  }
}

/** A block on `parent` with these transactions. */
export function buildBlock(
  parent: Header,
  template: BlockTemplate,
  transactions: readonly Uint8Array[],
): Candidate {
  const header: Header = {
    parentHash: template.parentHash,
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: template.coinbase,
    ...rootsOf(parent, transactions),
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: NO_BLOOM,
    difficulty: 1n,
    number: template.number,
    gasLimit: 30_000_000n,
    gasUsed: BigInt(21_000 * transactions.length),
    timestamp: template.timestamp,
    extraData: template.extraData,
    mixHash: ISTANBUL_MIX_HASH,
    nonce: ZERO_NONCE,
    baseFeePerGas: 0n,
  }
  return { hash: blockHash(header), block: { header, transactions } }
}

/** Executes a block on `parent`: null when its roots are not what its body gives. */
export function executeBlock(parent: Header, block: Block, hash: Hash): Candidate | null {
  const roots = rootsOf(parent, block.transactions)
  const { stateRoot, transactionsRoot } = block.header
  if (roots.stateRoot !== stateRoot || roots.transactionsRoot !== transactionsRoot) return null
  return { hash, block }
}

/** The genesis header of a simulation: step = timestamp / D. */
export function genesisHeader(validators: readonly Address[], timestamp: number): Header {
  return {
    parentHash: ZERO_HASH,
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: ZERO_ADDRESS,
    stateRoot: EMPTY_TRIE_ROOT,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: NO_BLOOM,
    difficulty: 1n,
    number: 0,
    gasLimit: 30_000_000n,
    gasUsed: 0n,
    timestamp,
    extraData: encodeExtraData({
      vanity: validatorSetHash(validators),
      validators,
      round: 0,
      seals: [],
    }),
    mixHash: ISTANBUL_MIX_HASH,
    nonce: ZERO_NONCE,
    baseFeePerGas: 0n,
  }
}
