/**
 * Fault profiles: what may go wrong, how often. Probabilities are per event, rates per simulated
 * second, times in milliseconds. docs/simulator.md explains every kind.
 */
import type { BehaviourName } from './byzantine.ts'

/** Faults that begin at a rate; faults.ts has one function for each. */
export type FaultKind =
  | 'partition'
  | 'one-way'
  | 'isolate-primary'
  | 'clog'
  | 'crash'
  | 'restart-all'
  | 'halt'
  | 'pause'
  | 'clock-jump'
  | 'clock-drift'
  | 'disk-full'
  | 'bit-rot-log'
  | 'bit-rot-store'
  | 'amnesia'
  | 'poison'
  | 'set-change'
  | 'set-broken'

export interface Profile {
  readonly name: string
  /** length of a phase with faults, simulated milliseconds */
  readonly phaseMs: readonly [number, number]
  /** messages lost, and delivered twice */
  readonly loss: number
  readonly duplicate: number
  /** delay of a message, and the tail that reorders */
  readonly delayMs: readonly [number, number]
  readonly slow: number
  readonly slowMs: number
  /** faults that begin per simulated second */
  readonly rates: Readonly<Partial<Record<FaultKind, number>>>
  /** crash before an effect is performed and inside every write and fsync, per effect */
  readonly crashPerEffect: number
  /** constant clock error of a node, up to ± this */
  readonly skewMs: number
  /** an fsync, an execution */
  readonly fsyncMs: readonly [number, number]
  readonly executeMs: readonly [number, number]
  /** an execution that takes this much longer */
  readonly lateExecution: number
  readonly lateExecutionMs: number
  /** what hostile nodes may do; each of them gets one to five of these by the seed */
  readonly behaviours: readonly BehaviourName[]
  /** share of f that is hostile, rounded up */
  readonly hostile: number
  /** share of f that never comes up, of what is left */
  readonly dead: number
  /** share of f that runs the older protocol, rounded up; they are honest */
  readonly old: number
  /** a spare node that may join the set */
  readonly spares: number
  readonly signatures: 'simulated' | 'real'
}

const CALM: Profile = {
  name: 'calm',
  phaseMs: [5_000, 40_000],
  loss: 0,
  duplicate: 0,
  delayMs: [1, 3],
  slow: 0,
  slowMs: 0,
  rates: {},
  crashPerEffect: 0,
  skewMs: 0,
  fsyncMs: [1, 2],
  executeMs: [1, 3],
  lateExecution: 0,
  lateExecutionMs: 0,
  behaviours: [],
  hostile: 0,
  dead: 0,
  old: 0,
  spares: 0,
  signatures: 'simulated',
}

const LOSSY: Profile = {
  ...CALM,
  name: 'lossy',
  loss: 0.25,
  duplicate: 0.1,
  delayMs: [1, 60],
  slow: 0.05,
  slowMs: 2_500,
}

/** delays of the order of a window: rounds end in the middle of their votes */
const EDGE: Profile = {
  ...CALM,
  name: 'edge',
  loss: 0.15,
  delayMs: [1, 600],
  slow: 0.1,
  slowMs: 2_000,
}

const PARTITION: Profile = {
  ...CALM,
  name: 'partition',
  loss: 0.02,
  delayMs: [1, 30],
  slow: 0.02,
  slowMs: 1_500,
  rates: { partition: 0.2, 'one-way': 0.2, 'isolate-primary': 0.1 },
}

/** traffic that waits and comes at once, processes that stop and go on */
const CLOG: Profile = {
  ...CALM,
  name: 'clog',
  loss: 0.02,
  delayMs: [1, 30],
  rates: { clog: 0.5, pause: 0.2, 'isolate-primary': 0.1 },
}

const CRASH: Profile = {
  ...CALM,
  name: 'crash',
  loss: 0.05,
  rates: { crash: 0.3 },
  crashPerEffect: 0.004,
  fsyncMs: [1, 20],
}

const RESTART_ALL: Profile = {
  ...CALM,
  name: 'restart-all',
  loss: 0.15,
  delayMs: [1, 80],
  rates: { 'restart-all': 0.4 },
  fsyncMs: [1, 30],
}

