/** Runs a simulation to a height and reports what happened; a failure names seed and profile. */
import { type Address, AssertionError, assert, VecheError } from '@veche/primitives'
import type { ConsensusParameters } from '../parameters.ts'
import type { Weakness } from '../state.ts'
import type { BehaviourName } from './byzantine.ts'
import { injectWork } from './clients.ts'
import { injectFaults } from './faults.ts'
import {
  bearsFruit,
  empties,
  heal,
  lowestHead,
  type Progress,
  recovers,
  runUntil,
} from './liveness.ts'
import type { Machine } from './machine.ts'
import { isHostile, startNode } from './node.ts'
import { type FaultKind, type Profile, profiles } from './profiles.ts'
import { lookForBlocks } from './sync.ts'
import type { TraceEvent } from './trace.ts'
import { createWorld, type World, type WorldOptions } from './world.ts'

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
  /** another machine than this package's, to see whether the simulator notices */
  readonly machine?: Machine
  /** break a rule on purpose, to prove that the simulator notices */
  readonly weaken?: Weakness
  /** secp256k1, or signatures that cost nothing; default what the profile says */
  readonly signatures?: 'simulated' | 'real'
  /** kinds of faults that are switched off; see {@link SWITCHES} and `FaultKind` */
  readonly without?: readonly string[]
  /** faults that are left out, as `kind#index` */
  readonly skip?: readonly string[]
  /** codes of broken invariants that do not end the run, to see what they lead to */
  readonly tolerate?: readonly string[]
  /** exactly so many hostile nodes with exactly these behaviours; more than f is allowed */
  readonly hostile?: { readonly count: number; readonly behaviours: readonly BehaviourName[] }
  /** called for everything that happens, in order */
  readonly onEvent?: (event: TraceEvent) => void
}

export interface SimulationFailure {
  readonly code: string
  readonly reason: string
  /** of a fork: the height, and who broke the rules there by their own signatures */
  readonly height?: number
  readonly culprits?: readonly Address[]
}

export interface SimulationReport {
  readonly seed: number
  readonly profile: string
  readonly n: number
  readonly heights: number
  readonly simulatedMs: number
  readonly inputs: number
  readonly messages: number
  /** phases with faults, each with its recovery */
  readonly cycles: number
  /** slowest decision after a heal, in steps */
  readonly decisionStepsMax: number
  /** slowest time from heal until every node has that decision, in steps */
  readonly recoveryStepsMax: number
  /** most of what invariant 15 allows that a decision after a heal needed, 1 = all of it */
  readonly boundUsedMax: number
  readonly faults: Readonly<Record<string, number>>
  /** faults begun, `kind#index` in order of kinds */
  readonly begun: Readonly<Record<string, number>>
  /** hash of the last common block */
  readonly head: string
  /** running hash over everything that happened: equal for equal options */
  readonly digest: string
  readonly failure?: SimulationFailure
}

/** Parts of a profile that are no rate, by the name under which they are switched off. */
export const SWITCHES: Readonly<Record<string, Partial<Profile>>> = {
  loss: { loss: 0 },
  duplicate: { duplicate: 0 },
  delay: { slow: 0 },
  jitter: { delayMs: [1, 1] },
  'crash-at-write': { crashPerEffect: 0 },
  skew: { skewMs: 0 },
  'late-execution': { lateExecution: 0 },
  hostile: { hostile: 0 },
  dead: { dead: 0 },
  old: { old: 0 },
}

function switchedProfile(profile: Profile, options: SimulationOptions): Profile {
  let switched =
    options.signatures === undefined ? profile : { ...profile, signatures: options.signatures }
  for (const kind of options.without ?? []) {
    const { [kind as FaultKind]: _, ...rates } = switched.rates
    switched = { ...switched, rates, ...SWITCHES[kind] }
  }
  return switched
}

/** Safety mode for a while, then liveness mode until everybody decided again. */
function runCycle(world: World, options: SimulationOptions, progress: Progress): void {
  const { queue, random } = world
  const phase = random.fork(`phase ${world.phase}`)
  const faultMs = options.faultMs ?? phase.between(...world.profile.phaseMs)
  world.phase++
  world.isFaulty = true
  world.links.spoil()
  injectFaults(world)
  runUntil(world, queue.nowMs() + faultMs, () => lowestHead(world) >= options.heights)
  heal(world)
  recovers(world, progress)
  progress.cycles++
}

function failureOf(world: World, error: unknown): SimulationFailure {
  if (error instanceof AssertionError)
    return { code: 'ASSERTION', reason: error.stack ?? error.message }
  if (!(error instanceof VecheError)) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { code: 'EXCEPTION', reason }
  }
  const failure = { code: error.code, reason: error.message }
  if (error.code !== 'FORK') return failure
  const height = Number(/height (\d+)/.exec(error.message)?.[1])
  return { ...failure, height, culprits: world.checks.culpritsAt(height) }
}

function start(world: World): void {
  const { random, profile, nodes } = world
  for (const node of nodes) {
    if (profile.skewMs > 0) node.skewMs = node.random.between(-profile.skewMs, profile.skewMs)
    world.after(random.between(0, 500), () => startNode(world, node))
    lookForBlocks(world, node)
    if (isHostile(node)) act(world, node)
  }
  injectWork(world, 40)
}

function act(world: World, node: World['nodes'][number]): void {
  world.after(500, () => {
    if (node.state !== null) for (const each of node.behaviours) each.act?.({ world, node })
    act(world, node)
  })
}

function createReport(
  world: World,
  options: SimulationOptions,
  progress: Progress,
): SimulationReport {
  const heights = lowestHead(world)
  const sorted = (map: ReadonlyMap<string, number>): Record<string, number> =>
    Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)))
  return {
    seed: options.seed,
    profile: options.profile,
    n: world.founders.length,
    heights,
    simulatedMs: world.queue.nowMs() - world.genesis.timestamp * 1000,
    inputs: world.inputs,
    messages: world.links.delivered,
    ...progress,
    faults: sorted(world.faults),
    begun: sorted(world.begun),
    head: world.checks.decidedAt(heights) ?? '',
    digest: world.digest.toHex(),
  }
}

function worldOptions(options: SimulationOptions): WorldOptions {
  const profile = profiles.get(options.profile)
  assert(profile !== undefined, `a profile of ${[...profiles.keys()].join(', ')} expected`)
  const { machine, weaken, hostile, onEvent } = options
  return {
    seed: options.seed,
    profile: switchedProfile(profile, options),
    n: options.n ?? 4,
    wire: options.wire ?? true,
    parameters: options.parameters ?? {},
    skip: options.skip ?? [],
    tolerate: options.tolerate ?? [],
    ...(machine === undefined ? {} : { machine }),
    ...(weaken === undefined ? {} : { weaken }),
    ...(hostile === undefined ? {} : { hostile }),
    ...(onEvent === undefined ? {} : { onEvent }),
  }
}

/**
 * Runs one seed. Never throws for what the network or its machine did: see `failure`. Same options,
 * same report.
 */
export function simulate(options: SimulationOptions): SimulationReport {
  const world = createWorld(worldOptions(options))
  const progress: Progress = {
    ...{ cycles: 0, decisionStepsMax: 0, recoveryStepsMax: 0, boundUsedMax: 0 },
  }
  try {
    start(world)
    while (lowestHead(world) < options.heights) runCycle(world, options, progress)
    if (bearsFruit(world)) empties(world)
  } catch (error) {
    const failure = failureOf(world, error)
    return { ...createReport(world, options, progress), failure }
  }
  return createReport(world, options, progress)
}
