/**
 * The HTTP server over real loopback sockets: framing, routes, access, hostile clients, closing.
 */
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'
import { VecheError } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Route, Routes } from '../src/http.ts'
import { createRpcServer, type RpcServer, type RpcServerOptions } from '../src/server.ts'
import { createTwin } from './twin.ts'

const CHAIN_ID = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'
const CHAIN_ID_ANSWER = '{"jsonrpc":"2.0","id":1,"result":"0x4d2"}'

async function withServer(
  options: Partial<RpcServerOptions>,
  use: (server: RpcServer) => Promise<void>,
): Promise<void> {
  const { backend } = createTwin()
  const limits = { closeGraceMs: 200, ...options.limits }
  const server = await createRpcServer({ backend, port: 0, ...options, limits })
  try {
    await use(server)
  } finally {
    await server.close()
  }
}

interface Reply {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

interface Asked {
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** One request with any headers (fetch forbids Host and Origin). */
function ask({ port }: RpcServer, asked: Asked = {}): Promise<Reply> {
  const { method = 'POST', path = '/', headers = {}, body } = asked
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false })
    request.on('error', reject)
    request.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', reject)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      )
    })
    request.end(body)
  })
}

async function codeOf(server: RpcServer, body: string): Promise<unknown> {
  const { text } = await ask(server, { body })
  return (JSON.parse(text) as { error?: { code: number } }).error?.code
}

/** A raw connection, and what came back until it was closed. */
async function raw({ port }: RpcServer, write: (socket: Socket) => void): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    text += chunk
  })
  socket.on('error', () => socket.destroy())
  await once(socket, 'connect')
  write(socket)
  await once(socket, 'close')
  return text
}

test('answers a request, whatever its content type', async () => {
  await withServer({}, async (server) => {
    for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
      const reply = await ask(server, { headers: { 'content-type': type }, body: CHAIN_ID })
      assert.is(reply.status, 200)
      assert.is(reply.text, CHAIN_ID_ANSWER)
      assert.is(reply.headers['content-type'], 'application/json')
    }
    assert.is((await ask(server, { body: CHAIN_ID })).text, CHAIN_ID_ANSWER)
  })
})

test('answers a notification with no content', async () => {
  await withServer({}, async (server) => {
    const reply = await ask(server, { body: '{"jsonrpc":"2.0","method":"eth_chainId"}' })
    assert.is(reply.status, 204)
    assert.is(reply.text, '')
  })
})

test('answers what is not a request with its JSON-RPC code', async () => {
  await withServer({}, async (server) => {
    assert.is(await codeOf(server, '{'), -32700)
    assert.is(await codeOf(server, ''), -32700)
    assert.is(await codeOf(server, '[]'), -32600)
    assert.is(await codeOf(server, `[${'['.repeat(200_000)}`), -32600)
    assert.is(await codeOf(server, '{"jsonrpc":"2.0","id":1,"method":"evm_mine"}'), -32601)
    assert.is(await codeOf(server, '\u0000\uffff'), -32700)
  })
})

test('refuses a body that is too large, announced or not', async () => {
  await withServer({ limits: { bodyBytesMax: 1_000 } }, async (server) => {
    const body = `${CHAIN_ID}${' '.repeat(2_000)}`
    const announced = await ask(server, { body, headers: { 'content-length': `${body.length}` } })
    assert.is(announced.status, 413)
    assert.match(announced.text, /-32600/)
    const chunked = await ask(server, { body, headers: { 'transfer-encoding': 'chunked' } })
    assert.is(chunked.status, 413)
    const endless = await raw(server, (socket) => {
      socket.write('POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n')
      for (let k = 0; k < 20; k++) socket.write(`3e8\r\n${'x'.repeat(1_000)}\r\n`)
    })
    assert.match(endless, /^HTTP\/1\.1 413 /)
    assert.is((await ask(server, { body: CHAIN_ID })).text, CHAIN_ID_ANSWER)
  })
})

test('does not wait for a body that was announced too large', async () => {
  await withServer({}, async (server) => {
    const text = await raw(server, (socket) =>
      socket.write('POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99999999999\r\n\r\n{'),
    )
    assert.match(text, /^HTTP\/1\.1 413 /)
  })
})

test('closes a client that sends its headers too slowly', async () => {
  const limits = { headersTimeoutMs: 100, requestTimeoutMs: 200 }
  await withServer({ limits }, async (server) => {
    const text = await raw(server, (socket) => socket.write('POST / HTTP/1.1\r\nhost: local'))
    assert.match(text, /^HTTP\/1\.1 408 /)
  })
})

test('closes a client that sends its body too slowly', async () => {
  const limits = { headersTimeoutMs: 100, requestTimeoutMs: 200 }
  await withServer({ limits }, async (server) => {
    const text = await raw(server, (socket) =>
      socket.write('POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{'),
    )
    assert.match(text, /^HTTP\/1\.1 408 /)
  })
})

test('survives bytes that are not HTTP', async () => {
  await withServer({}, async (server) => {
    await raw(server, (socket) => socket.end(Buffer.from([0x16, 0x03, 0x01, 0, 0xff, 0xfe])))
    await raw(server, (socket) => socket.end('GET / HTTP/9.9\r\n\r\n'))
    await raw(server, (socket) => {
      socket.write('POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 50\r\n\r\n{')
      socket.destroy()
    })
    assert.is((await ask(server, { body: CHAIN_ID })).text, CHAIN_ID_ANSWER)
  })
})

