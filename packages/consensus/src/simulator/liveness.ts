/**
 * Liveness mode: after a heal with at most f faulty nodes and clocks within D/2 there is a decision
 * within n + 2 windows of the width in force (invariant 15), soon everybody has it, and what
 * clients gave to an honest node is included (invariant 16).
 */
import { checkStateSize } from './bounds.ts'
import { violated } from './checks.ts'
import { repair, resume } from './faults.ts'
import { clockOf, headHeight, isHostile, type SimulatedNode, startNode } from './node.ts'
import { headOf, kindOfTransaction, setAt } from './registry.ts'
import { quorumSize, stepOfRound, windowAt } from './rules.ts'
import { meetPeers } from './sync.ts'
import type { World } from './world.ts'

export interface Progress {
  cycles: number
  decisionStepsMax: number
  recoveryStepsMax: number
  boundUsedMax: number
}

/** one event per simulated microsecond would be more than any profile makes */
const EVENTS_PER_PHASE_MAX = 20_000_000
/** after a decision everybody has it: two statuses, and 64 blocks per request of who is behind */
const STEPS_TO_SPREAD = 4
const BLOCKS_PER_STEP = 64
/** two blocks in an own window are less than any profile makes when it is calm */
const TRANSACTIONS_PER_TURN = 16

/** Runs until it is done, or the time is over. */
export function runUntil(world: World, untilMs: number, isDone: () => boolean): boolean {
  for (let events = 0; events < EVENTS_PER_PHASE_MAX; events++) {
    if (isDone()) return true
    if (world.queue.nowMs() > untilMs) return false
    if (!world.queue.advance()) return isDone()
  }
  return violated('TOO_MANY_EVENTS', `more than ${EVENTS_PER_PHASE_MAX} in one phase`)
}

/** honest nodes that are not gone for good */
function mustFollow(node: SimulatedNode): boolean {
  return !isHostile(node) && !node.isDead
}

/** The lowest head of honest nodes. */
export function lowestHead(world: World): number {
  let lowest = Number.POSITIVE_INFINITY
  for (const node of world.nodes) if (mustFollow(node)) lowest = Math.min(lowest, headHeight(node))
  return lowest
}

/** The lowest height that some honest node may work on again, set back to a backup. */
function lowestNeeded(world: World): number {
  let lowest = lowestHead(world)
  for (const { height } of world.backups) lowest = Math.min(lowest, height)
  return lowest
}

/** The last round of a height that a node has signed for; -1 when there is none. */
function lastSignedRound({ disk }: SimulatedNode, height: number): number {
  let last = -1
  for (const record of [...disk.log, ...disk.unsynced]) {
    const own = record.kind === 'sent' ? record.message : record
    if (record.kind !== 'sent' && record.kind !== 'forgotten') continue
    if ('round' in own && own.height === height) last = Math.max(last, own.round)
  }
  return last
}

/**
 * Steps until q members may sign at the height that is open. Who has signed for a window that is
 * yet to come, by a clock that was ahead, signs nothing before it (R5) and counts as faulty till
 * then; at n = 1 one such clock is more than f.
 */
function silentSteps(world: World, step: number): number {
  const { parameters, heightMax } = world
  const tip = world.nodes.find((node) => headHeight(node) === heightMax)
  if (tip === undefined) return 0
  const members = setAt(tip.disk.chain, heightMax + 1)
  const n = members.length
  const parentStep = Math.floor(headOf(tip.disk.chain).header.timestamp / parameters.stepSeconds)
  const silent = world.nodes
    .filter((node) => mustFollow(node) && members.includes(node.address))
    .map((node) => {
      const round = lastSignedRound(node, heightMax + 1)
      return round < 0 ? 0 : stepOfRound(parameters, n, { parentStep, round }) - step
    })
    .sort((a, b) => a - b)
  return Math.max(0, silent[Math.min(quorumSize(n), silent.length) - 1] ?? 0)
}

/**
 * Steps that invariant 15 allows until a decision, from now. The height of a block from a clock
 * that was ahead begins only when time has come to its step (S4); with f = 0 one such clock can
 * make it.
 */
