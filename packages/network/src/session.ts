/**
 * One admitted connection: who the peer is, the channels we send on, and the buckets that bound
 * what we read. The network keeps one session for each peer.
 */
import type { Address, Clock, Hash, Hex, PeerInfo } from '@veche/primitives'
import { reachName } from './batch.ts'
import { createOutChannel, type OutChannel } from './channel.ts'
import type { ForkId } from './fork-id.ts'
import type { RemoteSide } from './handshake.ts'
import type { Connection } from './host.ts'
import {
  BLOCKS_QUEUE_BYTES_MAX,
  BLOCKS_QUEUE_COUNT_MAX,
  BLOCKS_RATE,
  CLOCK_QUEUE_BYTES_MAX,
  CLOCK_QUEUE_COUNT_MAX,
  CLOCK_RATE,
  CONSENSUS_QUEUE_BYTES_MAX,
  CONSENSUS_QUEUE_COUNT_MAX,
  CONSENSUS_RATE,
  RECORDS_QUEUE_BYTES_MAX,
  RECORDS_QUEUE_COUNT_MAX,
  RECORDS_RATE,
  REQUEST_RATE,
  TRANSACTIONS_RATE,
} from './limits.ts'
import { createPeerClock, type PeerClock } from './peer-clock.ts'
import { createSlots, type Slots } from './request.ts'
import { createTokenBucket, type TokenBucket } from './token-bucket.ts'

export interface Protocols {
  readonly handshake: string
  readonly consensus: string
  readonly blocks: string
  readonly records: string
  readonly request: string
  readonly clock: string
  /** gossipsub topic */
  readonly transactions: string
}

/** The protocol ids of one chain. */
export function createProtocols(prefix: string): Protocols {
  return {
    handshake: `${prefix}/handshake/1`,
    consensus: `${prefix}/consensus/1`,
    blocks: `${prefix}/blocks/1`,
    records: `${prefix}/records/1`,
    request: `${prefix}/request/1`,
    clock: `${prefix}/clock/1`,
    transactions: `${prefix}/transactions/1`,
  }
}

export interface Session {
  readonly connection: Connection
  readonly peerId: string
  readonly validator: Address | undefined
  /** its short name in reach lists */
  readonly reachName: Hex
  /** changes when the peer restarts */
  readonly instance: string
  /** what the peer said of its forks; judged again when the head moves */
  readonly forkId: ForkId
  /** the newest protocol that both speak */
  readonly protocolVersion: number
  /** what the port shows; a fresh value after each head update */
  info: PeerInfo
  readonly out: {
    readonly consensus: OutChannel
    readonly blocks: OutChannel
    readonly records: OutChannel
    readonly clock: OutChannel
  }
  readonly buckets: {
    readonly consensus: TokenBucket
    readonly blocks: TokenBucket
    readonly records: TokenBucket
    readonly request: TokenBucket
    readonly clock: TokenBucket
    readonly transactions: TokenBucket
  }
  /** requests we answer for the peer, and requests we have under way to it */
  readonly answering: Slots
  readonly asking: Slots
  /** asks the peer for its clock once started */
  readonly peerClock: PeerClock
  close(): void
}

export interface SessionInit {
  readonly connection: Connection
  readonly remote: RemoteSide
  readonly protocols: Protocols
  readonly clock: Clock
  readonly onChannelFailure: (protocol: string, reason: string) => void
}

function createOut(init: SessionInit): Session['out'] {
  const { connection, protocols } = init
  const channel = (protocol: string, bounds: Parameters<typeof createOutChannel>[0]['bounds']) =>
    createOutChannel({
      open: () => connection.newStream(protocol),
      bounds,
      onFailure: (reason) => init.onChannelFailure(protocol, reason),
    })
  return {
    consensus: channel(protocols.consensus, {
      bytesMax: CONSENSUS_QUEUE_BYTES_MAX,
      countMax: CONSENSUS_QUEUE_COUNT_MAX,
      overflow: 'refuse',
    }),
    blocks: channel(protocols.blocks, {
      bytesMax: BLOCKS_QUEUE_BYTES_MAX,
      countMax: BLOCKS_QUEUE_COUNT_MAX,
      overflow: 'drop-oldest',
    }),
    records: channel(protocols.records, {
      bytesMax: RECORDS_QUEUE_BYTES_MAX,
      countMax: RECORDS_QUEUE_COUNT_MAX,
      overflow: 'drop-oldest',
    }),
    clock: channel(protocols.clock, {
      bytesMax: CLOCK_QUEUE_BYTES_MAX,
      countMax: CLOCK_QUEUE_COUNT_MAX,
      overflow: 'drop-oldest',
    }),
  }
}

/** What the port shows of a peer. */
export function createPeerInfo(connection: Connection, remote: RemoteSide): PeerInfo {
  const base = {
    peerId: connection.remotePeer.toString(),
    address: connection.remoteAddr.toString(),
    agent: remote.hello.agent,
    head: remote.hello.head,
    inbound: connection.direction === 'inbound',
  }
  return remote.validator === undefined ? base : { ...base, validator: remote.validator }
}

/** Creates the session of a connection whose handshake succeeded. Opens no stream yet. */
export function createSession(init: SessionInit): Session {
  const { clock } = init
  const out = createOut(init)
  const peerId = init.connection.remotePeer.toString()
  const session: Session = {
    connection: init.connection,
    peerId,
    reachName: reachName(peerId),
    validator: init.remote.validator,
    instance: init.remote.hello.instance,
    forkId: init.remote.hello.forkId,
    protocolVersion: init.remote.protocolVersion,
    info: createPeerInfo(init.connection, init.remote),
    out,
    buckets: {
      consensus: createTokenBucket(CONSENSUS_RATE, clock),
      blocks: createTokenBucket(BLOCKS_RATE, clock),
      records: createTokenBucket(RECORDS_RATE, clock),
      request: createTokenBucket(REQUEST_RATE, clock),
      clock: createTokenBucket(CLOCK_RATE, clock),
      transactions: createTokenBucket(TRANSACTIONS_RATE, clock),
    },
    answering: createSlots(),
    asking: createSlots(),
    peerClock: createPeerClock({
      clock,
      send: (frame) => void out.clock.push(frame),
      onEstimate: (estimate) => {
        session.info = { ...session.info, clock: estimate }
      },
      later: (task, ms) => {
        const timer = setTimeout(task, ms).unref()
        return () => clearTimeout(timer)
      },
    }),
    close() {
      session.peerClock.close()
      for (const channel of Object.values(out)) channel.close()
    },
  }
  return session
}

/** A session's info with another head. */
export function withHead(
  info: PeerInfo,
  head: { readonly number: number; readonly hash: Hash },
): PeerInfo {
  return { ...info, head }
}
