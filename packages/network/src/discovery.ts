/**
 * Finding and keeping peers: exchanges signed address records with every admitted peer, and dials
 * bootnodes and validators until they are there.
 */
import { peerIdFromString } from '@libp2p/peer-id'
import { keccakHex, type Refusal } from '@veche/primitives'
import { type Core, penalize } from './core.ts'
import { createDialPlan, type DialTarget } from './dial-plan.ts'
import { encodeFrame } from './frame.ts'
import {
  DIAL_TIMEOUT_MS,
  OBSERVER_PEERS_WANTED,
  RECORDS_MAX,
  REDIAL_MISMATCH_MS,
} from './limits.ts'
import { areDialable, decodeRecord, type SignedRecord, signRecord } from './record.ts'
import { createRecordStore } from './record-store.ts'
import type { Session } from './session.ts'

export interface Discovery {
  start(): Promise<void>
  stop(): void
  onAdmitted(session: Session): void
  onLost(peerId: string): void
  onTurnedAway(peerId: string, refusal: Refusal): void
  onRecord(from: Session, bytes: Uint8Array): Promise<void>
  onValidators(): void
  /** whether this peer is one we dial by ourselves */
  isTarget(peerId: string): boolean
}

/** refusals that time alone does not cure */
const LASTING = new Set([
  'PEER_TOO_OLD',
  'PEER_WRONG_CHAIN',
  'PEER_WRONG_GENESIS',
  'PEER_WRONG_FORK',
  'PEER_REFUSED_US',
  'PEER_PROOF_INVALID',
])

export interface DiscoveryInit {
  readonly core: Core
  readonly bootnodes: readonly DialTarget[]
  /** dials one target and resolves once its handshake ended well */
  readonly dial: (target: DialTarget, signal: AbortSignal) => Promise<void>
}

/** Creates the discovery of a network; nothing is dialled before `start`. */
export function createDiscovery({ core, bootnodes, dial }: DiscoveryInit): Discovery {
  const store = createRecordStore()
  const plan = createDialPlan({ clock: core.clock, random: Math.random })
  /** hashes of records seen lately, to check signatures once */
  const seen = new Set<string>()
  let own: SignedRecord | undefined
  let timer: NodeJS.Timeout | undefined

  const remember = (bytes: Uint8Array): boolean => {
    const hash = keccakHex(bytes)
    if (seen.has(hash)) return false
    seen.add(hash)
    if (seen.size > 2 * RECORDS_MAX) {
      const oldest = seen.values().next()
      if (oldest.done === false) seen.delete(oldest.value)
    }
    return true
  }

  const signOwn = async (seq: number): Promise<void> => {
    const { signer } = core.options
    const addresses = core.host
      .getMultiaddrs()
      .map((address) => address.toString().replace(/\/p2p\/.*$/, ''))
      .filter((address) => areDialable([address]))
      .slice(0, 8)
    const base = { peerId: core.peerId, addresses, seq }
    own = await signRecord(
      core.chain,
      signer === undefined ? base : { ...base, validator: signer.address },
      {
        signWithNodeKey: async (message) => core.privateKey.sign(message),
        ...(signer === undefined ? {} : { validator: signer }),
      },
    )
    remember(own.bytes)
  }

  const refreshTargets = (): void => {
    const known = core.options.signer === undefined ? store.all() : store.ofValidators()
    const dialable = known.filter(
      (record) => record.peerId !== core.peerId && record.addresses.length > 0,
    )
    const chosen =
      core.options.signer === undefined ? dialable.slice(0, OBSERVER_PEERS_WANTED) : dialable
    const targets = new Map<string, DialTarget>()
    for (const target of [...chosen, ...bootnodes]) targets.set(target.peerId, target)
    plan.setTargets([...targets.values()])
    for (const peerId of core.sessions.keys()) plan.connected(peerId)
    schedule()
  }

  const dialOne = async (target: DialTarget): Promise<void> => {
    try {
      await dial(target, AbortSignal.timeout(DIAL_TIMEOUT_MS))
    } catch (error) {
      core.log('debug', 'dial failed', {
        code: 'DIAL_FAILED',
        peerId: target.peerId,
        error: String(error),
      })
    }
    if (core.sessions.has(target.peerId)) plan.connected(target.peerId)
    else plan.failed(target.peerId, pauses.get(target.peerId))
    pauses.delete(target.peerId)
    schedule()
  }
  /** pauses asked for by the refusals of peers being dialled */
  const pauses = new Map<string, number>()

  const schedule = (): void => {
    clearTimeout(timer)
    const waitMs = core.stopping ? undefined : plan.waitMs()
    if (waitMs === undefined) return
    timer = setTimeout(() => {
      for (const target of plan.takeDue()) void dialOne(target)
      schedule()
    }, waitMs)
    timer.unref()
  }

  const spread = (record: SignedRecord, except?: string): void => {
    const frame = encodeFrame(record.bytes)
    for (const session of core.sessions.values())
      if (session.peerId !== except) session.out.records.push(frame)
  }

  return {
    async start() {
      await signOwn(core.clock.nowMs())
      refreshTargets()
    },
    stop() {
      clearTimeout(timer)
    },
    onAdmitted(session) {
      plan.connected(session.peerId)
      const records = own === undefined ? store.all() : [own, ...store.all()]
      for (const record of records)
        if (record.peerId !== session.peerId) session.out.records.push(encodeFrame(record.bytes))
    },
    onLost(peerId) {
      plan.lost(peerId)
      schedule()
    },
    onTurnedAway(peerId, refusal) {
      if (plan.has(peerId) && LASTING.has(refusal.code)) pauses.set(peerId, REDIAL_MISMATCH_MS)
    },
    async onRecord(from, bytes) {
      if (!remember(bytes)) return
      const decoded = await decodeRecord(core.chain, bytes)
      if (!decoded.ok) {
        penalize(core, from.peerId, decoded.code)
        return
      }
      const record = decoded.value
      if (record.peerId === core.peerId) {
        // our clock went back since we signed it: be newer than our own past
        if (own !== undefined && record.seq >= own.seq) {
          await signOwn(record.seq + 1)
          spread(own)
        }
        return
      }
      if (!store.add(record)) return
      spread(record, from.peerId)
      refreshTargets()
    },
    onValidators() {
      store.setValidators(core.validators)
      refreshTargets()
    },
    isTarget: (peerId) => plan.has(peerId),
  }
}

/** A dial target from a multiaddr with `/p2p/<peer id>`, or undefined when it is none. */
export function parseTarget(address: string): DialTarget | undefined {
  const match = /^(\/.+)\/p2p\/([1-9A-HJ-NP-Za-km-z]+)$/.exec(address.trim())
  const [, transport, peerId] = match ?? []
  if (transport === undefined || peerId === undefined) return undefined
  try {
    peerIdFromString(peerId)
  } catch {
    // the parser throws on foreign text: that is the answer
    return undefined
  }
  return areDialable([transport]) ? { peerId, addresses: [transport] } : undefined
}
