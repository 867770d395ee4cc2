/**
 * Begins the faults of a profile. Every kind has a stream of randomness of its own and every fault
 * an index in its kind, so that any of them can be left out of a run and the others stay.
 */
import { assert } from '@veche/primitives'
import { proposerAt } from '../rounds.ts'
import { submit } from './clients.ts'
import { heightOfDisk, restoreBackup, takeBackup } from './disk.ts'
import type { Link } from './network.ts'
import { clockOf, crashNode, isHostile, type SimulatedNode, startNode } from './node.ts'
import type { FaultKind } from './profiles.ts'
import type { Random } from './random.ts'
import { kindOfTransaction, setAt, truncateChain } from './registry.ts'
import { faultyMax } from './rules.ts'
import type { World } from './world.ts'

const TICK_MS = 250
/** larger sets say too much in a quarter of an hour for a run of seconds */
const MEMBERS_OF_LONG_HALTS = 7

/** All links from one group to the rest, and back unless it is one-way. */
function linksAround(world: World, group: ReadonlySet<SimulatedNode>, isOneWay: boolean): Link[] {
  const links: Link[] = []
  for (const from of world.nodes)
    for (const to of world.nodes)
      if (group.has(from) !== group.has(to) && (group.has(from) || !isOneWay))
        links.push([from.index, to.index])
  return links
}

function namesOf(group: Iterable<SimulatedNode>): string {
  return [...group].map((node) => node.index).join(',')
}

function someNodes(world: World, random: Random): Set<SimulatedNode> {
  const { nodes } = world
  return new Set(random.shuffle(nodes).slice(0, random.between(1, Math.max(1, nodes.length - 1))))
}

function cut(world: World, random: Random, isOneWay: boolean): boolean {
  const group = someNodes(world, random)
  const ms = random.between(200, 6_000)
  world.note(`${namesOf(group)} cut off for ${ms} ms${isOneWay ? ', one-way' : ''}`)
  world.after(ms, world.links.cut(linksAround(world, group, isOneWay)))
  return true
}

/** Whoever is to propose now is cut off. */
function isolatePrimary(world: World, random: Random): boolean {
  const awake = world.nodes.find((node) => node.state !== null)
  if (awake === undefined || awake.state === null) return false
  const { current } = awake.state
  const proposer = proposerAt(current, Math.max(0, current.round))
  const group = new Set(world.nodes.filter((node) => node.address === proposer))
  const ms = random.between(300, 4_000)
  world.note(`${namesOf(group)}, to propose, cut off for ${ms} ms`)
  world.after(ms, world.links.cut(linksAround(world, group, random.chance(0.5))))
  return true
}

/** What is sent on some links waits and comes at once. */
function clog(world: World, random: Random): boolean {
  const group = someNodes(world, random)
  const ms = random.between(300, 5_000)
  world.note(`links of ${namesOf(group)} clogged for ${ms} ms`)
  world.links.clog(linksAround(world, group, random.chance(0.5)), world.queue.nowMs() + ms)
  return true
}

function crash(world: World, random: Random): boolean {
  const node = random.pick(world.nodes)
  const isUp = node.state !== null
  world.crash(node, random.between(50, 5_000))
  return isUp
}

function restartAll(world: World, random: Random): boolean {
  const isUp = world.nodes.some((node) => node.state !== null)
  for (const node of world.nodes) world.crash(node, random.between(1, 1_500))
  return isUp
}

/**
 * More than f nodes are away: the chain halts, and goes on by itself when they return. Those who
 * are left wait and propose in vain: no second halt takes them away, too.
 */
function halt(world: World, random: Random): boolean {
  if (world.nodes.filter((node) => node.state === null).length > world.f) return false
  const isLong = world.founders.length <= MEMBERS_OF_LONG_HALTS && random.chance(0.25)
  const downMs = isLong ? random.between(120_000, 900_000) : random.between(10_000, 120_000)
  for (const node of random.shuffle(world.nodes).slice(0, world.f + 1))
    world.crash(node, downMs + random.between(0, 3_000))
  return true
}

/** SIGSTOP: nothing is taken and no timer fires; then everything at once. */
function pause(world: World, random: Random): boolean {
  const node = random.pick(world.nodes)
  const untilMs = world.queue.nowMs() + random.between(200, 20_000)
  if (node.pausedUntilMs >= untilMs) return false
  world.note(`node ${node.index} stopped until it is continued`)
  node.pausedUntilMs = untilMs
  world.queue.at(untilMs, () => {
    if (node.pausedUntilMs === untilMs) resume(node)
  })
  return true
}

