/**
 * The one place that builds libp2p: TCP, noise, yamux and gossipsub with our bounds. Identify is
 * replaced: gossip meets a peer only after our own handshake admitted it (docs/adr/0051).
 */
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { type GossipSub, gossipsub, StrictNoSign } from '@libp2p/gossipsub'
import { tcp } from '@libp2p/tcp'
import { keccak256, VecheError } from '@veche/primitives'
import { createLibp2p, type Libp2p, type Libp2pInit } from 'libp2p'
import {
  DIAL_TIMEOUT_MS,
  GOSSIP_ENVELOPE_BYTES_MAX,
  GOSSIP_HEARTBEAT_MS,
  GOSSIP_OUTBOUND_BYTES_MAX,
  GOSSIP_SEEN_MS,
  PING_INTERVAL_MS,
  PING_TIMEOUT_MS,
  STREAM_WINDOW_BYTES_MAX,
  STREAMS_PER_PEER_MAX,
  TRANSACTIONS_MESSAGE_BYTES_MAX,
  UPGRADE_TIMEOUT_MS,
} from './limits.ts'
import { nodeKeyToPrivateKey } from './node-key.ts'
import type { NetworkOptions } from './options.ts'
import { relaxWindow } from './tuning.ts'

export type Host = Libp2p<HostServices>
export type Connection = ReturnType<Host['getConnections']>[number]
export type Stream = Connection['streams'][number]
export type PeerId = Connection['remotePeer']
export type Gater = NonNullable<Libp2pInit['connectionGater']>
export type PrivateKey = Awaited<ReturnType<typeof nodeKeyToPrivateKey>>

/** the part of libp2p's registrar that brings peers to gossipsub */
interface Topology {
  onConnect?(peer: PeerId, connection: Connection): void | Promise<void>
  onDisconnect?(peer: PeerId): void | Promise<void>
}
type Handler = (stream: Stream, connection: Connection) => void | Promise<void>
interface Registrar {
  getTopologies(protocol: string): readonly Topology[]
  getHandler(protocol: string): { handler: Handler; options: Record<string, unknown> }
}

/** Introduces admitted peers to gossipsub, in the place where libp2p would use identify. */
export interface GossipDoor {
  introduce(peer: PeerId, connection: Connection): void
  dismiss(peer: PeerId): void
  /** puts `guard` before gossipsub's own stream handlers; call after the host started */
  guard(guard: (connection: Connection) => Promise<boolean>): Promise<void>
}

type HostServices = {
  gossip: GossipSub
  door: { readonly registrar: Registrar }
}

const CAPABILITIES = Symbol.for('@libp2p/service-capabilities')

function createDoorService(components: { registrar: unknown }): HostServices['door'] {
  // gossipsub asks for identify to be present; the door does what it needs identify for
  return Object.assign(
    { registrar: components.registrar as Registrar },
    { [CAPABILITIES]: ['@libp2p/identify'] },
  )
}

/** The door of a host. Failures inside gossipsub go to `onFailure`. */
export function createGossipDoor(host: Host, onFailure: (reason: string) => void): GossipDoor {
  const { gossip, door } = host.services
  const first = gossip.protocols[0] ?? ''
  const run = (call: (topology: Topology) => void | Promise<void> | undefined): void => {
    for (const topology of door.registrar.getTopologies(first))
      Promise.resolve(call(topology)).catch((error: unknown) => onFailure(String(error)))
  }
  return {
    introduce: (peer, connection) => run((topology) => topology.onConnect?.(peer, connection)),
    dismiss: (peer) => run((topology) => topology.onDisconnect?.(peer)),
    async guard(guard) {
      for (const protocol of gossip.protocols) {
        const { handler, options } = door.registrar.getHandler(protocol)
        await host.handle(
          protocol,
          async (stream, connection) => {
            if (await guard(connection)) {
              relaxWindow(stream)
              await handler(stream, connection)
            } else
              stream.abort(new VecheError('PEER_NOT_ADMITTED', 'a finished handshake expected'))
          },
          { ...options, maxInboundStreams: 2, force: true },
        )
      }
    },
  }
}

