/**
 * Checks the block checksums of LevelDB's table files, which LevelDB itself leaves out (ADR 0043):
 * a changed key makes its compaction abort the whole process, or an account vanish. Format:
 * leveldb/doc/table_format.md; a block is data ‖ compression (1) ‖ masked CRC-32C (4).
 */
import { crc32c } from './crc32c.ts'
import { unmaskCrc } from './level-log.ts'
import { decodeSnappy, varintAt } from './snappy.ts'

const FOOTER_BYTES = 48
const TRAILER_BYTES = 5
/** 0xdb4775248b80fb57, little-endian */
const MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb]
/** an index of a 2 MiB file is some 20 KiB */
const INDEX_BYTES_MAX = 64 * 1024 * 1024
const SNAPPY = 1

interface Handle {
  readonly offset: number
  readonly size: number
  /** behind the handle, in the bytes that held it */
  readonly end: number
}

function handleAt(bytes: Uint8Array, at: number): Handle | undefined {
  const offset = varintAt(bytes, at)
  const size = offset && varintAt(bytes, offset.end)
  return offset && size && { offset: offset.value, size: size.value, end: size.end }
}

/** Content of a block whose checksum fits, still compressed; undefined otherwise. */
function checkedBlock(table: Uint8Array, { offset, size }: Handle): Uint8Array | undefined {
  const end = offset + size + TRAILER_BYTES
  if (end > table.length) return undefined
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength)
  const expected = unmaskCrc(view.getUint32(end - 4, true))
  return crc32c(table.subarray(offset, end - 4)) === expected
    ? table.subarray(offset, end - 4)
    : undefined
}

function decompress(block: Uint8Array): Uint8Array | undefined {
  const content = block.subarray(0, -1)
  return block.at(-1) === SNAPPY ? decodeSnappy(content, INDEX_BYTES_MAX) : content
}

/**
 * Values of an index block, which are handles: entries are shared ‖ unshared ‖ length ‖ key ‖
 * value.
 */
function handlesOf(index: Uint8Array): Handle[] | undefined {
  if (index.length < 4) return undefined
  const view = new DataView(index.buffer, index.byteOffset, index.byteLength)
  const end = index.length - 4 - 4 * view.getUint32(index.length - 4, true)
  const handles: Handle[] = []
  for (let at = 0; at < end; ) {
    const shared = varintAt(index, at)
    const unshared = shared && varintAt(index, shared.end)
    const length = unshared && varintAt(index, unshared.end)
    if (!unshared || !length) return undefined
    const value = length.end + unshared.value
    const handle = handleAt(index, value)
    if (handle === undefined) return undefined
    handles.push(handle)
    at = value + length.value
  }
  return end < 0 ? undefined : handles
}

function areBlocksWhole(table: Uint8Array, index: Handle): boolean {
  const block = checkedBlock(table, index)
  const content = block && decompress(block)
  const handles = content && handlesOf(content)
  return handles?.every((handle) => checkedBlock(table, handle) !== undefined) ?? false
}

/** Whether a table file is not as LevelDB wrote it. Pure and total. */
export function isTableDamaged(table: Uint8Array): boolean {
  const footer = table.subarray(-FOOTER_BYTES)
  if (footer.length < FOOTER_BYTES || MAGIC.some((byte, i) => footer[40 + i] !== byte)) return true
  const meta = handleAt(footer, 0)
  const index = meta && handleAt(footer, meta.end)
  if (!index) return true
  return !areBlocksWhole(table, meta) || !areBlocksWhole(table, index)
}
