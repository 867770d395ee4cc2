/**
 * One simulated node: the real machine over a disk that loses what was not durable in a crash.
 * Effects are performed in order; a log or a commit holds up those behind it.
 */
import { type Address, AssertionError, type Block, type Hash } from '@veche/primitives'
import type { Candidate, Input } from '../input.ts'
import type { BlockTemplate, Effect } from '../output.ts'
import type { State, Weakness } from '../state.ts'
import { validatorsAfterChange } from '../validators.ts'
import { checkCounts } from './bounds.ts'
import type { Behaviour } from './byzantine.ts'
import { crashDisk, createDisk, type Disk, heightOfDisk, replayLog, rotateLog } from './disk.ts'
import { decodeTransaction } from './ledger.ts'
import { perform } from './perform.ts'
import type { Random } from './random.ts'
import { appendBlock, createChain, headOf, setAt } from './registry.ts'
import type { World } from './world.ts'

export interface SimulatedNode {
  readonly index: number
  readonly address: Address
  readonly disk: Disk
  readonly random: Random
  /** what it does that it must not; empty for honest nodes */
  readonly behaviours: readonly Behaviour[]
  /** never comes up */
  readonly isDead: boolean
  /** runs the older protocol */
  readonly isOld: boolean
  /** null while it is down */
  state: State | null
  /** counts restarts: answers to an earlier life are dropped */
  life: number
  /** clock error: constant part, and what a drift has added by now */
  skewMs: number
  drift: { readonly perMs: number; readonly sinceMs: number } | null
  /** a stopped process (SIGSTOP) takes nothing; what arrives waits */
  pausedUntilMs: number
  readonly waiting: (() => void)[]
  /** blocks that were executed in this life */
  readonly cache: Map<Hash, Candidate>
  readonly pool: Set<number>
  /** what the builder has begun before its window, when it has */
  ahead: Work | null
  readonly queue: Effect[]
  isBusy: boolean
  wakeToken: number
  /** what was last told by `work` */
  toldWork: boolean
}

/** A block that is being built. */
export interface Work {
  readonly template: BlockTemplate
  readonly picked: readonly Uint8Array[]
  /** simulated milliseconds */
  readonly readyMs: number
}

export interface NodeOptions {
  readonly index: number
  readonly address: Address
  readonly behaviours: readonly Behaviour[]
  readonly isDead: boolean
  readonly isOld: boolean
}

export function createNode(world: World, options: NodeOptions): SimulatedNode {
  const { genesis, genesisHash, addresses, founders } = world
  const setAfter = (current: readonly Address[], called?: readonly Address[]) =>
    validatorsAfterChange(current, called).validators
  const chain = createChain({ header: genesis, hash: genesisHash, founders, addresses, setAfter })
  return {
    ...options,
    disk: createDisk(chain),
    random: world.random.fork(`node ${options.index}`),
    state: null,
    life: 0,
    skewMs: 0,
    drift: null,
    pausedUntilMs: 0,
    waiting: [],
    cache: new Map(),
    pool: new Set(),
    ahead: null,
    queue: [],
    isBusy: false,
    wakeToken: 0,
    toldWork: false,
  }
}

export function isHostile(node: SimulatedNode): boolean {
  return node.behaviours.length > 0
}

/** The node's own clock: whole milliseconds. */
export function clockOf(world: World, node: SimulatedNode): number {
  const { drift, skewMs } = node
  const nowMs = world.queue.nowMs()
  const driftMs = drift === null ? 0 : Math.trunc((nowMs - drift.sinceMs) * drift.perMs)
  return nowMs + skewMs + driftMs
}

export function headHeight(node: SimulatedNode): number {
  return heightOfDisk(node.disk)
}

function weaknessOf(world: World, node: SimulatedNode): Weakness | undefined {
  const own = node.behaviours.find((each) => each.weaken !== undefined)?.weaken
  return own ?? world.weaken
}