/** SIGCONT. */
export function resume(node: SimulatedNode): void {
  node.pausedUntilMs = 0
  for (const run of node.waiting.splice(0)) run()
}

function jumpClock(world: World, random: Random): boolean {
  const node = random.pick(world.nodes)
  const byMs = random.between(-4_000, 4_000)
  world.note(`clock of node ${node.index} jumps by ${byMs} ms`)
  node.skewMs += byMs
  const { phase } = world
  world.after(random.between(500, 5_000), () => {
    if (world.isFaulty && world.phase === phase) node.skewMs -= byMs
  })
  return true
}

/** A clock that runs fast or slow until the phase ends. */
function driftClock(world: World, random: Random): boolean {
  const node = random.pick(world.nodes)
  node.skewMs = clockOf(world, node) - world.queue.nowMs()
  node.drift = { perMs: random.between(-50, 50) / 1000, sinceMs: world.queue.nowMs() }
  world.note(`clock of node ${node.index} drifts by ${node.drift.perMs * 1000} ms per second`)
  return true
}

function fillDisk(world: World, random: Random): boolean {
  const node = random.pick(world.nodes)
  node.disk.isFull = true
  world.note(`disk of node ${node.index} is full`)
  world.after(random.between(500, 8_000), () => {
    node.disk.isFull = false
  })
  return true
}

/** Honest nodes that do not sign, or sign what they must not: never more than f. */
export function countFaulty(world: World): number {
  return world.nodes.filter(
    (node) =>
      isHostile(node) ||
      node.isDead ||
      node.disk.rotten === 'log' ||
      node.disk.floor > world.heightMax,
  ).length
}

function mayForget(world: World, node: SimulatedNode): boolean {
  const { chain } = node.disk
  const members = setAt(chain, heightOfDisk(node.disk) + 2).length
  const f = Math.min(world.f, faultyMax(members))
  return !isHostile(node) && !node.isDead && countFaulty(world) < f
}

/**
 * Whether another honest node has the chain of this one. The last copy of a decision is never lost:
 * who fell silent at its height counts on getting it, and is not one of the f any more.
 */
function isElsewhere(world: World, node: SimulatedNode): boolean {
  return world.nodes.some(
    (other) =>
      other !== node &&
      !isHostile(other) &&
      other.disk.rotten === null &&
      heightOfDisk(other.disk) >= heightOfDisk(node.disk),
  )
}

/** The bound on faults holds only while every decision is kept by somebody honest. */
function assertKept(world: World): void {
  const isKept = world.nodes.some(
    (node) => !isHostile(node) && heightOfDisk(node.disk) >= world.heightMax,
  )
  assert(isKept, `the simulator keeps a copy of height ${world.heightMax}`)
}

/** What a node may have signed is at most one above the highest decision (W6). */
function markerFloor(world: World, node: SimulatedNode): number {
  const { disk } = node
  return disk.wasSetBack ? world.heightMax + 1 : heightOfDisk(disk) + 1
}

/** The operator answers a refused start: as an amnesiac, or with the store restored. */
export function repair(world: World, node: SimulatedNode, random: Random): void {
  const { disk } = node
  if (disk.rotten === 'log') {
    disk.floor = Math.max(disk.floor, markerFloor(world, node))
    disk.log = []
  } else if (disk.rotten === 'store') {
    truncateChain(disk.chain, random.between(0, heightOfDisk(disk)))
    disk.wasSetBack = true
    assertKept(world)
  } else return
  world.note(`${disk.rotten} of node ${node.index} repaired, floor ${disk.floor}`)
  world.count(`${disk.rotten} repaired`)
  disk.rotten = null
  startNode(world, node)
}

function rot(world: World, random: Random, what: 'log' | 'store'): boolean {
  const node = random.pick(world.nodes)
  if (isHostile(node) || node.isDead || node.disk.rotten !== null) return false
  if (what === 'log' ? !mayForget(world, node) : !isElsewhere(world, node)) return false
  crashNode(world, node)
  node.disk.rotten = what
  world.note(`${what} of node ${node.index} rots`)
  world.after(random.between(50, 1_000), () => startNode(world, node))
  world.after(random.between(1_000, 6_000), () => repair(world, node, random))
  return true
}

