/**
 * RLP (Ethereum Yellow Paper appendix B), written from the end to the beginning in one pass. Our
 * own, because the `rlp` package copies every level of a nest; both give equal results
 * (rlp.test.ts).
 */
import { bigintToBytes, type Hex, hexByteLength, writeHex } from './bytes.ts'
import { assert } from './errors.ts'

/** Items that are RLP already and go into a list as they are. */
export interface RlpEncoded {
  readonly encoded: Uint8Array
}

/**
 * What can be encoded: bytes, `0x` text of whole bytes, an unsigned scalar (minimal, zero is
 * empty), or a list of them.
 */
export type RlpInput = Uint8Array | Hex | number | bigint | readonly RlpInput[] | RlpEncoded

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)
/** bytes kept between calls for what is being written; most of what is encoded is smaller */
const SCRATCH_BYTES = 64 * 1024

/**
 * Written from its end to its beginning, so that the length of a list is known before its header.
 */
interface Writing {
  bytes: Uint8Array
  /** where the last byte was written */
  at: number
}

const scratch = new Uint8Array(SCRATCH_BYTES)

/** Moves back by `length` bytes that the caller writes next. */
function retreat(writing: Writing, length: number): void {
  if (writing.at < length) {
    const { bytes, at } = writing
    const used = bytes.length - at
    const larger = new Uint8Array(Math.max(2 * bytes.length, used + length))
    larger.set(bytes.subarray(at), larger.length - used)
    writing.bytes = larger
    writing.at = larger.length - used
  }
  writing.at -= length
}

function writeByte(writing: Writing, byte: number): void {
  retreat(writing, 1)
  writing.bytes[writing.at] = byte
}

/** Big-endian, minimal; returns how many bytes. */
function writeNumber(writing: Writing, value: number): number {
  let size = 0
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256), size++)
    writeByte(writing, rest % 256)
  return size
}

function writeHeader(writing: Writing, length: number, base: 0x80 | 0xc0): void {
  if (length <= 55) writeByte(writing, base + length)
  else writeByte(writing, base + 55 + writeNumber(writing, length))
}

/** The header of a byte string of which the payload was written; a small byte has none. */
function closeString(writing: Writing, length: number): void {
  if (length === 1 && (writing.bytes[writing.at] as number) < 0x80) return
  writeHeader(writing, length, 0x80)
}

function writeText(writing: Writing, text: Hex): void {
  const length = hexByteLength(text)
  retreat(writing, length)
  writeHex(writing.bytes, text, writing.at)
  closeString(writing, length)
}

function writeScalar(writing: Writing, value: number): void {
  assert(Number.isSafeInteger(value) && value >= 0, `safe unsigned integer expected, got ${value}`)
  closeString(writing, writeNumber(writing, value))
}

function writeBytes(writing: Writing, bytes: Uint8Array): void {
  assert(bytes instanceof Uint8Array, 'bytes expected')
  retreat(writing, bytes.length)
  writing.bytes.set(bytes, writing.at)
}

function writeList(writing: Writing, items: readonly RlpInput[]): void {
  const behind = writing.bytes.length - writing.at
  for (let i = items.length - 1; i >= 0; i--) write(writing, items[i] as RlpInput)
  writeHeader(writing, writing.bytes.length - writing.at - behind, 0xc0)
}

function write(writing: Writing, item: RlpInput): void {
  if (item instanceof Uint8Array) {
    writeBytes(writing, item)
    closeString(writing, item.length)
  } else if (typeof item === 'string') writeText(writing, item)
  else if (typeof item === 'number') writeScalar(writing, item)
  else if (typeof item !== 'bigint')
    if ('encoded' in item) writeBytes(writing, item.encoded)
    else {
      assert(Array.isArray(item), 'bytes, text, a scalar or a list expected')
      writeList(writing, item)
    }
  else if (item >= 0n && item <= MAX_SAFE) writeScalar(writing, Number(item))
  else write(writing, bigintToBytes(item))
}

/**
 * RLP of bytes, text, scalars and nested lists of them, behind a prefix that is no RLP (the type of
 * a transaction, the domain of a signature): a new array of the right size.
 */
export function encodeRlp(item: RlpInput, prefix?: Uint8Array): Uint8Array {
  const writing: Writing = { bytes: scratch, at: scratch.length }
  write(writing, item)
  if (prefix !== undefined) writeBytes(writing, prefix)
  return writing.bytes.slice(writing.at)
}
