/**
 * The machine's clock is its inputs' `nowMs`. When it is set back, everything that waits for a time
 * that was near must not wait for one that is far (docs/spec/consensus.md C2).
 */
import { pauseMs } from './bodies.ts'
import type { State, Turn } from './state.ts'

/** Marks of the past that lie in the future now are moved to now. */
function pullBack(state: State, nowMs: number): void {
  const height = state.current
  state.builtAtMs = Math.min(state.builtAtMs, nowMs)
  state.behindAtMs = Math.min(state.behindAtMs, nowMs)
  state.helpedAtMs.clear()
  state.wakeAtMs = null
  if (height.statusAtMs !== null)
    height.statusAtMs = Math.min(height.statusAtMs, nowMs + pauseMs(state))
  for (const entry of height.candidates.values()) entry.askedAtMs = Math.min(entry.askedAtMs, nowMs)
}

/** Takes the time of an input. A step back of more than a step is told to the operator. */
export function takeTime(turn: Turn, nowMs: number): void {
  const { state, effects } = turn
  const backMs = state.nowMs - nowMs
  state.nowMs = nowMs
  if (backMs <= 0) return
  pullBack(state, nowMs)
  if (backMs < state.parameters.stepSeconds * 1000) return
  const reason = `a clock that only advances expected, it went back by ${backMs} ms`
  effects.push({ kind: 'alarm', code: 'CLOCK_WENT_BACK', reason })
}
