/**
 * Fault profiles: what may go wrong, how often. Probabilities are per event, times in milliseconds.
 */

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
  /** how often per simulated second something of these begins, for a while */
  readonly partitionsPerSecond: number
  readonly crashesPerSecond: number
  readonly restartAllPerSecond: number
  readonly clockJumpsPerSecond: number
  /** f+1 nodes at once are gone for up to two minutes: nothing can be decided */
  readonly haltsPerSecond: number
  /** crash before an effect is performed, per effect */
  readonly crashPerEffect: number
  /** constant clock error of a node, up to ± this */
  readonly skewMs: number
  /** an fsync, an execution */
  readonly fsyncMs: readonly [number, number]
  readonly executeMs: readonly [number, number]
  /** an execution that takes this long */
  readonly lateExecution: number
  readonly lateExecutionMs: number
  /** the set changes every so many heights; 0 never */
  readonly setChangeEvery: number
  /** nodes that equivocate (at most f) */
  readonly byzantine: number
  /** nodes that never come up (with the equivocators at most f) */
  readonly dead: number
}

const CALM: Profile = {
  name: 'calm',
  phaseMs: [5_000, 40_000],
  loss: 0,
  duplicate: 0,
  delayMs: [1, 3],
  slow: 0,
  slowMs: 0,
  partitionsPerSecond: 0,
  crashesPerSecond: 0,
  restartAllPerSecond: 0,
  clockJumpsPerSecond: 0,
  haltsPerSecond: 0,
  crashPerEffect: 0,
  skewMs: 0,
  fsyncMs: [1, 2],
  executeMs: [1, 3],
  lateExecution: 0,
  lateExecutionMs: 0,
  setChangeEvery: 0,
  byzantine: 0,
  dead: 0,
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
  partitionsPerSecond: 0.4,
}

const CRASH: Profile = {
  ...CALM,
  name: 'crash',
  loss: 0.05,
  crashPerEffect: 0.004,
  crashesPerSecond: 0.3,
  fsyncMs: [1, 20],
}

const RESTART_ALL: Profile = {
  ...CALM,
  name: 'restart-all',
  loss: 0.15,
  delayMs: [1, 80],
  restartAllPerSecond: 0.4,
  fsyncMs: [1, 30],
}

const SKEW: Profile = {
  ...CALM,
  name: 'skew',
  loss: 0.05,
  delayMs: [1, 40],
  skewMs: 450,
  clockJumpsPerSecond: 0.2,
  lateExecution: 0.05,
  lateExecutionMs: 1_800,
}

const ROTATION: Profile = {
  ...PARTITION,
  name: 'rotation',
  setChangeEvery: 15,
  crashesPerSecond: 0.1,
}

const BYZANTINE: Profile = {
  ...LOSSY,
  name: 'byzantine',
  loss: 0.1,
  byzantine: 1,
  partitionsPerSecond: 0.2,
}

/** one validator is gone for good: blocks go on */
const DEAD: Profile = { ...CALM, name: 'dead', loss: 0.02, delayMs: [1, 20], dead: 1 }

/** halts of up to two minutes, so that windows widen and old rounds are forgotten */
const HALT: Profile = {
  ...CALM,
  name: 'halt',
  phaseMs: [60_000, 300_000],
  loss: 0.05,
  delayMs: [1, 40],
  haltsPerSecond: 0.2,
}

const STORM: Profile = {
  ...LOSSY,
  name: 'storm',
  loss: 0.15,
  partitionsPerSecond: 0.3,
  crashesPerSecond: 0.2,
  restartAllPerSecond: 0.1,
  clockJumpsPerSecond: 0.05,
  crashPerEffect: 0.002,
  skewMs: 300,
  fsyncMs: [1, 25],
  executeMs: [1, 40],
  lateExecution: 0.02,
  lateExecutionMs: 1_500,
}

const ALL = [
  CALM,
  LOSSY,
  EDGE,
  PARTITION,
  CRASH,
  RESTART_ALL,
  HALT,
  DEAD,
  SKEW,
  ROTATION,
  BYZANTINE,
  STORM,
]

/** Profiles by name. */
export const profiles: ReadonlyMap<string, Profile> = new Map(ALL.map((each) => [each.name, each]))
