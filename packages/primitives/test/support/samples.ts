/** A header of the default fork and arbitraries for its parts. */
import {
  bytesToHex,
  EMPTY_OMMERS_HASH,
  EMPTY_REQUESTS_HASH,
  EMPTY_TRIE_ROOT,
  type ExtraData,
  encodeExtraData,
  type Header,
  ISTANBUL_MIX_HASH,
  ZERO_HASH,
  ZERO_NONCE,
} from '@veche/primitives'
import * as fc from 'fast-check'

export const extraData: ExtraData = {
  vanity: `0x${'0a'.repeat(32)}`,
  validators: [`0x${'01'.repeat(20)}`, `0x${'02'.repeat(20)}`, `0x${'03'.repeat(20)}`],
  round: 0,
  seals: [],
}

export const pragueHeader: Header = {
  parentHash: `0x${'11'.repeat(32)}`,
  ommersHash: EMPTY_OMMERS_HASH,
  coinbase: `0x${'22'.repeat(20)}`,
  stateRoot: `0x${'33'.repeat(32)}`,
  transactionsRoot: EMPTY_TRIE_ROOT,
  receiptsRoot: EMPTY_TRIE_ROOT,
  logsBloom: new Uint8Array(256),
  difficulty: 1n,
  number: 7,
  gasLimit: 30_000_000n,
  gasUsed: 0n,
  timestamp: 1_700_000_000,
  extraData: encodeExtraData(extraData),
  mixHash: ISTANBUL_MIX_HASH,
  nonce: ZERO_NONCE,
  baseFeePerGas: 0n,
  withdrawalsRoot: EMPTY_TRIE_ROOT,
  blobGasUsed: 0n,
  excessBlobGas: 0n,
  parentBeaconBlockRoot: ZERO_HASH,
  requestsHash: EMPTY_REQUESTS_HASH,
}

export const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((value) => Uint8Array.from(value))
export const hash = bytes(32).map(bytesToHex)
export const address = bytes(20).map(bytesToHex)

export const anyExtraData: fc.Arbitrary<ExtraData> = fc.record(
  {
    vanity: hash,
    validators: fc.array(address, { maxLength: 25 }),
    round: fc.integer({ min: 0, max: 0xffff_ffff }),
    seals: fc.array(bytes(65), { maxLength: 25 }),
  },
  { noNullPrototype: true },
)
