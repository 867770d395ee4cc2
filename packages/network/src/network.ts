/**
 * The libp2p adapter of the `Network` port: direct streams for consensus, blocks and requests,
 * gossip for transactions, every peer admitted by our own handshake first (docs/adr/0050).
 */
import { multiaddr } from '@multiformats/multiaddr'
import {
  type Address,
  assert,
  type Network,
  type NetworkHandlers,
  type RequestKind,
  VecheError,
} from '@veche/primitives'
import { type Admission, createAdmission, isBetterSession } from './admission.ts'
import { type Core, createCore, guarded, penalize } from './core.ts'
import type { DialTarget } from './dial-plan.ts'
import { createDiscovery, type Discovery, parseTarget } from './discovery.ts'
import { encodeFrame } from './frame.ts'
import { createGossip, type Gossip } from './gossip.ts'
import { checkFork } from './hello.ts'
import { createHost, type Gater, loadPrivateKey } from './host.ts'
import { serveInbound } from './inbound.ts'
import { HEAD_UPDATE_INTERVAL_MS, REQUEST_BYTES_MAX, RETIRE_MS } from './limits.ts'
import { nodeKeyToPeerId } from './node-key.ts'
import type { NetworkOptions } from './options.ts'
import { createSocketQuota } from './quota.ts'
import { ask } from './request.ts'
import type { Session } from './session.ts'
import { encodeBlockPush, encodeHeadUpdate, type Head } from './wire.ts'

/** The targets of bootnode addresses. Throws `ADDRESS_INVALID` for the first that is none. */
export function parseBootnodes(addresses: readonly string[]): readonly DialTarget[] {
  return addresses.map((address) => {
    const target = parseTarget(address)
    if (target !== undefined) return target
    throw new VecheError('ADDRESS_INVALID', 'a TCP multiaddr with /p2p/<peer id> expected', {
      facts: { address },
    })
  })
}

function createGater(core: Pick<Core, 'scores' | 'sessions' | 'quota' | 'logStranger'>): Gater {
  const sockets = createSocketQuota(core.quota)
  const isBanned = (peer: { toString(): string }): boolean => core.scores.isBanned(peer.toString())
  return {
    denyInboundConnection(socket) {
      const host = `${socket.remoteAddr.getComponents()[0]?.value ?? ''}`
      const free = sockets.take(host, core.sessions.size)
      if (free === undefined) {
        core.logStranger('warn', 'connection refused', { code: 'PEER_QUOTA', host })
        return true
      }
      socket.addEventListener('close', free)
      if (socket.status !== 'open') free()
      return false
    },
    denyInboundEncryptedConnection: isBanned,
    denyOutboundEncryptedConnection: isBanned,
    denyDialPeer: isBanned,
  }
}

/**
 * The head has moved: what peers said of their forks is judged again, and who does not fit goes,
 * told why in the handshake of its next dial.
 */
function judgeForks(core: Core): void {
  for (const { peerId, validator, forkId, connection } of core.sessions.values()) {
    const { verdict, refusal } = checkFork(core.chain.forkId, forkId)
    if (refusal === undefined) continue
    if (verdict === 'stale') core.options.onStale?.({ peerId, validator, forkId })
    const { code, reason } = refusal
    core.log('warn', 'peer turned away', { code, reason, peerId, validator })
    connection.close().catch((error: Error) => connection.abort(error))
  }
}

/** Sends our head to every peer, at most once each `HEAD_UPDATE_INTERVAL_MS`. */
function createHeadTeller(core: Core): { tell(head: Head): void; stop(): void } {
  let lastMs = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  const send = (): void => {
    timer = undefined
    lastMs = core.clock.nowMs()
    const frame = encodeHeadUpdate(core.head)
    for (const session of core.sessions.values()) session.out.blocks.push(frame)
  }
  return {
    tell(head) {
      core.head = head
      if (timer !== undefined || core.stopping) return
      const waitMs = lastMs + HEAD_UPDATE_INTERVAL_MS - core.clock.nowMs()
      if (waitMs <= 0) send()
      else timer = setTimeout(send, waitMs).unref()
    },
    stop: () => clearTimeout(timer),
  }
}

interface Parts {
  readonly core: Core
  readonly admission: Admission
  readonly discovery: Discovery
  readonly gossip: Gossip
}

