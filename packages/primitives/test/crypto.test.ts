import {
  bytesToHex,
  type CryptoProvider,
  hexToBytes,
  installCrypto,
  keccak256,
  keccakHex,
  nobleCrypto,
  publicKeyToAddress,
  recoverAddress,
  recoverPublicKey,
  secretKeyToAddress,
  signDigest,
  utf8ToBytes,
} from '@veche/primitives'
import { createNativeCrypto, installNativeCrypto } from '@veche/primitives/native'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const { provider: native, report } = await createNativeCrypto()
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const secretKey = fc
  .bigInt({ min: 1n, max: ORDER - 1n })
  .map((value) => hexToBytes(`0x${value.toString(16).padStart(64, '0')}`))

function plain(value: Uint8Array | undefined): string {
  return value === undefined ? 'undefined' : bytesToHex(value)
}

function sameAsNoble(run: (crypto: CryptoProvider) => Uint8Array | undefined): void {
  assert.is(plain(run(native)), plain(run(nobleCrypto)))
}

test('the native addon is here', () => {
  assert.is(report.secp256k1, 'native', String(report.cause))
})

test('keccak-256 of the known texts', () => {
  const empty = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'
  const abc = '0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45'
  for (const crypto of [nobleCrypto, native]) {
    assert.is(bytesToHex(crypto.keccak256(new Uint8Array(0))), empty)
    assert.is(bytesToHex(crypto.keccak256(utf8ToBytes('abc'))), abc)
  }
})

test('WebAssembly keccak equals noble for every length around its block', () => {
  for (let length = 0; length < 300; length++)
    sameAsNoble((crypto) => crypto.keccak256(new Uint8Array(length).fill(length)))
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), (value) =>
      sameAsNoble((crypto) => crypto.keccak256(value)),
    ),
  )
})

test('native signatures, keys and recoveries equal noble', () => {
  fc.assert(
    fc.property(secretKey, bytes(32), (key, digest) => {
      sameAsNoble((crypto) => crypto.publicKey(key))
      sameAsNoble((crypto) => crypto.sign(digest, key))
      const signature = native.sign(digest, key)
      for (const recovery of [0, 1])
        sameAsNoble((crypto) => crypto.recover(digest, signature.subarray(0, 64), recovery))
    }),
    { numRuns: 60 },
  )
})

test('both providers refuse and recover the same hostile signatures', () => {
  const scalar = fc.oneof(
    fc.constantFrom(0n, 1n, ORDER - 1n, ORDER, ORDER + 1n, 2n ** 256n - 1n, ORDER / 2n),
    fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
  )
  const toBytes = (value: bigint) => hexToBytes(`0x${value.toString(16).padStart(64, '0')}`)
  const digest = fc.oneof(bytes(32), fc.constant(new Uint8Array(32)))
  fc.assert(
    fc.property(scalar, scalar, digest, fc.constantFrom(0, 1), (r, s, hash, recovery) => {
      const compact = new Uint8Array([...toBytes(r), ...toBytes(s)])
      sameAsNoble((crypto) => crypto.recover(hash, compact, recovery))
    }),
    { numRuns: 150 },
  )
})

test('a signature recovers to its signer, a changed one never does', () => {
  const key = new Uint8Array(32).fill(7)
  const address = secretKeyToAddress(key)
  const digest = keccak256(utf8ToBytes('vote'))
  const signature = signDigest(digest, key)
  assert.is(recoverAddress(digest, signature), address)
  for (let at = 0; at < 65; at++) {
    const changed = signature.slice()
    changed[at] = (changed[at] as number) ^ 1
    assert.is.not(recoverAddress(digest, changed), address, `byte ${at}`)
  }
})

test('one signature has one spelling: high s, v of 27 and other lengths are refused', () => {
  const key = new Uint8Array(32).fill(7)
  const digest = keccak256(utf8ToBytes('vote'))
  const signature = signDigest(digest, key)
  const s = BigInt(bytesToHex(signature.subarray(32, 64)))
  const high = signature.slice()
  high.set(hexToBytes(`0x${(ORDER - s).toString(16).padStart(64, '0')}`), 32)
  high[64] = 1 - (signature[64] as number)
  assert.is(recoverAddress(digest, high), undefined)
  const anyS = recoverPublicKey(digest, high.subarray(0, 64), high[64])
  assert.ok(anyS !== undefined && publicKeyToAddress(anyS) === secretKeyToAddress(key))
  const ethereumV = signature.slice()
  ethereumV[64] = 27 + (signature[64] as number)
  assert.is(recoverAddress(digest, ethereumV), undefined)
  assert.is(recoverAddress(digest, signature.subarray(0, 64)), undefined)
  assert.is(recoverAddress(digest, new Uint8Array(66)), undefined)
  assert.is(recoverAddress(digest.subarray(1), signature), undefined)
  assert.is(recoverPublicKey(digest, signature.subarray(0, 64), 2), undefined)
  assert.is(recoverPublicKey(digest, signature, 0), undefined)
})

test('the address of a known key', () => {
  const key = hexToBytes('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
  assert.is(secretKeyToAddress(key), '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266')
})

test('an installed provider serves the same answers', async () => {
  const value = utf8ToBytes('same')
  const before = keccakHex(value)
  assert.is((await installNativeCrypto()).keccak, 'wasm')
  assert.is(keccakHex(value), before)
  installCrypto(nobleCrypto)
  assert.is(keccakHex(value), before)
})

test.run()
