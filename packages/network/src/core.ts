/**
 * What every part of the libp2p adapter shares: identity, state told by the caller, open sessions.
 */
import { randomBytes } from 'node:crypto'
import {
  type Address,
  AssertionError,
  bytesToHex,
  type Clock,
  type Hex,
  type NetworkHandlers,
  ZERO_HASH,
} from '@veche/primitives'
import { type ChainIdentity, INSTANCE_BYTES, protocolPrefix } from './hello.ts'
import type { Host, PrivateKey } from './host.ts'
import {
  type NetworkLogger,
  type NetworkOptions,
  type QuotaOptions,
  resolveConsensusBytes,
  resolveQuota,
  silentLogger,
  systemClock,
} from './options.ts'
import { createScores, type Scores } from './score.ts'
import { createProtocols, type Protocols, type Session } from './session.ts'
import { createTokenBucket } from './token-bucket.ts'
import type { Head } from './wire.ts'

export interface Core {
  readonly options: NetworkOptions
  readonly quota: QuotaOptions
  /** of one consensus message, to and from */
  readonly consensusBytesMax: number
  readonly clock: Clock
  readonly log: NetworkLogger
  /** for events that strangers cause: at most a few a second are written */
  readonly logStranger: NetworkLogger
  readonly chain: ChainIdentity
  readonly protocols: Protocols
  readonly privateKey: PrivateKey
  readonly peerId: string
  /** 8 random bytes for this start */
  readonly instance: Hex
  readonly bootnodeIds: ReadonlySet<string>
  readonly scores: Scores
  /** one admitted session for each peer */
  readonly sessions: Map<string, Session>
  host: Host
  handlers: NetworkHandlers | undefined
  validators: ReadonlySet<Address>
  head: Head
  stopping: boolean
}

export interface CoreInit {
  readonly options: NetworkOptions
  readonly privateKey: PrivateKey
  readonly peerId: string
  readonly bootnodeIds: ReadonlySet<string>
}

/** strangers may cause this many log lines */
const STRANGER_LOG_RATE = {
  messagesPerSecond: 5,
  messagesBurst: 50,
  bytesPerSecond: 1_000,
  bytesBurst: 1_000,
} as const

/** The chain identity that options describe. */
export function chainIdentity(options: NetworkOptions): ChainIdentity {
  return {
    chainId: options.chainId,
    genesisHash: options.genesisHash,
    forkId: options.forkId,
    protocolVersion: options.protocolVersion ?? 1,
    protocolVersionMin: options.protocolVersionMin ?? 1,
  }
}

/** A fresh instance name for a node that starts. */
export function createInstance(): Hex {
  return bytesToHex(randomBytes(INSTANCE_BYTES))
}

/** Creates the shared state; the host is set by the caller before anything runs. */
export function createCore(init: CoreInit): Omit<Core, 'host'> {
  const { options } = init
  const clock = options.clock ?? systemClock
  const log = options.logger ?? silentLogger
  const bucket = createTokenBucket(STRANGER_LOG_RATE, systemClock)
  return {
    ...init,
    quota: resolveQuota(options.quota),
    consensusBytesMax: resolveConsensusBytes(options),
    clock,
    log,
    logStranger: (level, message, facts) => {
      if (bucket.take(0)) log(level, message, facts)
    },
    chain: chainIdentity(options),
    instance: createInstance(),
    protocols: createProtocols(protocolPrefix(options.genesisHash)),
    scores: createScores(clock),
    sessions: new Map(),
    handlers: undefined,
    validators: new Set(),
    head: { number: 0, hash: ZERO_HASH },
    stopping: false,
  }
}

/** Whether a peer keeps its place when strangers want it: bootnodes and validators of the set. */
export function isPrivileged(core: Core, peerId: string, validator: Address | undefined): boolean {
  return core.bootnodeIds.has(peerId) || (validator !== undefined && core.validators.has(validator))
}

/**
 * Calls into the caller's handlers from a libp2p callback. A failure is logged and ends here; a bug
 * (`AssertionError`) leaves libp2p's stack and stops the process, as STYLE.md wants.
 */
export function guarded(core: Core, name: string, call: (handlers: NetworkHandlers) => void): void {
  const { handlers } = core
  if (handlers === undefined || core.stopping) return
  try {
    call(handlers)
  } catch (error) {
    handlerFailed(core, name, error)
  }
}

/** The failure path of {@link guarded}, for handlers that answer with a promise. */
export function handlerFailed(core: Core, name: string, error: unknown): void {
  if (error instanceof AssertionError)
    setImmediate(() => {
      throw error
    })
  core.log('error', 'a network handler failed', {
    code: 'NETWORK_HANDLER_FAILED',
    handler: name,
    error: String(error),
  })
}

/** Lowers a peer's score; disconnects and bans it when it is too low. */
export function penalize(core: Core, peerId: string, code: string): void {
  if (!core.scores.penalize(peerId, code)) return
  const session = core.sessions.get(peerId)
  const inSet = session?.validator !== undefined && core.validators.has(session.validator)
  const durationMs = inSet
    ? Math.min(core.quota.banValidatorMs, core.quota.banMs)
    : core.quota.banMs
  core.scores.ban(peerId, durationMs)
  core.log('warn', 'peer banned', { code, peerId, durationMs, validator: session?.validator })
  session?.connection.abort(new DOMException(`banned: ${code}`, 'AbortError'))
}
