/**
 * Headers of a chain without state, sealed with test keys, and their JSON-RPC form: what a light
 * client is shown. The set in force at each height is the caller's.
 */
import {
  blockHash,
  bytesToHex,
  EMPTY_BYTES,
  EMPTY_OMMERS_HASH,
  EMPTY_REQUESTS_HASH,
  EMPTY_TRIE_ROOT,
  encodeExtraData,
  type Hash,
  type Header,
  ISTANBUL_MIX_HASH,
  sealDigest,
  sealHeader,
  signDigest,
  validatorSetHash,
  ZERO_ADDRESS,
  ZERO_HASH,
  ZERO_NONCE,
} from '@veche/primitives'
import type { TestKey } from './world.ts'

const addressesOf = (keys: readonly TestKey[]) => keys.map(({ address }) => address).sort()

/** Seals a header by these keys in a round. */
export function sealBy(header: Header, keys: readonly TestKey[], round = 0): Header {
  const digest = sealDigest(header, round)
  return sealHeader(
    header,
    round,
    keys.map(({ secret }) => signDigest(digest, secret)),
  )
}

/** An unsealed header on `parentHash`; the vanity names the set of the next height. */
export function draftHeader(
  number: number,
  parentHash: Hash,
  sets: { readonly now: readonly TestKey[]; readonly next: readonly TestKey[] },
): Header {
  const vanity = validatorSetHash(addressesOf(sets.next))
  return {
    parentHash,
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: sets.now[0]?.address ?? ZERO_ADDRESS,
    stateRoot: EMPTY_TRIE_ROOT,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: new Uint8Array(256),
    difficulty: 1n,
    number,
    gasLimit: 8_000_000n,
    gasUsed: 0n,
    timestamp: 1_800_000_000 + number,
    extraData: encodeExtraData({ vanity, validators: addressesOf(sets.now), round: 0, seals: [] }),
    mixHash: ISTANBUL_MIX_HASH,
    nonce: ZERO_NONCE,
    baseFeePerGas: 0n,
    withdrawalsRoot: EMPTY_TRIE_ROOT,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: ZERO_HASH,
    requestsHash: EMPTY_REQUESTS_HASH,
  }
}

/** Headers 0 to `last`, each sealed by a quorum of its set, genesis unsealed. */
export function headerChain(
  last: number,
  setAt: (height: number) => readonly TestKey[],
): readonly Header[] {
  const headers: Header[] = []
  for (let number = 0; number <= last; number++) {
    const before = headers.at(-1)
    const sets = { now: setAt(number), next: setAt(number + 1) }
    const draft = draftHeader(number, before === undefined ? ZERO_HASH : blockHash(before), sets)
    const quorum = sets.now.slice(0, Math.ceil((2 * sets.now.length) / 3))
    headers.push(number === 0 ? draft : sealBy(draft, quorum))
  }
  return headers
}

const quantity = (value: bigint | number): string => `0x${value.toString(16)}`

/** The block object of JSON-RPC, as far as a header goes. */
export function headerToJson(header: Header): Record<string, unknown> {
  const { ommersHash, coinbase, logsBloom, extraData, ...rest } = header
  const texts = Object.entries(rest).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : quantity(value ?? 0n),
  ])
  return {
    ...Object.fromEntries(texts),
    ...{ sha3Uncles: ommersHash, miner: coinbase, hash: blockHash(header) },
    ...{ logsBloom: bytesToHex(logsBloom), extraData: bytesToHex(extraData ?? EMPTY_BYTES) },
    ...{ transactions: [], uncles: [], size: '0x1' },
  }
}
