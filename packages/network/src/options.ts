/** What a caller chooses for its network; shared by the libp2p adapter and the in-memory twin. */
import type { Address, Clock, Hash, Signer } from '@veche/primitives'
import type { ForkFilter, ForkId } from './fork-id.ts'
import {
  BAN_MS,
  BAN_VALIDATOR_MS,
  CONSENSUS_MESSAGE_BYTES_MAX,
  HANDSHAKE_TIMEOUT_MS,
  REQUEST_TIMEOUT_MS,
} from './limits.ts'
import type { NodeKey } from './node-key.ts'
import { defaultQuotaLimits, type QuotaLimits } from './quota.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Facts hold names and numbers, never keys. */
export type NetworkLogger = (
  level: LogLevel,
  message: string,
  facts: Readonly<Record<string, unknown>>,
) => void

/** Whose forks this node does not know. */
export interface StalePeer {
  readonly peerId: string
  /** proven validator key, when the peer proved one */
  readonly validator: Address | undefined
  readonly forkId: ForkId
}

export interface NetworkOptions {
  readonly nodeKey: NodeKey
  /** multiaddrs to listen on, such as `/ip4/0.0.0.0/tcp/30303`; none for a node that only dials */
  readonly listenAddresses: readonly string[]
  /** multiaddrs told to others instead of the ones listened on (behind NAT or a sentry) */
  readonly announceAddresses?: readonly string[]
  /** multiaddrs with `/p2p/<peer id>` that are dialled for ever */
  readonly bootnodes?: readonly string[]
  readonly chainId: number
  readonly genesisHash: Hash
  /** what this node says of its forks, and how it judges what peers say */
  readonly forkId: ForkFilter
  /**
   * A peer follows a fork that this node does not know; the peer is turned away. Nothing but the
   * proven key makes the word of a stranger worth something.
   */
  readonly onStale?: (peer: StalePeer) => void
  /** the newest protocol this node speaks (default 1) */
  readonly protocolVersion?: number
  /** the oldest protocol it understands (default 1) */
  readonly protocolVersionMin?: number
  /**
   * bytes of the largest consensus message of this chain (default and most
   * `CONSENSUS_MESSAGE_BYTES_MAX`); a peer that announces more is malformed
   */
  readonly consensusBytesMax?: number
  /** the validator key to prove; absent on an observer */
  readonly signer?: Signer
  /** shown to peers and in their logs, printable ASCII of at most 96 characters */
  readonly agent?: string
  /** each has a default in limits.ts */
  readonly quota?: Partial<QuotaOptions>
  readonly clock?: Clock
  readonly logger?: NetworkLogger
}

/** Bounds an operator may set. */
export interface QuotaOptions extends QuotaLimits {
  readonly handshakeTimeoutMs: number
  readonly requestTimeoutMs: number
  /** how long a peer stays banned, and a validator of the set */
  readonly banMs: number
  readonly banValidatorMs: number
}

/** The bounds in force: the defaults with what the operator set. */
export function resolveQuota(quota: Partial<QuotaOptions> = {}): QuotaOptions {
  return {
    ...defaultQuotaLimits,
    handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    banMs: BAN_MS,
    banValidatorMs: BAN_VALIDATOR_MS,
    ...quota,
  }
}

/** Bytes of one consensus message, to and from. */
export function resolveConsensusBytes({ consensusBytesMax }: NetworkOptions): number {
  return Math.min(consensusBytesMax ?? CONSENSUS_MESSAGE_BYTES_MAX, CONSENSUS_MESSAGE_BYTES_MAX)
}

export const systemClock: Clock = { nowMs: () => Date.now() }

export function silentLogger(): void {
  // a network without a logger is silent by choice
}
