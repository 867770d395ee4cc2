/**
 * Reads a whole log file: the complete groups in order, and the verdict on what comes after them.
 *
 * A power loss may keep any sectors of the one group that was being written, and nothing of a later
 * one. So bytes that do not frame are a torn tail, and cut, only when no frame of a later group
 * stands behind them and when they look torn: the file ends inside the frame, or a disk sector
 * reads as zeros. Anything else is damage to something acknowledged, and a validator must not sign
 * on it.
 */
import {
  FRAME_HEADER_BYTES,
  type Frame,
  follows,
  frameAt,
  type Position,
  positionAt,
} from './log-format.ts'

/** the unit a disk writes at once; larger ones are multiples */
const SECTOR_BYTES = 512

export interface Scan {
  /** of complete groups only: a group is taken whole or not at all */
  readonly payloads: readonly Uint8Array[]
  /** the last complete group */
  readonly group: number
  /** bytes up to the end of the last complete group; the rest is a torn tail */
  readonly validBytes: number
}

export interface Damage {
  /** byte offset of the first frame that is not as written */
  readonly at: number
  readonly damage: string
}

/**
 * The first frame of a group later than `torn` at any offset from `from` on. The header is judged
 * before the checksum, so that the search over every offset stays linear.
 */
function findLaterFrame(log: Uint8Array, from: number, torn: number): Frame | undefined {
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength)
  for (let at = from; at + FRAME_HEADER_BYTES <= log.length; at++) {
    const end = at + FRAME_HEADER_BYTES + view.getUint32(at)
    if (end > log.length) continue
    const { group } = positionAt(view, at)
    // groups count up by one, and each takes at least a header: more than fit are no groups
    if (group <= torn || group > torn + log.length / FRAME_HEADER_BYTES) continue
    const frame = frameAt(log, at)
    if (frame !== undefined) return frame
  }
  return undefined
}

function isZero(log: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (log[i] !== 0) return false
  return true
}

/** Whether a write that stopped halfway can have left these bytes from `at` to the end. */
function looksTorn(log: Uint8Array, at: number): boolean {
  if (at + FRAME_HEADER_BYTES > log.length) return true
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength)
  if (at + FRAME_HEADER_BYTES + view.getUint32(at) > log.length) return true
  for (let from = at; from < log.length; ) {
    const to = Math.min(from - (from % SECTOR_BYTES) + SECTOR_BYTES, log.length)
    if (isZero(log, from, to)) return true
    from = to
  }
  return false
}

function judgeTail(log: Uint8Array, at: number, previous: Position): string | undefined {
  const torn = previous.last ? previous.group + 1 : previous.group
  const later = findLaterFrame(log, at + 1, torn)
  if (later !== undefined) return `group ${later.group} stands whole behind the damaged bytes`
  return looksTorn(log, at) ? undefined : 'the bytes were changed after they were written'
}

/** Scans a whole file. Pure and total: every byte string is a `Scan` or a `Damage`. */
export function scanLog(log: Uint8Array): Scan | Damage {
  const opening = frameAt(log, 0)
  if (opening === undefined || opening.index !== 0 || opening.payload.length !== 0)
    return { at: 0, damage: 'the first frame is damaged' }
  const payloads: Uint8Array[] = []
  const firstGroup = opening.group
  let pending: Uint8Array[] = []
  let whole = { group: opening.last ? firstGroup : 0, bytes: opening.last ? opening.end : 0 }
  let previous: Position = opening
  for (let at = opening.end; at < log.length; ) {
    const frame = frameAt(log, at)
    if (frame === undefined) {
      const damage = judgeTail(log, at, previous)
      if (damage !== undefined) return { at, damage }
      break
    }
    if (!follows(previous, frame)) return { at, damage: 'frames are out of order' }
    pending.push(frame.payload)
    if (frame.last) {
      payloads.push(...pending)
      pending = []
      whole = { group: frame.group, bytes: frame.end }
    }
    previous = frame
    at = frame.end
  }
  // the first group was durable before the file had its name
  if (whole.bytes === 0) return { at: 0, damage: 'the first group is not whole' }
  return { payloads, group: whole.group, validBytes: whole.bytes }
}
