/**
 * Building ahead: after a step without a block everybody waits for whose turn is next, and what it
 * would build is known before its window begins, the timestamp included (docs/spec/consensus.md
 * F5). Only the builder hears of it: a proposal is asked for, signed and sent as ever, in its
 * window.
 */
import { equalBytes } from '@veche/primitives'
import { BUILD_AHEAD_SHARE } from './limits.ts'
import type { BlockTemplate } from './output.ts'
import { templateOf } from './propose.ts'
import { clockRound, currentStep, proposerAt, startOf } from './rounds.ts'
import { stepToMs } from './schedule.ts'
import { maySign } from './sign.ts'
import type { HeightState, State, Turn } from './state.ts'

/** Whether a value may still be decided: valid, proposed in this round, or its block on its way. */
function isUnderWay(height: HeightState): boolean {
  if (height.valid !== null || height.rounds.get(height.round)?.proposals.size) return true
  for (const { status } of height.candidates.values()) if (status === 'asked') return true
  return false
}

/** The round that the clock enters next, when a block of ours is likely to be wanted for it. */
function wantedRound(state: State): number | null {
  const { current: height, parameters } = state
  if (!state.pending || !maySign(state)) return null
  // where a step has one block, what came after an early draft would wait for another step
  if (parameters.blocksPerStepMax === 1) return null
  // a step that has its block goes on by itself, and a value under way is what comes next
  if (currentStep(state) <= height.parent.step || isUnderWay(height)) return null
  const round = clockRound(state) + 1
  if (height.round >= round || height.prepared === round) return null
  return proposerAt(height, round) === state.self ? round : null
}

/** Whether a block that was built for one of them is a block for the other. */
export function isSameTemplate(a: BlockTemplate, b: BlockTemplate): boolean {
  return (
    a.parentHash === b.parentHash &&
    a.number === b.number &&
    a.coinbase === b.coinbase &&
    a.timestamp === b.timestamp &&
    equalBytes(a.extraData, b.extraData)
  )
}

/**
 * Unix milliseconds from which the builder may begin for our next window; null when it need not.
 */
export function prepareAtMs(state: State): number | null {
  const round = wantedRound(state)
  if (round === null) return null
  const { stepSeconds } = state.parameters
  const aheadMs = Math.round(stepSeconds * 1000 * BUILD_AHEAD_SHARE)
  const atMs = stepToMs(startOf(state.current, round), stepSeconds) - aheadMs
  // work that came a moment before may be in the proposal of the present proposer
  return state.pendingSinceMs <= atMs - aheadMs ? atMs : null
}

/** F5: tells the builder, once a round, what it is going to be asked for. */
export function tryPrepare({ state, effects }: Turn): void {
  const atMs = prepareAtMs(state)
  if (atMs === null || state.nowMs < atMs) return
  const round = clockRound(state) + 1
  state.current.prepared = round
  effects.push({ kind: 'prepare', template: templateOf(state, round) })
}
