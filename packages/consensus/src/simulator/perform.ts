/** What a simulated node does with each effect. */
import {
  type Address,
  assertNever,
  type Block,
  type Hash,
  type Header,
  sealHeader,
} from '@veche/primitives'
import { contentDigest, signedFrom } from '../digest.ts'
import type { Candidate } from '../input.ts'
import type { Message, SignedMessage } from '../message.ts'
import type { BlockTemplate, Effect } from '../output.ts'
import { isSameTemplate } from '../prepare.ts'
import { heightOfRecord } from '../record-codec.ts'
import type { State } from '../state.ts'
import { violated } from './checks.ts'
import { syncDisk } from './disk.ts'
import { buildBlock, decodeTransaction, encodeTransaction, executeBlock } from './ledger.ts'
import {
  afterCommit,
  clockOf,
  drain,
  feed,
  headHeight,
  later,
  type SimulatedNode,
  storeBlock,
  tellWork,
  type Work,
} from './node.ts'
import { headOf, kindOfTransaction } from './registry.ts'
import type { Keys } from './signer.ts'
import { requestSync, sync } from './sync.ts'
import { sendMessage } from './wire.ts'
import type { World } from './world.ts'

export interface Perform {
  readonly world: World
  readonly node: SimulatedNode
}

type Of<K extends Effect['kind']> = Extract<Effect, { kind: K }>

const TRANSACTIONS_PER_BLOCK = 8
/** a builder gives up a transaction after this much of a step and bans it (ADR 0033) */
const BUILD_BUDGET = 0.2
/** records after which the log may be written anew within a height */
const COMPACT_RECORDS = 12
/** what a transaction that breaks the rule of the gas limit costs whoever executes it */
const POISON_MS = [1_200, 2_500] as const

function parentOf(node: SimulatedNode): Header {
  return headOf(node.disk.chain).header
}

function isPoison(raw: Uint8Array): boolean {
  return kindOfTransaction(decodeTransaction(raw)) === 'poison'
}

function executionMs({ world, node }: Perform): number {
  const { profile } = world
  const { random } = node
  const [low, high] = profile.executeMs
  const isLate = world.isFaulty && random.chance(profile.lateExecution)
  if (isLate) world.count('late-execution')
  return random.between(low, high) + (isLate ? profile.lateExecutionMs : 0)
}

/** The first transactions of the pool; what outlasts its budget is banned on the way. */
function pick({ world, node }: Perform): { picked: Uint8Array[]; ms: number } {
  const picked: Uint8Array[] = []
  let ms = 0
  for (const id of node.pool) {
    if (picked.length >= TRANSACTIONS_PER_BLOCK) break
    if (kindOfTransaction(id) === 'poison') {
      node.pool.delete(id)
      world.count('poison-banned')
      ms += BUILD_BUDGET * world.parameters.stepSeconds * 1000
    } else picked.push(encodeTransaction(id))
  }
  return { picked, ms }
}

/** What is built for a template, and when it is ready. */
function begin(tools: Perform, template: BlockTemplate): Work {
  const { picked, ms } = pick(tools)
  return { template, picked, readyMs: tools.world.queue.nowMs() + ms + executionMs(tools) }
}

function build(tools: Perform, effect: Of<'build'>): void {
  const { world, node } = tools
  const { ahead } = node
  const isAhead = ahead !== null && isSameTemplate(ahead.template, effect.template)
  if (isAhead) world.count('built ahead')
  const { picked, readyMs } = isAhead ? ahead : begin(tools, effect.template)
  node.ahead = null
  later(world, node, {
    ms: Math.max(0, readyMs - world.queue.nowMs()),
    run: () => {
      const { height, round, template } = effect
      const stale = height !== headHeight(node) + 1
      const isIdle = picked.length === 0 && !isHeartbeatDue(tools)
      const candidate = stale || isIdle ? null : buildBlock(parentOf(node), template, picked)
      if (candidate !== null) node.cache.set(candidate.hash, candidate)
      feed(world, node, { kind: 'built', nowMs: clockOf(world, node), height, round, candidate })
      if (candidate !== null) return
      // the machine thinks now that there is no work: what comes next is news to it
      node.toldWork = false
      tellWork(world, node)
    },
  })
}

