/**
 * The in-memory twin of the libp2p network: the same port, options and rules (handshake, proof,
 * validator set, scores, bounds on sizes), without sockets. Messages of one link arrive in order,
 * each in a later turn of the event loop. A hub can cut links, for tests of what sits above.
 */
import { randomBytes } from 'node:crypto'
import {
  type Address,
  assert,
  type Clock,
  type Network,
  type NetworkHandlers,
  type PeerInfo,
  refuse,
  VecheError,
} from '@veche/primitives'
import { createBatcher, decodeBatch, encodeBatch } from './batch.ts'
import { chainIdentity, createInstance } from './core.ts'
import type { ForkId } from './fork-id.ts'
import { type FramePipe, type RemoteSide, shakeHands } from './handshake.ts'
import { type ChainIdentity, checkFork, NONCE_BYTES } from './hello.ts'
import { REDIAL_MIN_MS, REQUEST_BYTES_MAX } from './limits.ts'
import { nodeKeyToPeerId } from './node-key.ts'
import {
  type NetworkLogger,
  type NetworkOptions,
  type QuotaOptions,
  resolveConsensusBytes,
  resolveQuota,
  silentLogger,
  systemClock,
} from './options.ts'
import { cutAnswer } from './request.ts'
import { createScores, type Scores } from './score.ts'
import type { Head } from './wire.ts'

export interface MemoryNetworkHub {
  /** Creates a network on this hub; it is reachable from its `start` until its `stop`. */
  createNetwork(options: NetworkOptions): Promise<Network>
  /** cuts the link of two peers, or lets it come back */
  setCut(peerA: string, peerB: string, cut: boolean): void
}

/** One node of the hub. */
interface Node {
  readonly peerId: string
  readonly options: NetworkOptions
  readonly chain: ChainIdentity
  readonly instance: ReturnType<typeof createInstance>
  readonly quota: QuotaOptions
  readonly clock: Clock
  readonly log: NetworkLogger
  readonly scores: Scores
  readonly links: Map<string, PeerInfo>
  /** what each linked peer said of its forks */
  readonly forks: Map<string, ForkId>
  /** peer id → proven validator key, learnt from peers as records are */
  readonly known: Map<string, Address | undefined>
  readonly bootnodes: ReadonlySet<string>
  handlers: NetworkHandlers | undefined
  validators: ReadonlySet<Address>
  head: Head
  running: boolean
  timer: NodeJS.Timeout | undefined
}

interface Hub {
  readonly nodes: Map<string, Node>
  readonly cuts: Set<string>
}

const ADDRESS_PREFIX = '/memory/'

