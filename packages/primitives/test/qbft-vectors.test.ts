/**
 * The header rules of EEA QBFT as byte-exact vectors: what other clients published
 * (vectors/qbft.json names each source), and every digest and fork's layout written out once more
 * from the specification, with the `rlp` library and noble alone.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import {
  blockHash,
  bytesToHex,
  decodeExtraData,
  decodeHeader,
  type ExtraData,
  encodeExtraData,
  encodeHeader,
  type Header,
  type Hex,
  hexToBytes,
  ISTANBUL_MIX_HASH,
  recoverAddress,
  sealDigest,
  sealHeader,
} from '@veche/primitives'
import { RLP } from 'rlp'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { pragueHeader } from './support/samples.ts'

interface ExtraVector {
  readonly source: string
  readonly rlp: Hex
  /** RLP of a vote inside, without `0x`; this chain has none */
  readonly vote?: string
  readonly vanity: Hex
  readonly validators: readonly Hex[]
  readonly round: number
  readonly seals: readonly Hex[]
}

interface Vectors {
  readonly header: {
    readonly sealed: Hex
    readonly unsealed: Hex
    readonly sealDigest: Hex
    readonly number: number
    readonly timestamp: number
    readonly gasLimit: number
    readonly round: number
    readonly coinbase: Hex
    readonly stateRoot: Hex
    readonly validators: readonly Hex[]
    readonly seals: readonly Hex[]
  }
  readonly extraData: readonly ExtraVector[]
  readonly drafts: { readonly rlp: readonly Hex[] }
}

const file = join(import.meta.dirname, 'vectors', 'qbft.json')
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors

function decoded(bytes: Uint8Array): ExtraData {
  const extra = decodeExtraData(bytes)
  if (!extra.ok) throw new RangeError(extra.reason)
  return extra.value
}

function headerOf(bytes: Hex): Header {
  const header = decodeHeader(hexToBytes(bytes))
  if (!header.ok) throw new RangeError(header.reason)
  return header.value
}

/** keccak of a header's RLP with its extraData replaced, by the libraries */
function specDigest(header: Uint8Array, round: Uint8Array): Hex {
  const fields = RLP.decode(header) as Uint8Array[]
  const extra = RLP.decode(fields[12] as Uint8Array) as Uint8Array[]
  const replaced = RLP.encode([extra[0], extra[1], extra[2], round, []] as Uint8Array[])
  return bytesToHex(keccak_256(RLP.encode(fields.map((field, i) => (i === 12 ? replaced : field)))))
}

test('published extraData decodes to what it says and encodes to its bytes', () => {
  const plain = vectors.extraData.filter(({ vote }) => vote === undefined)
  assert.is(plain.length, 3)
  for (const { source, rlp, vanity, validators, round, seals } of plain) {
    const extra = decoded(hexToBytes(rlp))
    assert.is(extra.vanity, vanity, source)
    assert.equal(extra.validators, validators, source)
    assert.is(extra.round, round, source)
    assert.equal(extra.seals.map(bytesToHex), seals, source)
    assert.is(bytesToHex(encodeExtraData(extra)), rlp, source)
  }
})

test("Besu's own vector has its bytes here, but for the vote, which is refused", () => {
  const [vector] = vectors.extraData.filter(({ vote }) => vote !== undefined)
  assert.ok(vector)
  if (vector?.vote === undefined) return
  const { rlp, vote, vanity, validators, round, seals } = vector
  const refused = decodeExtraData(hexToBytes(rlp))
  assert.is(refused.ok ? 'accepted' : refused.code, 'EXTRA_DATA_MALFORMED')
  const bytes = encodeExtraData({ vanity, validators, round, seals: seals.map(hexToBytes) })
  const payload = rlp.slice(2 + 4).replace(vote, 'c0')
  assert.is(bytesToHex(bytes), `0xf8${(payload.length / 2).toString(16)}${payload}`)
})

test('drafts with a round of four bytes or a vote of no bytes are refused', () => {
  for (const rlp of vectors.drafts.rlp) {
    const refused = decodeExtraData(hexToBytes(rlp))
    assert.is(refused.ok ? 'accepted' : refused.code, 'EXTRA_DATA_MALFORMED')
  }
})

test("every field of Besu's block is read, and its bytes come back", () => {
  const { header: given } = vectors
  const header = headerOf(given.sealed)
  assert.is(header.number, given.number)
  assert.is(header.timestamp, given.timestamp)
  assert.is(header.gasLimit, BigInt(given.gasLimit))
  assert.is(header.coinbase, given.coinbase)
  assert.is(header.stateRoot, given.stateRoot)
  assert.is(header.difficulty, 1n)
  assert.is(header.mixHash, ISTANBUL_MIX_HASH)
  assert.is(header.baseFeePerGas, undefined, 'Berlin: no base fee')
  const extra = decoded(header.extraData)
  assert.is(extra.round, given.round)
  assert.equal(extra.validators, given.validators)
  assert.equal(extra.seals.map(bytesToHex), given.seals)
  assert.is(bytesToHex(encodeHeader(header)), given.sealed)
})

