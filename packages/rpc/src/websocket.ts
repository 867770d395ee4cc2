/**
 * The WebSocket half of a server (RFC 6455 by `ws`): one session per connection. Reading pauses
 * while too many requests are under way or too many bytes wait for the reader; a reader that is
 * slower than its notifications loses some and is told (session.ts); one that stopped reading is
 * closed.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { type AccessRules, isHostAllowed, isOriginAllowed } from './access.ts'
import type { Dispatch, OnFault } from './dispatch.ts'
import type { Feed } from './feed.ts'
import type { MethodContext } from './method.ts'
import { createSession } from './session.ts'

export interface SocketLimits {
  readonly frameBytesMax: number
  readonly socketsMax: number
  readonly inFlightMax: number
  readonly socketBufferBytes: number
  readonly socketBufferBytesMax: number
  readonly pingIntervalMs: number
}

export interface SocketOptions {
  readonly dispatch: Dispatch
  readonly context: MethodContext
  readonly feed: Feed
  readonly rules: AccessRules
  readonly limits: SocketLimits
  readonly onFault: OnFault
}

/** The open sockets of one server. */
export interface SocketHub {
  readonly count: number
  /** takes over an HTTP upgrade */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** says goodbye (1001) to everybody */
  close(): void
  /** drops who did not answer the goodbye */
  terminate(): void
}

/** RFC 6455 §7.4.1 and the IANA registry */
const GOING_AWAY = 1001
const TRY_AGAIN_LATER = 1013

function serve(socket: WebSocket, options: SocketOptions): void {
  const { context, feed, limits } = options
  let inFlight = 0
  let lagging = false

  const steer = (): void => {
    const busy = inFlight >= limits.inFlightMax || socket.bufferedAmount > limits.socketBufferBytes
    if (busy && !socket.isPaused) socket.pause()
    else if (!busy && socket.isPaused) socket.resume()
  }
  const sent = (): void => {
    if (lagging && socket.bufferedAmount <= limits.socketBufferBytes / 2) {
      lagging = false
      session.drained(context.backend.head())
    }
    steer()
  }
  const session = createSession((text) => {
    if (socket.readyState !== socket.OPEN) return false
    if (socket.bufferedAmount > limits.socketBufferBytes) {
      lagging = true
      return false
    }
    socket.send(text, sent)
    return true
  })
  const answer = (text: string | undefined): void => {
    if (text === undefined || socket.readyState !== socket.OPEN) return
    socket.send(text, sent)
    if (socket.bufferedAmount <= limits.socketBufferBytesMax) return
    socket.close(TRY_AGAIN_LATER, 'reading too slowly')
    socket.terminate()
  }
  const onMessage = async (message: RawData): Promise<void> => {
    inFlight++
    steer()
    const turn = session.turn()
    answer(await options.dispatch(message.toString(), { ...context, turn }))
    turn.activate()
    inFlight--
    steer()
  }
  const onBroken = (fault: unknown): void => {
    options.onFault(fault, 'websocket')
    socket.terminate()
  }

  feed.add(session)
  socket.on('message', (message) => void onMessage(message).catch(onBroken))
  socket.on('close', () => feed.remove(session))
  // ws closes the connection itself (1002, 1007, 1009); the event must have a listener
  socket.on('error', () => feed.remove(session))
}

/** Pings every socket and drops those that did not answer the ping before. */
function keepAlive(server: WebSocketServer, intervalMs: number): () => void {
  const answered = new WeakSet<WebSocket>()
  const asked = new WeakSet<WebSocket>()
  server.on('connection', (socket) => socket.on('pong', () => answered.add(socket)))
  const timer = setInterval(() => {
    for (const socket of server.clients) {
      if (asked.has(socket) && !answered.has(socket)) socket.terminate()
      else {
        asked.add(socket)
        answered.delete(socket)
        socket.ping()
      }
    }
  }, intervalMs)
  timer.unref()
  return () => clearInterval(timer)
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}

/** Creates the hub; nothing is open yet. */
export function createSocketHub(options: SocketOptions): SocketHub {
  const { limits, rules } = options
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: limits.frameBytesMax,
    perMessageDeflate: false,
  })
  server.on('connection', (socket) => serve(socket, options))
  const stopPinging = keepAlive(server, limits.pingIntervalMs)

  return {
    get count() {
      return server.clients.size
    },
    upgrade(request, socket, head) {
      const { host, origin } = request.headers
      // the peer may be gone before it is answered
      socket.on('error', () => socket.destroy())
      if (!isHostAllowed(host, rules)) refuseUpgrade(socket, '403 Forbidden')
      else if (origin !== undefined && !isOriginAllowed(origin, rules))
        refuseUpgrade(socket, '403 Forbidden')
      else if (server.clients.size >= limits.socketsMax)
        refuseUpgrade(socket, '503 Service Unavailable')
      else
        server.handleUpgrade(request, socket, head, (open) =>
          server.emit('connection', open, request),
        )
    },
    close() {
      stopPinging()
      for (const socket of server.clients) socket.close(GOING_AWAY, 'server is stopping')
    },
    terminate() {
      for (const socket of server.clients) socket.terminate()
      server.close()
    },
  }
}
