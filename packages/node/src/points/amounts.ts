/** How people write points and names on the command line: `12.50`, `bill 7`, `anna`. */
import { type Hash, isHash, keccakHex, utf8ToBytes, VecheError } from '@veche/primitives'

/** Hundredths of a point from `12`, `12.5` or `12.50`. Throws `USAGE`. */
export function textToPoints(text: string): bigint {
  const found = /^(\d{1,15})(?:\.(\d{1,2}))?$/.exec(text)
  if (found === null) throw new VecheError('USAGE', `points like 12 or 12.50 expected, got ${text}`)
  const [, whole = '0', part = ''] = found
  return BigInt(whole) * 100n + BigInt(part.padEnd(2, '0'))
}

/** `12.50` */
export function pointsToText(hundredths: bigint): string {
  const digits = hundredths.toString().padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/** 32 bytes as they are; any other text is a name and gives its keccak256. */
export function nameToId(text: string): Hash {
  const lower = text.toLowerCase()
  if (isHash(lower)) return lower
  if (text.length === 0 || text.length > 256)
    throw new VecheError('USAGE', 'a name of 1 to 256 characters or 32 bytes as 0x text expected')
  return keccakHex(utf8ToBytes(text))
}
