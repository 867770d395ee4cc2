/**
 * Keys of people and departments as ERC-7913 signers (sol/identity/CitySigners.sol): 20 bytes of
 * an address, or one of the city's verifiers and 64 bytes of a P-256 key.
 */
import {
  type Address,
  assert,
  bytesToHex,
  concatBytes,
  type Hash,
  type Hex,
  hexToBytes,
  keccakHex,
} from '@veche/primitives'
import { encodeAbiParameters } from 'viem/utils'
import { P256_VERIFIER_ADDRESS, WEBAUTHN_VERIFIER_ADDRESS } from '../addresses.ts'

/** Half the order of P-256: a signature's s is at most this, or it is refused as malleable. */
export const P256_HALF_ORDER = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** What a signer is: by an address's own rule, by a bare P-256 key, or by a passkey. */
export type SignerKind = 'address' | 'p256' | 'webauthn'

/** The signer of a secp256k1 key or of a contract that answers ERC-1271. */
export function addressSigner(address: Address): Hex {
  return address.toLowerCase() as Hex
}

function verified(verifier: Address, publicKey: Uint8Array): Hex {
  assert(publicKey.length === 64, 'a P-256 key of 64 bytes x ‖ y')
  return bytesToHex(concatBytes(hexToBytes(verifier), publicKey))
}

/** The signer of a P-256 key, 64 bytes x ‖ y, that signs digests as they are. */
export function p256Signer(publicKey: Uint8Array): Hex {
  return verified(P256_VERIFIER_ADDRESS, publicKey)
}

/** The signer of a passkey, 64 bytes x ‖ y. */
export function webAuthnSigner(publicKey: Uint8Array): Hex {
  return verified(WEBAUTHN_VERIFIER_ADDRESS, publicKey)
}

/** What kind of key these bytes name; undefined for bytes that CitySigners refuses. */
export function signerKindOf(signer: Hex): SignerKind | undefined {
  if (/^0x[0-9a-f]{40}$/.test(signer)) return BigInt(signer) > 0xffffn ? 'address' : undefined
  if (!/^0x[0-9a-f]{168}$/.test(signer)) return undefined
  const verifier = signer.slice(0, 42)
  if (verifier === P256_VERIFIER_ADDRESS) return 'p256'
  return verifier === WEBAUTHN_VERIFIER_ADDRESS ? 'webauthn' : undefined
}

/** The hash under which IdentityRegistry holds a key. */
export function signerKeyHash(signer: Hex): Hash {
  return keccakHex(hexToBytes(signer))
}

/** 64 bytes r ‖ s with s in the lower half, as the verifiers want it. */
export function lowS(signature: Uint8Array): Uint8Array {
  assert(signature.length === 64, 'a P-256 signature of 64 bytes r ‖ s')
  const s = BigInt(bytesToHex(signature.subarray(32)))
  if (s <= P256_HALF_ORDER) return signature
  const flipped = (P256_ORDER - s).toString(16).padStart(64, '0')
  return concatBytes(signature.subarray(0, 32), hexToBytes(`0x${flipped}`))
}

/** What a browser's `navigator.credentials.get` gives, and the signature taken out of its DER. */
export interface WebAuthnAssertion {
  /** 37 bytes or more: rpIdHash, flags, counter, extensions */
  readonly authenticatorData: Uint8Array
  /** as the browser serialised it */
  readonly clientDataJson: string
  /** 64 bytes r ‖ s */
  readonly signature: Uint8Array
}

const AUTH = [
  {
    type: 'tuple',
    components: [
      { name: 'r', type: 'bytes32' },
      { name: 's', type: 'bytes32' },
      { name: 'challengeIndex', type: 'uint256' },
      { name: 'typeIndex', type: 'uint256' },
      { name: 'authenticatorData', type: 'bytes' },
      { name: 'clientDataJSON', type: 'string' },
    ],
  },
] as const

function byteIndexOf(text: string, part: string): bigint {
  const at = text.indexOf(part)
  return BigInt(new TextEncoder().encode(text.slice(0, Math.max(at, 0))).length)
}

/** The ERC-7913 signature of an assertion: abi.encode(WebAuthnAuth) of OpenZeppelin's WebAuthn. */
export function webAuthnSignature(assertion: WebAuthnAssertion): Hex {
  const { authenticatorData, clientDataJson } = assertion
  const signature = lowS(assertion.signature)
  const auth = {
    r: bytesToHex(signature.subarray(0, 32)),
    s: bytesToHex(signature.subarray(32)),
    challengeIndex: byteIndexOf(clientDataJson, '"challenge"'),
    typeIndex: byteIndexOf(clientDataJson, '"type"'),
    authenticatorData: bytesToHex(authenticatorData),
    clientDataJSON: clientDataJson,
  }
  // the verifier reads the struct's fields from the first byte on, without the tuple's offset
  const encoded = encodeAbiParameters(AUTH, [auth])
  return `0x${encoded.slice(66)}`
}

/** A signature and whose it is. */
export interface SignedBy {
  readonly signer: Hex
  readonly signature: Hex
}

/**
 * `abi.encode(bytes[] signers, bytes[] signatures)` in ascending order of keccak256(signer), which
 * is what DepartmentAccount checks cheapest.
 */
export function packSignatures(signed: readonly SignedBy[]): Hex {
  const sorted = [...signed].sort((a, b) =>
    signerKeyHash(a.signer) < signerKeyHash(b.signer) ? -1 : 1,
  )
  return encodeAbiParameters(
    [{ type: 'bytes[]' }, { type: 'bytes[]' }],
    [sorted.map(({ signer }) => signer), sorted.map(({ signature }) => signature)],
  )
}
