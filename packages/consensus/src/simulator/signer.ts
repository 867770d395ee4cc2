/**
 * Signatures for simulations: they cost nothing and cannot be forged by the code under test, which
 * only ever gets them from {@link simulatedSign}. Never used outside the simulator.
 */
import {
  type Address,
  bytesToHex,
  equalBytes,
  hexToBytes,
  keccak256,
  utf8ToBytes,
} from '@veche/primitives'

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