function onAdmitted(parts: Parts, session: Session): void {
  const { core, discovery, gossip } = parts
  const present = core.sessions.get(session.peerId)
  if (present !== undefined && !isBetterSession(core.peerId, session, present)) {
    retireSession(core, session)
    return
  }
  core.sessions.set(session.peerId, session)
  session.connection.addEventListener('close', () => onClosed(parts, session))
  if (present !== undefined) {
    // the same peer on a better connection: the caller sees no change
    gossip.onLost(present)
    retireSession(core, present)
  }
  gossip.onAdmitted(session)
  discovery.onAdmitted(session)
  session.out.blocks.push(encodeHeadUpdate(core.head))
  askClock(core, session)
  if (present === undefined) {
    core.log('info', 'peer connected', { ...session.info })
    guarded(core, 'onPeerConnected', (handlers) => handlers.onPeerConnected(session.info))
  }
  if (session.connection.status !== 'open') onClosed(parts, session)
}

/**
 * Closes the connection that lost against a better one of the same peer, after a while: by then the
 * other side has admitted the better one too and sees no interruption, and what was queued is sent.
 */
function retireSession(core: Core, session: Session): void {
  const retire = (): void => {
    session.connection.close().catch((error: Error) => {
      core.log('debug', 'connection aborted', { code: 'PEER_STREAM_LOST', error: String(error) })
      session.connection.abort(error)
    })
  }
  setTimeout(retire, RETIRE_MS).unref()
}

/** The clocks of the set matter: agreement is by the clock (consensus.md, "Schedule"). */
function askClock(core: Core, { validator, peerClock }: Session): void {
  if (validator !== undefined && core.validators.has(validator)) peerClock.start()
}

function onClosed({ core, discovery, gossip }: Parts, session: Session): void {
  session.close()
  if (core.sessions.get(session.peerId) !== session) return
  core.sessions.delete(session.peerId)
  gossip.onLost(session)
  core.log('info', 'peer disconnected', { peerId: session.peerId, validator: session.validator })
  guarded(core, 'onPeerDisconnected', (handlers) => handlers.onPeerDisconnected(session.peerId))
  discovery.onLost(session.peerId)
}

async function dialTarget(parts: Parts, target: DialTarget, signal: AbortSignal): Promise<void> {
  const { core, admission } = parts
  const addresses = target.addresses.map((address) => multiaddr(`${address}/p2p/${target.peerId}`))
  const connection = await core.host.dial(addresses, { signal })
  if ((await admission.session(connection)) === undefined && !core.sessions.has(target.peerId))
    throw new VecheError('DIAL_FAILED', 'the handshake failed', { facts: { ...target } })
}

async function assemble(options: NetworkOptions): Promise<Parts> {
  const bootnodes = parseBootnodes(options.bootnodes ?? [])
  const privateKey = await loadPrivateKey(options)
  const peerId = await nodeKeyToPeerId(options.nodeKey)
  const others = bootnodes.filter((target) => target.peerId !== peerId)
  const bootnodeIds = new Set(others.map((target) => target.peerId))
  const base = createCore({ options, privateKey, peerId, bootnodeIds })
  const host = await createHost({
    options,
    privateKey,
    topic: base.protocols.transactions,
    gater: createGater(base),
    score: (id) => base.scores.score(id),
  })
  const core: Core = Object.assign(base, { host })
  const gossip = createGossip(core)
  const parts: Parts = {
    core,
    gossip,
    admission: createAdmission(core, {
      onAdmitted: (session) => onAdmitted(parts, session),
      onTurnedAway: (id, refusal) => parts.discovery.onTurnedAway(id, refusal),
    }),
    discovery: createDiscovery({
      core,
      bootnodes: others,
      dial: (target, signal) => dialTarget(parts, target, signal),
    }),
  }
  return parts
}

async function startParts(parts: Parts, handlers: NetworkHandlers): Promise<void> {
  const { core, admission, discovery, gossip } = parts
  assert(core.handlers === undefined && !core.stopping, 'a network starts once')
  core.handlers = handlers
  await serveInbound(core, parts)
  core.host.addEventListener('connection:open', (event) => admission.onConnection(event.detail))
  try {
    await core.host.start()
  } catch (cause) {
    const addresses = core.options.listenAddresses
    const message = `cannot listen on ${addresses.join(', ')}; is the port in use?`
    throw new VecheError('NETWORK_LISTEN_FAILED', message, { cause, facts: { addresses } })
  }
  await gossip.start(async (connection) => (await admission.session(connection)) !== undefined)
  await discovery.start()
}

