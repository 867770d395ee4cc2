/**
 * Turns connections into sessions: runs the handshake on every new connection within its time,
 * settles which of two simultaneous connections stays, and answers other protocols whether the
 * connection they arrived on was admitted.
 */
import { randomBytes } from 'node:crypto'
import { type Address, type Refusal, type Result, refuse } from '@veche/primitives'
import { createFrameReader } from './channel.ts'
import { type Core, isPrivileged } from './core.ts'
import { encodeFrame } from './frame.ts'
import {
  HANDSHAKE_FRAME_BYTES_MAX,
  HANDSHAKE_TOTAL_BYTES_MAX,
  type HandshakeSide,
  type RemoteSide,
  shakeHands,
} from './handshake.ts'
import { NONCE_BYTES } from './hello.ts'
import type { Connection, Stream } from './host.ts'
import { SESSIONS_PER_VALIDATOR_MAX } from './limits.ts'
import { createSession, type Session } from './session.ts'
import { dropLateFrames, joinWrites, spareErrors } from './tuning.ts'

export interface Admission {
  /** a connection opened, either way */
  onConnection(connection: Connection): void
  /** the peer opened its handshake stream */
  onHandshakeStream(stream: Stream, connection: Connection): void
  /** the session of a connection once its handshake ended, or undefined when it failed */
  session(connection: Connection): Promise<Session | undefined>
}

export interface AdmissionEvents {
  onAdmitted(session: Session): void
  onTurnedAway(peerId: string, refusal: Refusal): void
}

interface Pending {
  readonly outcome: Promise<Session | undefined>
  settle(session: Session | undefined): void
  started: boolean
}

/** Creates the admission of a network. */
export function createAdmission(core: Core, events: AdmissionEvents): Admission {
  const pendings = new Map<string, Pending>()
  /** connections that were promised a place and are not sessions yet */
  const reserved: Reserved = new Map()

  const pendingOf = (connection: Connection): Pending => {
    const known = pendings.get(connection.id)
    if (known !== undefined) return known
    const { promise, resolve } = Promise.withResolvers<Session | undefined>()
    const pending: Pending = { outcome: promise, settle: resolve, started: false }
    pendings.set(connection.id, pending)
    const timer = setTimeout(() => {
      if (!pending.started) turnAway(connection, pending, lateRefusal())
    }, core.quota.handshakeTimeoutMs)
    timer.unref()
    void promise.then(() => {
      clearTimeout(timer)
      reserved.delete(connection.id)
    })
    connection.addEventListener('close', () => {
      pending.settle(undefined)
      pendings.delete(connection.id)
    })
    if (connection.status !== 'open') pending.settle(undefined)
    return pending
  }

  const turnAway = (connection: Connection, pending: Pending, refusal: Refusal): void => {
    pending.settle(undefined)
    const peerId = connection.remotePeer.toString()
    const level = core.bootnodeIds.has(peerId) ? 'warn' : 'info'
    core.logStranger(level, 'peer turned away', {
      code: refusal.code,
      reason: refusal.reason,
      peerId,
      address: connection.remoteAddr.toString(),
    })
    events.onTurnedAway(peerId, refusal)
    connection.close().catch((error: Error) => connection.abort(error))
  }

  const run = async (connection: Connection, stream: Stream, pending: Pending): Promise<void> => {
    const verdict = await exchange(core, { connection, stream, reserved })
    if (!verdict.ok) turnAway(connection, pending, verdict)
    else {
      const session = createSession({
        connection,
        remote: verdict.value,
        protocols: core.protocols,
        clock: core.clock,
        onChannelFailure: (protocol, reason) =>
          core.log('debug', 'stream lost', { code: 'PEER_STREAM_LOST', protocol, reason }),
      })
      pending.settle(session)
      events.onAdmitted(session)
    }
  }

  const start = (connection: Connection, opening: Promise<Stream>, pending: Pending): void => {
    pending.started = true
    opening
      .then((stream) => run(connection, stream, pending))
      .catch((error: unknown) =>
        turnAway(connection, pending, refuse('PEER_HANDSHAKE_FAILED', String(error))),
      )
  }

  return {
    onConnection(connection) {
      joinWrites(connection)
      spareErrors(connection)
      dropLateFrames(connection)
      const pending = pendingOf(connection)
      if (connection.direction === 'inbound' || pending.started) return
      start(connection, connection.newStream(core.protocols.handshake), pending)
    },
    onHandshakeStream(stream, connection) {
      const pending = pendingOf(connection)
      if (connection.direction === 'outbound' || pending.started)
        stream.abort(new DOMException('one handshake expected', 'AbortError'))
      else start(connection, Promise.resolve(stream), pending)
    },
    session: (connection) => pendingOf(connection).outcome,
  }
}

