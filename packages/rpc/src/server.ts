/**
 * JSON-RPC over HTTP and WebSocket on one port, GET routes beside it. The only file that opens a
 * listening socket.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { VecheError } from '@veche/primitives'
import type { RpcBackend } from './backend.ts'
import { createDispatch, DISPATCH_LIMITS, type DispatchLimits, type OnFault } from './dispatch.ts'
import { createFeed } from './feed.ts'
import { createFilterStore } from './filters.ts'
import { createHttpListener, type Routes } from './http.ts'
import * as bounds from './limits.ts'
import type { Method } from './method.ts'
import { createTable, METHODS } from './table.ts'
import { createSocketHub, type SocketHub, type SocketLimits } from './websocket.ts'

/** Bounds of one server; limits.ts has the defaults and their reasons. */
export interface ServerLimits extends DispatchLimits, SocketLimits {
  readonly bodyBytesMax: number
  readonly connectionsMax: number
  readonly headersTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly closeGraceMs: number
}

/** The defaults of limits.ts. */
export const SERVER_LIMITS: ServerLimits = {
  ...DISPATCH_LIMITS,
  frameBytesMax: bounds.FRAME_BYTES_MAX,
  socketsMax: bounds.SOCKETS_MAX,
  inFlightMax: bounds.IN_FLIGHT_MAX,
  socketBufferBytes: bounds.SOCKET_BUFFER_BYTES,
  socketBufferBytesMax: bounds.SOCKET_BUFFER_BYTES_MAX,
  pingIntervalMs: bounds.PING_INTERVAL_MS,
  bodyBytesMax: bounds.BODY_BYTES_MAX,
  connectionsMax: bounds.CONNECTIONS_MAX,
  headersTimeoutMs: bounds.HEADERS_TIMEOUT_MS,
  requestTimeoutMs: bounds.REQUEST_TIMEOUT_MS,
  idleTimeoutMs: bounds.IDLE_TIMEOUT_MS,
  closeGraceMs: bounds.CLOSE_GRACE_MS,
}

export interface RpcServerOptions {
  readonly backend: RpcBackend
  /** address to bind; default 127.0.0.1 */
  readonly host?: string
  /** 0 takes a free port */
  readonly port: number
  /** web origins besides those of this machine whose pages may ask; `*` for all */
  readonly corsOrigins?: readonly string[]
  /**
   * names besides localhost and literal addresses under which this server is reached; `*` for all
   */
  readonly hosts?: readonly string[]
  /** GET routes such as `/livez` */
  readonly routes?: Routes
  /** methods added to the public ones, or replacing them by name */
  readonly methods?: readonly Method[]
  readonly limits?: Partial<ServerLimits>
  /** told what a handler threw; nothing of it reaches the client */
  readonly onFault?: OnFault
  /** clock of filter idle times; default: monotonic */
  readonly nowMs?: () => number
}

export interface RpcServer {
  /** `http://127.0.0.1:8545` */
  readonly url: string
  /** `ws://127.0.0.1:8545` */
  readonly wsUrl: string
  readonly port: number
  /** open WebSocket connections */
  readonly sockets: () => number
  /**
   * Stops taking connections, lets requests under way finish for a grace time, then drops the rest.
   */
  close(): Promise<void>
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException): void => {
      const facts = { host, port }
      reject(
        cause.code === 'EADDRINUSE'
          ? new VecheError('PORT_IN_USE', `port ${port} on ${host} is in use`, { cause, facts })
          : new VecheError('RPC_LISTEN', `cannot listen on ${host} port ${port}`, { cause, facts }),
      )
    }
    server.once('error', failed)
    server.listen(port, host, () => {
      server.off('error', failed)
      resolve()
    })
  })
}

/** Ends a server within the grace time. */
function shut(server: Server, hub: SocketHub, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      hub.terminate()
      server.closeAllConnections()
    }, graceMs)
    server.close(() => {
      clearTimeout(timer)
      hub.terminate()
      resolve()
    })
    hub.close()
    server.closeIdleConnections()
  })
}

function createHttpServer(limits: ServerLimits): Server {
  const server = createServer({
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    connectionsCheckingInterval: Math.min(5_000, limits.headersTimeoutMs),
  })
  server.timeout = limits.idleTimeoutMs
  server.maxConnections = limits.connectionsMax
  return server
}

/**
 * Opens a server. Rejects with `PORT_IN_USE` (naming the port) or `RPC_LISTEN`. The caller closes
 * it.
 */
export async function createRpcServer(options: RpcServerOptions): Promise<RpcServer> {
  const { backend, host = '127.0.0.1', onFault = () => undefined } = options
  const limits: ServerLimits = { ...SERVER_LIMITS, ...options.limits }
  const rules = { hosts: options.hosts ?? [], corsOrigins: options.corsOrigins ?? [] }
  const server = createHttpServer(limits)
  await listen(server, options.port, host)

  const filters = createFilterStore(backend, options.nowMs ?? (() => performance.now()))
  const feed = createFeed(backend, onFault)
  const table = createTable([...METHODS, ...(options.methods ?? [])])
  const dispatch = createDispatch({ table, onFault, limits })
  const context = { backend, filters }
  const hub = createSocketHub({ dispatch, context, feed, rules, limits, onFault })
  const { bodyBytesMax } = limits
  const routes = options.routes ?? new Map()
  server.on(
    'request',
    createHttpListener({ dispatch, context, rules, routes, bodyBytesMax, onFault }),
  )
  server.on('upgrade', hub.upgrade)

  const { port } = server.address() as AddressInfo
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`
  return {
    url: `http://${authority}`,
    wsUrl: `ws://${authority}`,
    port,
    sockets: () => hub.count,
    async close() {
      feed.close()
      filters.close()
      await shut(server, hub, limits.closeGraceMs)
    },
  }
}