export interface HostInit {
  readonly options: NetworkOptions
  readonly privateKey: PrivateKey
  readonly topic: string
  readonly gater: Gater
  /** score of a peer, 0 or less, mixed into gossipsub's own */
  readonly score: (peerId: string) => number
}

function createGossip({ topic, score }: HostInit) {
  const bytesMax = TRANSACTIONS_MESSAGE_BYTES_MAX + GOSSIP_ENVELOPE_BYTES_MAX
  return gossipsub({
    globalSignaturePolicy: StrictNoSign,
    msgIdFn: (message) => keccak256(message.data),
    allowedTopics: [topic],
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    emitSelf: false,
    floodPublish: true,
    batchPublish: true,
    doPX: false,
    tagMeshPeers: false,
    fallbackToFloodsub: false,
    // with reach lists few copies are sent; announcing small messages costs more than a copy
    idontwantMinDataSize: 65_536,
    heartbeatInterval: GOSSIP_HEARTBEAT_MS,
    seenTTL: GOSSIP_SEEN_MS,
    maxInboundStreams: 2,
    maxOutboundStreams: 2,
    maxInboundDataLength: 4 * bytesMax,
    maxOutboundBufferSize: GOSSIP_OUTBOUND_BYTES_MAX,
    decodeRpcLimits: {
      maxSubscriptions: 16,
      maxMessages: 256,
      maxIhaveMessageIDs: 2_000,
      maxIwantMessageIDs: 2_000,
      maxControlMessages: 64,
      maxIdontwantMessageIDs: 512,
      maxPeerInfos: 1,
    },
    scoreParams: {
      appSpecificScore: score,
      appSpecificWeight: 1,
      // sockets per address are counted by our own quota; a city in a box is one address
      IPColocationFactorWeight: 0,
    },
  })
}

/** Builds the host, not yet started. Listening failures surface in its `start`. */
export async function createHost(init: HostInit): Promise<Host> {
  const { options, privateKey, gater } = init
  const addresses = {
    listen: [...options.listenAddresses],
    ...(options.announceAddresses === undefined
      ? {}
      : { announce: [...options.announceAddresses] }),
  }
  return createLibp2p<HostServices>({
    start: false,
    privateKey,
    addresses,
    connectionGater: gater,
    transports: [tcp({ backlog: 128 })],
    connectionEncrypters: [noise()],
    streamMuxers: [
      yamux({
        maxInboundStreams: STREAMS_PER_PEER_MAX,
        maxOutboundStreams: STREAMS_PER_PEER_MAX,
        streamOptions: {
          maxStreamWindowSize: STREAM_WINDOW_BYTES_MAX,
          maxReadBufferLength: 4 * STREAM_WINDOW_BYTES_MAX,
        },
      }),
    ],
    connectionManager: {
      // our own quota decides (quota.ts); libp2p's limits only have to be out of its way
      maxConnections: 10_000,
      inboundConnectionThreshold: 10_000,
      maxIncomingPendingConnections: 10_000,
      inboundUpgradeTimeout: UPGRADE_TIMEOUT_MS,
      inboundStreamProtocolNegotiationTimeout: UPGRADE_TIMEOUT_MS,
      outboundStreamProtocolNegotiationTimeout: UPGRADE_TIMEOUT_MS,
      dialTimeout: DIAL_TIMEOUT_MS,
      addressDialTimeout: DIAL_TIMEOUT_MS,
      reconnectRetries: 0,
    },
    connectionMonitor: {
      pingInterval: PING_INTERVAL_MS,
      pingTimeout: { minTimeout: PING_TIMEOUT_MS },
    },
    services: { door: createDoorService, gossip: createGossip(init) },
  })
}

/** The Ed25519 key of a node as libp2p holds it. */
export async function loadPrivateKey(options: NetworkOptions): Promise<PrivateKey> {
  return nodeKeyToPrivateKey(options.nodeKey)
}
