/**
 * A whole network in one process and one thread, driven by one seed. simulate.ts runs it in cycles:
 * a phase in which anything of the profile may happen (safety), then a heal after which every node
 * must decide again within the bound of invariant 15 (liveness).
 */
import { type Address, blockHash, type Hash, type Header } from '@veche/primitives'
import type { Input } from '../input.ts'
import type { Message } from '../message.ts'
import type { Effect } from '../output.ts'
import type { ConsensusParameters } from '../parameters.ts'
import type { Weakness } from '../state.ts'
import { type BehaviourName, createBehaviour } from './byzantine.ts'
import { type Checks, createChecks } from './checks.ts'
import { createRunDigest, type RunDigest } from './digest.ts'
import { genesisHeader } from './ledger.ts'
import { type Machine, ownMachine } from './machine.ts'
import { createLinks, type Links } from './network.ts'
import { crashNode, createNode, isHostile, type SimulatedNode, startNode } from './node.ts'
import type { Profile } from './profiles.ts'
import { createQueue, type EventQueue } from './queue.ts'
import { createRandom, type Random } from './random.ts'
import { createChain, type TransactionKind, transactionId } from './registry.ts'
import { faultyMax, setAfter } from './rules.ts'
import { type Keys, realKeys, simulatedKeys } from './signer.ts'
import type { TraceEvent } from './trace.ts'
import { post } from './wire.ts'

export interface World {
  readonly profile: Profile
  readonly parameters: ConsensusParameters
  readonly keys: Keys
  readonly machine: Machine
  readonly weaken?: Weakness
  readonly random: Random
  readonly queue: EventQueue
  readonly links: Links
  readonly checks: Checks
  readonly digest: RunDigest
  readonly nodes: SimulatedNode[]
  /** all who may be members, by index; the first n found the chain */
  readonly addresses: readonly Address[]
  readonly founders: readonly Address[]
  /** faulty members that the founders tolerate */
  readonly f: number
  readonly genesis: Header
  readonly genesisHash: Hash
  readonly faults: Map<string, number>
  /** faults left out, `kind#index` */
  readonly skip: ReadonlySet<string>
  /** what the bytes of a message are to everybody */
  readonly wire: WeakMap<Message, { readonly message: Message | null; readonly refusal: string }>
  /** every message travels as bytes and is authenticated */
  readonly isWired: boolean
  isFaulty: boolean
  /** counts phases with faults */
  phase: number
  /** clients send transactions */
  isBusy: boolean
  inputs: number
  heightMax: number
  /** faults begun so far, by kind */
  readonly begun: Map<string, number>
  /** heights of backups that some node may still be set back to */
  readonly backups: Set<{ readonly height: number }>
  count(fault: string): void
  after(ms: number, then: () => void): void
  crash(node: SimulatedNode, downMs?: number): void
  onHeight(node: SimulatedNode, height: number): void
  nextSerial(): number
  nextTransaction(kind: TransactionKind, node?: number): number
  /** an unaltered message to all others */
  shout(from: SimulatedNode, message: Message): void
  observe(node: SimulatedNode, input: Input, effects: readonly Effect[]): void
  /** a fault begins or ends, for the trace */
  note(text: string): void
}

export interface WorldOptions {
  readonly seed: number
  readonly profile: Profile
  /** members of the first set */
  readonly n: number
  readonly wire: boolean
  readonly parameters: Partial<ConsensusParameters>
  readonly machine?: Machine
  readonly weaken?: Weakness
  readonly skip: readonly string[]
  readonly tolerate: readonly string[]
  /** exactly so many hostile nodes with exactly these behaviours, also more than f */
  readonly hostile?: { readonly count: number; readonly behaviours: readonly BehaviourName[] }
  readonly onEvent?: (event: TraceEvent) => void
}

const START_MS = 1_700_000_000_000

const DEFAULTS: ConsensusParameters = {
  chainId: 1337,
  stepSeconds: 1,
  emptyBlockIntervalSeconds: 5,
  blockIntervalMinMs: 50,
  blocksPerStepMax: 0,
  windowMax: 15,
}

/** Who is what: hostile nodes first, dead ones last, older ones in between. */
interface Cast {
  readonly hostile: number
  readonly dead: number
  readonly old: number
}

function castOf(options: WorldOptions, random: Random): Cast {
  const { profile, n } = options
  const f = faultyMax(n)
  const most = Math.ceil(profile.hostile * f)
  const least = profile.hostile === 1 ? Math.min(1, most) : 0
  const hostile = options.hostile?.count ?? random.between(least, most)
  const dead = Math.floor(profile.dead * Math.max(0, f - hostile))
  return { hostile, dead, old: Math.ceil(profile.old * f) }
}

function behavioursOf(options: WorldOptions, random: Random): readonly BehaviourName[] {
  if (options.hostile !== undefined) return options.hostile.behaviours
  const { behaviours } = options.profile
  return random.shuffle(behaviours).slice(0, random.between(1, 5))
}