async function request(
  core: Core,
  peerId: string,
  question: { kind: RequestKind; payload: Uint8Array },
): Promise<readonly Uint8Array[]> {
  assert(question.payload.length <= REQUEST_BYTES_MAX, 'a bounded request payload expected')
  const session = core.sessions.get(peerId)
  if (session === undefined)
    throw new VecheError('PEER_NOT_CONNECTED', 'a connected peer expected', { facts: { peerId } })
  await session.asking.take()
  const signal = AbortSignal.timeout(core.quota.requestTimeoutMs)
  try {
    const stream = await session.connection.newStream(core.protocols.request, { signal })
    try {
      return await ask(stream, question, signal)
    } finally {
      // the answer is whole or worthless: nothing more is read
      stream.close({ signal }).catch((error: Error) => stream.abort(error))
      if (stream.remoteWriteStatus !== 'closed')
        stream.abort(new DOMException('request over', 'AbortError'))
    }
  } catch (cause) {
    if (cause instanceof VecheError && cause.code === 'REQUEST_ANSWER_INVALID')
      penalize(core, peerId, 'PEER_ANSWER_INVALID')
    if (cause instanceof VecheError) throw cause
    const code = signal.aborted ? 'REQUEST_TIMEOUT' : 'REQUEST_FAILED'
    throw new VecheError(code, 'the peer did not answer', { cause, facts: { peerId } })
  } finally {
    session.asking.free()
  }
}

function sendConsensus(core: Core, session: Session, frame: Uint8Array): boolean {
  const { validator } = session
  if (core.options.signer === undefined) return false
  if (validator === undefined || !core.validators.has(validator)) return false
  return session.out.consensus.push(frame)
}

function sessionOfValidator(core: Core, validator: Address): Session | undefined {
  for (const session of core.sessions.values()) if (session.validator === validator) return session
  return undefined
}

function encodeConsensus(core: Core, message: Uint8Array): Uint8Array {
  assert(message.length <= core.consensusBytesMax, 'a bounded consensus message expected')
  return encodeFrame(message)
}

/**
 * Creates a network on libp2p. Listens and dials from `start` on. Throws `NODE_KEY_INVALID` or
 * `ADDRESS_INVALID` for options that cannot work, and `NETWORK_LISTEN_FAILED` from `start`.
 */
export async function createNetwork(options: NetworkOptions): Promise<Network> {
  const parts = await assemble(options)
  const { core, discovery, gossip } = parts
  const heads = createHeadTeller(core)
  return {
    peerId: core.peerId,
    get addresses() {
      return core.host.getMultiaddrs().map((address) => address.toString())
    },
    start: (handlers) => startParts(parts, handlers),
    async stop() {
      if (core.stopping) return
      core.stopping = true
      discovery.stop()
      gossip.stop()
      heads.stop()
      for (const session of core.sessions.values()) session.close()
      await core.host.stop()
      core.sessions.clear()
    },
    peers: () => [...core.sessions.values()].map((session) => session.info),
    setValidators(validators) {
      core.validators = new Set(validators)
      for (const session of core.sessions.values()) askClock(core, session)
      discovery.onValidators()
    },
    setHead(head) {
      heads.tell(head)
      judgeForks(core)
    },
    broadcast(message) {
      const frame = encodeConsensus(core, message)
      for (const session of core.sessions.values()) sendConsensus(core, session, frame)
    },
    send(to, message) {
      const session = sessionOfValidator(core, to)
      return session !== undefined && sendConsensus(core, session, encodeConsensus(core, message))
    },
    publishTransactions: (raw) => gossip.publish(raw),
    announceBlock(_number, block, except) {
      const frame = encodeBlockPush(block)
      for (const { validator, out } of core.sessions.values())
        if (validator === undefined || except?.has(validator) !== true) out.blocks.push(frame)
    },
    request: (peerId, kind, payload) => request(core, peerId, { kind, payload }),
    penalize: (peerId, code) => penalize(core, peerId, code),
    async dial(address) {
      const [target] = parseBootnodes([address])
      if (target === undefined) return
      try {
        await dialTarget(parts, target, AbortSignal.timeout(core.quota.handshakeTimeoutMs))
      } catch (cause) {
        throw new VecheError('DIAL_FAILED', 'no admitted connection', { cause, facts: { address } })
      }
    },
  }
}
