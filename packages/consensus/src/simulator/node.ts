/**
 * One simulated node: the real machine with a log and a store that lose what was not durable in a
 * crash. Effects are performed in order; a log or a commit holds up those behind it.
 */
import type { Address, Block, Hash, Header } from '@veche/primitives'
import type { Candidate, Input } from '../input.ts'
import { step } from '../machine.ts'
import type { Effect } from '../output.ts'
import type { LogRecord } from '../record.ts'
import { decodeRecord, encodeRecord, heightOfRecord } from '../record-codec.ts'
import { createState, type State } from '../state.ts'
import { violated } from './checks.ts'
import { decodeTransaction } from './ledger.ts'
import { type Perform, perform } from './perform.ts'
import { simulatedRecover } from './signer.ts'
import type { World } from './world.ts'

/** What survives a crash. */
export interface Durable {
  readonly headers: Header[]
  readonly hashes: Hash[]
  readonly bodies: (readonly Uint8Array[])[]
  log: LogRecord[]
}

export interface SimulatedNode {
  readonly index: number
  readonly address: Address
  readonly durable: Durable
  readonly isByzantine: boolean
  /** never comes up */
  readonly isDead: boolean
  /** null while it is down */
  state: State | null
  /** counts restarts: answers to an earlier life are dropped */
  life: number
  skewMs: number
  /** blocks that were executed in this life */
  readonly cache: Map<Hash, Candidate>
  readonly pool: Set<number>
  readonly queue: Effect[]
  isBusy: boolean
  wakeToken: number
  /** last height told by `work` */
  toldWork: boolean
}

export function createNode(world: World, index: number, address: Address): SimulatedNode {
  const { genesis, genesisHash } = world
  return {
    index,
    address,
    durable: { headers: [genesis], hashes: [genesisHash], bodies: [[]], log: [] },
    isByzantine: index < world.profile.byzantine,
    isDead: index >= world.setAt(0).length - world.profile.dead,
    state: null,
    life: 0,
    skewMs: 0,
    cache: new Map(),
    pool: new Set(),
    queue: [],
    isBusy: false,
    wakeToken: 0,
    toldWork: false,
  }
}

/** The node's own clock. */
export function clockOf(world: World, node: SimulatedNode): number {
  return world.queue.nowMs() + node.skewMs
}

export function headHeight(node: SimulatedNode): number {
  return node.durable.headers.length - 1
}

/** The log as bytes and back, so that its codec is part of every restart. */
function replayLog(node: SimulatedNode): LogRecord[] {
  return node.durable.log.map((record) => {
    const decoded = decodeRecord(encodeRecord(record))
    return decoded.ok ? decoded.value : violated('RECORD_UNREADABLE', decoded.reason)
  })
}

/** Starts a node from what is durable. */
export function startNode(world: World, node: SimulatedNode): void {
  if (node.isDead) return
  const height = headHeight(node)
  node.life++
  node.state = createState({
    parameters: world.parameters,
    self: node.address,
    head: {
      header: node.durable.headers[height] as Header,
      hash: node.durable.hashes[height] as Hash,
    },
    validators: world.setAt(height + 1),
    next: world.setAt(height + 2),
    nowMs: clockOf(world, node),
    restored: replayLog(node),
  })
  feed(world, node, { kind: 'tick', nowMs: clockOf(world, node) })
  tellWork(world, node)
}

/** Stops a node at once: all that was not durable is gone. */
export function crashNode(world: World, node: SimulatedNode): void {
  if (node.state === null) return
  world.count('crash')
  node.state = null
  node.life++
  node.cache.clear()
  node.pool.clear()
  node.queue.length = 0
  node.isBusy = false
  node.toldWork = false
}

/** Gives the machine an input and performs what it asks for. */
export function feed(world: World, node: SimulatedNode, input: Input): void {
  if (node.state === null) return
  world.inputs++
  const { effects } = step(node.state, input, {
    recover: simulatedRecover,
    ...(world.weaken === undefined ? {} : { weaken: world.weaken }),
  })
  for (const effect of effects) node.queue.push(effect)
  drain(world, node)
}

/** Runs `run` after a while, unless the node crashed in between. */
export function later(
  world: World,
  node: SimulatedNode,
  timer: { readonly ms: number; readonly run: () => void },
): void {
  const { life } = node
  world.queue.at(world.queue.nowMs() + timer.ms, () => {
    if (node.life === life && node.state !== null) timer.run()
  })
}

/** Performs waiting effects in order until one of them takes its time. */
export function drain(world: World, node: SimulatedNode): void {
  while (!node.isBusy && node.state !== null) {
    const effect = node.queue.shift()
    if (effect === undefined) return
    if (world.isFaulty && world.random.chance(world.profile.crashPerEffect)) {
      crashNode(world, node)
      world.restartLater(node)
      return
    }
    const tools: Perform = { world, node }
    perform(tools, effect)
  }
}

/** Makes a sealed block durable and tells the machine; the log keeps only what is above it. */
export function commitBlock(
  world: World,
  node: SimulatedNode,
  sealed: { readonly block: Block; readonly hash: Hash },
): void {
  const { header, transactions } = sealed.block
  if (header.number !== headHeight(node) + 1) return
  world.checks.onCommit(header, sealed.hash)
  const { durable } = node
  durable.headers.push(header)
  durable.hashes.push(sealed.hash)
  durable.bodies.push(transactions)
  const { chainId } = world.parameters
  durable.log = [
    { kind: 'start', chainId, key: node.address, floor: header.number },
    ...durable.log.filter((record) => heightOfRecord(record) > header.number),
  ]
  for (const raw of transactions) node.pool.delete(decodeTransaction(raw))
  node.cache.clear()
  world.onHeight(node, header.number)
  feed(world, node, {
    kind: 'committed',
    nowMs: clockOf(world, node),
    header,
    hash: sealed.hash,
    validatorsAfterNext: world.setAt(header.number + 2),
  })
  node.toldWork = false
  tellWork(world, node)
}

/** Tells the machine whether there is work, when that is news. */
export function tellWork(world: World, node: SimulatedNode): void {
  const pending = node.pool.size > 0
  if (pending === node.toldWork) return
  node.toldWork = pending
  feed(world, node, { kind: 'work', nowMs: clockOf(world, node), pending })
}