/** Before the heartbeat a builder makes no empty block. */
function isHeartbeatDue({ world, node }: Perform): boolean {
  const { emptyBlockIntervalSeconds } = world.parameters
  return clockOf(world, node) / 1000 >= parentOf(node).timestamp + emptyBlockIntervalSeconds
}

/** A block that a node would give to another. */
function bodyFor(world: World, from: SimulatedNode, to: SimulatedNode, hash: Hash): Block | null {
  if (from.state === null || world.queue.nowMs() < from.pausedUntilMs) return null
  const isOpen =
    world.links.isOpen(from.index, to.index) && world.links.isOpen(to.index, from.index)
  if (!isOpen || from.behaviours.some((each) => each.serves?.({ world, node: from }, to) === false))
    return null
  return from.cache.get(hash)?.block ?? null
}

/** The block from anybody that can be reached now: gossip and requests in one. */
function findBody({ world, node }: Perform, hash: Hash): Block | null {
  const own = node.cache.get(hash)?.block
  if (own !== undefined) return own
  for (const other of node.random.shuffle(world.nodes)) {
    const body = other === node ? null : bodyFor(world, other, node, hash)
    if (body !== null) return body
  }
  return null
}

function check(tools: Perform, hash: Hash, held?: Block): void {
  const { world, node } = tools
  const fetchMs = held === undefined ? node.random.between(0, 10) : 0
  later(world, node, {
    ms: fetchMs,
    run: () => {
      const block = held ?? findBody(tools, hash)
      const isLong = block?.transactions.some(isPoison) === true
      const ms = executionMs(tools) + (isLong ? node.random.between(...POISON_MS) : 0)
      later(world, node, { ms, run: () => execute(tools, hash, block) })
    },
  })
}

function execute({ world, node }: Perform, hash: Hash, block: Block | null): void {
  let candidate: Candidate | null = null
  if (block !== null && block.header.number === headHeight(node) + 1)
    candidate = executeBlock(parentOf(node), block, hash)
  if (candidate !== null) node.cache.set(hash, candidate)
  feed(world, node, { kind: 'checked', nowMs: clockOf(world, node), hash, candidate })
}

/** Signs as a signer device would: the seal first. */
export function signNow(
  at: { readonly chainId: number; readonly keys: Keys; readonly address: Address },
  effect: Of<'sign'>,
): SignedMessage {
  const { chainId, keys, address } = at
  const { sealDigest } = effect
  const content =
    effect.content.kind === 'precommit' && sealDigest !== undefined
      ? { ...effect.content, seal: keys.sign(address, sealDigest) }
      : effect.content
  return signedFrom(content, address, keys.sign(address, contentDigest(content, chainId)))
}

function sign({ world, node }: Perform, effect: Of<'sign'>): void {
  const { keys, parameters, profile } = world
  const message = signNow({ chainId: parameters.chainId, keys, address: node.address }, effect)
  const then = (): void =>
    feed(world, node, { kind: 'signed', nowMs: clockOf(world, node), message })
  const isSlow = world.isFaulty && node.random.chance(profile.slow)
  later(world, node, { ms: isSlow ? node.random.between(0, profile.slowMs) : 0, run: then })
}

/** Any I/O error stops the process; the operator makes room, and it comes back. */
function isRefused({ world, node }: Perform): boolean {
  if (!node.disk.isFull) return false
  world.count('disk-full: stopped')
  world.crash(node, 1_000)
  return true
}

/** Holds up the node's other effects for one fsync, which a crash may cut short. */
function fsync({ world, node }: Perform, run: () => void): void {
  const [low, high] = world.profile.fsyncMs
  const ms = node.random.between(low, high)
  const isCut = world.isFaulty && node.random.chance(world.profile.crashPerEffect)
  node.isBusy = true
  if (isCut) later(world, node, { ms: node.random.between(0, ms), run: () => world.crash(node) })
  later(world, node, {
    ms,
    run: () => {
      node.isBusy = false
      run()
      drain(world, node)
    },
  })
}

