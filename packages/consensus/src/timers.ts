/**
 * Rounds as other engines end them: by a timer that doubles with every round a node has seen, from
 * the moment it began the height in this life of its process. Only for the simulator, to show what
 * it leads to (polygon-edge #185, besu #7642); a node never runs this.
 */
import { roundAt, stepAt, stepToMs } from './schedule.ts'
import type { HeightState, Turn } from './state.ts'

interface Timer {
  readonly round: number
  readonly sinceMs: number
  /** rounds seen at this height: this one lasts 2^doublings steps */
  readonly doublings: number
}

/** the timer of each height */
const timers = new WeakMap<HeightState, Timer>()

/** The round that the timer alone puts in force. */
export function timerRound({ state }: Turn): number {
  const { current, nowMs, parameters } = state
  const { stepSeconds } = parameters
  const step = stepAt(nowMs, stepSeconds)
  const byClock = roundAt(current.schedule, current.parent.step, step)
  if (byClock < 0) return -1
  const first = { round: Math.max(byClock, current.round), sinceMs: nowMs, doublings: 0 }
  let timer = timers.get(current) ?? first
  const { doublings } = timer
  const isOver = nowMs >= timer.sinceMs + stepToMs(2 ** doublings, stepSeconds)
  // f+1 others may have pulled it up
  if (current.round > timer.round)
    timer = { round: current.round, sinceMs: nowMs, doublings: doublings + 1 }
  else if (isOver) timer = { round: timer.round + 1, sinceMs: nowMs, doublings: doublings + 1 }
  timers.set(current, timer)
  return timer.round
}
