/**
 * The WebSocket server over real loopback sockets: order, subscriptions, hostile and slow clients.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { bytesToHex, EMPTY_BYTES } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type ClientOptions, WebSocket } from 'ws'
import type { RpcBackend } from '../src/backend.ts'
import { createRpcServer, type RpcServer, type ServerLimits } from '../src/server.ts'
import type { Response } from './caller.ts'
import { createTwin, type Twin, type TwinOptions } from './twin.ts'

interface Setup {
  readonly twin: Twin
  readonly server: RpcServer
}

interface SetupOptions {
  readonly limits?: Partial<ServerLimits>
  readonly scripted?: TwinOptions['scripted']
}

async function withServer(
  { limits, scripted }: SetupOptions,
  use: (setup: Setup) => Promise<void>,
): Promise<void> {
  const twin = createTwin(scripted === undefined ? {} : { scripted })
  const all = { closeGraceMs: 200, ...limits }
  const server = await createRpcServer({ backend: twin.backend, port: 0, limits: all })
  try {
    await use({ twin, server })
  } finally {
    await server.close()
  }
}

type Message = Response & { method?: string; params?: Record<string, unknown> }

interface Client {
  readonly socket: WebSocket
  /** the next message */
  next(): Promise<Message>
  send(method: string, ...params: unknown[]): void
  get(method: string, ...params: unknown[]): Promise<unknown>
}

async function open({ server }: Setup, options: ClientOptions = {}): Promise<Client> {
  const socket = new WebSocket(server.wsUrl, options)
  const arrived: Message[] = []
  const waiting: ((message: Message) => void)[] = []
  socket.on('message', (data) => {
    const message = JSON.parse(data.toString()) as Message
    const taker = waiting.shift()
    if (taker === undefined) arrived.push(message)
    else taker(message)
  })
  await once(socket, 'open')
  const next = (): Promise<Message> => {
    const message = arrived.shift()
    if (message !== undefined) return Promise.resolve(message)
    return new Promise((resolve) => waiting.push(resolve))
  }
  const send = (method: string, ...params: unknown[]): void =>
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
  return {
    socket,
    next,
    send,
    async get(method, ...params) {
      send(method, ...params)
      const { error, result } = await next()
      if (error !== undefined) throw new TypeError(`${method}: ${error.message}`)
      return result
    },
  }
}

/** The status a refused upgrade answers. */
async function refusedWith(setup: Setup, options: ClientOptions): Promise<number | undefined> {
  const socket = new WebSocket(setup.server.wsUrl, options)
  socket.on('error', () => socket.terminate())
  const [, response] = (await once(socket, 'unexpected-response')) as [
    unknown,
    { statusCode?: number; resume(): void },
  ]
  response.resume()
  return response.statusCode
}

/** The code with which the server closes after `act`. */
async function closedWith(client: Client, act: (socket: WebSocket) => void): Promise<number> {
  client.socket.on('error', () => undefined)
  const closed = once(client.socket, 'close') as Promise<[number]>
  act(client.socket)
  return (await closed)[0]
}

test('answers requests, batches and faults as HTTP does', async () => {
  await withServer({}, async (setup) => {
    const { get, next, socket } = await open(setup)
    assert.is(await get('eth_chainId'), '0x4d2')
    socket.send('{')
    assert.is((await next()).error?.code, -32700)
    socket.send('[{"jsonrpc":"2.0","id":5,"method":"net_version"}]')
    assert.equal(await next(), [{ jsonrpc: '2.0', id: 5, result: '1234' }])
    socket.send(Buffer.from('{"jsonrpc":"2.0","id":6,"method":"net_version"}'), { binary: true })
    assert.is((await next()).id, 6)
  })
})

