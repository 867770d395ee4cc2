/** Runs a simulation to a height and reports what happened; a failure names seed and profile. */
import { AssertionError, assert, VecheError } from '@veche/primitives'
import type { ConsensusParameters } from '../parameters.ts'
import { roundAt, roundWidth, stepAt } from '../schedule.ts'
import type { Weakness } from '../state.ts'
import { violated } from './checks.ts'
import { injectFaults } from './faults.ts'
import { headHeight, type SimulatedNode, startNode } from './node.ts'
import { type Profile, profiles } from './profiles.ts'
import { createWorld, injectWork, type World } from './world.ts'

export interface SimulationOptions {
  readonly seed: number
  /** run until this height is final on every node */
  readonly heights: number
  /** name of a profile */
  readonly profile: string
  /** members; default 4 */
  readonly n?: number
  /** encode, decode and authenticate every message; default true */
  readonly wire?: boolean
  /** length of a phase with faults, simulated milliseconds; default by seed and profile */
  readonly faultMs?: number
  /** genesis parameters other than the simulator's own */
  readonly parameters?: Partial<ConsensusParameters>
  /** break a rule on purpose, to prove that the simulator notices */
  readonly weaken?: Weakness
}

export interface SimulationReport {
  readonly seed: number
  readonly profile: string
  readonly heights: number
  readonly simulatedMs: number
  readonly inputs: number
  readonly messages: number
  readonly cycles: number
  /** slowest time from heal to a new decision on every node, milliseconds */
  readonly recoveryMsMax: number
  readonly faults: Readonly<Record<string, number>>
  /** hash of the last common block: equal for equal seeds */
  readonly head: string
  readonly failure?: { readonly code: string; readonly reason: string }
}

interface Progress {
  cycles: number
  recoveryMsMax: number
}

/** one event per simulated microsecond would be more than any profile makes */
const EVENTS_PER_PHASE_MAX = 5_000_000

function runUntil(world: World, untilMs: number, isDone: () => boolean): boolean {
  for (let events = 0; events < EVENTS_PER_PHASE_MAX; events++) {
    if (isDone()) return true
    if (world.queue.nowMs() > untilMs) return false
    if (!world.queue.advance()) return isDone()
  }
  return violated('TOO_MANY_EVENTS', `more than ${EVENTS_PER_PHASE_MAX} in one phase`)
}

/** honest nodes that are not gone for good */
function mustFollow(node: SimulatedNode): boolean {
  return !node.isByzantine && !node.isDead
}

function lowestHead(world: World): number {
  return Math.min(...world.nodes.filter(mustFollow).map(headHeight))
}

/** (n + 2) windows of the width in force, a restart, and a few steps for statuses and sync. */
function recoveryBoundMs(world: World): number {
  const { stepSeconds } = world.parameters
  let width = 1
  let n = 1
  for (const { state } of world.nodes) {
    if (state === null) continue
    const { schedule, parent } = state.current
    const step = stepAt(world.queue.nowMs(), stepSeconds)
    width = Math.max(width, roundWidth(schedule, Math.max(0, roundAt(schedule, parent.step, step))))
    n = Math.max(n, schedule.n)
  }
  return ((n + 2) * width + 10) * stepSeconds * 1000
}

function heal(world: World): void {
  world.isFaulty = false
  world.links.heal(true)
  const { skewMs } = world.profile
  for (const node of world.nodes) {
    node.skewMs = Math.max(-skewMs, Math.min(skewMs, node.skewMs))
    if (node.state === null) startNode(world, node)
  }
}

/** Safety mode for a while, then liveness mode until everybody decided two more blocks. */
function runCycle(world: World, options: SimulationOptions, progress: Progress): void {
  const { queue, random } = world
  const faultMs = options.faultMs ?? random.between(...world.profile.phaseMs)
  world.isFaulty = true
  world.links.spoil()
  injectFaults(world)
  runUntil(world, queue.nowMs() + faultMs, () => lowestHead(world) >= options.heights)
  heal(world)
  const startMs = queue.nowMs()
  const target = world.heightMax + 2
  const boundMs = recoveryBoundMs(world)
  if (!runUntil(world, startMs + boundMs, () => lowestHead(world) >= target)) {
    const heads = world.nodes.map(headHeight).join(', ')
    violated('NO_PROGRESS', `height ${target} within ${boundMs} ms of heal, heads ${heads}`)
  }
  progress.cycles++
  progress.recoveryMsMax = Math.max(progress.recoveryMsMax, queue.nowMs() - startMs)
}

function failureOf(error: unknown): { code: string; reason: string } {
  if (error instanceof VecheError) return { code: error.code, reason: error.message }
  if (error instanceof AssertionError)
    return { code: 'ASSERTION', reason: error.stack ?? error.message }
  throw error
}

function start(world: World): void {
  const { random, profile } = world
  for (const node of world.nodes) {
    if (profile.skewMs > 0) node.skewMs = random.between(-profile.skewMs, profile.skewMs)
    world.after(random.between(0, 500), () => {
      if (node.state === null) startNode(world, node)
    })
  }
  injectWork(world, 40)
}

function createReport(
  world: World,
  options: SimulationOptions,
  progress: Progress,
): SimulationReport {
  const heights = lowestHead(world)
  return {
    seed: options.seed,
    profile: options.profile,
    heights,
    simulatedMs: world.queue.nowMs() - world.genesis.timestamp * 1000,
    inputs: world.inputs,
    messages: world.links.delivered,
    ...progress,
    faults: Object.fromEntries([...world.faults].sort()),
    head: world.checks.decidedAt(heights) ?? '',
  }
}

/**
 * Runs one seed. Never throws for what the network did: see `failure`. Same options, same report.
 */
export function simulate(options: SimulationOptions): SimulationReport {
  const profile: Profile | undefined = profiles.get(options.profile)
  assert(profile !== undefined, `a profile of ${[...profiles.keys()].join(', ')} expected`)
  const world = createWorld({
    seed: options.seed,
    profile,
    n: options.n ?? 4,
    wire: options.wire ?? true,
    parameters: options.parameters ?? {},
    ...(options.weaken === undefined ? {} : { weaken: options.weaken }),
  })
  const progress: Progress = { cycles: 0, recoveryMsMax: 0 }
  try {
    start(world)
    while (lowestHead(world) < options.heights) runCycle(world, options, progress)
  } catch (error) {
    return { ...createReport(world, options, progress), failure: failureOf(error) }
  }
  return createReport(world, options, progress)
}
