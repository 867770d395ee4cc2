/** Against the layout of Besu's QbftExtraDataCodec: RLP[vanity, validators, vote, round, seals]. */
import {
  blockHash,
  bytesToHex,
  decodeExtraData,
  encodeExtraData,
  encodeHeader,
  encodeRlp,
  hexToBytes,
  keccak256,
  keccakHex,
  recoverAddress,
  sealDigest,
  sealHeader,
  secretKeyToAddress,
  signDigest,
  VALIDATORS_MAX,
  validatorSetHash,
} from '@veche/primitives'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { anyExtraData, extraData, pragueHeader } from './support/samples.ts'

test('the bytes are laid out as QBFT lays them out', () => {
  const besu =
    `0xf87aa0${'00'.repeat(32)}f854` +
    '94be068f726a13c8d46c44be6ce9d275600e1735a4945ff6f4b66a46a2b2310a6f3a93aaddc0d9a1c193' +
    '94b1b2c3d4e5f60718293a4b5c6d7e8f901122334494cccccccccccccccccccccccccccccccccccccccc' +
    'c080c0'
  const decoded = decodeExtraData(hexToBytes(besu))
  assert.ok(decoded.ok)
  if (!decoded.ok) return
  assert.is(decoded.value.validators.length, 4)
  assert.is(decoded.value.validators[0], '0xbe068f726a13c8d46c44be6ce9d275600e1735a4')
  assert.is(decoded.value.round, 0)
  assert.is(bytesToHex(encodeExtraData(decoded.value)), besu)
})

test('extra data comes back equal', () => {
  fc.assert(
    fc.property(anyExtraData, (extra) => {
      assert.equal(decodeExtraData(encodeExtraData(extra)), { ok: true, value: extra })
    }),
    { numRuns: 200 },
  )
})

test('votes, wide rounds, odd seals and too many validators are refused', () => {
  const vanity = new Uint8Array(32)
  const address = new Uint8Array(20)
  const seal = new Uint8Array(65)
  const one = Uint8Array.of(1)
  const forms = [
    [vanity, [], [[address, one]], one, []],
    [vanity, [], [], Uint8Array.of(1, 0, 0, 0, 0), []],
    [vanity, [], [], Uint8Array.of(0, 1), []],
    [vanity, [], [], one, [seal.subarray(1)]],
    [vanity.subarray(1), [], [], one, []],
    [vanity, [address.subarray(1)], [], one, []],
    [vanity, Array.from({ length: VALIDATORS_MAX + 1 }, () => address), [], one, []],
    [vanity, [], [], one, [], []],
    [vanity, [], [], one],
  ]
  for (const [i, fields] of forms.entries()) {
    const decoded = decodeExtraData(encodeRlp(fields))
    assert.is(decoded.ok ? 'accepted' : decoded.code, 'EXTRA_DATA_MALFORMED', `form ${i}`)
  }
  assert.ok(decodeExtraData(encodeRlp([vanity, [address], [], one, [seal]])).ok)
  assert.not(decodeExtraData(new Uint8Array(32)).ok)
})

test('the block hash is one for every round and every set of seals', () => {
  const plain = blockHash(pragueHeader)
  assert.is(plain, keccakHex(encodeHeader(pragueHeader)), 'round 0, no seals')
  const seals = [new Uint8Array(65).fill(1), new Uint8Array(65).fill(2)]
  for (const round of [0, 1, 300, 0xffff_ffff]) {
    const sealed = sealHeader(pragueHeader, round, seals)
    assert.is(blockHash(sealed), plain)
    assert.is.not(keccakHex(encodeHeader(sealed)), plain)
    assert.equal(sealDigest(sealed, round), sealDigest(pragueHeader, round))
  }
})

test('a seal signs the header with its round and no seals', () => {
  const key = new Uint8Array(32).fill(3)
  const round = 5
  const extra = encodeExtraData({ ...extraData, round, seals: [] })
  assert.equal(sealDigest(pragueHeader, round), keccak256(encodeHeader(pragueHeader, extra)))
  const seal = signDigest(sealDigest(pragueHeader, round), key)
  const sealed = sealHeader(pragueHeader, round, [seal])
  const decoded = decodeExtraData(sealed.extraData)
  assert.ok(decoded.ok)
  if (decoded.ok) assert.equal(decoded.value, { ...extraData, round, seals: [seal] })
  assert.is(recoverAddress(sealDigest(sealed, round), seal), secretKeyToAddress(key))
  assert.is.not(recoverAddress(sealDigest(sealed, round + 1), seal), secretKeyToAddress(key))
})

test('a header of another consensus hashes as it stands and takes no seals', () => {
  const foreign = { ...pragueHeader, extraData: Uint8Array.of(1, 2, 3) }
  assert.is(blockHash(foreign), keccakHex(encodeHeader(foreign)))
  assert.is(sealHeader(foreign, 1, []), foreign)
})

test('the vanity commits to a set in its order', () => {
  const [a, b] = extraData.validators as [`0x${string}`, `0x${string}`]
  assert.is.not(validatorSetHash([a, b]), validatorSetHash([b, a]))
  assert.is(validatorSetHash([]), keccakHex(Uint8Array.of(0xc0)))
})

test.run()