test('answers a quick request before a slow one that came first', async () => {
  let release = (): void => undefined
  const accountAt = async (): Promise<undefined> => {
    await new Promise<void>((resolve) => {
      release = resolve
    })
    return undefined
  }
  await withServer({ scripted: { accountAt } }, async (setup) => {
    const { send, next } = await open(setup)
    send('eth_getBalance', `0x${'00'.repeat(20)}`)
    send('eth_chainId')
    assert.is((await next()).result, '0x4d2')
    release()
    assert.is((await next()).result, '0x0')
  })
})

test('notifies after the answer that names the subscription', async () => {
  await withServer({}, async (setup) => {
    const { get, next } = await open(setup)
    const id = await get('eth_subscribe', 'newHeads')
    setup.twin.seal()
    const { method, params } = await next()
    assert.is(method, 'eth_subscription')
    assert.is(params?.['subscription'], id)
    assert.is((params?.['result'] as Record<string, unknown> | undefined)?.['number'], '0x1')
    assert.is(await get('eth_unsubscribe', id), true)
    setup.twin.seal()
    assert.is(await get('eth_blockNumber'), '0x2')
  })
})

test('one connection neither hears nor ends the subscriptions of another', async () => {
  await withServer({}, async (setup) => {
    const [mine, theirs] = [await open(setup), await open(setup)]
    const id = await mine.get('eth_subscribe', 'newHeads')
    assert.is(await theirs.get('eth_unsubscribe', id), false)
    setup.twin.seal()
    assert.is((await mine.next()).method, 'eth_subscription')
    assert.is(await theirs.get('eth_chainId'), '0x4d2')
  })
})

test('forgets a connection that closed', async () => {
  await withServer({}, async (setup) => {
    const { get, socket } = await open(setup)
    await get('eth_subscribe', 'newHeads')
    assert.is(setup.server.sockets(), 1)
    socket.close()
    await once(socket, 'close')
    setup.twin.seal()
    const other = await open(setup)
    assert.is(await other.get('eth_blockNumber'), '0x1')
    assert.is(setup.server.sockets(), 1)
  })
})

test('closes with 1009 on a frame that is too large', async () => {
  await withServer({ limits: { frameBytesMax: 1_000 } }, async (setup) => {
    assert.is(await closedWith(await open(setup), (s) => s.send('x'.repeat(1_001))), 1009)
    const fragments = (socket: WebSocket): void => {
      for (let k = 0; k < 3; k++) socket.send('x'.repeat(500), { fin: false })
    }
    assert.is(await closedWith(await open(setup), fragments), 1009)
  })
})

test('survives frames that break the protocol', async () => {
  await withServer({}, async (setup) => {
    const socket = connect(setup.server.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(
      'GET / HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n' +
        'sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    )
    await once(socket, 'data')
    // reserved bits, and not masked
    socket.write(Buffer.from([0xff, 0x05, 1, 2, 3, 4, 5]))
    socket.on('error', () => socket.destroy())
    socket.resume()
    await once(socket, 'close')
    const { get } = await open(setup)
    assert.is(await get('eth_chainId'), '0x4d2')
  })
})

test('refuses foreign pages, foreign host names and too many sockets', async () => {
  await withServer({ limits: { socketsMax: 1 } }, async (setup) => {
    assert.is(await refusedWith(setup, { headers: { origin: 'https://evil.example' } }), 403)
    assert.is(await refusedWith(setup, { headers: { host: 'evil.example' } }), 403)
    const local = await open(setup, { headers: { origin: 'http://localhost:3000' } })
    assert.is(await local.get('eth_chainId'), '0x4d2')
    assert.is(await refusedWith(setup, {}), 503)
  })
})

test('reads no further while too many requests are under way', async () => {
  const waiting: (() => void)[] = []
  let most = 0
  const accountAt = async (): Promise<undefined> => {
    await new Promise<void>((resolve) => {
      waiting.push(resolve)
      most = Math.max(most, waiting.length)
    })
    return undefined
  }
  await withServer({ limits: { inFlightMax: 4 }, scripted: { accountAt } }, async (setup) => {
    const { next, socket } = await open(setup)
    // large enough that one read does not carry them all
    const pad = 'f'.repeat(50_000)
    const params = [`0x${'00'.repeat(20)}`]
    for (let id = 0; id < 100; id++)
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'eth_getBalance', params, pad }))
    const answered = new Set<unknown>()
    const answers = Array.from({ length: 100 }, next)
    for (const answer of answers) void answer.then(({ id }) => answered.add(id))
    while (answered.size < 100) {
      for (const release of waiting.splice(0)) release()
      await new Promise((resolve) => setImmediate(resolve))
    }
    // what one read of the socket carried is parsed at once; the others wait in the kernel
    assert.ok(most >= 4 && most < 20, `${most} at once`)
  })
})

