/**
 * Length-prefixed frames on a byte stream: 4 bytes big-endian length, then that many bytes. The
 * decoder is total and bounded: it holds at most one frame and one chunk, and refuses a length
 * above its maximum before it buffers anything of it.
 */
import { concatBytes } from '@veche/primitives'

const PREFIX_BYTES = 4

/** One frame around `parts`, which are joined without a copy in between. */
export function encodeFrame(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const prefix = new Uint8Array(PREFIX_BYTES)
  new DataView(prefix.buffer).setUint32(0, length)
  return concatBytes(prefix, ...parts)
}

export interface FrameDecoder {
  /** adds received bytes, which are kept as they are until their frame is taken */
  push(chunk: Uint8Array): void
  /**
   * the next whole frame, or why there is none: more bytes needed, or a length above the maximum
   */
  next(): Uint8Array | 'incomplete' | 'too-large'
  /** bytes held */
  readonly buffered: number
}

/**
 * A frame without the rest of what it came in: a vote of 200 bytes that is kept would keep 64 KiB.
 */
function detach(frame: Uint8Array): Uint8Array {
  return 2 * frame.length < frame.buffer.byteLength ? frame.slice() : frame
}

/**
 * Creates a decoder for frames of at most `bytesMax` bytes. After `too-large` the stream is lost.
 */
export function createFrameDecoder(bytesMax: number): FrameDecoder {
  const chunks: Uint8Array[] = []
  let buffered = 0
  /** of the frame in front, once its prefix was read */
  let length: number | undefined

  /** the first `count` bytes: a view where they lie in one chunk, else copied, and only they */
  const take = (count: number): Uint8Array => {
    buffered -= count
    const first = chunks[0] ?? new Uint8Array(0)
    if (first.length > count) {
      chunks[0] = first.subarray(count)
      return first.subarray(0, count)
    }
    if (first.length === count) return chunks.shift() ?? first
    const whole = new Uint8Array(count)
    for (let at = 0; at < count; ) {
      const chunk = chunks[0] as Uint8Array
      const part = chunk.subarray(0, count - at)
      whole.set(part, at)
      at += part.length
      if (part.length === chunk.length) chunks.shift()
      else chunks[0] = chunk.subarray(part.length)
    }
    return whole
  }

  return {
    push(chunk) {
      if (chunk.length === 0) return
      // sockets give `Buffer`s, whose `slice` shares memory: keep plain arrays only
      chunks.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength))
      buffered += chunk.length
    },
    next() {
      if (length === undefined) {
        if (buffered < PREFIX_BYTES) return 'incomplete'
        const prefix = take(PREFIX_BYTES)
        length = new DataView(prefix.buffer, prefix.byteOffset, PREFIX_BYTES).getUint32(0)
      }
      if (length > bytesMax) return 'too-large'
      if (buffered < length) return 'incomplete'
      const frame = detach(take(length))
      length = undefined
      return frame
    },
    get buffered() {
      return buffered
    },
  }
}
