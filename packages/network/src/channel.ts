/**
 * One-way channels of frames on libp2p streams. Each side opens the stream it sends on and reads
 * the one the other opened, so there is nothing to agree on (docs/adr/0052). Sending never blocks
 * and never grows beyond its queue; reading pauses a peer that is faster than its rate allows.
 */

import { createFrameDecoder, type FrameDecoder } from './frame.ts'
import type { Stream } from './host.ts'
import { createSendQueue, type QueueBounds } from './send-queue.ts'
import type { TokenBucket } from './token-bucket.ts'
import { relaxWindow } from './tuning.ts'

const REOPEN_MS = 1_000

export interface OutChannel {
  /**
   * queues one encoded frame; false when the queue is full and refuses, or the channel is closed
   */
  push(frame: Uint8Array): boolean
  close(): void
  readonly dropped: number
}

export interface OutChannelInit {
  /**
   * opens the stream; called on the first push and again, after a pause, when the stream was lost
   */
  readonly open: () => Promise<Stream>
  readonly bounds: QueueBounds
  readonly onFailure: (reason: string) => void
}

/** Creates a channel that opens its stream when there is something to send. */
export function createOutChannel(init: OutChannelInit): OutChannel {
  const queue = createSendQueue(init.bounds)
  let stream: Stream | undefined
  let state: 'idle' | 'opening' | 'open' | 'pausing' | 'closed' = 'idle'
  let timer: NodeJS.Timeout | undefined

  const lose = (reason: string): void => {
    if (state === 'closed' || state === 'pausing') return
    stream = undefined
    state = 'pausing'
    init.onFailure(reason)
    timer = setTimeout(() => {
      state = 'idle'
      if (queue.count > 0) open()
    }, REOPEN_MS)
    timer.unref()
  }

  const pump = (): void => {
    const current = stream
    if (current === undefined || state !== 'open') return
    try {
      while (!current.writableNeedsDrain) {
        const frame = queue.shift()
        if (frame === undefined) return
        current.send(frame)
      }
    } catch (error) {
      lose(String(error))
    }
  }

  const attach = (opened: Stream): void => {
    if (state === 'closed') {
      opened.abort(new DOMException('closed', 'AbortError'))
      return
    }
    stream = opened
    state = 'open'
    opened.addEventListener('drain', pump)
    opened.addEventListener('close', () => {
      if (stream === opened) lose('stream closed')
    })
    pump()
  }

  const open = (): void => {
    if (state !== 'idle') return
    state = 'opening'
    init.open().then(attach, (error: unknown) => lose(String(error)))
  }

  return {
    push(frame) {
      if (state === 'closed') return false
      const queued = queue.push(frame)
      if (state === 'open') pump()
      else open()
      return queued
    },
    close() {
      state = 'closed'
      clearTimeout(timer)
      queue.clear()
      stream = undefined
    },
    get dropped() {
      return queue.dropped
    },
  }
}

/** Adds a message in the pieces it came in: joined, a window's worth would be copied. */
function pushAll(decoder: FrameDecoder, data: Uint8Array | Iterable<Uint8Array>): void {
  if (data instanceof Uint8Array) decoder.push(data)
  else for (const piece of data) decoder.push(piece)
}

export interface InChannelInit {
  readonly frameBytesMax: number
  /** what the peer may send before it is read; longer frames come in pieces; default libp2p's */
  readonly windowBytesMax?: number
  readonly bucket: TokenBucket
  readonly onFrame: (frame: Uint8Array) => void
  /** the peer broke the framing: the stream is gone */
  readonly onMalformed: (reason: string) => void
}

/** Reads frames from a stream the peer opened, at most as fast as the bucket allows. */
export function readChannel(stream: Stream, init: InChannelInit): void {
  relaxWindow(stream, init.windowBytesMax)
  const decoder = createFrameDecoder(init.frameBytesMax)
  let held: Uint8Array | undefined
  let timer: NodeJS.Timeout | undefined
  let over = false
  let isResuming = false

  const stop = (): void => {
    over = true
    clearTimeout(timer)
  }
  const pause = (): void => {
    if (!isResuming && stream.readStatus === 'readable') stream.pause()
  }
  // `resume` hands over what waited before it opens the window: a pause in between would be undone,
  // and the peer would fill the read buffer until the stream is reset
  const resume = (): void => {
    if (stream.readStatus !== 'paused') return
    isResuming = true
    stream.resume()
    isResuming = false
    if (timer !== undefined) pause()
  }
  const wait = (): void => {
    pause()
    timer = setTimeout(() => {
      timer = undefined
      drain()
      if (timer === undefined && !over) resume()
    }, init.bucket.waitMs())
  }
  const drain = (): void => {
    while (!over && timer === undefined) {
      const frame = held ?? decoder.next()
      if (frame === 'incomplete') return
      if (frame === 'too-large') {
        stop()
        init.onMalformed(`frame of at most ${init.frameBytesMax} bytes expected`)
        stream.abort(new DOMException('frame too large', 'AbortError'))
        return
      }
      held = undefined
      if (!init.bucket.take(frame.length)) {
        held = frame
        wait()
        return
      }
      init.onFrame(frame)
    }
  }
  stream.addEventListener('message', (event) => {
    if (over) return
    pushAll(decoder, event.data)
    drain()
  })
  stream.addEventListener('close', stop)
}

export interface FrameReader {
  /** the next frame, or undefined when the stream ended, broke its bounds, or `signal` aborted */
  next(signal: AbortSignal): Promise<Uint8Array | undefined>
}

export interface FrameReaderBounds {
  readonly frameBytesMax: number
  /** all bytes of the stream: reading stops there */
  readonly totalBytesMax: number
}

/** Reads frames one by one, for short exchanges. Holds at most `totalBytesMax` bytes. */
export function createFrameReader(stream: Stream, bounds: FrameReaderBounds): FrameReader {
  relaxWindow(stream)
  const decoder = createFrameDecoder(bounds.frameBytesMax)
  let received = 0
  let ended = false
  let wake: (() => void) | undefined

  const end = (): void => {
    ended = true
    wake?.()
  }
  stream.addEventListener('message', (event) => {
    if (ended) return
    received += event.data.byteLength
    if (received > bounds.totalBytesMax) {
      end()
      stream.abort(new DOMException('too many bytes', 'AbortError'))
      return
    }
    pushAll(decoder, event.data)
    wake?.()
  })
  stream.addEventListener('remoteCloseWrite', end)
  stream.addEventListener('close', end)

  return {
    async next(signal) {
      for (;;) {
        const frame = decoder.next()
        if (frame instanceof Uint8Array) return frame
        // the end may have come before this reader listened
        if (stream.remoteWriteStatus === 'closed' && stream.readBufferLength === 0) ended = true
        if (frame === 'too-large' || ended || signal.aborted) return undefined
        await new Promise<void>((resolve) => {
          wake = resolve
          signal.addEventListener('abort', () => resolve(), { once: true })
        })
        wake = undefined
      }
    },
  }
}