function log(tools: Perform, effect: Of<'log'>): void {
  const { world, node } = tools
  if (isRefused(tools)) return
  node.disk.unsynced.push(...effect.records)
  fsync(tools, () => {
    syncDisk(node.disk)
    feed(world, node, { kind: 'logged', nowMs: clockOf(world, node), token: effect.token })
    if (node.disk.log.length >= COMPACT_RECORDS && node.random.chance(0.1))
      feed(world, node, { kind: 'logFull', nowMs: clockOf(world, node) })
  })
}

/** Replaces the log as a whole: after a crash there is the old one or the new one. */
function compact(tools: Perform, effect: Of<'compact'>): void {
  const { world, node } = tools
  if (isRefused(tools)) return
  world.count('log compacted')
  fsync(tools, () => {
    syncDisk(node.disk)
    const { height } = (node.state as State).current
    const later = node.disk.log.filter((record) => heightOfRecord(record) > height)
    node.disk.log = [...effect.records, ...later]
  })
}

function send({ world, node }: Perform, message: Message, to?: Address): void {
  const isOwn =
    message.kind !== 'polka' && message.kind !== 'evidence' && message.signer === node.address
  if (isOwn && node.behaviours.length === 0) world.checks.onSend(message, node.disk.log)
  sendMessage(world, node, { message, ...(to === undefined ? {} : { to }) })
}

function commit(tools: Perform, effect: Of<'commit'>): void {
  const { world, node } = tools
  const { hash, certificate } = effect
  const candidate = node.cache.get(hash)
  if (candidate === undefined) violated('COMMIT_WITHOUT_BODY', `node ${node.index} ${hash}`)
  if (isRefused(tools)) return
  const { header, transactions } = candidate.block
  const sealed = sealHeader(header, certificate.round, certificate.seals)
  fsync(tools, () => {
    if (!storeBlock(world, node, { block: { header: sealed, transactions }, hash })) return
    const isCut = world.isFaulty && node.random.chance(world.profile.crashPerEffect)
    // between the durable batch and the rotation of the log
    if (isCut) world.crash(node)
    else afterCommit(world, node)
  })
}

function wake({ world, node }: Perform, atMs: number): void {
  const token = ++node.wakeToken
  const tick = (): void => {
    if (node.wakeToken !== token) return
    const nowMs = clockOf(world, node)
    // the clock was set back meanwhile: wait on
    if (nowMs < atMs) later(world, node, { ms: atMs - nowMs, run: tick })
    else feed(world, node, { kind: 'tick', nowMs })
  }
  later(world, node, { ms: atMs - clockOf(world, node), run: tick })
}

function nodeOf(world: World, address: Address): SimulatedNode | undefined {
  return world.nodes.find((each) => each.address === address)
}

function pushBlocks({ world, node }: Perform, to: Address): void {
  const other = nodeOf(world, to)
  // the older protocol pushes nothing
  if (other !== undefined && !node.isOld) sync(world, node, other)
}

/** Performs one effect. */
export function perform(tools: Perform, effect: Effect): void {
  switch (effect.kind) {
    case 'build':
      build(tools, effect)
      break
    case 'prepare':
      tools.node.ahead = begin(tools, effect.template)
      break
    case 'check':
      check(tools, effect.proposal.hash)
      break
    case 'fetch':
      check(tools, effect.hash)
      break
    case 'execute':
      check(tools, effect.hash, effect.block)
      break
    case 'sign':
      sign(tools, effect)
      break
    case 'log':
      log(tools, effect)
      break
    case 'compact':
      compact(tools, effect)
      break
    case 'send':
      send(tools, effect.message, effect.to)
      break
    case 'commit':
      commit(tools, effect)
      break
    case 'wake':
      wake(tools, effect.atMs)
      break
    case 'behind':
      requestSync(tools.world, tools.node, nodeOf(tools.world, effect.from))
      break
    case 'straggler':
      pushBlocks(tools, effect.to)
      break
    case 'evidence':
      tools.world.count('evidence')
      tools.world.checks.onEvidence(effect.evidence)
      break
    case 'alarm':
      tools.world.count(`alarm ${effect.code}`)
      break
    default:
      assertNever(effect)
  }
}
