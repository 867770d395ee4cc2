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

/**
 * Takes the time of an input. Less than a step back is noise (inputs that overtake each other):
 * time stands still meanwhile. More is a clock that was set back: it is followed, and the operator
 * told.
 */
export function takeTime(turn: Turn, nowMs: number): void {
  const { state, effects } = turn
  const backMs = state.nowMs - nowMs
  if (backMs > 0 && backMs < state.parameters.stepSeconds * 1000) return
  state.nowMs = nowMs
  if (backMs <= 0) return
  pullBack(state, nowMs)
  const reason = `a clock that only advances expected, it went back by ${backMs} ms`
  effects.push({ kind: 'alarm', code: 'CLOCK_WENT_BACK', reason })
}
