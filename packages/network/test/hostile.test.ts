/** Real sockets that misbehave: nothing crashes, nothing piles up, honest peers stay served. */
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import type { Network, Signer } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { createLibp2p } from 'libp2p'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createFrameReader } from '../src/channel.ts'
import { encodeFrame } from '../src/frame.ts'
import { shakeHands } from '../src/handshake.ts'
import { createNetwork, createNodeKey, type NetworkOptions } from '../src/index.ts'
import {
  CLOCK_RATE,
  CONSENSUS_RATE,
  CONSENSUS_WINDOW_BYTES_MAX,
  SESSIONS_PER_VALIDATOR_MAX,
} from '../src/limits.ts'
import { encodeClockAnswer, encodeClockQuestion } from '../src/peer-clock.ts'
import {
  addressesOf,
  CHAIN,
  createRecorder,
  createTestSigner,
  type Recorder,
  stopAll,
  until,
} from './support.ts'

await installNativeCrypto()
const signers = [1, 2].map(createTestSigner)
const PREFIX = '/veche/abababab'

process.on('unhandledRejection', (error) => {
  process.stderr.write(`unhandled rejection: ${String(error)}\n`)
  process.exitCode = 1
})

interface Victim {
  readonly network: Network
  readonly heard: Recorder
  readonly logged: string[]
  readonly port: number
  readonly address: string
}

async function startVictim(options: Partial<NetworkOptions> = {}): Promise<Victim> {
  const logged: string[] = []
  const network = await createNetwork({
    ...CHAIN,
    nodeKey: createNodeKey(),
    listenAddresses: ['/ip4/127.0.0.1/tcp/0'],
    signer: createTestSigner(1),
    logger: (_level, _message, facts) => void logged.push(String(facts['code'])),
    ...options,
  })
  const heard = createRecorder()
  network.setValidators(addressesOf(signers))
  await network.start(heard)
  const address = network.addresses[0] ?? ''
  const port = Number(/\/tcp\/(\d+)/.exec(address)?.[1])
  return { network, heard, logged, port, address }
}

/** An honest validator connects and is heard: the victim still works. */
async function assertServes(victim: Victim): Promise<void> {
  const honest = await createNetwork({
    ...CHAIN,
    nodeKey: createNodeKey(),
    listenAddresses: [],
    bootnodes: [victim.address],
    signer: createTestSigner(2),
  })
  honest.setValidators(addressesOf(signers))
  await honest.start(createRecorder())
  const before = victim.heard.consensus.length
  await until('an honest peer', () => honest.peers().length === 1)
  honest.broadcast(Uint8Array.of(1))
  await until('its message', () => victim.heard.consensus.length > before)
  await stopAll([honest])
}

function openSocket(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.on('error', reject)
    socket.resume()
  })
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

/** A libp2p node that is none of ours: it speaks noise and yamux and then what the test says. */
async function startStranger() {
  return createLibp2p({
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
  })
}

async function dialAsStranger(victim: Victim) {
  const stranger = await startStranger()
  const connection = await stranger.dial(multiaddr(victim.address))
  return { stranger, connection }
}

test('garbage, silence, half messages and resets on the port leave honest peers served', async () => {
  const victim = await startVictim()
  const sockets = await Promise.all(Array.from({ length: 40 }, () => openSocket(victim.port)))
  for (const [i, socket] of sockets.entries()) {
    if (i % 4 === 0) socket.write(randomBytes(1 + i * 100))
    else if (i % 4 === 1) socket.write('GET / HTTP/1.1\r\n\r\n')
    else if (i % 4 === 2) socket.resetAndDestroy()
    // the rest says half of a multistream greeting and waits
    else socket.write(Buffer.from('\x13/multistr'))
  }
  await assertServes(victim)
  for (const socket of sockets) socket.destroy()
  await stopAll([victim.network])
})

test('one address holds at most its share of sockets', async () => {
  const victim = await startVictim({ quota: { perLoopbackMax: 4 } })
  const sockets = await Promise.all(Array.from({ length: 10 }, () => openSocket(victim.port)))
  const ends = sockets.map(closed)
  await until('refusals', () => victim.logged.filter((code) => code === 'PEER_QUOTA').length === 6)
  for (const socket of sockets) socket.destroy()
  await Promise.all(ends)
  await assertServes(victim)
  await stopAll([victim.network])
})

test('a connection without a handshake is closed in time and other protocols do not answer', async () => {
  const victim = await startVictim({ quota: { handshakeTimeoutMs: 300 } })
  const { stranger, connection } = await dialAsStranger(victim)
  const stream = await connection.newStream(`${PREFIX}/consensus/1`)
  stream.send(Uint8Array.of(0, 0, 0, 1, 7))
  await until('the end', () => connection.status !== 'open')
  assert.is(victim.heard.consensus.length, 0)
  assert.is(victim.network.peers().length, 0)
  assert.ok(victim.logged.includes('PEER_HANDSHAKE_TIMEOUT'))
  await stranger.stop()
  await stopAll([victim.network])
})

