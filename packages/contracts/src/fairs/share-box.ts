/**
 * How one member hands another a share over public files, and how a bad share is proven to all:
 * hashed ElGamal on G1 with one ephemeral point a deal. Whoever complains opens the shared point of
 * that one box with a proof (Chaum–Pedersen 1992, made non-interactive by Fiat–Shamir), so that
 * anyone opens the same box; a complaint needs no answer and can accuse nobody wrongly.
 */
import {
  bigintToBytes,
  bytesToBigint,
  bytesToHex,
  concatBytes,
  type Hash,
  type Hex,
  hexToBytes,
  keccak256,
  numberToBytes,
  padLeft,
  utf8ToBytes,
} from '@veche/primitives'
import { type G1Point, multiply, SCALAR_ORDER } from './bls.ts'
import { hashToScalar, reduce } from './scalars.ts'

/** What a box is bound to. */
export interface BoxContext {
  readonly ceremony: Hash
  /** share numbers, from 1 */
  readonly dealer: number
  readonly recipient: number
  /** the deal's ephemeral point r·G */
  readonly ephemeral: G1Point
}

/** Proof that one exponent lies between each base and its image: challenge and answer, 32 bytes. */
export interface ExponentProof {
  readonly challenge: Hash
  readonly answer: Hash
}

/** 32 bytes of hex of a scalar. */
export const scalarToHex = (scalar: bigint): Hash =>
  bytesToHex(padLeft(bigintToBytes(scalar), 32)) as Hash

const BOX_LABEL = utf8ToBytes('veche-ceremony/1 box')
const PROOF_LABEL = 'veche-ceremony/1 proof'

function pad({ ceremony, dealer, recipient, ephemeral }: BoxContext, shared: G1Point): Uint8Array {
  const numbers = Uint8Array.of(dealer, recipient)
  const points = concatBytes(ephemeral.toBytes(true), shared.toBytes(true))
  return keccak256(concatBytes(BOX_LABEL, hexToBytes(ceremony), numbers, points))
}

function exclusiveOr(bytes: Uint8Array, mask: Uint8Array): Uint8Array {
  return bytes.map((byte, at) => byte ^ (mask[at] as number))
}

/** Locks a share under the shared point r·P = p·R: 32 bytes of hex. */
export function sealShare(context: BoxContext, shared: G1Point, share: bigint): Hash {
  return bytesToHex(exclusiveOr(hexToBytes(scalarToHex(share)), pad(context, shared))) as Hash
}

/** What is in a box: any number below 2^256; whoever dealt wrongly may have locked nonsense in. */
export function openShare(context: BoxContext, shared: G1Point, box: Hash): bigint {
  return bytesToBigint(exclusiveOr(hexToBytes(box), pad(context, shared)))
}

function challengeOf(context: Uint8Array, points: readonly G1Point[]): bigint {
  return hashToScalar(PROOF_LABEL, context, ...points.map((point) => point.toBytes(true)))
}

/**
 * Proves knowledge of the exponent of one base (Schnorr) or that several images have the same one.
 * The nonce comes from the secret and everything public, so none repeats and no randomness fails.
 */
export function proveExponent(
  bases: readonly G1Point[],
  exponent: bigint,
  context: Uint8Array,
): ExponentProof {
  const images = bases.map((base) => multiply(base, exponent))
  const publics = [...bases, ...images].map((point) => point.toBytes(true))
  const secret = hexToBytes(scalarToHex(exponent))
  const nonce = hashToScalar('veche-ceremony/1 nonce', secret, context, ...publics)
  const announced = bases.map((base) => multiply(base, nonce))
  const challenge = challengeOf(context, [...bases, ...images, ...announced])
  const answer = reduce(nonce + challenge * exponent)
  return { challenge: scalarToHex(challenge), answer: scalarToHex(answer) }
}

/** Checks {@link proveExponent}. Total. */
export function verifyExponent(
  pairs: readonly { readonly base: G1Point; readonly image: G1Point }[],
  proof: ExponentProof,
  context: Uint8Array,
): boolean {
  const challenge = BigInt(proof.challenge)
  const answer = BigInt(proof.answer)
  if (challenge >= SCALAR_ORDER || answer >= SCALAR_ORDER) return false
  const announced = pairs.map(({ base, image }) =>
    multiply(base, answer).subtract(multiply(image, challenge)),
  )
  const bases = pairs.map(({ base }) => base)
  const images = pairs.map(({ image }) => image)
  return challengeOf(context, [...bases, ...images, ...announced]) === challenge
}

/** The bytes a proof of a ceremony is bound to. */
export function proofContext(
  kind: string,
  ceremony: Hash,
  ...numbers: readonly number[]
): Uint8Array {
  const tail = numbers.map((number) => padLeft(numberToBytes(number), 4))
  return concatBytes(utf8ToBytes(kind), hexToBytes(ceremony as Hex), ...tail)
}