/** A backup is taken, and some time later the node is set back to it: that counts. */
function amnesia(world: World, random: Random): boolean {
  const node = random.pick(world.nodes)
  const backup = takeBackup(node.disk)
  world.backups.add(backup)
  world.after(random.between(500, 15_000), () => {
    world.backups.delete(backup)
    if (!world.isFaulty || node.disk.rotten !== null || !mayForget(world, node)) return
    if (!isElsewhere(world, node)) return
    crashNode(world, node)
    world.count('amnesia')
    world.note(`node ${node.index} is set back to height ${backup.height}`)
    restoreBackup(node.disk, backup, world.heightMax + 1)
    assertKept(world)
    world.after(random.between(50, 2_000), () => startNode(world, node))
  })
  return false
}

function poison(world: World): boolean {
  submit(world, world.nextTransaction('poison'))
  return true
}

/** One member joins or leaves, when the last change is in force. */
function changeSet(world: World, random: Random): boolean {
  const node = world.nodes.find((each) => heightOfDisk(each.disk) === world.heightMax)
  if (node === undefined) return false
  const { chain } = node.disk
  const set = setAt(chain, world.heightMax + 2)
  if (set !== setAt(chain, world.heightMax + 1) || isSetChanging(world)) return false
  const { length: n } = world.founders
  const outside = world.addresses.filter((each) => !set.includes(each))
  const mayLeave = set.filter((each) => !isAlwaysMember(world, each))
  const isJoin = set.length <= n || mayLeave.length === 0
  const who = isJoin ? outside : mayLeave
  if (who.length === 0) return false
  const index = world.addresses.indexOf(random.pick(who))
  world.note(`node ${index} is to ${isJoin ? 'join' : 'leave'}`)
  submit(world, world.nextTransaction(isJoin ? 'add' : 'remove', index))
  return true
}

/** Whether a change waits in a pool: two at once would take the set below its first size. */
function isSetChanging(world: World): boolean {
  const isChange = (id: number): boolean => ['add', 'remove'].includes(kindOfTransaction(id))
  return world.nodes.some((node) => [...node.pool].some(isChange))
}

/** Two founders stay, so that a chain of one or two never loses them. */
function isAlwaysMember(world: World, address: string): boolean {
  return world.founders.length < 4 && world.founders.includes(address as `0x${string}`)
}

/** `getValidators()` fails for a while: the set stays. */
function breakSet(world: World, random: Random): boolean {
  submit(world, world.nextTransaction('break'))
  world.after(random.between(500, 5_000), () => submit(world, world.nextTransaction('mend')))
  return true
}

/** what begins a fault; whether there was something to begin, for the count */
const BEGIN: Readonly<Record<FaultKind, (world: World, random: Random) => boolean>> = {
  partition: (world, random) => cut(world, random, false),
  'one-way': (world, random) => cut(world, random, true),
  'isolate-primary': isolatePrimary,
  clog,
  crash,
  'restart-all': restartAll,
  halt,
  pause,
  'clock-jump': jumpClock,
  'clock-drift': driftClock,
  'disk-full': fillDisk,
  'bit-rot-log': (world, random) => rot(world, random, 'log'),
  'bit-rot-store': (world, random) => rot(world, random, 'store'),
  amnesia,
  poison,
  'set-change': changeSet,
  'set-broken': breakSet,
}

/** One fault, unless it is to be left out. */
function begin(world: World, kind: FaultKind): void {
  const index = (world.begun.get(kind) ?? 0) + 1
  world.begun.set(kind, index)
  const name = `${kind}#${index}`
  if (world.skip.has(name)) return
  world.note(name)
  if (BEGIN[kind](world, world.random.fork(name))) world.count(kind)
}

/** Draws for every kind of fault as long as the phase lasts. */
export function injectFaults(world: World): void {
  const { rates } = world.profile
  const { phase } = world
  for (const kind of Object.keys(rates) as FaultKind[]) {
    const random = world.random.fork(`${kind} in phase ${phase}`)
    const tick = (): void => {
      if (!world.isFaulty || world.phase !== phase) return
      if (random.chance(((rates[kind] ?? 0) * TICK_MS) / 1000)) begin(world, kind)
      world.after(TICK_MS, tick)
    }
    tick()
  }
}
