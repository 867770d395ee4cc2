/** P-256 signatures over a digest as it is, which node:crypto does not make and verifiers want. */
import { p256 } from '@noble/curves/nist.js'
import { assert } from '@veche/primitives'

/** 64 bytes r ‖ s with s in the lower half, deterministic (RFC 6979), over a 32-byte digest. */
export function signP256Digest(digest: Uint8Array, secretKey: Uint8Array): Uint8Array {
  assert(digest.length === 32 && secretKey.length === 32, 'a digest and a key of 32 bytes')
  return p256.sign(digest, secretKey, { prehash: false, lowS: true, format: 'compact' })
}

/** 64 bytes x ‖ y. */
export function p256PublicKey(secretKey: Uint8Array): Uint8Array {
  return p256.getPublicKey(secretKey, false).subarray(1)
}