function addNodes(world: World, options: WorldOptions): void {
  const { random, addresses, nodes } = world
  const cast = castOf(options, random.fork('cast'))
  const { n } = options
  for (const [index, address] of addresses.entries()) {
    const stream = random.fork(`hostile ${index}`)
    const names = index < cast.hostile ? behavioursOf(options, stream) : []
    for (const name of names) world.count(`hostile ${name}`)
    const behaviours = names.map((name) => createBehaviour(name, stream.fork(name)))
    const isOld = index >= cast.hostile && index < cast.hostile + cast.old
    const isDead = index >= n - cast.dead && index < n
    nodes.push(createNode(world, { index, address, behaviours, isDead, isOld }))
  }
  for (const node of [...nodes])
    if (node.behaviours.some((each) => each.isCloned))
      nodes.push(createNode(world, { ...node, index: nodes.length }))
}

/** As many links as there can be nodes: every hostile one may run twice. */
function maxNodes(options: WorldOptions): number {
  return 2 * (options.n + options.profile.spares)
}

function createTools(options: WorldOptions): Pick<World, 'random' | 'queue' | 'links' | 'faults'> {
  const { seed, profile } = options
  const random = createRandom(seed)
  const queue = createQueue(START_MS)
  const faults = new Map<string, number>()
  const count = (fault: string): void => {
    faults.set(fault, (faults.get(fault) ?? 0) + 1)
  }
  const nodes = maxNodes(options)
  const links = createLinks({ queue, random: random.fork('links'), profile, nodes, count })
  return { random, queue, links, faults }
}

function createCourt(
  options: WorldOptions,
  at: Pick<World, 'keys' | 'parameters' | 'genesis' | 'genesisHash' | 'founders' | 'addresses'>,
  nodes: readonly SimulatedNode[],
): Checks {
  const { keys, parameters, genesis, genesisHash, founders, addresses } = at
  const hostile = {
    has: (address: Address) => nodes.some((each) => each.address === address && isHostile(each)),
  }
  return createChecks({
    parameters,
    chain: createChain({ header: genesis, hash: genesisHash, founders, addresses, setAfter }),
    recover: keys.recover,
    hostile,
    tolerate: new Set(options.tolerate),
  })
}

/** Builds a network of nodes that are down. */
export function createWorld(options: WorldOptions): World {
  const { profile, n, wire, onEvent } = options
  const tools = createTools(options)
  const { queue, faults } = tools
  const keys = profile.signatures === 'real' ? realKeys() : simulatedKeys()
  const addresses = Array.from({ length: n + profile.spares }, (_, i) => keys.addressOf(i))
  const founders = addresses.slice(0, n).sort()
  const parameters = { ...DEFAULTS, ...options.parameters }
  const genesis = genesisHeader(founders, START_MS / 1000)
  const genesisHash = blockHash(genesis)
  const nodes: SimulatedNode[] = []
  const facts = { keys, parameters, genesis, genesisHash, founders, addresses }
  const digest = createRunDigest()
  let serial = 0
  const world: World = {
    ...tools,
    ...facts,
    ...(options.weaken === undefined ? {} : { weaken: options.weaken }),
    machine: options.machine ?? ownMachine,
    profile,
    nodes,
    digest,
    checks: createCourt(options, facts, nodes),
    f: faultyMax(n),
    skip: new Set(options.skip),
    wire: new WeakMap(),
    isWired: wire,
    isFaulty: false,
    phase: 0,
    isBusy: true,
    inputs: 0,
    heightMax: 0,
    backups: new Set(),
    begun: new Map(),
    count: (fault) => faults.set(fault, (faults.get(fault) ?? 0) + 1),
    after: (ms, then) => queue.at(queue.nowMs() + ms, then),
    crash(node, downMs = node.random.between(50, 5_000)) {
      if (node.state === null) return
      crashNode(world, node)
      world.note(`node ${node.index} crashes for ${downMs} ms`)
      world.after(downMs, () => startNode(world, node))
    },
    onHeight(node, height) {
      if (!isHostile(node)) world.heightMax = Math.max(world.heightMax, height)
    },
    nextSerial: () => ++serial,
    nextTransaction: (kind, node) => transactionId(kind, ++serial, node),
    shout(from, message) {
      for (const other of nodes) if (other !== from) post(world, from, other, message)
    },
    observe(node, input, effects) {
      digest.number(queue.nowMs())
      digest.number(node.index)
      digest.text(input.kind)
      for (const effect of effects) digest.text(effect.kind)
      onEvent?.({ kind: 'step', atMs: queue.nowMs() - START_MS, node: node.index, input, effects })
    },
    note(text) {
      digest.text(text)
      onEvent?.({ kind: 'note', atMs: queue.nowMs() - START_MS, text })
    },
  }
  addNodes(world, options)
  return world
}