test('a client that goes away while it sends is no fault', async () => {
  const faults: unknown[] = []
  await withServer({ onFault: (fault) => void faults.push(fault) }, async (server) => {
    const gone = raw(server, (socket) => {
      socket.write('POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 50\r\n\r\n{')
      setImmediate(() => socket.resetAndDestroy())
    })
    await gone
    assert.is((await ask(server, { body: CHAIN_ID })).text, CHAIN_ID_ANSWER)
    assert.equal(faults, [])
  })
})

test('serves the routes it was given and nothing else', async () => {
  const routes: Routes = new Map<string, Route>([
    ['/livez', () => ({ status: 200, body: 'alive' })],
    [
      '/readyz',
      async (query: URLSearchParams) => ({
        status: query.get('minPeers') === '9' ? 503 : 200,
        body: '{}',
        contentType: 'application/json',
        headers: { 'cache-control': 'no-store' },
      }),
    ],
    [
      '/broken',
      () => {
        throw new VecheError('TEST_BROKEN', 'a secret detail')
      },
    ],
  ])
  const faults: unknown[] = []
  await withServer({ routes, onFault: (fault) => void faults.push(fault) }, async (server) => {
    const get = (path: string, method = 'GET') => ask(server, { method, path })
    assert.is((await get('/livez')).text, 'alive')
    const ready = await get('/readyz?minPeers=9')
    assert.is(ready.status, 503)
    assert.is(ready.headers['cache-control'], 'no-store')
    assert.is((await get('/readyz')).status, 200)
    assert.is((await get('/')).status, 200)
    assert.is((await get('/livez', 'HEAD')).text, '')
    assert.is((await get('/nothing')).status, 404)
    assert.is((await get('//')).status, 400)
    assert.is((await get('/livez', 'POST')).status, 404)
    assert.is((await get('/', 'DELETE')).status, 405)
    const broken = await get('/broken')
    assert.is(broken.status, 500)
    assert.not.match(broken.text, /secret/)
    assert.is(faults.length, 1)
  })
})

test('answers only under its own names', async () => {
  await withServer({ hosts: ['node.city.example'] }, async (server) => {
    const statusOf = async (host: string): Promise<number> =>
      (await ask(server, { headers: { host }, body: CHAIN_ID })).status
    assert.is(await statusOf(`localhost:${server.port}`), 200)
    assert.is(await statusOf('node.city.example'), 200)
    assert.is(await statusOf('evil.example'), 403)
  })
})

test('lets pages of allowed origins read answers, and no others', async () => {
  await withServer({ corsOrigins: ['https://portal.example'] }, async (server) => {
    const allowed = async (origin: string, method = 'POST'): Promise<string | undefined> => {
      const headers = { origin, 'content-type': 'application/json' }
      const body = method === 'POST' ? CHAIN_ID : ''
      const reply = await ask(server, { method, headers, body })
      return reply.headers['access-control-allow-origin']
    }
    for (const method of ['POST', 'OPTIONS']) {
      assert.is(await allowed('https://portal.example', method), 'https://portal.example')
      assert.is(await allowed('http://localhost:5173', method), 'http://localhost:5173')
      assert.is(await allowed('https://evil.example', method), undefined)
    }
    const headers = { origin: 'https://evil.example', 'content-type': 'text/plain' }
    assert.is((await ask(server, { headers, body: CHAIN_ID })).status, 415)
    const zipped = { 'content-encoding': 'gzip' }
    assert.is((await ask(server, { headers: zipped, body: CHAIN_ID })).status, 415)
  })
})

test('names the port that is in use', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const address = taken.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  try {
    await createRpcServer({ backend: createTwin().backend, port })
    assert.unreachable()
  } catch (error) {
    assert.instance(error, VecheError)
    if (!(error instanceof VecheError)) return
    assert.is(error.code, 'PORT_IN_USE')
    assert.match(error.message, new RegExp(`${port}`))
    assert.is(error.facts['port'], port)
  } finally {
    taken.close()
  }
})

test('an address that is not ours is RPC_LISTEN', async () => {
  try {
    await createRpcServer({ backend: createTwin().backend, port: 0, host: '192.0.2.1' })
    assert.unreachable()
  } catch (error) {
    assert.is(error instanceof VecheError && error.code, 'RPC_LISTEN')
  }
})

test('closes while a request is under way and an idle connection is open', async () => {
  let release = (): void => undefined
  let reached = (): void => undefined
  const atWork = new Promise<void>((resolve) => {
    reached = resolve
  })
  const { backend } = createTwin({
    scripted: {
      accountAt: async () => {
        reached()
        await new Promise<void>((resolve) => {
          release = resolve
        })
        return undefined
      },
    },
  })
  const server = await createRpcServer({ backend, port: 0, limits: { closeGraceMs: 5_000 } })
  const idle = connect(server.port, '127.0.0.1')
  await once(idle, 'connect')
  const body = `{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":["0x${'00'.repeat(20)}"]}`
  const asked = ask(server, { body })
  await atWork
  const closed = server.close()
  release()
  assert.match((await asked).text, /"result":"0x0"/)
  await closed
  idle.destroy()
})

test('a closed server has left its backend and its port', async () => {
  const twin = createTwin()
  const server = await createRpcServer({ backend: twin.backend, port: 0 })
  assert.is(twin.listeners(), 3)
  await server.close()
  assert.is(twin.listeners(), 0)
  const again = await createRpcServer({ backend: twin.backend, port: server.port })
  await again.close()
})

test('takes no more connections than its limit', async () => {
  await withServer({ limits: { connectionsMax: 2 } }, async (server) => {
    const held = [connect(server.port, '127.0.0.1'), connect(server.port, '127.0.0.1')]
    await Promise.all(held.map((socket) => once(socket, 'connect')))
    assert.is((await ask(server, { body: CHAIN_ID }).catch(() => undefined))?.status, undefined)
    for (const socket of held) socket.destroy()
  })
})

test.run()
