/**
 * Arithmetic modulo the order of BLS12-381: polynomials that share a secret and the coefficients
 * that put a shared value together again (Shamir 1979).
 */
import { assert, bytesToBigint, concatBytes, keccak256, utf8ToBytes } from '@veche/primitives'
import { SCALAR_ORDER } from './bls.ts'

/** The residue of any integer, 0 to order − 1. */
export function reduce(value: bigint): bigint {
  const residue = value % SCALAR_ORDER
  return residue < 0n ? residue + SCALAR_ORDER : residue
}

/** The inverse of a number other than zero (extended Euclid). */
export function invert(value: bigint): bigint {
  let [low, high] = [reduce(value), SCALAR_ORDER]
  assert(low !== 0n, 'a number other than zero')
  let [x, y] = [1n, 0n]
  while (low > 1n) {
    const quotient = high / low
    ;[low, high] = [high % low, low]
    ;[x, y] = [y - quotient * x, x]
  }
  return reduce(x)
}

/** A scalar out of a label and bytes: 64 hashed bytes, so that no residue stands out. */
export function hashToScalar(label: string, ...parts: readonly Uint8Array[]): bigint {
  const input = concatBytes(keccak256(utf8ToBytes(label)), ...parts)
  const wide = [0, 1].map((half) => keccak256(concatBytes(Uint8Array.of(half), input)))
  return reduce(bytesToBigint(concatBytes(...wide)))
}

/** The polynomial's value at x: c0 + c1·x + c2·x² + … */
export function evaluate(coefficients: readonly bigint[], x: number): bigint {
  return coefficients.reduceRight((sum, coefficient) => reduce(sum * BigInt(x) + coefficient), 0n)
}

/** Lagrange coefficient at 0 of `index` among `indices` (distinct, from 1). */
export function lagrangeAtZero(index: number, indices: readonly number[]): bigint {
  let [numerator, denominator] = [1n, 1n]
  for (const other of indices) {
    if (other === index) continue
    numerator = reduce(numerator * BigInt(other))
    denominator = reduce(denominator * BigInt(other - index))
  }
  return reduce(numerator * invert(denominator))
}
