/**
 * Rounds as other engines end them: by a timer of 2^r steps since the round began here. Only for
 * the simulator, to show what it leads to (polygon-edge #185, besu #7642); a node never runs this.
 */
import { stepToMs } from './schedule.ts'
import type { HeightState, Turn } from './state.ts'

interface Timer {
  readonly round: number
  readonly sinceMs: number
}

/** when each height entered its round, in this life of the process */
const timers = new WeakMap<HeightState, Timer>()

/** The round that the timer alone puts in force. */
export function timerRound({ state }: Turn): number {
  const { current, nowMs, parameters } = state
  const { stepSeconds } = parameters
  if (nowMs < stepToMs(current.parent.step + current.schedule.delay, stepSeconds)) return -1
  const known = timers.get(current)
  let timer = known ?? { round: Math.max(0, current.round), sinceMs: nowMs }
  // f+1 others may have pulled it up
  if (current.round > timer.round) timer = { round: current.round, sinceMs: nowMs }
  const endMs = timer.sinceMs + stepToMs(2 ** timer.round, stepSeconds)
  if (nowMs >= endMs) timer = { round: timer.round + 1, sinceMs: nowMs }
  timers.set(current, timer)
  return timer.round
}
