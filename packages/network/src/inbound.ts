/**
 * What peers may open towards us: one handler for each protocol. Every handler first waits for the
 * connection's handshake, bounds what it reads, and never throws into libp2p.
 */
import { refuse } from '@veche/primitives'
import type { Admission } from './admission.ts'
import { readChannel } from './channel.ts'
import { type Core, guarded, handlerFailed, penalize } from './core.ts'
import type { Discovery } from './discovery.ts'
import type { Connection, Stream } from './host.ts'
import { CLOCK_FRAME_BYTES_MAX, CONSENSUS_WINDOW_BYTES_MAX, RECORD_BYTES_MAX } from './limits.ts'
import { decodeClockMessage, encodeClockAnswer } from './peer-clock.ts'
import { answerOne } from './request.ts'
import { type Session, withHead } from './session.ts'
import { BLOCKS_FRAME_BYTES_MAX, decodeBlocksMessage } from './wire.ts'

export interface InboundParts {
  readonly admission: Admission
  readonly discovery: Discovery
}

type Serve = (core: Core, session: Session, stream: Stream) => void

/** the newest info of a session's peer */
function infoOf(core: Core, session: Session): Session['info'] {
  return core.sessions.get(session.peerId)?.info ?? session.info
}

function serveConsensus(core: Core, session: Session, stream: Stream): void {
  const { validator } = session
  if (validator === undefined) {
    penalize(core, session.peerId, 'PEER_NOT_VALIDATOR')
    stream.abort(new DOMException('a proven validator key expected', 'AbortError'))
    return
  }
  readChannel(stream, {
    frameBytesMax: core.consensusBytesMax,
    windowBytesMax: CONSENSUS_WINDOW_BYTES_MAX,
    bucket: session.buckets.consensus,
    onMalformed: () => penalize(core, session.peerId, 'PEER_MALFORMED'),
    onFrame: (frame) => {
      // a key outside the present set may join soon: its stream stays, its messages wait for the
      // set
      if (!core.validators.has(validator)) return
      guarded(core, 'onConsensus', (handlers) => handlers.onConsensus(infoOf(core, session), frame))
    },
  })
}

function serveBlocks(core: Core, session: Session, stream: Stream): void {
  readChannel(stream, {
    frameBytesMax: BLOCKS_FRAME_BYTES_MAX,
    bucket: session.buckets.blocks,
    onMalformed: () => penalize(core, session.peerId, 'PEER_MALFORMED'),
    onFrame: (frame) => {
      const message = decodeBlocksMessage(frame)
      if (!message.ok) penalize(core, session.peerId, message.code)
      else if (message.value.kind === 'head') {
        const present = core.sessions.get(session.peerId) ?? session
        present.info = withHead(present.info, message.value.head)
      } else {
        const { block } = message.value
        guarded(core, 'onBlock', (handlers) => handlers.onBlock(infoOf(core, session), block))
      }
    },
  })
}

function serveRecords(discovery: Discovery): Serve {
  return (core, session, stream) =>
    readChannel(stream, {
      frameBytesMax: RECORD_BYTES_MAX,
      bucket: session.buckets.records,
      onMalformed: () => penalize(core, session.peerId, 'PEER_MALFORMED'),
      onFrame: (frame) => {
        discovery
          .onRecord(session, frame)
          .catch((error: unknown) => handlerFailed(core, 'onRecord', error))
      },
    })
}

function serveClock(core: Core, session: Session, stream: Stream): void {
  readChannel(stream, {
    frameBytesMax: CLOCK_FRAME_BYTES_MAX,
    bucket: session.buckets.clock,
    onMalformed: () => penalize(core, session.peerId, 'PEER_MALFORMED'),
    onFrame: (frame) => {
      const heardMs = core.clock.nowMs()
      const message = decodeClockMessage(frame)
      if (!message.ok) penalize(core, session.peerId, message.code)
      else if (message.value.kind === 'answer') session.peerClock.onAnswer(message.value)
      else session.out.clock.push(encodeClockAnswer(message.value.id, heardMs, core.clock.nowMs()))
    },
  })
}

function serveRequest(core: Core, session: Session, stream: Stream): void {
  const signal = AbortSignal.timeout(core.quota.requestTimeoutMs)
  let taken = false
  const work = answerOne(stream, {
    signal,
    onMalformed: () => penalize(core, session.peerId, 'PEER_MALFORMED'),
    admit: (bytes) => {
      if (core.handlers === undefined || core.stopping)
        return refuse('PEER_STOPPING', 'this node does not answer now')
      if (!session.buckets.request.take(bytes))
        return refuse('PEER_FLOODS', 'fewer requests expected')
      taken = session.answering.tryTake()
      return taken ? undefined : refuse('PEER_BUSY', 'fewer requests at once expected')
    },
    answer: async ({ kind, payload }) => {
      const { handlers } = core
      return handlers === undefined ? [] : handlers.onRequest(infoOf(core, session), kind, payload)
    },
  })
  work
    .catch((error: unknown) => {
      stream.abort(new DOMException('request failed', 'AbortError'))
      // a peer that hung up is no failure of ours
      if (!signal.aborted && stream.status !== 'reset' && session.connection.status === 'open')
        handlerFailed(core, 'onRequest', error)
    })
    .finally(() => {
      if (taken) session.answering.free()
    })
}

/** Registers the handlers of every protocol with the host. */
export async function serveInbound(core: Core, parts: InboundParts): Promise<void> {
  const { host, protocols } = core
  const { admission, discovery } = parts

  const admitted =
    (serve: Serve) =>
    async (stream: Stream, connection: Connection): Promise<void> => {
      try {
        const session = await admission.session(connection)
        if (session === undefined)
          stream.abort(new DOMException('a finished handshake expected', 'AbortError'))
        else serve(core, session, stream)
      } catch (error) {
        handlerFailed(core, 'inbound stream', error)
      }
    }

  await host.handle(
    protocols.handshake,
    (stream, connection) => admission.onHandshakeStream(stream, connection),
    { maxInboundStreams: 1, maxOutboundStreams: 1 },
  )
  const longLived = { maxInboundStreams: 2, maxOutboundStreams: 2 }
  await host.handle(protocols.consensus, admitted(serveConsensus), longLived)
  await host.handle(protocols.blocks, admitted(serveBlocks), longLived)
  await host.handle(protocols.records, admitted(serveRecords(discovery)), longLived)
  await host.handle(protocols.clock, admitted(serveClock), longLived)
  await host.handle(protocols.request, admitted(serveRequest), {
    maxInboundStreams: 16,
    maxOutboundStreams: 16,
  })
}