for (const [what, bytes] of [
  ['a hello that is no RLP', Uint8Array.of(0, 0, 0, 3, 1, 0xff, 0xff)],
  ['a frame above its bound', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1)],
  ['a proof before the hello', Uint8Array.of(0, 0, 0, 1, 2)],
  ['nothing but a flood', new Uint8Array(100_000).fill(1)],
] as const)
  test(`a handshake with ${what} is turned away`, async () => {
    const victim = await startVictim({ quota: { handshakeTimeoutMs: 1_000 } })
    const { stranger, connection } = await dialAsStranger(victim)
    const stream = await connection.newStream(`${PREFIX}/handshake/1`)
    stream.send(bytes)
    await until('the end', () => connection.status !== 'open')
    assert.is(victim.network.peers().length, 0)
    await assertServes(victim)
    await stranger.stop()
    await stopAll([victim.network])
  })

/** A stranger that passes the handshake, without a key as an observer. What it says is the test. */
async function admittedStranger(victim: Victim, signer?: Signer) {
  const { stranger, connection } = await dialAsStranger(victim)
  const stream = await connection.newStream(`${PREFIX}/handshake/1`)
  const reader = createFrameReader(stream, { frameBytesMax: 4_096, totalBytesMax: 16_384 })
  const signal = AbortSignal.timeout(10_000)
  const chain = { ...CHAIN, protocolVersion: 1, protocolVersionMin: 1 }
  const verdict = await shakeHands(
    {
      send: (...parts) => void stream.send(encodeFrame(...parts)),
      receive: () => reader.next(signal),
    },
    {
      chain,
      hello: {
        ...{ ...chain, forkId: CHAIN.forkId.own(), agent: 'stranger' },
        head: { number: 0, hash: CHAIN.genesisHash },
        ...{ nonce: new Uint8Array(randomBytes(32)), instance: '0x0102030405060708' },
        role: signer === undefined ? 'observer' : 'validator',
      },
      ownPeerId: stranger.peerId.toString(),
      remotePeerId: connection.remotePeer.toString(),
      signer,
      admit: () => undefined,
    },
  )
  assert.ok(verdict.ok, verdict.ok ? '' : verdict.reason)
  await until('the place', () => victim.network.peers().length === 1)
  return { stranger, connection }
}

test('a flood of clock questions is answered at the rate of its bucket', async () => {
  const victim = await startVictim()
  const { stranger, connection } = await admittedStranger(victim)
  let answers = 0
  await stranger.handle(`${PREFIX}/clock/1`, (stream) => {
    stream.addEventListener('message', ({ data }) => {
      answers += Math.round(data.byteLength / encodeClockAnswer(7, Date.now(), Date.now()).length)
    })
  })
  const startedMs = performance.now()
  const stream = await connection.newStream(`${PREFIX}/clock/1`)
  for (let i = 0; i < 5_000; i++) stream.send(encodeClockQuestion(7))
  await until('answers', () => answers > 0)
  await assertServes(victim)
  const seconds = (performance.now() - startedMs) / 1_000
  const most = CLOCK_RATE.messagesBurst + CLOCK_RATE.messagesPerSecond * (seconds + 1)
  assert.ok(answers <= most, `${answers} answers in ${seconds} s`)
  await stranger.stop()
  await stopAll([victim.network])
})

test('clock messages that are none cost the peer its place', async () => {
  const victim = await startVictim()
  const { stranger, connection } = await admittedStranger(victim)
  const stream = await connection.newStream(`${PREFIX}/clock/1`)
  for (let i = 0; i < 3; i++) stream.send(encodeFrame(Uint8Array.of(0xc1, 0x07)))
  await until('the ban', () => connection.status !== 'open')
  assert.ok(victim.logged.includes('PEER_MALFORMED'))
  await assertServes(victim)
  await stranger.stop()
  await stopAll([victim.network])
})

test('an unknown protocol is refused and the connection goes on', async () => {
  const victim = await startVictim()
  const { stranger, connection } = await dialAsStranger(victim)
  let refused = false
  await connection.newStream('/ipfs/kad/1.0.0').catch(() => {
    refused = true
  })
  assert.ok(refused)
  assert.is(connection.status, 'open')
  await stranger.stop()
  await stopAll([victim.network])
})

test('strangers do not take the places of validators', async () => {
  const victim = await startVictim({ quota: { peersMax: 1 } })
  const observers: Network[] = []
  for (let i = 0; i < 3; i++) {
    const observer = await createNetwork({
      ...CHAIN,
      nodeKey: createNodeKey(),
      listenAddresses: [],
    })
    await observer.start(createRecorder())
    observers.push(observer)
  }
  const dials = await Promise.allSettled(observers.map((one) => one.dial(victim.address)))
  assert.is(dials.filter((dial) => dial.status === 'fulfilled').length, 1)
  assert.is(victim.network.peers().length, 1)
  await assertServes(victim)
  await stopAll([...observers, victim.network])
})

