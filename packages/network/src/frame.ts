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
  /** adds received bytes */
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
  let chunks: Uint8Array[] = []
  let buffered = 0

  const join = (): Uint8Array => {
    if (chunks.length === 1) return chunks[0] as Uint8Array
    const whole = concatBytes(...chunks)
    chunks = [whole]
    return whole
  }

  /** the length of the frame in front, once its prefix is here; joins small first chunks only */
  const frontLength = (): number | undefined => {
    if (buffered < PREFIX_BYTES) return undefined
    let first = chunks[0] as Uint8Array
    if (first.length < PREFIX_BYTES) first = join()
    return new DataView(first.buffer, first.byteOffset, PREFIX_BYTES).getUint32(0)
  }

  return {
    push(chunk) {
      if (chunk.length === 0) return
      // sockets give `Buffer`s, whose `slice` shares memory: keep plain arrays only
      chunks.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength))
      buffered += chunk.length
    },
    next() {
      const length = frontLength()
      if (length === undefined) return 'incomplete'
      if (length > bytesMax) return 'too-large'
      const end = PREFIX_BYTES + length
      if (buffered < end) return 'incomplete'
      const whole = join()
      const rest = whole.subarray(end)
      chunks = rest.length === 0 ? [] : [rest]
      buffered = rest.length
      return detach(whole.subarray(PREFIX_BYTES, end))
    },
    get buffered() {
      return buffered
    },
  }
}
