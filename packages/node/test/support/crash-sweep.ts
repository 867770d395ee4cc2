/**
 * Every crash of a run: at each file operation of a validator with every outcome of the power loss,
 * and at each place between two of its effects. Nothing is drawn at random: a case is its name.
 */
import { assert, VecheError } from '@veche/primitives'
import { Outcomes } from './crash-disk.ts'
import { type Blackout, CrashNet, type CrashOptions, type CrashPlan } from './crash-net.ts'

export interface Sweep extends Omit<CrashOptions, 'crash'> {
  readonly title: string
  readonly victims: readonly number[]
  readonly blackouts: readonly Blackout[]
  /** milliseconds down, taken in turn: back in the same round, or in a later one */
  readonly downMs: readonly number[]
  /** the very first opening is crashed, too */
  readonly isFirstStart?: boolean
}

export interface Failure {
  readonly code: string
  readonly reason: string
  /** the case: victim, place, outcome of the power loss */
  readonly where: string
}

export interface SweepReport {
  readonly cases: number
  readonly operations: number
  readonly places: number
  /** simulated milliseconds from the last crash to two more heights on every node, at most */
  readonly recoveryMsMax: number
  readonly failure: Failure | undefined
}

/** What broke, by its code; an assertion of the machine or of the loop has the code `ASSERTION`. */
export async function failureOf(net: CrashNet): Promise<Omit<Failure, 'where'> | undefined> {
  try {
    await net.run()
    return undefined
  } catch (error) {
    if (error instanceof VecheError) return { code: error.code, reason: error.message }
    if ((error as Error).name === 'AssertionError')
      return { code: 'ASSERTION', reason: (error as Error).message }
    throw error
  }
}

interface Point {
  readonly victim: number
  readonly at: CrashPlan['at']
}

/** The points of a run without a crash. A weakened run may break by itself: then there are none. */
async function pointsOf(sweep: Sweep): Promise<Point[] | Omit<Failure, 'where'>> {
  const net = new CrashNet(sweep)
  const failure = await failureOf(net)
  if (failure !== undefined) return failure
  return sweep.victims.flatMap((victim) => {
    const node = net.nodes[victim]
    assert(node !== undefined, 'a victim is one of the nodes')
    const numbers = (length: number): number[] => Array.from({ length }, (_, i) => i)
    const first = sweep.isFirstStart === true ? 0 : node.openingOperations
    const operations = numbers(node.disk.operations)
      .filter((operation) => operation >= first)
      .map((operation) => ({ operation }))
    const places = numbers(node.places).map((place) => ({ place }))
    return [...operations, ...places].map((at) => ({ victim, at }))
  })
}

class Counter {
  cases = 0
  operations = 0
  places = 0
  recoveryMsMax = 0
  failure: Failure | undefined

  /** Every outcome of the power loss at one point; false when an invariant broke. */
  async crashAt(sweep: Sweep, point: Point, blackout: Blackout): Promise<boolean> {
    const outcomes = new Outcomes()
    const downMs = sweep.downMs[this.cases % sweep.downMs.length] ?? 0
    do {
      const crash = { ...point, blackout, downMs, keeps: outcomes.keeps }
      const net = new CrashNet({ ...sweep, crash })
      const failure = await failureOf(net)
      this.cases++
      assert(failure !== undefined || net.hasCrashed, 'a point of the run is reached again')
      if (failure !== undefined) {
        const where = `${JSON.stringify({ ...point, blackout, downMs })} ${outcomes.answers}`
        this.failure = { ...failure, where }
        return false
      }
      this.recoveryMsMax = Math.max(this.recoveryMsMax, net.recoveryMs)
    } while (outcomes.next())
    return true
  }
}

/** Runs every case of a sweep, up to the first that breaks an invariant. */
export async function sweepCrashes(sweep: Sweep): Promise<SweepReport> {
  const counter = new Counter()
  const points = await pointsOf(sweep)
  if (!Array.isArray(points)) {
    counter.failure = { ...points, where: 'without a crash' }
    return counter
  }
  for (const blackout of sweep.blackouts)
    for (const point of points) {
      if ('operation' in point.at) counter.operations++
      else counter.places++
      if (!(await counter.crashAt(sweep, point, blackout))) return counter
    }
  return counter
}

/** One line for a report. */
export function describeSweep(title: string, report: SweepReport): string {
  const { cases, operations, places, recoveryMsMax, failure } = report
  const points = `${operations} file operations and ${places} places between effects`
  if (failure !== undefined)
    return `${title}: ${failure.code} in case ${cases}, ${failure.where}: ${failure.reason}`
  return `${title}: ${cases} crashes at ${points}, slowest recovery ${recoveryMsMax} ms`
}