test("what Besu's validators sealed is our seal digest, and their seals recover to them", () => {
  const { header: given } = vectors
  const sealed = headerOf(given.sealed)
  assert.is(bytesToHex(sealDigest(sealed, given.round)), given.sealDigest)
  assert.is(bytesToHex(sealDigest(headerOf(given.unsealed), given.round)), given.sealDigest)
  const digest = hexToBytes(given.sealDigest)
  const signers = given.seals.map((seal) => recoverAddress(digest, hexToBytes(seal)))
  assert.is(new Set(signers).size, 3)
  for (const signer of signers) assert.ok(given.validators.includes(signer as Hex))
  for (const round of [0, 2]) {
    const other = sealDigest(sealed, round)
    const strangers = given.seals.map((seal) => recoverAddress(other, hexToBytes(seal)))
    assert.not.ok(strangers.some((signer) => given.validators.includes(signer as Hex)))
  }
})

test("the hash of Besu's block is that of round 0 without seals", () => {
  const bytes = hexToBytes(vectors.header.sealed)
  const expected = specDigest(bytes, new Uint8Array(0))
  assert.is(blockHash(headerOf(vectors.header.sealed)), expected)
  assert.is(blockHash(headerOf(vectors.header.unsealed)), expected)
  assert.is.not(expected, vectors.header.sealDigest)
  assert.is(specDigest(bytes, Uint8Array.of(1)), vectors.header.sealDigest)
})

test('sealing an unsealed header gives the bytes that Besu stored', () => {
  const { header: given } = vectors
  const sealed = sealHeader(headerOf(given.unsealed), given.round, given.seals.map(hexToBytes))
  assert.is(bytesToHex(encodeHeader(sealed)), given.sealed)
})

/** the fields of a header in the order of their forks, as RLP items */
const scalar = (value: bigint | number): Uint8Array => {
  const text = value === 0 || value === 0n ? '' : value.toString(16)
  return Buffer.from(text.padStart(text.length + (text.length % 2), '0'), 'hex')
}

const FORK_FIELDS = [
  ['berlin', 15, []],
  ['london', 16, ['baseFeePerGas']],
  ['shanghai', 17, ['baseFeePerGas', 'withdrawalsRoot']],
  [
    ...(['cancun', 20] as const),
    [
      ...['baseFeePerGas', 'withdrawalsRoot', 'blobGasUsed', 'excessBlobGas'],
      'parentBeaconBlockRoot',
    ],
  ],
  [
    ...(['prague', 21] as const),
    [
      ...['baseFeePerGas', 'withdrawalsRoot', 'blobGasUsed', 'excessBlobGas'],
      ...['parentBeaconBlockRoot', 'requestsHash'],
    ],
  ],
] as const

test('headers of each fork have their fields in the order of the specifications', () => {
  const rich = { ...pragueHeader, baseFeePerGas: 7n, gasUsed: 21_000n, blobGasUsed: 131_072n }
  for (const [fork, count, later] of FORK_FIELDS) {
    const h = rich as unknown as Record<string, Hex | bigint>
    const base = [
      ...['parentHash', 'ommersHash', 'coinbase', 'stateRoot', 'transactionsRoot'],
      'receiptsRoot',
    ].map((name) => hexToBytes(h[name] as Hex))
    const optional = later.map((name) =>
      typeof h[name] === 'bigint' ? scalar(h[name]) : hexToBytes(h[name] as Hex),
    )
    const fields = [
      ...base,
      rich.logsBloom,
      scalar(1n),
      ...[scalar(7), scalar(30_000_000), scalar(21_000), scalar(1_700_000_000)],
      ...[rich.extraData, hexToBytes(ISTANBUL_MIX_HASH), new Uint8Array(8)],
      ...optional,
    ]
    assert.is(fields.length, count, fork)
    const kept = Object.fromEntries(
      Object.entries(rich).filter(
        ([name]) => !FORK_FIELDS[4][2].includes(name as never) || later.includes(name as never),
      ),
    ) as unknown as Header
    const spec = RLP.encode(fields)
    assert.equal(encodeHeader(kept), spec, fork)
    assert.is(blockHash(kept), specDigest(spec, new Uint8Array(0)), fork)
    const digest = bytesToHex(sealDigest(kept, 300))
    assert.is(digest, specDigest(spec, Uint8Array.of(1, 44)), fork)
  }
})

test("a seal is r, s and the recovery bit, as Besu's encodedBytes", () => {
  const key = new Uint8Array(32).fill(9)
  const digest = sealDigest(pragueHeader, 3)
  const signature = secp256k1.sign(digest, key, { prehash: false, format: 'recovered' })
  const seal = Buffer.concat([signature.subarray(1), signature.subarray(0, 1)])
  const point = secp256k1.getPublicKey(key, false).subarray(1)
  const expected = bytesToHex(keccak_256(point).subarray(12))
  assert.is(recoverAddress(digest, seal), expected)
})

test.run()
