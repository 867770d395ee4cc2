/**
 * The blocks of the twin: headers with QBFT extraData and real seals, and the scripted execution of
 * transactions. A transaction moves its value, and one that carries input to an address logs that
 * input there, 32 bytes a topic.
 */
import {
  type Account,
  type Address,
  assert,
  bytesToHex,
  EMPTY_CODE_HASH,
  EMPTY_OMMERS_HASH,
  EMPTY_REQUESTS_HASH,
  EMPTY_TRIE_ROOT,
  encodeExtraData,
  type Hash,
  type Header,
  hexToBytes,
  ISTANBUL_MIX_HASH,
  keccak256,
  type Log,
  type Receipt,
  sealDigest,
  sealHeader,
  secretKeyToAddress,
  signDigest,
  type TransactionView,
  utf8ToBytes,
  validatorSetHash,
  ZERO_HASH,
  ZERO_NONCE,
} from '@veche/primitives'
import { getCreateAddress } from 'ethers'
import { decodeWithEthers } from './ethers-decode.ts'

/** four validator keys, ascending by address */
export const VALIDATOR_KEYS: readonly Uint8Array[] = ['a', 'b', 'c', 'd']
  .map((name) => keccak256(utf8ToBytes(`validator ${name}`)))
  .sort((x, y) => (secretKeyToAddress(x) < secretKeyToAddress(y) ? -1 : 1))
export const VALIDATORS: readonly Address[] = VALIDATOR_KEYS.map(secretKeyToAddress)

export const NOBODY: Account = {
  nonce: 0n,
  balance: 0n,
  storageRoot: EMPTY_TRIE_ROOT,
  codeHash: EMPTY_CODE_HASH,
}

/** Yellow Paper 4.3.1, written apart from the code under test */
export function bloomOf(logs: readonly Log[]): Uint8Array {
  const bloom = new Uint8Array(256)
  for (const item of logs.flatMap((log) => [log.address, ...log.topics])) {
    const digest = keccak256(hexToBytes(item))
    for (const at of [0, 2, 4]) {
      const bit = (((digest[at] ?? 0) * 256 + (digest[at + 1] ?? 0)) % 2048) as number
      bloom[255 - Math.floor(bit / 8)] = (bloom[255 - Math.floor(bit / 8)] ?? 0) | (1 << (bit % 8))
    }
  }
  return bloom
}

function logOf(view: TransactionView): Log | undefined {
  if (view.to === null || view.input.length === 0) return undefined
  const words: Hash[] = []
  for (let at = 0; at + 32 <= view.input.length && words.length < 4; at += 32)
    words.push(bytesToHex(view.input.subarray(at, at + 32)))
  return { address: view.to, topics: words, data: view.input.subarray(words.length * 32) }
}

/** A header sealed by all four validators. */
export function sealedHeader(fields: Partial<Header>): Header {
  const header: Header = {
    parentHash: ZERO_HASH,
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: VALIDATORS[0] as Address,
    stateRoot: EMPTY_TRIE_ROOT,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: new Uint8Array(256),
    difficulty: 1n,
    number: 0,
    gasLimit: 30_000_000n,
    gasUsed: 0n,
    timestamp: 1_700_000_000,
    extraData: encodeExtraData({
      vanity: validatorSetHash(VALIDATORS),
      validators: VALIDATORS,
      round: 0,
      seals: [],
    }),
    mixHash: ISTANBUL_MIX_HASH,
    nonce: ZERO_NONCE,
    baseFeePerGas: 0n,
    withdrawalsRoot: EMPTY_TRIE_ROOT,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: ZERO_HASH,
    requestsHash: EMPTY_REQUESTS_HASH,
    ...fields,
  }
  const digest = sealDigest(header, 0)
  return sealHeader(
    header,
    0,
    VALIDATOR_KEYS.map((key) => signDigest(digest, key)),
  )
}

/** Runs the scripted execution of a block. */
export function runBlock(
  raws: readonly Uint8Array[],
  before: ReadonlyMap<Address, Account>,
  baseFee: bigint,
): { receipts: Receipt[]; accounts: Map<Address, Account> } {
  const accounts = new Map(before)
  const receipts: Receipt[] = []
  let cumulativeGasUsed = 0n
  for (const raw of raws) {
    const decoded = decodeWithEthers(raw)
    assert(decoded.ok, 'the twin seals transactions that decode')
    const view = decoded.value
    const sender = accounts.get(view.from) ?? NOBODY
    accounts.set(view.from, {
      ...sender,
      nonce: view.nonce + 1n,
      balance: sender.balance - view.value,
    })
    if (view.to !== null) {
      const target = accounts.get(view.to) ?? NOBODY
      accounts.set(view.to, { ...target, balance: target.balance + view.value })
    }
    const log = logOf(view)
    const logs = log === undefined ? [] : [log]
    cumulativeGasUsed += 21_000n
    const cap = view.gasPrice ?? view.maxFeePerGas ?? 0n
    const offered = view.gasPrice ?? baseFee + (view.maxPriorityFeePerGas ?? 0n)
    receipts.push({
      type: view.type,
      status: 1,
      cumulativeGasUsed,
      gasUsed: 21_000n,
      logsBloom: bloomOf(logs),
      logs,
      from: view.from,
      effectiveGasPrice: offered < cap ? offered : cap,
      ...(view.to === null
        ? {
            contractAddress: getCreateAddress({
              from: view.from,
              nonce: view.nonce,
            }).toLowerCase() as Address,
          }
        : {}),
    })
  }
  return { receipts, accounts }
}
