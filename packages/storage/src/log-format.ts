/**
 * Frames of the write-ahead log (consensus.md, "Write-ahead log"; ADR 0040):
 *
 *     length(u32) ‖ crc32c(u32) ‖ seq(u64) ‖ payload          big-endian; crc covers seq ‖ payload
 *
 * What is appended together is one group, made durable by one fsync. `seq` says where a frame
 * stands: group (40 bits) ‖ index in the group (23) ‖ last of the group (1). A file begins with one
 * empty frame and is durable with its first group before it gets its name. log-scan.ts reads whole
 * files.
 */
import { crc32c } from './crc32c.ts'
import { LOG_PAYLOAD_BYTES_MAX } from './limits.ts'

export const FRAME_HEADER_BYTES = 16

export interface Position {
  /** counts fsynced groups, across files */
  readonly group: number
  readonly index: number
  readonly last: boolean
}

export interface Frame extends Position {
  readonly payload: Uint8Array
  /** offset behind the frame */
  readonly end: number
}

/**
 * Appends of one group as one buffer. `payloads` has at least one entry; sizes are checked by the
 * log.
 */
export function encodeGroup(group: number, payloads: readonly Uint8Array[]): Uint8Array {
  const bytes = payloads.reduce((sum, payload) => sum + FRAME_HEADER_BYTES + payload.length, 0)
  const buffer = Buffer.allocUnsafe(bytes)
  let at = 0
  payloads.forEach((payload, index) => {
    const last = index === payloads.length - 1 ? 1 : 0
    buffer.writeUInt32BE(payload.length, at)
    buffer.writeUInt32BE(Math.floor(group / 256), at + 8)
    buffer.writeUInt32BE((group % 256) * 0x1000000 + index * 2 + last, at + 12)
    buffer.set(payload, at + FRAME_HEADER_BYTES)
    const end = at + FRAME_HEADER_BYTES + payload.length
    buffer.writeUInt32BE(crc32c(buffer.subarray(at + 8, end)), at + 4)
    at = end
  })
  return buffer
}

/** Where the header at an offset claims to stand; the checksum is not judged. */
export function positionAt(view: DataView, at: number): Position {
  const low = view.getUint32(at + 12)
  return {
    group: view.getUint32(at + 8) * 256 + (low >>> 24),
    index: (low & 0xffffff) >>> 1,
    last: (low & 1) === 1,
  }
}

/**
 * The frame at an offset, or undefined when no whole frame with a fitting checksum begins there.
 */
export function frameAt(log: Uint8Array, at: number): Frame | undefined {
  const start = at + FRAME_HEADER_BYTES
  if (start > log.length) return undefined
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength)
  const length = view.getUint32(at)
  const end = start + length
  if (length > LOG_PAYLOAD_BYTES_MAX || end > log.length) return undefined
  if (crc32c(log.subarray(at + 8, end)) !== view.getUint32(at + 4)) return undefined
  return { ...positionAt(view, at), payload: log.subarray(start, end), end }
}

/** Whether `next` may stand right behind `previous`. */
export function follows(previous: Position, next: Position): boolean {
  if (previous.last) return next.group === previous.group + 1 && next.index === 0
  return next.group === previous.group && next.index === previous.index + 1
}
