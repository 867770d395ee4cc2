/**
 * What waits for one slow peer: a first-in first-out queue bounded in bytes and count, with the
 * rule for overflow chosen by the stream (consensus refuses the newest, block followers lose the
 * oldest).
 */
import { assert } from '@veche/primitives'

export interface QueueBounds {
  readonly bytesMax: number
  readonly countMax: number
  /** `refuse`: `push` returns false; `drop-oldest`: the oldest entries make room */
  readonly overflow: 'refuse' | 'drop-oldest'
}

export interface SendQueue {
  /** false when the frame was not queued */
  push(frame: Uint8Array): boolean
  shift(): Uint8Array | undefined
  clear(): void
  readonly bytes: number
  readonly count: number
  /** frames lost to overflow since creation */
  readonly dropped: number
}

export function createSendQueue(bounds: QueueBounds): SendQueue {
  assert(bounds.bytesMax > 0 && bounds.countMax > 0, 'positive bounds expected')
  let frames: Uint8Array[] = []
  // frames before this index are gone; the array is cut when half of it is
  let front = 0
  let bytes = 0
  let dropped = 0

  const shift = (): Uint8Array | undefined => {
    const frame = frames[front]
    if (frame === undefined) return undefined
    front++
    bytes -= frame.length
    if (front > 32 && front * 2 > frames.length) {
      frames = frames.slice(front)
      front = 0
    }
    return frame
  }
  const fits = (frame: Uint8Array): boolean =>
    bytes + frame.length <= bounds.bytesMax && frames.length - front < bounds.countMax

  return {
    push(frame) {
      if (frame.length > bounds.bytesMax) {
        dropped++
        return false
      }
      while (!fits(frame)) {
        dropped++
        if (bounds.overflow === 'refuse') return false
        shift()
      }
      frames.push(frame)
      bytes += frame.length
      return true
    },
    shift,
    clear() {
      frames = []
      front = 0
      bytes = 0
    },
    get bytes() {
      return bytes
    },
    get count() {
      return frames.length - front
    },
    get dropped() {
      return dropped
    },
  }
}
