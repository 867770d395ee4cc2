/**
 * Finding and keeping peers: exchanges signed address records with every admitted peer, and dials
 * bootnodes and validators until they are there.
 */
import { peerIdFromString } from '@libp2p/peer-id'
import { keccakHex, type Refusal } from '@veche/primitives'
import { type Core, penalize } from './core.ts'
import { createDialPlan, type DialPlan, type DialTarget } from './dial-plan.ts'
import { encodeFrame } from './frame.ts'
import {
  DIAL_TIMEOUT_MS,
  OBSERVER_PEERS_WANTED,
  RECORD_ADDRESSES_MAX,
  RECORDS_MAX,
  REDIAL_MISMATCH_MS,
} from './limits.ts'
import { areDialable, decodeRecord, type SignedRecord, signRecord } from './record.ts'
import { createRecordStore, type RecordStore } from './record-store.ts'
import type { Session } from './session.ts'

export interface Discovery {
  start(): Promise<void>
  stop(): void
  onAdmitted(session: Session): void
  onLost(peerId: string): void
  onTurnedAway(peerId: string, refusal: Refusal): void
  onRecord(from: Session, bytes: Uint8Array): Promise<void>
  onValidators(): void
}

/** refusals that time alone does not cure */
const LASTING = new Set([
  'PEER_TOO_OLD',
  'PEER_TOO_NEW',
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

/** Remembers the hashes of records seen lately, so that signatures are checked once. */
function createSeen(): { isNew(bytes: Uint8Array): boolean } {
  const hashes = new Set<string>()
  return {
    isNew(bytes) {
      const hash = keccakHex(bytes)
      if (hashes.has(hash)) return false
      hashes.add(hash)
      if (hashes.size > 2 * RECORDS_MAX) {
        const oldest = hashes.values().next()
        if (oldest.done === false) hashes.delete(oldest.value)
      }
      return true
    },
  }
}

/** Signs the record of this node: where it listens and which key it holds. */
async function signOwnRecord(core: Core, seq: number): Promise<SignedRecord> {
  const { signer } = core.options
  const addresses = core.host
    .getMultiaddrs()
    .map((address) => address.toString().replace(/\/p2p\/.*$/, ''))
    .filter((address) => areDialable([address]))
    .slice(0, RECORD_ADDRESSES_MAX)
  const base = { peerId: core.peerId, addresses, seq }
  return signRecord(
    core.chain,
    signer === undefined ? base : { ...base, validator: signer.address },
    {
      signWithNodeKey: async (message) => core.privateKey.sign(message),
      ...(signer === undefined ? {} : { validator: signer }),
    },
  )
}

interface DialLoop {
  readonly plan: DialPlan
  /** looks at the plan again, after it changed */
  schedule(): void
  /** the pause that a refusal asks for, while its dial is under way */
  setPause(peerId: string, pauseMs: number): void
  stop(): void
}

/** Dials what the plan says when the plan says so. */
function createDialLoop({ core, dial }: DiscoveryInit): DialLoop {
  const plan = createDialPlan({ clock: core.clock, random: Math.random })
  const pauses = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined

  const dialOne = async (target: DialTarget): Promise<void> => {
    const { peerId } = target
    try {
      await dial(target, AbortSignal.timeout(DIAL_TIMEOUT_MS))
    } catch (error) {
      core.log('debug', 'dial failed', { code: 'DIAL_FAILED', peerId, error: String(error) })
    }
    if (core.sessions.has(peerId)) plan.connected(peerId)
    else plan.failed(peerId, pauses.get(peerId))
    pauses.delete(peerId)
    schedule()
  }

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

  return {
    plan,
    schedule,
    setPause: (peerId, pauseMs) => void pauses.set(peerId, pauseMs),
    stop: () => clearTimeout(timer),
  }
}

/**
 * Whom a node keeps dialling: a validator every validator of the set, an observer a few of the
 * peers it knows; both their bootnodes.
 */
function chooseTargets(core: Core, store: RecordStore, bootnodes: readonly DialTarget[]) {
  const isObserver = core.options.signer === undefined
  const known = isObserver ? store.all() : store.ofValidators()
  const dialable = known.filter(
    (record) => record.peerId !== core.peerId && record.addresses.length > 0,
  )
  const chosen = isObserver ? dialable.slice(0, OBSERVER_PEERS_WANTED) : dialable
  const targets = new Map<string, DialTarget>()
  for (const target of [...chosen, ...bootnodes]) targets.set(target.peerId, target)
  return [...targets.values()]
}

/** Creates the discovery of a network; nothing is dialled before `start`. */
export function createDiscovery(init: DiscoveryInit): Discovery {
  const { core, bootnodes } = init
  const store = createRecordStore()
  const seen = createSeen()
  const loop = createDialLoop(init)
  let own: SignedRecord | undefined

  const refreshTargets = (): void => {
    loop.plan.setTargets(chooseTargets(core, store, bootnodes))
    for (const peerId of core.sessions.keys()) loop.plan.connected(peerId)
    loop.schedule()
  }
  const spread = (record: SignedRecord, except?: string): void => {
    const frame = encodeFrame(record.bytes)
    for (const session of core.sessions.values())
      if (session.peerId !== except) session.out.records.push(frame)
  }
  /** somebody knows a later record of ours: our clock went back, so be newer than our own past */
  const outdo = async (past: SignedRecord): Promise<void> => {
    if (own === undefined || past.seq < own.seq) return
    own = await signOwnRecord(core, past.seq + 1)
    spread(own)
  }

  return {
    async start() {
      own = await signOwnRecord(core, core.clock.nowMs())
      refreshTargets()
      // peers that came while it was signed
      spread(own)
    },
    stop: () => loop.stop(),
    onAdmitted(session) {
      loop.plan.connected(session.peerId)
      const records = own === undefined ? store.all() : [own, ...store.all()]
      for (const record of records)
        if (record.peerId !== session.peerId) session.out.records.push(encodeFrame(record.bytes))
    },
    onLost(peerId) {
      loop.plan.lost(peerId)
      loop.schedule()
    },
    onTurnedAway(peerId, refusal) {
      if (loop.plan.has(peerId) && LASTING.has(refusal.code))
        loop.setPause(peerId, REDIAL_MISMATCH_MS)
    },
    async onRecord(from, bytes) {
      if (!seen.isNew(bytes)) return
      const decoded = await decodeRecord(core.chain, bytes)
      if (!decoded.ok) return penalize(core, from.peerId, decoded.code)
      const record = decoded.value
      if (record.peerId === core.peerId) return outdo(record)
      if (!store.add(record)) return
      spread(record, from.peerId)
      refreshTargets()
    },
    onValidators() {
      store.setValidators(core.validators)
      refreshTargets()
    },
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