function linkName(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`
}

/** Two connected pipes whose frames arrive in a later turn. */
function createPipePair(): readonly [FramePipe, FramePipe] {
  const queues: Uint8Array[][] = [[], []]
  const wakes: ((() => void) | undefined)[] = [undefined, undefined]
  const pipe = (own: number): FramePipe => ({
    send(...parts) {
      queues[1 - own]?.push(Uint8Array.from(parts.flatMap((part) => [...part])))
      wakes[1 - own]?.()
    },
    async receive() {
      const queue = queues[own] ?? []
      if (queue.length === 0)
        await new Promise<void>((resolve) => {
          wakes[own] = resolve
        })
      return queue.shift()
    },
  })
  return [pipe(0), pipe(1)]
}

function admit(node: Node, peerId: string): ReturnType<typeof refuse> | undefined {
  if (!node.running) return refuse('PEER_STOPPING', 'this node is stopping')
  if (node.scores.isBanned(peerId)) return refuse('PEER_BANNED', 'a peer without a ban expected')
  return undefined
}

function shake(node: Node, remotePeerId: string, pipe: FramePipe) {
  const { options, chain } = node
  return shakeHands(pipe, {
    chain,
    hello: {
      ...chain,
      forkId: chain.forkId.own(),
      head: node.head,
      agent: options.agent ?? 'veche',
      nonce: new Uint8Array(randomBytes(NONCE_BYTES)),
      instance: node.instance,
      role: options.signer === undefined ? 'observer' : 'validator',
    },
    ownPeerId: node.peerId,
    remotePeerId,
    signer: options.signer,
    onStale: ({ hello, validator }) =>
      options.onStale?.({ peerId: remotePeerId, validator, forkId: hello.forkId }),
    admit: () => admit(node, remotePeerId),
  })
}

function addLink(node: Node, peerId: string, remote: RemoteSide, inbound: boolean): void {
  const { validator, hello } = remote
  const base = { peerId, address: `${ADDRESS_PREFIX}${peerId}`, agent: hello.agent, inbound }
  const info: PeerInfo = { ...base, head: hello.head, ...(validator && { validator }) }
  node.links.set(peerId, info)
  node.known.set(peerId, validator)
  node.forks.set(peerId, hello.forkId)
  node.handlers?.onPeerConnected(info)
}

function dropLink(hub: Hub, a: string, b: string): void {
  for (const [own, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const node = hub.nodes.get(own)
    if (node?.links.delete(other) !== true) continue
    if (node.running) node.handlers?.onPeerDisconnected(other)
    redial(hub, node, REDIAL_MIN_MS)
  }
}

/** tells both what the other knows, and theirs what is new, as address records travel */
function spreadKnown(hub: Hub, node: Node): void {
  for (const peerId of node.links.keys()) {
    const peer = hub.nodes.get(peerId)
    if (peer === undefined) continue
    let news = false
    for (const [id, validator] of node.known) {
      if (id === peerId || peer.known.has(id)) continue
      peer.known.set(id, validator)
      news = true
    }
    if (news) {
      redial(hub, peer, 0)
      spreadKnown(hub, peer)
    }
  }
}

async function connect(hub: Hub, from: Node, peerId: string): Promise<void> {
  if (peerId === from.peerId || from.links.has(peerId)) return
  const to = hub.nodes.get(peerId)
  if (to?.running !== true || hub.cuts.has(linkName(from.peerId, peerId)))
    throw new VecheError('DIAL_FAILED', 'no such peer in reach', { facts: { peerId } })
  const [near, far] = createPipePair()
  const [ours, theirs] = await Promise.all([shake(from, peerId, near), shake(to, from.peerId, far)])
  for (const verdict of [ours, theirs]) {
    if (verdict.ok) continue
    const { code, reason } = verdict
    const node = verdict === ours ? from : to
    node.log('info', 'peer turned away', { code, reason, peerId })
  }
  if (!ours.ok || !theirs.ok || from.links.has(peerId)) {
    if (from.links.has(peerId)) return
    throw new VecheError('DIAL_FAILED', 'the handshake failed', { facts: { peerId } })
  }
  addLink(from, peerId, ours.value, false)
  addLink(to, from.peerId, theirs.value, true)
  spreadKnown(hub, from)
  spreadKnown(hub, to)
}

/** The head has moved: what peers said of their forks is judged again. */
function judgeForks(hub: Hub, node: Node): void {
  for (const [peerId, { validator }] of node.links) {
    const forkId = node.forks.get(peerId)
    if (forkId === undefined) continue
    const { verdict, refusal } = checkFork(node.chain.forkId, forkId)
    if (refusal === undefined) continue
    if (verdict === 'stale') node.options.onStale?.({ peerId, validator, forkId })
    const { code, reason } = refusal
    node.log('info', 'peer turned away', { code, reason, peerId })
    dropLink(hub, node.peerId, peerId)
  }
}

function wanted(node: Node): string[] {
  const ids = new Set(node.bootnodes)
  for (const [peerId, validator] of node.known)
    if (validator !== undefined && node.validators.has(validator)) ids.add(peerId)
  return [...ids].filter((id) => id !== node.peerId && !node.links.has(id))
}

function redial(hub: Hub, node: Node, waitMs: number): void {
  if (!node.running || node.timer !== undefined) return
  node.timer = setTimeout(async () => {
    node.timer = undefined
    const missing = wanted(node)
    await Promise.allSettled(missing.map((peerId) => connect(hub, node, peerId)))
    if (wanted(node).length > 0) redial(hub, node, REDIAL_MIN_MS)
  }, waitMs).unref()
}

/** runs `task` in a later turn when both ends still have their link */
function deliver(hub: Hub, from: Node, peerId: string, task: (to: Node, info: PeerInfo) => void) {
  setImmediate(() => {
    const to = hub.nodes.get(peerId)
    const info = to?.links.get(from.peerId)
    if (to?.running === true && info !== undefined && from.links.has(peerId)) task(to, info)
  })
}

function penalize(hub: Hub, node: Node, peerId: string, code: string): void {
  if (!node.scores.penalize(peerId, code)) return
  node.scores.ban(peerId, node.quota.banMs)
  node.log('warn', 'peer banned', { code, peerId })
  dropLink(hub, node.peerId, peerId)
}

function sendConsensus(hub: Hub, node: Node, info: PeerInfo, message: Uint8Array): boolean {
  assert(
    message.length <= resolveConsensusBytes(node.options),
    'a bounded consensus message expected',
  )
  if (node.options.signer === undefined) return false
  if (info.validator === undefined || !node.validators.has(info.validator)) return false
  const bytes = message.slice()
  deliver(hub, node, info.peerId, (to, from) => {
    if (from.validator !== undefined && to.validators.has(from.validator))
      to.handlers?.onConsensus(from, bytes)
  })
  return true
}

/** floods as gossip does: each node passes a message on once */
function flood(hub: Hub, node: Node, data: Uint8Array, seen: Set<string>): void {
  for (const peerId of node.links.keys()) {
    if (seen.has(peerId)) continue
    seen.add(peerId)
    deliver(hub, node, peerId, (to) => {
      const batch = decodeBatch(data)
      if (batch.ok) to.handlers?.onTransactions(node.peerId, batch.value.transactions)
      flood(hub, to, data, seen)
    })
  }
}

async function request(
  hub: Hub,
  node: Node,
  ...[peerId, kind, payload]: Parameters<Network['request']>
): Promise<readonly Uint8Array[]> {
  assert(payload.length <= REQUEST_BYTES_MAX, 'a bounded request payload expected')
  const to = node.links.has(peerId) ? hub.nodes.get(peerId) : undefined
  const from = to?.links.get(node.peerId)
  if (to?.handlers === undefined || from === undefined)
    throw new VecheError('PEER_NOT_CONNECTED', 'a connected peer expected', { facts: { peerId } })
  const answer = to.handlers.onRequest(from, kind, payload.slice()).catch((cause: unknown) => {
    throw new VecheError('REQUEST_FAILED', 'the peer did not answer', { cause })
  })
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new VecheError('REQUEST_TIMEOUT', 'the answer did not end in time')),
    node.quota.requestTimeoutMs,
  )
  const parts = await Promise.race([answer, late.promise]).finally(() => clearTimeout(timer))
  return cutAnswer(parts).map((part) => part.slice())
}

/** in memory the way takes no time: the difference is exact */
function withClock(hub: Hub, node: Node, info: PeerInfo): PeerInfo {
  const peer = hub.nodes.get(info.peerId)
  if (info.validator === undefined || !node.validators.has(info.validator)) return info
  if (peer === undefined) return info
  const aheadMs = Math.round(peer.clock.nowMs() - node.clock.nowMs())
  return { ...info, clock: { aheadMs, errorMs: 0 } }
}

function createPort(hub: Hub, node: Node): Network {
  const batcher = createBatcher({
    clock: node.clock,
    publish: (raw) =>
      flood(hub, node, encodeBatch({ reach: [], transactions: raw }), new Set([node.peerId])),
    timer: {
      soon: (task) => void setImmediate(task),
      later: (task, ms) => void setTimeout(task, ms).unref(),
    },
  })
  return {
    peerId: node.peerId,
    addresses: [`${ADDRESS_PREFIX}${node.peerId}/p2p/${node.peerId}`],
    async start(handlers) {
      assert(node.handlers === undefined, 'a network starts once')
      node.handlers = handlers
      node.running = true
      hub.nodes.set(node.peerId, node)
      redial(hub, node, 0)
    },
    async stop() {
      node.running = false
      clearTimeout(node.timer)
      for (const peerId of [...node.links.keys()]) dropLink(hub, node.peerId, peerId)
      if (hub.nodes.get(node.peerId) === node) hub.nodes.delete(node.peerId)
    },
    peers: () => [...node.links.values()].map((info) => withClock(hub, node, info)),
    setValidators(validators) {
      node.validators = new Set(validators)
      redial(hub, node, 0)
    },
    setHead(head) {
      node.head = head
      judgeForks(hub, node)
      for (const peerId of node.links.keys())
        deliver(hub, node, peerId, (to, from) => to.links.set(node.peerId, { ...from, head }))
    },
    broadcast(message) {
      for (const info of node.links.values()) sendConsensus(hub, node, info, message)
    },
    send(to, message) {
      const info = [...node.links.values()].find((peer) => peer.validator === to)
      return info !== undefined && sendConsensus(hub, node, info, message)
    },
    publishTransactions: (raw) => void batcher.add(raw),
    announceBlock(_number, block, except) {
      const bytes = block.slice()
      for (const [peerId, { validator }] of node.links) {
        if (validator !== undefined && except?.has(validator) === true) continue
        deliver(hub, node, peerId, (to, from) => to.handlers?.onBlock(from, bytes))
      }
    },
    request: (peerId, kind, payload) => request(hub, node, peerId, kind, payload),
    penalize: (peerId, code) => penalize(hub, node, peerId, code),
    dial: (address) => connect(hub, node, memoryPeerId(address)),
  }
}

function memoryPeerId(address: string): string {
  const peerId = /\/p2p\/([^/]+)$/.exec(address)?.[1]
  if (peerId !== undefined) return peerId
  throw new VecheError('ADDRESS_INVALID', 'an address with /p2p/<peer id> expected', {
    facts: { address },
  })
}

/** Creates an empty hub. */
export function createMemoryNetworkHub(): MemoryNetworkHub {
  const hub: Hub = { nodes: new Map(), cuts: new Set() }
  return {
    async createNetwork(options) {
      const clock = options.clock ?? systemClock
      const node: Node = {
        peerId: await nodeKeyToPeerId(options.nodeKey),
        options,
        clock,
        chain: chainIdentity(options),
        instance: createInstance(),
        quota: resolveQuota(options.quota),
        log: options.logger ?? silentLogger,
        scores: createScores(clock),
        links: new Map(),
        forks: new Map(),
        known: new Map(),
        bootnodes: new Set((options.bootnodes ?? []).map(memoryPeerId)),
        handlers: undefined,
        validators: new Set(),
        head: { number: 0, hash: `0x${'00'.repeat(32)}` },
        running: false,
        timer: undefined,
      }
      return createPort(hub, node)
    },
    setCut(peerA, peerB, cut) {
      const name = linkName(peerA, peerB)
      if (!cut) hub.cuts.delete(name)
      else if (!hub.cuts.has(name)) {
        hub.cuts.add(name)
        dropLink(hub, peerA, peerB)
      }
    },
  }
}
