/**
 * Reads LevelDB's own log before LevelDB does. Without "paranoid checks", which classic-level does
 * not offer, LevelDB skips a damaged record and applies the ones behind it: a block would vanish
 * from the middle of the chain. Format: leveldb/doc/log_format.md, blocks of 32 KiB, fragments of
 * masked CRC-32C (4) ‖ length (2) ‖ type (1) ‖ data, little-endian.
 *
 * Only one synchronous batch is ever in flight, so a torn write can only be the last record; damage
 * with the beginning of a later record behind it is damage to something acknowledged.
 */
import { crc32c } from './crc32c.ts'

const BLOCK_BYTES = 32_768
const HEADER_BYTES = 7
const FULL = 1
const FIRST = 2
const LAST = 4

/** LevelDB stores checksums rotated and shifted, so that a checksum of checksums stays sound. */
export function unmaskCrc(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0
  return ((rotated >>> 17) | (rotated << 15)) >>> 0
}

type Fragment = { readonly type: number; readonly bytes: number } | 'padding' | 'damaged'

function fragmentAt(log: Uint8Array, at: number, blockEnd: number): Fragment {
  const view = new DataView(log.buffer, log.byteOffset + at, HEADER_BYTES)
  const length = view.getUint16(4, true)
  const type = view.getUint8(6)
  if (type === 0 && length === 0) return 'padding'
  const end = at + HEADER_BYTES + length
  if (type > LAST || type === 0 || end > blockEnd || end > log.length) return 'damaged'
  const fits = crc32c(log.subarray(at + 6, end)) === unmaskCrc(view.getUint32(0, true))
  return fits ? { type, bytes: HEADER_BYTES + length } : 'damaged'
}

/**
 * Whether a damaged or missing stretch of the log has the beginning of a later record behind it.
 */
export function isLevelLogDamaged(log: Uint8Array): boolean {
  let damagedBefore = false
  for (let block = 0; block < log.length; block += BLOCK_BYTES) {
    const blockEnd = block + BLOCK_BYTES
    let at = block
    while (at + HEADER_BYTES <= Math.min(blockEnd, log.length)) {
      const fragment = fragmentAt(log, at, blockEnd)
      if (fragment === 'padding' || fragment === 'damaged') {
        // the rest of this block cannot be framed; LevelDB goes on at the next one, and so do we
        damagedBefore = true
        break
      }
      const begins = fragment.type === FULL || fragment.type === FIRST
      if (begins && damagedBefore) return true
      at += fragment.bytes
    }
  }
  return false
}

/** Whole records from the start up to the first fragment that does not frame. */
export function readLevelRecords(log: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = []
  let parts: Uint8Array[] = []
  for (let at = 0; at + HEADER_BYTES <= log.length; ) {
    const blockEnd = at - (at % BLOCK_BYTES) + BLOCK_BYTES
    if (at + HEADER_BYTES > blockEnd) {
      // fewer bytes than a header are left in the block: filler
      at = blockEnd
      continue
    }
    const fragment = fragmentAt(log, at, blockEnd)
    if (fragment === 'padding' || fragment === 'damaged') break
    parts.push(log.subarray(at + HEADER_BYTES, at + fragment.bytes))
    if (fragment.type === FULL || fragment.type === LAST) {
      records.push(Buffer.concat(parts))
      parts = []
    }
    at += fragment.bytes
  }
  return records
}
