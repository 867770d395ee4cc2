/** P-256 signatures over a digest as it is, which node:crypto does not make and verifiers want. */
import { p256 } from '@noble/curves/nist.js'
import { accept, assert, type Result, refuse } from '@veche/primitives'

/** 64 bytes r ‖ s with s in the lower half, deterministic (RFC 6979), over a 32-byte digest. */
export function signP256Digest(digest: Uint8Array, secretKey: Uint8Array): Uint8Array {
  assert(digest.length === 32 && secretKey.length === 32, 'a digest and a key of 32 bytes')
  return p256.sign(digest, secretKey, { prehash: false, lowS: true, format: 'compact' })
}

/** 64 bytes x ‖ y. */
export function p256PublicKey(secretKey: Uint8Array): Uint8Array {
  return p256.getPublicKey(secretKey, false).subarray(1)
}

/**
 * 64 bytes r ‖ s of a signature in DER, as authenticators give it. Total: refuses with
 * `SIGNATURE_MALFORMED`.
 */
export function p256SignatureFromDer(der: Uint8Array): Result<Uint8Array> {
  try {
    return accept(p256.Signature.fromBytes(der, 'der').toBytes('compact'))
  } catch {
    return refuse('SIGNATURE_MALFORMED', 'a P-256 signature in DER expected')
  }
}

/** Whether 64 bytes r ‖ s are the signature of a 32-byte digest by the key x ‖ y. Total. */
export function isP256Signed(
  digest: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  try {
    const point = Uint8Array.of(4, ...publicKey)
    return p256.verify(signature, digest, point, { prehash: false, lowS: false })
  } catch {
    return false
  }
}
