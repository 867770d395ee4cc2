/**
 * Bytes and their `0x` spelling. Hashes (32 bytes) and addresses (20 bytes) travel as lower-case
 * `0x` strings, because they are map keys and comparisons everywhere; payloads are `Uint8Array`.
 */
import { assert } from './errors.ts'

export type Hex = `0x${string}`
/** 32 bytes, 66 lower-case characters */
export type Hash = Hex
/** 20 bytes, 42 lower-case characters, no checksum */
export type Address = Hex

export const ZERO_HASH: Hash = `0x${'00'.repeat(32)}`
export const ZERO_ADDRESS: Address = `0x${'00'.repeat(20)}`
export const EMPTY_BYTES: Uint8Array = new Uint8Array(0)

const BYTE_TO_HEX: readonly string[] = Array.from({ length: 256 }, (_, i) =>
  i.toString(16).padStart(2, '0'),
)

/** Bytes from `from` up to `end` to lower-case `0x` text. */
export function hexOfRange(bytes: Uint8Array, from: number, end: number): Hex {
  let text = '0x'
  for (let i = from; i < end; i++) text += BYTE_TO_HEX[bytes[i] as number]
  return text as Hex
}

/** Bytes to lower-case `0x` text. */
export function bytesToHex(bytes: Uint8Array): Hex {
  return hexOfRange(bytes, 0, bytes.length)
}

/** value of a hex digit by its character code, −1 for every other */
const NIBBLES = new Int8Array(128).fill(-1)
for (let digit = 0; digit < 16; digit++) {
  const text = digit.toString(16)
  NIBBLES[text.charCodeAt(0)] = digit
  NIBBLES[text.toUpperCase().charCodeAt(0)] = digit
}

/** Bytes that `0x` text stands for. A bug when it is not even `0x` text. */
export function hexByteLength(hex: string): number {
  assert(
    hex.length % 2 === 0 && hex.startsWith('0x'),
    `even 0x text expected, got ${hex.length} chars`,
  )
  return (hex.length - 2) / 2
}

/** Writes into `bytes`, from `to` on, what `0x` text of even length stands for. */
export function writeHex(bytes: Uint8Array, hex: string, to: number): void {
  const end = hexByteLength(hex)
  let seen = 0
  for (let i = 0, at = 2; i < end; i++, at += 2) {
    const high = NIBBLES[hex.charCodeAt(at)] ?? -1
    const low = NIBBLES[hex.charCodeAt(at + 1)] ?? -1
    seen |= high | low // negative as soon as one is no digit
    bytes[to + i] = high * 16 + low
  }
  assert(seen >= 0, 'hex digits expected')
}

/**
 * `0x` text of even length to bytes. A bug when the text is not hex: check foreign text with {@link
 * isHex}.
 */
export function hexToBytes(hex: string): Uint8Array {
  const bytes = new Uint8Array(hexByteLength(hex))
  writeHex(bytes, hex, 0)
  return bytes
}

/** Whether a foreign value is `0x` text of whole bytes, and of `length` bytes when given. */
export function isHex(value: unknown, length?: number): value is Hex {
  if (typeof value !== 'string' || !/^0x(?:[0-9a-fA-F]{2})*$/.test(value)) return false
  return length === undefined || value.length === 2 + 2 * length
}

export function isHash(value: unknown): value is Hash {
  return isHex(value, 32)
}

export function isAddress(value: unknown): value is Address {
  return isHex(value, 20)
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Lexicographic order: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length)
  for (let i = 0; i < shorter; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Big-endian bytes without leading zeros; zero is empty (the RLP spelling of a scalar). */
export function bigintToBytes(value: bigint): Uint8Array {
  assert(value >= 0n, 'unsigned value expected')
  if (value === 0n) return EMPTY_BYTES
  const text = value.toString(16)
  return hexToBytes(`0x${text.length % 2 === 0 ? '' : '0'}${text}`)
}

/** Big-endian bytes of any length to a number; empty is zero. */
export function bytesToBigint(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(bytesToHex(bytes))
}

/** Safe integer to big-endian bytes without leading zeros. */
export function numberToBytes(value: number): Uint8Array {
  assert(Number.isSafeInteger(value) && value >= 0, `safe unsigned integer expected, got ${value}`)
  let length = 0
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) length++
  const bytes = new Uint8Array(length)
  for (let i = length - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256))
    bytes[i] = rest % 256
  return bytes
}

/** Pads on the left with zeros to `length` bytes. A bug when longer. */
export function padLeft(bytes: Uint8Array, length: number): Uint8Array {
  assert(bytes.length <= length, `at most ${length} bytes expected, got ${bytes.length}`)
  if (bytes.length === length) return bytes
  const padded = new Uint8Array(length)
  padded.set(bytes, length - bytes.length)
  return padded
}

/** UTF-8 encoding without platform types. */
export function utf8ToBytes(text: string): Uint8Array {
  const out: number[] = []
  for (const character of text) {
    const point = character.codePointAt(0) as number
    if (point < 0x80) out.push(point)
    else if (point < 0x800) out.push(0xc0 | (point >> 6), 0x80 | (point & 63))
    else if (point < 0x10000)
      out.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63))
    else
      out.push(
        0xf0 | (point >> 18),
        0x80 | ((point >> 12) & 63),
        0x80 | ((point >> 6) & 63),
        0x80 | (point & 63),
      )
  }
  return Uint8Array.from(out)
}
