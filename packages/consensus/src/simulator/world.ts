/**
 * A whole network in one process and one thread, driven by one seed. Runs in cycles: a phase in
 * which anything of the profile may happen (safety), then a heal after which every node must decide
 * again within the bound of invariant 15 (liveness).
 */
import { type Address, blockHash, type Hash, type Header } from '@veche/primitives'
import { authenticateMessage } from '../authenticate.ts'
import { decodeMessage, encodeMessage } from '../codec.ts'
import { sortValidators } from '../header.ts'
import type { Message } from '../message.ts'
import type { ConsensusParameters } from '../parameters.ts'
import type { Weakness } from '../state.ts'
import { twinOf, voteForAll } from './byzantine.ts'
import { type Checks, createChecks, violated } from './checks.ts'
import { genesisHeader } from './ledger.ts'
import { createLinks, type Links } from './network.ts'
import {
  clockOf,
  crashNode,
  createNode,
  feed,
  type SimulatedNode,
  startNode,
  tellWork,
} from './node.ts'
import type { Profile } from './profiles.ts'
import { createQueue, type EventQueue } from './queue.ts'
import { createRandom, type Random } from './random.ts'
import { simulatedAddress, simulatedRecover } from './signer.ts'

export interface World {
  readonly profile: Profile
  readonly parameters: ConsensusParameters
  readonly weaken?: Weakness
  readonly random: Random
  readonly queue: EventQueue
  readonly links: Links
  readonly checks: Checks
  readonly nodes: SimulatedNode[]
  readonly genesis: Header
  readonly genesisHash: Hash
  readonly faults: Map<string, number>
  isFaulty: boolean
  inputs: number
  heightMax: number
  setAt(height: number): readonly Address[]
  count(fault: string): void
  after(ms: number, then: () => void): void
  crash(node: SimulatedNode, downMs?: number): void
  restartLater(node: SimulatedNode, downMs?: number): void
  onHeight(node: SimulatedNode, height: number): void
  nextTransaction(): number
  deliver(from: SimulatedNode, to: SimulatedNode, message: Message): void
  broadcast(from: SimulatedNode, message: Message, to?: Address): void
}

export interface WorldOptions {
  readonly seed: number
  readonly profile: Profile
  /** members of the first set */
  readonly n: number
  /** every message travels as bytes and is authenticated */
  readonly wire: boolean
  readonly parameters: Partial<ConsensusParameters>
  readonly weaken?: Weakness
}

const START_MS = 1_700_000_000_000

/**
 * The plan of the validator set: with changes, one member joins, then another leaves, and so on.
 */
function createPlan(all: readonly Address[], n: number, every: number): World['setAt'] {
  const constant = sortValidators(all)
  if (every === 0) return () => constant
  const sets = new Map<number, readonly Address[]>()
  return (height) => {
    const era = Math.floor(height / every)
    const known = sets.get(era)
    if (known !== undefined) return known
    // of n+1 nodes: all of them in odd eras, in even eras all but one
    const absent = (n + era / 2) % all.length
    const set = sortValidators(all.filter((_, i) => era % 2 === 1 || i !== absent))
    sets.set(era, set)
    return set
  }
}

const DEFAULTS: ConsensusParameters = {
  chainId: 1337,
  stepSeconds: 1,
  emptyBlockIntervalSeconds: 5,
  blockIntervalMinMs: 50,
  blocksPerStepMax: 0,
  windowMax: 15,
}

/** Authenticates what came over the wire, as a node does before `step`. */
function receive(world: World, bytes: Uint8Array): Message {
  const decoded = decodeMessage(bytes)
  if (!decoded.ok) return violated('WIRE_UNREADABLE', decoded.reason)
  const { chainId } = world.parameters
  const checked = authenticateMessage(decoded.value, { chainId, recover: simulatedRecover })
  return checked.ok
    ? checked.value
    : violated('WIRE_UNAUTHENTIC', `${checked.code} ${checked.reason}`)
}

function hearAs(world: World, node: SimulatedNode, message: Message): void {
  if (node.isByzantine && message.kind === 'proposal') voteForAll(world, node, message)
  feed(world, node, { kind: 'message', nowMs: clockOf(world, node), message })
}

/** Builds a network of nodes that are down; `runWorld` of simulate.ts drives it. */
export function createWorld(options: WorldOptions): World {
  const { seed, profile, n, wire } = options
  const random = createRandom(seed)
  const queue = createQueue(START_MS)
  const links = createLinks({ queue, random, profile })
  const total = profile.setChangeEvery > 0 ? n + 1 : n
  const addresses = Array.from({ length: total }, (_, i) => simulatedAddress(i))
  const setAt = createPlan(addresses, n, profile.setChangeEvery)
  const parameters = { ...DEFAULTS, ...options.parameters }
  const genesis = genesisHeader(setAt(0), START_MS / 1000)
  const genesisHash = blockHash(genesis)
  const byzantine = new Set(addresses.slice(0, profile.byzantine))
  const checks = createChecks({ parameters, genesis, genesisHash, setAt, byzantine })
  const faults = new Map<string, number>()
  let transactions = 0
  const after = (ms: number, then: () => void): void => queue.at(queue.nowMs() + ms, then)
  const world: World = {
    ...{
      profile,
      parameters,
      random,
      queue,
      links,
      checks,
      genesis,
      genesisHash,
      faults,
      setAt,
      after,
    },
    ...(options.weaken === undefined ? {} : { weaken: options.weaken }),
    nodes: [],
    isFaulty: false,
    inputs: 0,
    heightMax: 0,
    count: (fault) => faults.set(fault, (faults.get(fault) ?? 0) + 1),
    nextTransaction: () => ++transactions,
    crash(node, downMs) {
      if (node.state === null) return
      crashNode(world, node)
      world.restartLater(node, downMs)
    },
    restartLater(node, downMs = random.between(50, 5_000)) {
      after(downMs, () => {
        if (node.state === null) startNode(world, node)
      })
    },
    onHeight(_node, height) {
      world.heightMax = Math.max(world.heightMax, height)
    },
    deliver(from, to, message) {
      const bytes = wire ? encodeMessage(message) : null
      links.send(from.index, to.index, () => {
        if (to.state === null) return
        hearAs(world, to, bytes === null ? message : receive(world, bytes))
      })
    },
    broadcast(from, message, to) {
      const others = world.nodes.filter(
        (each) => each !== from && (to === undefined || each.address === to),
      )
      const isSplit = from.isByzantine && message.kind === 'proposal'
      const twin = isSplit ? twinOf(world, from, message) : message
      for (const [i, other] of others.entries())
        world.deliver(from, other, i % 2 === 0 ? message : twin)
    },
  }
  for (const [i, address] of addresses.entries()) world.nodes.push(createNode(world, i, address))
  return world
}

/** Clients: a transaction every so often, gossiped to the nodes that can be reached. */
export function injectWork(world: World, everyMs: number): void {
  const { random, nodes, links } = world
  const first = random.pick(nodes)
  const id = world.nextTransaction()
  for (const node of nodes) {
    if (!links.isOpen(first.index, node.index)) continue
    world.after(random.between(0, 20), () => {
      if (node.state === null) return
      node.pool.add(id)
      tellWork(world, node)
    })
  }
  world.after(random.between(1, 2 * everyMs), () => injectWork(world, everyMs))
}
