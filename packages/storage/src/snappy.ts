/**
 * Decodes raw Snappy, as LevelDB compresses its blocks (snappy/format_description.txt). Total and
 * bounded.
 */

interface Cursor {
  readonly source: Uint8Array
  from: number
  readonly target: Uint8Array
  to: number
}

/**
 * A little-endian base-128 number and the offset behind it; undefined when it does not end in 7
 * bytes.
 */
export function varintAt(
  bytes: Uint8Array,
  at: number,
): { value: number; end: number } | undefined {
  let value = 0
  for (let i = 0; i < 7; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) return undefined
    value += (byte & 127) * 2 ** (7 * i)
    if (byte < 128) return { value, end: at + i + 1 }
  }
  return undefined
}

function littleEndian(bytes: Uint8Array, at: number, length: number): number {
  let value = 0
  for (let i = length - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0)
  return value
}

function copyLiteral(cursor: Cursor, tag: number): boolean {
  const short = tag >> 2
  const extra = short < 60 ? 0 : short - 59
  const length = (extra === 0 ? short : littleEndian(cursor.source, cursor.from, extra)) + 1
  const start = cursor.from + extra
  if (start + length > cursor.source.length || cursor.to + length > cursor.target.length)
    return false
  cursor.target.set(cursor.source.subarray(start, start + length), cursor.to)
  cursor.from = start + length
  cursor.to += length
  return true
}

function copyBack(cursor: Cursor, tag: number): boolean {
  const kind = tag & 3
  const offsetBytes = kind === 3 ? 4 : kind
  const low = littleEndian(cursor.source, cursor.from, offsetBytes)
  const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1
  const offset = kind === 1 ? ((tag >> 5) << 8) | low : low
  cursor.from += offsetBytes
  if (offset === 0 || offset > cursor.to || cursor.to + length > cursor.target.length) return false
  // byte by byte: the stretches may overlap
  for (let i = 0; i < length; i++, cursor.to++)
    cursor.target[cursor.to] = cursor.target[cursor.to - offset] as number
  return true
}

/** The decoded bytes, at most `bytesMax` of them, or undefined when `source` is not Snappy. */
export function decodeSnappy(source: Uint8Array, bytesMax: number): Uint8Array | undefined {
  const length = varintAt(source, 0)
  if (length === undefined || length.value > bytesMax) return undefined
  const cursor = { source, from: length.end, target: new Uint8Array(length.value), to: 0 }
  while (cursor.from < source.length) {
    const tag = source[cursor.from++] as number
    if (!((tag & 3) === 0 ? copyLiteral(cursor, tag) : copyBack(cursor, tag))) return undefined
  }
  return cursor.to === cursor.target.length ? cursor.target : undefined
}
