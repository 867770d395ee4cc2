/**
 * Keys of simulated validators. The cheap ones cost nothing and cannot be forged by the code under
 * test, which only ever gets them from {@link simulatedSign}; the real ones are secp256k1. Never
 * used outside the simulator.
 */
import {
  type Address,
  assert,
  bytesToHex,
  equalBytes,
  hexToBytes,
  keccak256,
  recoverAddress,
  secretKeyToAddress,
  signDigest,
  utf8ToBytes,
} from '@veche/primitives'
import type { Recover } from '../digest.ts'

/** Who signs in a simulation, and how a signer is found. */
export interface Keys {
  addressOf(i: number): Address
  /** 65 bytes over a 32-byte digest */
  sign(address: Address, digest: Uint8Array): Uint8Array
  readonly recover: Recover
}

/** 65 bytes: address ‖ digest ‖ zeros. */
export function simulatedSign(address: Address, digest: Uint8Array): Uint8Array {
  const signature = new Uint8Array(65)
  signature.set(hexToBytes(address), 0)
  signature.set(digest, 20)
  return signature
}

/** The signer of a simulated signature over `digest`, or undefined. */
export function simulatedRecover(digest: Uint8Array, signature: Uint8Array): Address | undefined {
  if (signature.length !== 65 || !equalBytes(signature.subarray(20, 52), digest)) return undefined
  return bytesToHex(signature.subarray(0, 20))
}

/** Address of the i-th simulated validator. */
export function simulatedAddress(i: number): Address {
  return bytesToHex(keccak256(utf8ToBytes(`validator ${i}`)).subarray(12))
}

/** Keys that cost nothing. */
export function simulatedKeys(): Keys {
  return { addressOf: simulatedAddress, sign: simulatedSign, recover: simulatedRecover }
}

/** secp256k1 keys derived from their index. */
export function realKeys(): Keys {
  const secrets = new Map<Address, Uint8Array>()
  return {
    addressOf(i) {
      const secret = keccak256(utf8ToBytes(`simulated secret key ${i}`))
      const address = secretKeyToAddress(secret)
      secrets.set(address, secret)
      return address
    },
    sign(address, digest) {
      const secret = secrets.get(address)
      assert(secret !== undefined, 'only simulated validators sign')
      return signDigest(digest, secret)
    },
    recover: recoverAddress,
  }
}
