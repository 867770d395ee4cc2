/** What a simulated node does with each effect. */
import {
  type Address,
  assertNever,
  type Block,
  type Hash,
  type Header,
  sealHeader,
} from '@veche/primitives'
import { verifyCertificate } from '../certificate.ts'
import { contentDigest, signedFrom } from '../digest.ts'
import { checkHeader } from '../header.ts'
import type { Candidate } from '../input.ts'
import type { Message, SignedMessage } from '../message.ts'
import type { Effect } from '../output.ts'
import { violated } from './checks.ts'
import { buildBlock, encodeTransaction, executeBlock } from './ledger.ts'
import { clockOf, commitBlock, drain, feed, headHeight, later, type SimulatedNode } from './node.ts'
import { simulatedRecover, simulatedSign } from './signer.ts'
import type { World } from './world.ts'

export interface Perform {
  readonly world: World
  readonly node: SimulatedNode
}

type Of<K extends Effect['kind']> = Extract<Effect, { kind: K }>

const TRANSACTIONS_PER_BLOCK = 8
const BLOCKS_PER_REQUEST = 64

function parentOf(node: SimulatedNode): Header {
  return node.durable.headers[headHeight(node)] as Header
}

function executionMs({ world }: Perform): number {
  const { profile, random } = world
  const [low, high] = profile.executeMs
  const isLate = world.isFaulty && random.chance(profile.lateExecution)
  return random.between(low, high) + (isLate ? profile.lateExecutionMs : 0)
}

function build(tools: Perform, effect: Of<'build'>): void {
  const { world, node } = tools
  later(world, node, {
    ms: executionMs(tools),
    run: () => {
      const { height, round, template } = effect
      const stale = height !== headHeight(node) + 1
      const picked = [...node.pool].slice(0, TRANSACTIONS_PER_BLOCK).map(encodeTransaction)
      const candidate = stale ? null : buildBlock(parentOf(node), template, picked)
      if (candidate !== null) node.cache.set(candidate.hash, candidate)
      feed(world, node, { kind: 'built', nowMs: clockOf(world, node), height, round, candidate })
    },
  })
}

/** A block of a node's memory or log. */
export function bodyAt(node: SimulatedNode, hash: Hash): Block | undefined {
  if (node.state === null) return undefined
  return node.cache.get(hash)?.block
}

/** The block from anybody that can be reached now: gossip and requests in one. */
function findBody({ world, node }: Perform, hash: Hash): Block | undefined {
  const own = bodyAt(node, hash)
  if (own !== undefined) return own
  for (const other of world.random.shuffle(world.nodes)) {
    const isReached =
      world.links.isOpen(other.index, node.index) && world.links.isOpen(node.index, other.index)
    const body = isReached ? bodyAt(other, hash) : undefined
    if (body !== undefined) return body
  }
  return undefined
}

function check(tools: Perform, hash: Hash, held?: Block): void {
  const { world, node } = tools
  const ms = executionMs(tools) + (held === undefined ? world.random.between(0, 10) : 0)
  later(world, node, {
    ms,
    run: () => {
      const block = held ?? findBody(tools, hash)
      const isOnHead = block?.header.number === headHeight(node) + 1
      let candidate: Candidate | null = null
      if (block !== undefined && isOnHead) candidate = executeBlock(parentOf(node), block, hash)
      if (candidate !== null) node.cache.set(hash, candidate)
      feed(world, node, { kind: 'checked', nowMs: clockOf(world, node), hash, candidate })
    },
  })
}

/** Signs as a signer device would: the seal first. */
export function signNow(chainId: number, address: Address, effect: Of<'sign'>): SignedMessage {
  const { sealDigest } = effect
  const content =
    effect.content.kind === 'precommit' && sealDigest !== undefined
      ? { ...effect.content, seal: simulatedSign(address, sealDigest) }
      : effect.content
  return signedFrom(content, address, simulatedSign(address, contentDigest(content, chainId)))
}