/** every way in which a disk fails */
const DISK: Profile = {
  ...CALM,
  name: 'disk',
  loss: 0.1,
  delayMs: [1, 60],
  rates: { 'disk-full': 0.1, 'bit-rot-log': 0.05, 'bit-rot-store': 0.05, amnesia: 0.1, crash: 0.1 },
  crashPerEffect: 0.01,
  fsyncMs: [1, 40],
}

const SKEW: Profile = {
  ...CALM,
  name: 'skew',
  loss: 0.05,
  delayMs: [1, 40],
  skewMs: 450,
  rates: { 'clock-jump': 0.2, 'clock-drift': 0.1 },
  lateExecution: 0.05,
  lateExecutionMs: 1_800,
}

/** the set changes while the network is cut and nodes crash; the contract breaks now and then */
const ROTATION: Profile = {
  ...PARTITION,
  name: 'rotation',
  rates: { ...PARTITION.rates, crash: 0.1, 'set-change': 0.5, 'set-broken': 0.05 },
  spares: 2,
}

const BYZANTINE: Profile = {
  ...LOSSY,
  name: 'byzantine',
  loss: 0.1,
  rates: { partition: 0.1, 'one-way': 0.1 },
  hostile: 1,
  behaviours: [
    'equivocate',
    'selective',
    'withhold',
    'invalid-block',
    'bad-seal',
    'ignore-locks',
    'amnesia',
    'clone',
    'flood',
    'lie',
    'poison-block',
  ],
}

/** f validators are gone for good: blocks go on */
const DEAD: Profile = { ...CALM, name: 'dead', loss: 0.02, delayMs: [1, 20], dead: 1 }

/** halts of minutes, so that windows widen and old rounds are forgotten */
const HALT: Profile = {
  ...CALM,
  name: 'halt',
  phaseMs: [60_000, 1_000_000],
  loss: 0.05,
  delayMs: [1, 40],
  rates: { halt: 0.2 },
}

/** transactions that outlast a window, and slow machines */
const POISON: Profile = {
  ...CALM,
  name: 'poison',
  loss: 0.05,
  delayMs: [1, 40],
  rates: { poison: 0.5 },
  executeMs: [1, 80],
  lateExecution: 0.05,
  lateExecutionMs: 2_500,
}

/** f nodes of an older version in a rolling upgrade: they know no help by polka and no evidence */
const MIXED: Profile = {
  ...LOSSY,
  name: 'mixed',
  loss: 0.15,
  rates: { 'restart-all': 0.1, crash: 0.2, partition: 0.1 },
  old: 1,
}

const STORM: Profile = {
  ...LOSSY,
  name: 'storm',
  loss: 0.15,
  rates: {
    ...{ partition: 0.15, 'one-way': 0.15, crash: 0.2, 'restart-all': 0.1, 'clock-jump': 0.05 },
    ...{ clog: 0.1, pause: 0.05, 'isolate-primary': 0.05, 'clock-drift': 0.02 },
  },
  crashPerEffect: 0.002,
  skewMs: 300,
  fsyncMs: [1, 25],
  executeMs: [1, 40],
  lateExecution: 0.02,
  lateExecutionMs: 1_500,
}

/** everything at once */
const CHAOS: Profile = {
  ...STORM,
  name: 'chaos',
  rates: {
    ...STORM.rates,
    ...{ 'disk-full': 0.02, 'bit-rot-log': 0.02, 'bit-rot-store': 0.02, amnesia: 0.05 },
    ...{ poison: 0.1, 'set-change': 0.2, 'set-broken': 0.02, halt: 0.02 },
  },
  behaviours: BYZANTINE.behaviours,
  hostile: 0.5,
  old: 0.5,
  spares: 2,
}

/** secp256k1 instead of signatures that cost nothing */
const REAL: Profile = {
  ...LOSSY,
  name: 'real',
  loss: 0.1,
  rates: { crash: 0.1, partition: 0.1 },
  signatures: 'real',
}

const ALL = [
  ...[CALM, LOSSY, EDGE, PARTITION, CLOG, CRASH, RESTART_ALL, DISK, HALT, DEAD, SKEW, ROTATION],
  ...[BYZANTINE, POISON, MIXED, STORM, CHAOS, REAL],
]

/** Profiles by name. */
export const profiles: ReadonlyMap<string, Profile> = new Map(ALL.map((each) => [each.name, each]))
