/**
 * BLS signatures of a season's beacon: signatures on G1, keys on G2 of BLS12-381, with the tag that
 * FairSeason uses. Points travel as compressed hex (ZCash, 48 and 96 bytes) in ceremony files and
 * in the encoding of EIP-2537 in calls. RFC 9380 for hash to curve, draft-irtf-cfrg-bls-signature
 * for the scheme; uniqueness of BLS signatures is what makes the seed unbiasable.
 */
import { bls12_381 } from '@noble/curves/bls12-381.js'
import {
  accept,
  assert,
  type Hash,
  type Hex,
  hexToBytes,
  type Result,
  refuse,
} from '@veche/primitives'

const { G1, G2, fields } = bls12_381

/** A point of G1 in this package's hands. */
export type G1Point = InstanceType<typeof G1.Point>
/** A point of G2 in this package's hands. */
export type G2Point = InstanceType<typeof G2.Point>

/** Order of both groups: scalars are 1 to this minus one. */
export const SCALAR_ORDER: bigint = fields.Fr.ORDER
/** Domain separation tag of hash to curve; FairSeason has the same. */
export const SEED_TAG = 'VECHE-FAIRS-V1_BLS12381G1_XMD:SHA-256_SSWU_RO_'

const FIELD_HEX_DIGITS = 96

/** Generator of G1. */
export const g1Base = (): G1Point => G1.Point.BASE
/** Generator of G2. */
export const g2Base = (): G2Point => G2.Point.BASE

/** k times a point; k may be 0, which the curve library refuses. Constant time for k ≠ 0. */
export function multiply<P extends G1Point | G2Point>(point: P, scalar: bigint): P {
  const k = fields.Fr.create(scalar)
  return (k === 0n ? point.subtract(point as never) : point.multiply(k)) as P
}

function decodePoint<P extends G1Point | G2Point>(read: () => P, what: string): Result<P> {
  try {
    const point = read()
    point.assertValidity()
    if (point.is0() || !point.isTorsionFree())
      return refuse('BLS_POINT_INVALID', `a point of ${what} other than zero expected`)
    return accept(point)
  } catch {
    return refuse('BLS_POINT_INVALID', `a compressed point of ${what} expected`)
  }
}

const isHexOf = (value: unknown, bytes: number): value is Hex =>
  typeof value === 'string' && value.length === 2 + bytes * 2 && /^0x[0-9a-f]*$/.test(value)

/** A point of G1 from 48 bytes of hex; in the subgroup and not zero. */
export function decodeG1(value: unknown): Result<G1Point> {
  if (!isHexOf(value, 48)) return refuse('BLS_POINT_INVALID', '48 bytes of hex expected')
  return decodePoint(() => G1.Point.fromHex(value.slice(2)), 'G1')
}

/** A point of G2 from 96 bytes of hex; in the subgroup and not zero. */
export function decodeG2(value: unknown): Result<G2Point> {
  if (!isHexOf(value, 96)) return refuse('BLS_POINT_INVALID', '96 bytes of hex expected')
  return decodePoint(() => G2.Point.fromHex(value.slice(2)), 'G2')
}

/** Compressed hex: 48 bytes of G1, 96 of G2. */
export function pointToHex(point: G1Point | G2Point): Hex {
  return `0x${point.toHex(true)}`
}

const fieldWords = (value: bigint): [Hash, Hash] => {
  const hex = value.toString(16).padStart(FIELD_HEX_DIGITS + 32, '0')
  return [`0x${hex.slice(0, 64)}`, `0x${hex.slice(64)}`]
}

/** EIP-2537 words of a compressed G1 point: x, y in two words each. A bug when it is no point. */
export function g1Words(compressed: Hex): [Hash, Hash, Hash, Hash] {
  const point = decodeG1(compressed)
  assert(point.ok, 'a point of G1')
  const { x, y } = point.value.toAffine()
  return [...fieldWords(x), ...fieldWords(y)]
}

/** The eight words of a G2 key as FairSeason takes them. */
export type G2Words = readonly [Hash, Hash, Hash, Hash, Hash, Hash, Hash, Hash]

/** EIP-2537 words of a compressed G2 point: x.c0, x.c1, y.c0, y.c1. A bug when it is no point. */
export function g2Words(compressed: Hex): G2Words {
  const point = decodeG2(compressed)
  assert(point.ok, 'a point of G2')
  const { x, y } = point.value.toAffine()
  return [...fieldWords(x.c0), ...fieldWords(x.c1), ...fieldWords(y.c0), ...fieldWords(y.c1)]
}

const wordsToField = (high: Hex, low: Hex): bigint => BigInt(high) * 2n ** 256n + BigInt(low)

/** Compressed hex of a G1 point in EIP-2537 words. */
export function wordsToG1(words: readonly Hex[]): Result<Hex> {
  const [a, b, c, d] = words as readonly [Hex, Hex, Hex, Hex]
  if (words.length !== 4 || !words.every((word) => isHexOf(word, 32)))
    return refuse('BLS_POINT_INVALID', 'four words expected')
  const point = decodePoint(
    () => G1.Point.fromAffine({ x: wordsToField(a, b), y: wordsToField(c, d) }),
    'G1',
  )
  return point.ok ? accept(pointToHex(point.value)) : point
}

/** Compressed hex of a G2 point in EIP-2537 words. */
export function wordsToG2(words: readonly Hex[]): Result<Hex> {
  if (words.length !== 8 || !words.every((word) => isHexOf(word, 32)))
    return refuse('BLS_POINT_INVALID', 'eight words expected')
  const [a, b, c, d, e, f, g, h] = words as unknown as G2Words
  const point = decodePoint(
    () =>
      G2.Point.fromAffine({
        x: { c0: wordsToField(a, b), c1: wordsToField(c, d) },
        y: { c0: wordsToField(e, f), c1: wordsToField(g, h) },
      }),
    'G2',
  )
  return point.ok ? accept(pointToHex(point.value)) : point
}

/** RFC 9380 hash to G1 of a 32-byte message with {@link SEED_TAG}. */
export function hashToG1(message: Hash): G1Point {
  return G1.hashToCurve(hexToBytes(message), { DST: SEED_TAG }) as G1Point
}

/** Whether e(a, B) = e(c, D) for the pairs given as (G1, G2). */
export function samePairing(
  left: { readonly g1: G1Point; readonly g2: G2Point },
  right: { readonly g1: G1Point; readonly g2: G2Point },
): boolean {
  const product = bls12_381.pairingBatch([left, { g1: right.g1.negate(), g2: right.g2 }])
  return fields.Fp12.eql(product, fields.Fp12.ONE)
}

/** Whether a compressed signature is the key's over the message. Total: false for other bytes. */
export function verifySignature(signature: Hex, message: Hash, publicKey: Hex): boolean {
  const point = decodeG1(signature)
  const key = decodeG2(publicKey)
  return (
    point.ok &&
    key.ok &&
    samePairing({ g1: point.value, g2: g2Base() }, { g1: hashToG1(message), g2: key.value })
  )
}