function sign({ world, node }: Perform, effect: Of<'sign'>): void {
  const message = signNow(world.parameters.chainId, node.address, effect)
  const then = (): void =>
    feed(world, node, { kind: 'signed', nowMs: clockOf(world, node), message })
  const isSlow = world.isFaulty && world.random.chance(world.profile.slow)
  later(world, node, { ms: isSlow ? world.random.between(0, world.profile.slowMs) : 0, run: then })
}

/** Holds up the node's other effects for one fsync, and ends it with `run`. */
function fsync({ world, node }: Perform, run: () => void): void {
  const [low, high] = world.profile.fsyncMs
  node.isBusy = true
  later(world, node, {
    ms: world.random.between(low, high),
    run: () => {
      node.isBusy = false
      run()
      drain(world, node)
    },
  })
}

function log(tools: Perform, effect: Of<'log'>): void {
  const { world, node } = tools
  // a crash in the middle of the write leaves any prefix of the records
  if (world.isFaulty && world.random.chance(world.profile.crashPerEffect))
    node.durable.log.push(
      ...effect.records.slice(0, world.random.between(0, effect.records.length)),
    )
  else {
    fsync(tools, () => {
      node.durable.log.push(...effect.records)
      feed(world, node, { kind: 'logged', nowMs: clockOf(world, node), token: effect.token })
    })
    return
  }
  world.crash(node)
}

function send({ world, node }: Perform, message: Message, to?: Address): void {
  const isOwn =
    message.kind !== 'polka' && message.kind !== 'evidence' && message.signer === node.address
  if (isOwn && !node.isByzantine) world.checks.onSend(message, node.durable.log)
  world.broadcast(node, message, to)
}

function commit(tools: Perform, effect: Of<'commit'>): void {
  const { world, node } = tools
  const { hash, certificate } = effect
  const candidate = node.cache.get(hash)
  if (candidate === undefined) violated('COMMIT_WITHOUT_BODY', `node ${node.index} ${hash}`)
  const { header, transactions } = candidate.block
  const sealed = sealHeader(header, certificate.round, certificate.seals)
  fsync(tools, () => commitBlock(world, node, { block: { header: sealed, transactions }, hash }))
}

/** Gives a node the certified blocks that another has, from its head on, as one answer. */
function sync(world: World, from: SimulatedNode, to: SimulatedNode): void {
  if (from.state === null || from === to) return
  const first = headHeight(to) + 1
  const last = Math.min(headHeight(from), first + BLOCKS_PER_REQUEST - 1)
  if (last < first) return
  world.links.send(from.index, to.index, () => {
    const { headers, hashes, bodies } = from.durable
    for (let height = first; height <= last; height++) {
      const header = headers[height] as Header
      const block = { header, transactions: bodies[height] as readonly Uint8Array[] }
      if (isAcceptable(world, to, header))
        commitBlock(world, to, { block, hash: hashes[height] as Hash })
    }
  })
}

/** What an importer checks of a block from sync. A node that is about to commit it itself waits. */
function isAcceptable(world: World, node: SimulatedNode, header: Header): boolean {
  if (node.state === null || node.isBusy || node.state.current.decided !== null) return false
  if (header.number !== headHeight(node) + 1) return false
  const validators = world.setAt(header.number)
  const context = {
    parameters: world.parameters,
    validators,
    nextValidators: world.setAt(header.number + 1),
  }
  if (!checkHeader(header, parentOf(node), context).ok) return false
  return verifyCertificate(header, validators, { recover: simulatedRecover }).ok
}

function request({ world, node }: Perform, from: Address): void {
  const other = world.nodes.find((each) => each.address === from)
  if (other === undefined) return
  world.links.send(node.index, other.index, () => sync(world, other, node))
}

function push({ world, node }: Perform, to: Address): void {
  const other = world.nodes.find((each) => each.address === to)
  if (other !== undefined) sync(world, node, other)
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

/** Performs one effect. */
export function perform(tools: Perform, effect: Effect): void {
  switch (effect.kind) {
    case 'build':
      build(tools, effect)
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
      tools.node.durable.log = [...effect.records]
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
      request(tools, effect.from)
      break
    case 'straggler':
      push(tools, effect.to)
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