function boundSteps(world: World): number {
  const { parameters } = world
  const step = Math.floor(world.queue.nowMs() / 1000 / parameters.stepSeconds)
  let [width, n, lead] = [1, 1, 0]
  for (const { state, disk } of world.nodes) {
    if (state === null) continue
    const { header } = headOf(disk.chain)
    const members = setAt(disk.chain, header.number + 1).length
    const parentStep = Math.floor(header.timestamp / parameters.stepSeconds)
    lead = Math.max(lead, parentStep - step)
    width = Math.max(width, windowAt(parameters, members, { parentStep, step })?.width ?? 1)
    n = Math.max(n, members)
  }
  return Math.max(lead, silentSteps(world, step)) + (n + 2) * width
}

/** Ends every fault. Hostile nodes stay hostile, dead ones dead, older ones old. */
export function heal(world: World): void {
  world.isFaulty = false
  world.links.heal()
  world.note('heal')
  const { skewMs } = world.profile
  for (const node of world.nodes) {
    const errorMs = clockOf(world, node) - world.queue.nowMs()
    node.drift = null
    node.skewMs = Math.max(-skewMs, Math.min(skewMs, errorMs))
    node.disk.isFull = false
    repair(world, node, node.random)
    if (node.pausedUntilMs > 0) resume(node)
    startNode(world, node)
    if (node.state !== null && !isHostile(node)) checkStateSize(node.state, node.index)
  }
  meetPeers(world)
}

function stall(world: World, what: string, steps: number): never {
  const heads = world.nodes.map(headHeight).join(', ')
  return violated('NO_PROGRESS', `${what} within ${steps.toFixed(1)} steps of heal, heads ${heads}`)
}

/** Invariant 15: a decision within the bound, and everybody has it soon after. */
export function recovers(world: World, progress: Progress): void {
  const { queue } = world
  const stepMs = world.parameters.stepSeconds * 1000
  const startMs = queue.nowMs()
  const stepsSince = (): number => (queue.nowMs() - startMs) / stepMs
  const target = world.heightMax + 1
  const lag = target - 1 - lowestHead(world)
  const bound = boundSteps(world)
  if (!runUntil(world, startMs + bound * stepMs, () => world.heightMax >= target))
    stall(world, `height ${target}`, bound)
  progress.decisionStepsMax = Math.max(progress.decisionStepsMax, stepsSince())
  progress.boundUsedMax = Math.max(progress.boundUsedMax, stepsSince() / bound)
  const spread = stepsSince() + STEPS_TO_SPREAD + lag / BLOCKS_PER_STEP
  if (!runUntil(world, startMs + spread * stepMs, () => lowestHead(world) >= target))
    stall(world, `height ${target} on every node`, spread)
  progress.recoveryStepsMax = Math.max(progress.recoveryStepsMax, stepsSince())
  world.checks.forget(lowestNeeded(world) - 1)
}

/** Whether the run ends with an inclusion check: not when hostile nodes may fill every block. */
export function bearsFruit(world: World): boolean {
  return world.nodes.some(mustFollow)
}

/** The most that an honest member holds. */
function waitingTransactions(world: World): number {
  let most = 0
  for (const node of world.nodes) {
    const isMember = setAt(node.disk.chain, headHeight(node) + 1).includes(node.address)
    if (!mustFollow(node) || !isMember) continue
    const held = [...node.pool].filter((id) => kindOfTransaction(id) !== 'poison').length
    most = Math.max(most, held)
  }
  return most
}

/** Invariant 16: with nothing new coming in, everything that honest members hold is included. */
export function empties(world: World): void {
  world.isBusy = false
  const stepMs = world.parameters.stepSeconds * 1000
  const startMs = world.queue.nowMs()
  // who alone holds them proposes once in n windows
  const turns = 2 + waitingTransactions(world) / TRANSACTIONS_PER_TURN
  const steps = turns * boundSteps(world)
  for (let atMs = startMs; atMs < startMs + steps * stepMs; atMs += stepMs) {
    if (waitingTransactions(world) === 0) return
    runUntil(world, atMs + stepMs, () => false)
  }
  violated('NOT_INCLUDED', `${waitingTransactions(world)} left after ${steps.toFixed(1)} steps`)
}