/** A node whose heads cost nothing to make: 33 KB of JSON each. */
function createLoudHeads() {
  const { backend } = createTwin()
  const genesis = backend.header(0)
  let head = 0
  let tell = (_number: number): void => undefined
  const scripted: Partial<RpcBackend> = {
    head: () => head,
    header: (number) => genesis && { ...genesis, number, extraData: new Uint8Array(16_384) },
    onHead: (listener) => {
      tell = listener
      return () => undefined
    },
  }
  const grow = async (count: number): Promise<void> => {
    for (let k = 0; k < count; k++) {
      tell(++head)
      if (k % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { scripted, grow }
}

test('drops notifications for a reader that stalls, and tells it when it reads again', async () => {
  const limits = { socketBufferBytes: 200_000 }
  const { scripted, grow } = createLoudHeads()
  await withServer({ limits, scripted }, async (setup) => {
    const { get, socket, next } = await open(setup)
    await get('eth_subscribe', 'newHeads')
    socket.pause()
    // 33 MB: far more than the buffers of the kernel and the mark
    await grow(1_000)
    assert.is(setup.server.sockets(), 1)
    socket.resume()
    let message = await next()
    let heads = 0
    while (message.method === 'eth_subscription') {
      heads++
      message = await next()
    }
    assert.ok(heads > 0 && heads < 1_000, `${heads} heads arrived`)
    assert.is(message.method, 'veche_lagged')
    assert.is(message.params?.['fromBlock'], `0x${(heads + 1).toString(16)}`)
    assert.is(message.params?.['toBlock'], '0x3e8')
    await grow(1)
    assert.is((await next()).method, 'eth_subscription')
  })
})

test('closes a reader that asks much and reads nothing', async () => {
  const output = new Uint8Array(500_000)
  const call = async () => ({ kind: 'success', output, gasUsed: 1n }) as const
  const limits = { socketBufferBytes: 100_000, socketBufferBytesMax: 3_000_000 }
  await withServer({ limits, scripted: { call } }, async (setup) => {
    const { socket, send } = await open(setup)
    socket.on('error', () => undefined)
    socket.pause()
    for (let k = 0; k < 100; k++) send('eth_call', {})
    while (setup.server.sockets() > 0) await new Promise((resolve) => setImmediate(resolve))
    socket.terminate()
  })
})

test('drops a peer that does not answer pings', async () => {
  await withServer({ limits: { pingIntervalMs: 300 } }, async (setup) => {
    const alive = await open(setup)
    const dead = await open(setup, { autoPong: false })
    await once(dead.socket, 'close')
    assert.is(await alive.get('eth_chainId'), '0x4d2')
  })
})

test('says goodbye when the server closes', async () => {
  const twin = createTwin()
  const server = await createRpcServer({ backend: twin.backend, port: 0 })
  const client = await open({ twin, server })
  const code = closedWith(client, () => undefined)
  await server.close()
  assert.is(await code, 1001)
})

test('takes a transaction and tells of it', async () => {
  await withServer({}, async (setup) => {
    const { get, socket, next } = await open(setup)
    await get('eth_subscribe', 'newPendingTransactions')
    const params = [bytesToHex(EMPTY_BYTES)]
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_sendRawTransaction', params }))
    assert.is((await next()).error?.code, -32000)
  })
})

test.run()
