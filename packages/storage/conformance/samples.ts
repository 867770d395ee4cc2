/** Small valid blocks for tests of storage: real hashes and links, invented contents. */
import {
  type Address,
  blockHash,
  bytesToHex,
  type CommitBatch,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  encodeExtraData,
  type Hash,
  type Header,
  ISTANBUL_MIX_HASH,
  keccak256,
  type Receipt,
  type StateDiff,
  transactionHash,
  utf8ToBytes,
  ZERO_NONCE,
} from '@veche/primitives'
import type { Genesis } from '../src/index.ts'

/** A hash that depends on the name only. */
export function testHash(name: string): Hash {
  return bytesToHex(keccak256(utf8ToBytes(name)))
}

/** An address that depends on the name only. */
export function testAddress(name: string): Address {
  return bytesToHex(keccak256(utf8ToBytes(name)).subarray(12))
}

export const EMPTY_DIFF: StateDiff = {
  accounts: new Map(),
  cleared: new Set(),
  slots: new Map(),
  codes: new Map(),
  trieNodes: new Map(),
}

const VALIDATORS = ['a', 'b', 'c', 'd'].map(testAddress).sort()

function makeHeader(parentHash: Hash, number: number, stateRoot: Hash): Header {
  const extraData = encodeExtraData({
    vanity: testHash('vanity'),
    validators: VALIDATORS,
    round: 0,
    seals: [],
  })
  return {
    parentHash,
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: VALIDATORS[number % VALIDATORS.length] as Address,
    stateRoot,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: new Uint8Array(256),
    difficulty: 1n,
    number,
    gasLimit: 30_000_000n,
    gasUsed: 21_000n,
    timestamp: 1_700_000_000 + number,
    extraData,
    mixHash: ISTANBUL_MIX_HASH,
    nonce: ZERO_NONCE,
    baseFeePerGas: 0n,
  }
}

/** A receipt with one log of `dataBytes` bytes. */
export function makeReceipt(index: number, dataBytes = 32): Receipt {
  const logsBloom = new Uint8Array(256)
  logsBloom[index % 256] = 0x81
  const topics = [testHash('Issued(bytes32)'), testHash(`document ${index}`)]
  return {
    type: 2,
    status: 1,
    cumulativeGasUsed: 50_000n * BigInt(index + 1),
    gasUsed: 50_000n,
    logsBloom,
    logs: [{ address: testAddress('registry'), topics, data: new Uint8Array(dataBytes).fill(7) }],
    from: testAddress(`sender ${index}`),
    effectiveGasPrice: 0n,
  }
}

/** A genesis with one account; chains with different ids have different hashes. */
export function makeGenesis(chainId = 1337, diff: Partial<StateDiff> = {}): Genesis {
  const header = makeHeader(testHash(`chain ${chainId}`), 0, EMPTY_TRIE_ROOT)
  return {
    block: { header, transactions: [] },
    hash: blockHash(header),
    diff: { ...EMPTY_DIFF, ...diff },
    validators: VALIDATORS,
    chainId,
  }
}

export interface BatchOptions {
  readonly diff?: Partial<StateDiff>
  /** default 0 */
  readonly transactions?: number
}

/** The block after `head`, with transactions that exist once in the chain. */
export function makeBatch(
  head: { readonly number: number; readonly hash: Hash },
  options: BatchOptions = {},
): CommitBatch {
  const number = head.number + 1
  const transactions = Array.from({ length: options.transactions ?? 0 }, (_, index) =>
    Uint8Array.from([2, ...utf8ToBytes(`transaction ${number}/${index}`)]),
  )
  const header = makeHeader(head.hash, number, EMPTY_TRIE_ROOT)
  return {
    block: { header, transactions },
    hash: blockHash(header),
    transactionHashes: transactions.map(transactionHash),
    receipts: transactions.map((_, index) => makeReceipt(index)),
    diff: { ...EMPTY_DIFF, ...options.diff },
    validatorsAfterNext: [...VALIDATORS.slice(1), testAddress(`new ${number}`)].sort(),
  }
}