test('one validator key proves itself to a few peers only, and honest ones stay served', async () => {
  const victim = await startVictim()
  const bearers: Network[] = []
  const options = { ...CHAIN, listenAddresses: [], bootnodes: [victim.address] }
  for (let i = 0; i < SESSIONS_PER_VALIDATOR_MAX + 2; i++) {
    const signer = createTestSigner(3)
    const bearer = await createNetwork({ ...options, nodeKey: createNodeKey(), signer })
    await bearer.start(createRecorder())
    bearers.push(bearer)
  }
  await until('refusals', () => victim.logged.filter((code) => code === 'PEER_QUOTA').length >= 2)
  assert.is(victim.network.peers().length, SESSIONS_PER_VALIDATOR_MAX)
  await assertServes(victim)
  await stopAll([...bearers, victim.network])
})

test('a consensus message longer than the chain has any is refused before it is read', async () => {
  const victim = await startVictim({ consensusBytesMax: 1_000 })
  const bearer = await createNetwork({
    ...CHAIN,
    nodeKey: createNodeKey(),
    listenAddresses: [],
    bootnodes: [victim.address],
    signer: createTestSigner(2),
  })
  bearer.setValidators(addressesOf(signers))
  await bearer.start(createRecorder())
  await until('the bearer', () => bearer.peers().length === 1)
  bearer.broadcast(new Uint8Array(1_000))
  await until('a message of the largest size', () => victim.heard.consensus.length === 1)
  await until('the ban', () => {
    bearer.broadcast(new Uint8Array(1_001))
    return victim.logged.includes('PEER_MALFORMED')
  })
  assert.is(victim.heard.consensus.length, 1)
  await stopAll([bearer, victim.network])
})

test('a validator that sends faster than its rate is read later: it keeps its stream, and waits', async () => {
  const victim = await startVictim()
  const { stranger, connection } = await admittedStranger(victim, signers[1])
  const stream = await connection.newStream(`${PREFIX}/consensus/1`)
  const frame = encodeFrame(new Uint8Array(5_000))
  const startedMs = performance.now()
  let sent = 0
  // little by little, so that something always arrives while the victim waits
  const sender = setInterval(() => {
    for (let i = 0; i < 20 && stream.status === 'open'; i++, sent++) stream.send(frame)
  }, 10)
  const { messagesBurst, messagesPerSecond, bytesBurst, bytesPerSecond } = CONSENSUS_RATE
  const heard = (): number => victim.heard.consensus.length
  const burst = Math.min(messagesBurst, bytesBurst / frame.length)
  // several times the wait and the window after it
  const enough = burst + messagesPerSecond * 2.5
  await until('messages or a reset', () => heard() > enough || stream.status !== 'open')
  clearInterval(sender)
  assert.is(stream.status, 'open')
  const seconds = (performance.now() - startedMs) / 1_000
  assert.ok(heard() * frame.length <= bytesBurst + bytesPerSecond * (seconds + 1))
  const underWay = (sent - heard()) * frame.length - stream.writeBufferLength
  // the window, what the decoder holds of the one before, and what lies in sockets
  const most = 2 * CONSENSUS_WINDOW_BYTES_MAX + 512 * 1024
  assert.ok(underWay <= most, `${underWay} bytes sent and not read`)
  await assertServes(victim)
  await stranger.stop()
  await stopAll([victim.network])
})

test('a handler that throws is logged and the network goes on', async () => {
  const victim = await startVictim()
  const { onConsensus } = victim.heard
  victim.heard.onConsensus = (from, message) => {
    onConsensus(from, message)
    throw new DOMException('handler', 'DataError')
  }
  await assertServes(victim)
  await assertServes(victim)
  assert.ok(victim.logged.includes('NETWORK_HANDLER_FAILED'))
  await stopAll([victim.network])
})

test('a listen address in use is a clear error', async () => {
  const victim = await startVictim()
  const second = await createNetwork({
    ...CHAIN,
    nodeKey: createNodeKey(),
    listenAddresses: [`/ip4/127.0.0.1/tcp/${victim.port}`],
  })
  let code = ''
  await second.start(createRecorder()).catch((error: { code: string }) => {
    code = error.code
  })
  assert.is(code, 'NETWORK_LISTEN_FAILED')
  await stopAll([second, victim.network])
})

test('options that cannot work are refused with a code', async () => {
  const options = { ...CHAIN, listenAddresses: [] }
  const codeOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'none',
      (error: { code: string }) => error.code,
    )
  const nodeKey = createNodeKey()
  for (const bootnode of ['', '/ip4/1.2.3.4/tcp/1', 'localhost:30303', '/ip4/1.2.3.4/tcp/1/p2p/x'])
    assert.is(
      await codeOf(createNetwork({ ...options, nodeKey, bootnodes: [bootnode] })),
      'ADDRESS_INVALID',
      bootnode,
    )
  assert.is(
    await codeOf(createNetwork({ ...options, nodeKey: new Uint8Array(5) })),
    'NODE_KEY_INVALID',
  )
})

test.run()