function lateRefusal(): Refusal {
  return refuse('PEER_HANDSHAKE_TIMEOUT', 'a handshake expected, got none in time')
}

/** by connection: whose handshake has a place and is not over */
type Reserved = Map<
  string,
  { readonly validator: Address | undefined; readonly isPrivileged: boolean }
>

interface Candidate {
  readonly connection: Connection
  readonly stream: Stream
  readonly reserved: Reserved
}

/** Whether enough peers have proved this key, or are about to. */
function isCrowded(core: Core, reserved: Reserved, validator: Address | undefined): boolean {
  if (validator === undefined) return false
  let held = 0
  for (const session of core.sessions.values()) if (session.validator === validator) held++
  for (const place of reserved.values()) if (place.validator === validator) held++
  return held >= SESSIONS_PER_VALIDATOR_MAX
}

/** Last word of the handshake: bans and places. A place is reserved until the handshake ended. */
function admit(core: Core, candidate: Candidate, remote: RemoteSide): Refusal | undefined {
  const peerId = candidate.connection.remotePeer.toString()
  if (core.stopping) return refuse('PEER_STOPPING', 'this node is stopping')
  if (core.scores.isBanned(peerId)) return refuse('PEER_BANNED', 'a peer without a ban expected')
  if (core.sessions.has(peerId)) return undefined
  const { validator } = remote
  const { reserved, connection } = candidate
  if (isCrowded(core, reserved, validator))
    return refuse('PEER_QUOTA', `at most ${SESSIONS_PER_VALIDATOR_MAX} peers of one validator key`)
  const place = { validator, isPrivileged: isPrivileged(core, peerId, validator) }
  if (!place.isPrivileged) {
    let others = 0
    for (const each of reserved.values()) if (!each.isPrivileged) others++
    for (const session of core.sessions.values())
      if (!isPrivileged(core, session.peerId, session.validator)) others++
    if (others >= core.quota.peersMax)
      return refuse('PEER_QUOTA', `at most ${core.quota.peersMax} peers`)
  }
  reserved.set(connection.id, place)
  return undefined
}

async function exchange(core: Core, candidate: Candidate): Promise<Result<RemoteSide>> {
  const { connection, stream } = candidate
  const signal = AbortSignal.timeout(core.quota.handshakeTimeoutMs)
  const reader = createFrameReader(stream, {
    frameBytesMax: HANDSHAKE_FRAME_BYTES_MAX,
    totalBytesMax: HANDSHAKE_TOTAL_BYTES_MAX,
  })
  const remotePeerId = connection.remotePeer.toString()
  const side: HandshakeSide = {
    chain: core.chain,
    hello: {
      ...core.chain,
      forkId: core.chain.forkId.own(),
      head: core.head,
      agent: core.options.agent ?? 'veche',
      nonce: new Uint8Array(randomBytes(NONCE_BYTES)),
      instance: core.instance,
      role: core.options.signer === undefined ? 'observer' : 'validator',
    },
    ownPeerId: core.peerId,
    remotePeerId,
    signer: core.options.signer,
    onStale: ({ hello, validator }) =>
      core.options.onStale?.({ peerId: remotePeerId, validator, forkId: hello.forkId }),
    admit: (remote) => admit(core, candidate, remote),
  }
  const pipe = {
    send: (...parts: readonly Uint8Array[]) => {
      if (stream.writeStatus === 'writable') stream.send(encodeFrame(...parts))
    },
    receive: () => reader.next(signal),
  }
  const verdict = await shakeHands(pipe, side)
  await stream.close({ signal }).catch((error: Error) => stream.abort(error))
  return verdict
}

/** what {@link isBetterSession} compares */
export interface SessionView {
  readonly peerId: string
  readonly instance: string
  readonly info: { readonly inbound: boolean }
  readonly connection: { readonly status: string }
}

/**
 * Which of two sessions of one peer stays. Both sides must choose alike: the connection dialled by
 * the smaller peer id; of two dialled by one side the later, because a side that dials again has
 * lost the former. A peer that restarted (another instance) has surely lost the former, too.
 */
export function isBetterSession(
  ownPeerId: string,
  next: SessionView,
  present: SessionView,
): boolean {
  const dialledBySmaller = (session: SessionView): boolean =>
    session.info.inbound === ownPeerId > session.peerId
  if (next.instance !== present.instance) return true
  if (next.info.inbound === present.info.inbound) return true
  return dialledBySmaller(next) || present.connection.status !== 'open'
}
