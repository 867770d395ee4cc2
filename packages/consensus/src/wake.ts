/**
 * When something can change without a message: the edge of the round's window, the time to build
 * ahead of it, the end of blockIntervalMin, the heartbeat, the next status (docs/spec/consensus.md
 * C1). A wake is asked for only when it differs from the last one.
 */
import { prepareAtMs } from './prepare.ts'
import { buildAtMs, hasReason, heartbeatAtMs, isOurTurn } from './propose.ts'
import { clockRound, startOf } from './rounds.ts'
import { stepToMs } from './schedule.ts'
import type { State, Turn } from './state.ts'
import { isLive } from './status.ts'

/** The next edge of a window by the clock. */
function nextEdgeMs(state: State): number {
  const round = clockRound(state) + 1
  return stepToMs(startOf(state.current, round), state.parameters.stepSeconds)
}

function nextChangeMs(state: State): number | null {
  const height = state.current
  if (height.decided !== null) return null
  if (!isLive(state)) return heartbeatAtMs(state)
  let at = nextEdgeMs(state)
  if (height.statusAtMs !== null) at = Math.min(at, height.statusAtMs)
  const prepare = prepareAtMs(state)
  if (prepare !== null && prepare > state.nowMs) at = Math.min(at, prepare)
  const mayBuild = height.valid === null && height.building !== height.round
  if (mayBuild && isOurTurn(state) && hasReason(state)) {
    const build = buildAtMs(state)
    if (build > state.nowMs) at = Math.min(at, build)
  }
  return at
}

/** Asks for the next tick. */
export function requestWake(turn: Turn): void {
  const { state } = turn
  const atMs = nextChangeMs(state)
  if (atMs === null || atMs === state.wakeAtMs) return
  state.wakeAtMs = atMs
  turn.effects.push({ kind: 'wake', atMs })
}
