/**
 * Habits of libp2p that are most of what a small message costs, changed on its live objects
 * (docs/adr/0095): a window update answers every frame, a frame leaves in several writes, and each
 * chunk read ends in a fresh error. One habit is a fault: a frame for a connection that has just
 * closed throws out of a microtask and would end the process. Where a later libp2p looks different
 * nothing is changed and everything works as before.
 */
import type { Connection, Stream } from './host.ts'

/** `StreamState.Established` of @chainsafe/libp2p-yamux */
const ESTABLISHED = 3

/** the fields of a yamux stream that its window rule reads */
interface WindowedStream {
  recvWindow: number
  recvWindowCapacity: number
  maxStreamWindowSize?: number
  state: number
  sendWindowUpdate(): void
}

function isWindowed(stream: object): stream is WindowedStream {
  const { recvWindow, recvWindowCapacity, state, sendWindowUpdate } =
    stream as Partial<WindowedStream>
  const isCounted = typeof recvWindow === 'number' && typeof recvWindowCapacity === 'number'
  return isCounted && typeof state === 'number' && typeof sendWindowUpdate === 'function'
}

/**
 * The receiver opens its window again when half of it is used, as the yamux specification asks, and
 * not with every frame: a vote then costs one message, not two. Call once per stream, on the side
 * that reads. `bytesMax` keeps the window from growing above it, where it is above its first size.
 */
export function relaxWindow(stream: Stream, bytesMax?: number): void {
  const windowed: object = stream
  if (!isWindowed(windowed) || Object.hasOwn(windowed, 'sendWindowUpdate')) return
  if (bytesMax !== undefined && typeof windowed.maxStreamWindowSize === 'number')
    windowed.maxStreamWindowSize = Math.max(bytesMax, windowed.recvWindow)
  const update = windowed.sendWindowUpdate.bind(windowed)
  windowed.sendWindowUpdate = () => {
    const isOpen = windowed.state === ESTABLISHED
    // until the stream is established and while it is paused the update says more than a length
    if (isOpen && windowed.recvWindowCapacity * 2 > windowed.recvWindow) return
    update()
  }
}

/** what is used of a Node socket */
interface Corkable {
  readonly destroyed: boolean
  cork(): void
  uncork(): void
}

interface SocketConnection {
  readonly socket: Corkable
  sendData(data: unknown): unknown
}

function socketOf(connection: Connection): SocketConnection | undefined {
  const { maConn } = connection as { maConn?: Partial<SocketConnection> }
  if (typeof maConn?.sendData !== 'function') return undefined
  const { socket } = maConn
  return typeof socket?.cork === 'function' && typeof socket.uncork === 'function'
    ? (maConn as SocketConnection)
    : undefined
}

/**
 * What one turn of the event loop sends to a peer leaves in one system call: length, header,
 * payload and tag of a frame, and further frames. Call once per connection.
 */
export function joinWrites(connection: Connection): void {
  const transport = socketOf(connection)
  if (transport === undefined || Object.hasOwn(transport, 'sendData')) return
  const send = transport.sendData.bind(transport)
  const { socket } = transport
  let isCorked = false
  const uncork = (): void => {
    isCorked = false
    socket.uncork()
  }
  transport.sendData = (data) => {
    if (!isCorked && !socket.destroyed) {
      isCorked = true
      socket.cork()
      process.nextTick(uncork)
    }
    return send(data)
  }
}

/** the decoder of noise's length prefixes, which asks for a length until there is none */
interface PrefixDecoder {
  lengthDecoder(bytes: { readonly byteLength: number }): number
}

const PREFIX_BYTES = 2
/** made once: what costs is not the throw but the stack that every new error records */
const NO_LENGTH = new RangeError('a length of two bytes expected')

/** Each chunk read ends with this error inside noise. Call once per connection. */
export function spareErrors(connection: Connection): void {
  const { muxer } = connection as { muxer?: { maConn?: { decoder?: Partial<PrefixDecoder> } } }
  const decoder = muxer?.maConn?.decoder
  const decode = decoder?.lengthDecoder
  if (decoder === undefined || typeof decode !== 'function') return
  decoder.lengthDecoder = (bytes) => {
    if (bytes.byteLength < PREFIX_BYTES) throw NO_LENGTH
    return decode(bytes)
  }
}

/** what is used of the muxer: frames go to the encrypted connection below it */
interface Muxer {
  sendFrame(header: unknown, data?: unknown): unknown
  readonly maConn: { readonly writeStatus?: string }
}

/**
 * A frame for a connection that is closing or closed is dropped: yamux sends the first frame of a
 * new stream in a microtask, where nobody can catch that the connection has gone meanwhile. The
 * stream learns of the end by the connection's close. Call once per connection.
 */
export function dropLateFrames(connection: Connection): void {
  const { muxer } = connection as { muxer?: Partial<Muxer> }
  const send = muxer?.sendFrame
  const below = muxer?.maConn
  if (muxer === undefined || typeof send !== 'function' || below === undefined) return
  if (Object.hasOwn(muxer, 'sendFrame')) return
  muxer.sendFrame = (header, data) => {
    const { writeStatus } = below
    if (writeStatus === 'closed' || writeStatus === 'closing') return false
    return send.call(muxer, header, data)
  }
}
