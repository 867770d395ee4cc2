/**
 * A token bucket over messages and bytes: how fast one peer may make us work. It may go into debt
 * by one message, so that a message larger than the burst still passes once the bucket is full.
 */
import type { Clock } from '@veche/primitives'

export interface Rate {
  readonly messagesPerSecond: number
  readonly messagesBurst: number
  readonly bytesPerSecond: number
  readonly bytesBurst: number
}

export interface TokenBucket {
  /** Takes one message of `bytes`; false, with nothing taken, when the bucket is empty. */
  take(bytes: number): boolean
  /** milliseconds until {@link take} can succeed, at least 1 when it cannot now, else 0 */
  waitMs(): number
}

/** Creates a full bucket. */
export function createTokenBucket(rate: Rate, clock: Clock): TokenBucket {
  let messages = rate.messagesBurst
  let bytes = rate.bytesBurst
  let refilledAtMs = clock.nowMs()

  const refill = (): void => {
    const nowMs = clock.nowMs()
    const seconds = Math.max(0, nowMs - refilledAtMs) / 1_000
    refilledAtMs = nowMs
    messages = Math.min(rate.messagesBurst, messages + seconds * rate.messagesPerSecond)
    bytes = Math.min(rate.bytesBurst, bytes + seconds * rate.bytesPerSecond)
  }

  return {
    take(size) {
      refill()
      if (messages < 1 || bytes <= 0) return false
      messages -= 1
      bytes -= size
      return true
    },
    waitMs() {
      refill()
      if (messages >= 1 && bytes > 0) return 0
      const forMessages = ((1 - messages) / rate.messagesPerSecond) * 1_000
      const forBytes = bytes > 0 ? 0 : ((1 - bytes) / rate.bytesPerSecond) * 1_000
      return Math.max(1, Math.ceil(Math.max(forMessages, forBytes)))
    },
  }
}
