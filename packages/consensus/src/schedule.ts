/**
 * Which round is in force when, and whose turn it is: AuRa's clock, with windows that widen after a
 * long silence (consensus.md, "Schedule"; docs/spec/consensus.md S1–S5). Closed forms, never a loop
 * over rounds. All functions are pure; steps and rounds are safe integers.
 */
import { type Address, assert } from '@veche/primitives'
import { WINDOW_MAX_MAX } from './limits.ts'
import type { ConsensusParameters } from './parameters.ts'

export interface Schedule {
  /** members of the set */
  readonly n: number
  /** rounds of width 1: K = 2n + ⌈emptyBlockInterval / D⌉ */
  readonly narrow: number
  /** widths after that, steps, one per n rounds; the last one stays */
  readonly widths: readonly number[]
  /** starts[i] = n × (widths[0] + … + widths[i−1]): steps from round K to group i */
  readonly starts: readonly number[]
  /** S(0) − parent.step */
  readonly delay: 0 | 1
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}

/** The schedule of a set of `n` members. A bug when a parameter is out of its range. */
export function createSchedule(parameters: ConsensusParameters, n: number): Schedule {
  const { stepSeconds, emptyBlockIntervalSeconds, windowMax } = parameters
  assert(Number.isSafeInteger(stepSeconds) && stepSeconds >= 1, 'whole seconds per step expected')
  assert(
    windowMax >= 1 && windowMax <= WINDOW_MAX_MAX,
    `windowMax up to ${WINDOW_MAX_MAX} expected`,
  )
  const widths: number[] = []
  for (let width = 3; width <= windowMax; width += 2) if (gcd(width, n) === 1) widths.push(width)
  const starts = [0]
  for (const width of widths) starts.push((starts.at(-1) as number) + n * width)
  const narrow = 2 * n + Math.ceil(emptyBlockIntervalSeconds / stepSeconds)
  return { n, narrow, widths, starts, delay: parameters.blocksPerStepMax }
}

/** step(t) = ⌊unix seconds / D⌋ of a time in unix milliseconds. */
export function stepAt(nowMs: number, stepSeconds: number): number {
  return Math.floor(nowMs / (1000 * stepSeconds))
}

/** The unix millisecond at which a step begins. */
export function stepToMs(step: number, stepSeconds: number): number {
  return step * stepSeconds * 1000
}

/** Width of a round's window, steps. */
export function roundWidth(schedule: Schedule, round: number): number {
  if (round < schedule.narrow || schedule.widths.length === 0) return 1
  const group = Math.floor((round - schedule.narrow) / schedule.n)
  return schedule.widths[Math.min(group, schedule.widths.length - 1)] as number
}

/** S(r): the step at which round `round` of a height begins, given its parent's step. */
export function roundStart(schedule: Schedule, parentStep: number, round: number): number {
  const { n, narrow, widths, starts } = schedule
  const base = parentStep + schedule.delay
  if (round <= narrow || widths.length === 0) return base + round
  const group = Math.floor((round - narrow) / n)
  const whole = Math.min(group, widths.length)
  const beyond = group - whole
  const inside = (round - narrow) % n
  const last = widths.at(-1) as number
  const steps = (starts[whole] as number) + beyond * n * last
  return base + narrow + steps + inside * roundWidth(schedule, round)
}

/** The largest r with S(r) ≤ step, or −1 before S(0). */
export function roundAt(schedule: Schedule, parentStep: number, step: number): number {
  const { n, narrow, widths, starts } = schedule
  const offset = step - parentStep - schedule.delay
  if (offset < 0) return -1
  if (offset <= narrow || widths.length === 0) return offset
  const steps = offset - narrow
  let group = 0
  while (group < widths.length - 1 && (starts[group + 1] as number) <= steps) group++
  const inside = steps - (starts[group] as number)
  return narrow + group * n + Math.floor(inside / (widths[group] as number))
}

/** primary(step) = validators[step mod n]: AuRa's rule. */
export function primaryOf(validators: readonly Address[], step: number): Address {
  const primary = validators[step % validators.length]
  assert(primary !== undefined, `a step of a set expected, got ${step} of ${validators.length}`)
  return primary
}

/** proposer(h, r) = primary(S(r)). */
export function proposerOf(
  schedule: Schedule,
  validators: readonly Address[],
  at: { readonly parentStep: number; readonly round: number },
): Address {
  return primaryOf(validators, roundStart(schedule, at.parentStep, at.round))
}
