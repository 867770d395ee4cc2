/**
 * The one home for hashing and signatures. Default is pure JavaScript (noble), which the browser
 * and the tests use; a server calls `installNativeCrypto()` from `@veche/primitives/native` once at
 * start and the same functions run on WebAssembly keccak and libsecp256k1.
 */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { type Address, bytesToHex, type Hash } from './bytes.ts'
import { assert } from './errors.ts'

export interface CryptoProvider {
  /** 32 bytes */
  keccak256(bytes: Uint8Array): Uint8Array
  /** 65 bytes r ‖ s ‖ v with v 0 or 1, RFC 6979 deterministic, low s */
  sign(digest: Uint8Array, secretKey: Uint8Array): Uint8Array
  /** 64-byte public key x ‖ y, or undefined when nothing recovers; r, s checked for range only */
  recover(digest: Uint8Array, compact: Uint8Array, recovery: number): Uint8Array | undefined
  /** 64-byte public key x ‖ y */
  publicKey(secretKey: Uint8Array): Uint8Array
}

const { Point } = secp256k1
const HALF_ORDER = Point.CURVE().n >> 1n

/** The reference provider: @noble/hashes and @noble/curves. */
export const nobleCrypto: CryptoProvider = {
  keccak256: (bytes) => keccak_256(bytes),
  sign(digest, secretKey) {
    const recovered = secp256k1.sign(digest, secretKey, { prehash: false, format: 'recovered' })
    const signature = new Uint8Array(65)
    signature.set(recovered.subarray(1), 0)
    signature[64] = recovered[0] as number
    return signature
  },
  recover(digest, compact, recovery) {
    try {
      const signature = new Uint8Array(65)
      signature[0] = recovery
      signature.set(compact, 1)
      const key = secp256k1.recoverPublicKey(signature, digest, { prehash: false })
      return Point.fromBytes(key).toBytes(false).subarray(1)
    } catch {
      return undefined
    }
  },
  publicKey: (secretKey) => secp256k1.getPublicKey(secretKey, false).subarray(1),
}

let provider: CryptoProvider = nobleCrypto

/**
 * Replaces the provider for this thread. Called once at start; both providers give equal results.
 */
export function installCrypto(next: CryptoProvider): void {
  provider = next
}

/** Keccak-256 of bytes: 32 bytes. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  return provider.keccak256(bytes)
}

/** Keccak-256 of bytes as a lower-case `0x` hash. */
export function keccakHex(bytes: Uint8Array): Hash {
  return bytesToHex(provider.keccak256(bytes))
}

/** Signs a 32-byte digest: 65 bytes r ‖ s ‖ v (v 0 or 1), deterministic, low s. */
export function signDigest(digest: Uint8Array, secretKey: Uint8Array): Uint8Array {
  assert(digest.length === 32, `digest of 32 bytes expected, got ${digest.length}`)
  return provider.sign(digest, secretKey)
}

function isLowS(signature: Uint8Array): boolean {
  return BigInt(bytesToHex(signature.subarray(32, 64))) <= HALF_ORDER
}

/**
 * The signer of a 65-byte signature r ‖ s ‖ v over a 32-byte digest, or undefined for anything that
 * is not one canonical signature: wrong length, v other than 0 or 1, high s (EIP-2), no such point.
 */
export function recoverAddress(digest: Uint8Array, signature: Uint8Array): Address | undefined {
  if (signature.length !== 65 || digest.length !== 32) return undefined
  const recovery = signature[64] as number
  if (recovery > 1 || !isLowS(signature)) return undefined
  const key = provider.recover(digest, signature.subarray(0, 64), recovery)
  return key === undefined ? undefined : publicKeyToAddress(key)
}

/**
 * The 64-byte public key of a compact signature with either s (as the ecrecover precompile and
 * transaction decoding need it), or undefined.
 */
export function recoverPublicKey(
  digest: Uint8Array,
  compact: Uint8Array,
  recovery: number,
): Uint8Array | undefined {
  if (compact.length !== 64 || digest.length !== 32 || recovery < 0 || recovery > 1)
    return undefined
  return provider.recover(digest, compact, recovery)
}

/** Address of a 64-byte public key: the last 20 bytes of its keccak. */
export function publicKeyToAddress(publicKey: Uint8Array): Address {
  assert(publicKey.length === 64, `public key of 64 bytes expected, got ${publicKey.length}`)
  return bytesToHex(keccak256(publicKey).subarray(12))
}

/** Address of a 32-byte secret key. */
export function secretKeyToAddress(secretKey: Uint8Array): Address {
  return publicKeyToAddress(provider.publicKey(secretKey))
}