/** Starts a node from what is durable. A damaged disk refuses; see faults.ts for the repair. */
export function startNode(world: World, node: SimulatedNode): void {
  if (node.isDead || node.state !== null) return
  const { disk } = node
  if (disk.rotten !== null) {
    world.count(`start refused: ${disk.rotten} damaged`)
    return
  }
  const height = headHeight(node)
  const { chainId } = world.parameters
  const forgets = node.behaviours.some((each) => each.forgets) || world.weaken?.emptyLog === true
  node.life++
  node.state = world.machine.createState({
    parameters: world.parameters,
    self: node.address,
    head: headOf(disk.chain),
    validators: setAt(disk.chain, height + 1),
    next: setAt(disk.chain, height + 2),
    nowMs: clockOf(world, node),
    restored: forgets ? [] : replayLog(disk, { chainId, self: node.address }),
    floor: disk.floor,
  })
  feed(world, node, { kind: 'tick', nowMs: clockOf(world, node) })
  tellWork(world, node)
}

/** Stops a node at once: what was not durable is gone. */
export function crashNode(world: World, node: SimulatedNode): void {
  if (node.state === null) return
  world.count('crash')
  const lost = crashDisk(node.disk, node.random)
  if (lost !== null) world.count(lost)
  node.state = null
  node.life++
  node.cache.clear()
  node.pool.clear()
  node.ahead = null
  node.queue.length = 0
  node.waiting.length = 0
  node.pausedUntilMs = 0
  node.isBusy = false
  node.toldWork = false
}

function signerOf(input: Input): Address | undefined {
  return input.kind === 'message' && 'signer' in input.message ? input.message.signer : undefined
}

/** Gives the machine an input and performs what it asks for. */
export function feed(world: World, node: SimulatedNode, input: Input): void {
  if (node.state === null) return
  world.inputs++
  const weaken = weaknessOf(world, node)
  const context = {
    recover: world.keys.recover,
    isTwin: node.behaviours.some((each) => each.ignoresItself),
    ...(weaken === undefined ? {} : { weaken }),
  }
  let effects: readonly Effect[]
  try {
    const done = world.machine.step(node.state, input, context)
    node.state = done.state
    effects = done.effects
  } catch (error) {
    // what a hostile node does to its own machine is its own affair
    if (!isHostile(node) || !(error instanceof AssertionError)) throw error
    world.crash(node)
    return
  }
  if (!isHostile(node)) checkCounts(node.state, node.index, signerOf(input))
  world.observe(node, input, effects)
  for (const effect of effects) node.queue.push(effect)
  drain(world, node)
}

/** Runs now, or when a stopped process goes on. */
export function whenAwake(world: World, node: SimulatedNode, run: () => void): void {
  if (world.queue.nowMs() < node.pausedUntilMs) node.waiting.push(run)
  else run()
}

/** Runs `run` after a while, unless the node crashed in between. */
export function later(
  world: World,
  node: SimulatedNode,
  timer: { readonly ms: number; readonly run: () => void },
): void {
  const { life } = node
  const fire = (): void => {
    if (node.life === life && node.state !== null) timer.run()
  }
  world.queue.at(world.queue.nowMs() + timer.ms, () => whenAwake(world, node, fire))
}

/** Performs waiting effects in order until one of them takes its time. */
export function drain(world: World, node: SimulatedNode): void {
  const { crashPerEffect } = world.profile
  while (!node.isBusy && node.state !== null) {
    const effect = node.queue.shift()
    if (effect === undefined) return
    if (world.isFaulty && node.random.chance(crashPerEffect)) {
      world.crash(node)
      return
    }
    perform({ world, node }, effect)
  }
}

/** Makes a sealed block durable. False when it is not the next one. */
export function storeBlock(
  world: World,
  node: SimulatedNode,
  sealed: { readonly block: Block; readonly hash: Hash },
): boolean {
  const { header, transactions } = sealed.block
  if (header.number !== headHeight(node) + 1) return false
  world.checks.onCommit(node, sealed.block, sealed.hash)
  appendBlock(node.disk.chain, sealed.block, sealed.hash)
  for (const raw of transactions) node.pool.delete(decodeTransaction(raw))
  world.onHeight(node, header.number)
  return true
}

/** The block is durable: the log may rotate, and the machine goes on. */
export function afterCommit(world: World, node: SimulatedNode): void {
  if (node.state === null) return
  const { disk, random, address: key } = node
  const { header, hash } = headOf(disk.chain)
  const { chainId } = world.parameters
  // rotation waits for a size, so that records of older heights are met again after a restart
  if (random.chance(0.5)) rotateLog(disk, { chainId, key, floor: node.state.floor })
  node.cache.clear()
  feed(world, node, {
    kind: 'committed',
    nowMs: clockOf(world, node),
    header,
    hash,
    validatorsAfterNext: setAt(disk.chain, header.number + 2),
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
