/**
 * Threshold BLS: members hold shares of one key that exists nowhere; any t partial signatures give
 * the one signature of the group, and a wrong one is recognised by its member's share key
 * (Boldyreva 2003).
 */
import { accept, assert, type Hash, type Hex, type Result, refuse } from '@veche/primitives'
import {
  decodeG1,
  decodeG2,
  type G1Point,
  type G2Point,
  hashToG1,
  multiply,
  pointToHex,
  verifySignature,
} from './bls.ts'
import { lagrangeAtZero } from './scalars.ts'

/** One member's part of a signature. */
export interface PartialSignature {
  /** number of the share, from 1 */
  readonly index: number
  /** compressed G1, 48 bytes */
  readonly signature: Hex
}

/** A group as its beacon shows it. */
export interface ThresholdGroup {
  readonly threshold: number
  /** compressed G2, 96 bytes */
  readonly groupKey: Hex
  /** of share 1, 2, …; compressed G2 */
  readonly shareKeys: readonly Hex[]
}

/** The partial signature of a share (a scalar other than 0) over a 32-byte message. */
export function signPartially(share: bigint, message: Hash, index: number): PartialSignature {
  return { index, signature: pointToHex(multiply(hashToG1(message), share)) }
}

/** Whether a partial signature is its member's over the message. */
export function verifyPartial(
  partial: PartialSignature,
  message: Hash,
  group: ThresholdGroup,
): boolean {
  const key = group.shareKeys[partial.index - 1]
  return key !== undefined && verifySignature(partial.signature, message, key)
}

function interpolate<P extends G1Point | G2Point>(
  points: readonly { readonly index: number; readonly point: P }[],
): P {
  const indices = points.map(({ index }) => index)
  const parts = points.map(({ index, point }) => multiply(point, lagrangeAtZero(index, indices)))
  const [first, ...rest] = parts
  assert(first !== undefined, 'at least one point')
  return rest.reduce((sum, part) => sum.add(part as never) as P, first)
}

/**
 * Puts partial signatures together: wrong ones and repetitions are left out, the first `threshold`
 * good ones make the signature. Refuses with `PARTIALS_TOO_FEW`; `CEREMONY_KEYS_WRONG` when the
 * share keys are no shares of the group key.
 */
export function combinePartials(
  partials: readonly PartialSignature[],
  message: Hash,
  group: ThresholdGroup,
): Result<Hex> {
  const good = new Map<number, G1Point>()
  for (const partial of partials) {
    if (good.size === group.threshold) break
    if (good.has(partial.index) || !verifyPartial(partial, message, group)) continue
    const point = decodeG1(partial.signature)
    if (point.ok) good.set(partial.index, point.value)
  }
  if (good.size < group.threshold)
    return refuse(
      'PARTIALS_TOO_FEW',
      `${group.threshold} good partial signatures expected, got ${good.size}`,
    )
  const points = [...good].map(([index, point]) => ({ index, point }))
  const signature = pointToHex(interpolate(points))
  return verifySignature(signature, message, group.groupKey)
    ? accept(signature)
    : refuse('CEREMONY_KEYS_WRONG', 'share keys of the group key expected')
}

/**
 * Whether every set of `threshold` share keys gives the group key, which holds exactly when all
 * share keys lie on one polynomial of that degree: checked by windows of neighbours.
 */
export function isThresholdGroup(group: ThresholdGroup): boolean {
  const { threshold, shareKeys } = group
  if (threshold < 1 || threshold > shareKeys.length) return false
  const points: { index: number; point: G2Point }[] = []
  for (const [at, hex] of shareKeys.entries()) {
    const point = decodeG2(hex)
    if (!point.ok) return false
    points.push({ index: at + 1, point: point.value })
  }
  for (let from = 0; from + threshold <= points.length; from++)
    if (pointToHex(interpolate(points.slice(from, from + threshold))) !== group.groupKey)
      return false
  return true
}
