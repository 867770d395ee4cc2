/**
 * Rounds of a height: which one is in force, what is kept of the others. Rounds are entered by the
 * clock, or when f+1 members are heard in a higher one (L55; docs/spec/consensus.md R1–R5). A clock
 * that was set back leads back only over rounds in which nothing was signed.
 */
import { type Address, sealDigest } from '@veche/primitives'
import type { Candidate } from './input.ts'
import { ROTATIONS_KEPT } from './limits.ts'
import { proposerOf, roundAt, roundStart, stepAt } from './schedule.ts'
import type { HeightState, Round, State, Turn } from './state.ts'
import { createTally } from './tally.ts'
import { timerRound } from './timers.ts'

/** step(now). */
export function currentStep(state: State): number {
  return stepAt(state.nowMs, state.parameters.stepSeconds)
}

/** S(r) of the present height. */
export function startOf(height: HeightState, round: number): number {
  return roundStart(height.schedule, height.parent.step, round)
}

/** The round that the clock alone puts in force, −1 before S(0). */
export function clockRound(state: State): number {
  const { schedule, parent } = state.current
  return roundAt(schedule, parent.step, currentStep(state))
}

/**
 * Whether a round begins no later than n steps from now: the bound on everything heard or signed.
 */
export function isNear(state: State, round: number): boolean {
  return startOf(state.current, round) <= currentStep(state) + state.current.thresholds.n
}

/** proposer(h, r) of the present height. */
export function proposerAt(height: HeightState, round: number): Address {
  return proposerOf(height.schedule, height.validators, {
    parentStep: height.parent.step,
    round,
  })
}

/** The lowest round that is still held, besides the locked and the valid one. */
export function oldestKept(height: HeightState): number {
  return height.round - ROTATIONS_KEPT * height.thresholds.n
}

/** The record of a round, created when first needed. */
export function roundOf(height: HeightState, round: number): Round {
  let found = height.rounds.get(round)
  if (found === undefined) {
    found = {
      proposals: new Map(),
      prevotes: createTally(),
      precommits: createTally(),
      polka: null,
      sealDigests: new Map(),
      sealed: new Set(),
    }
    height.rounds.set(round, found)
  }
  return found
}

/** What a commit seal of a round over a held block signs; computed once. */
export function sealDigestOf(
  height: HeightState,
  number: number,
  candidate: Candidate,
): Uint8Array {
  const { sealDigests } = roundOf(height, number)
  let digest = sealDigests.get(candidate.hash)
  if (digest === undefined) {
    digest = sealDigest(candidate.block.header, number)
    sealDigests.set(candidate.hash, digest)
  }
  return digest
}

/** The highest round that f+1 members have reached or passed, −1 for none. */
function heardRound(height: HeightState): number {
  const { jump } = height.thresholds
  if (height.heard.size < jump) return -1
  const rounds = [...height.heard.values()].sort((a, b) => b - a)
  return rounds[jump - 1] ?? -1
}

/** The highest round above the valid one whose polka waits for its body, −1 for none. */
function wantedRound(height: HeightState): number {
  let wanted = height.valid?.round ?? -1
  for (const [number, round] of height.rounds)
    if (round.polka !== null && number > wanted) wanted = number
  return wanted
}

/** Own messages of old rounds: no round is entered twice, so none of them is signed again. */
function forgetOwn(height: HeightState, oldest: number): void {
  for (const [key, message] of height.sent) {
    if (message.round >= oldest || message.round === height.locked?.round) continue
    height.sent.delete(key)
    height.forgotten = Math.max(height.forgotten, message.round)
  }
  for (const key of height.signing.keys()) {
    const round = Number.parseInt(key, 10)
    if (round >= oldest) continue
    height.signing.delete(key)
    height.forgotten = Math.max(height.forgotten, round)
  }
}

/** Forgets rounds and blocks that nothing refers to any more: memory is bounded in any halt. */
function prune(height: HeightState): void {
  const oldest = oldestKept(height)
  const kept = new Set([height.locked?.round, height.valid?.round, wantedRound(height)])
  for (const round of height.rounds.keys())
    if (round < oldest && !kept.has(round)) height.rounds.delete(round)
  forgetOwn(height, oldest)
  const values = new Set([height.locked?.hash, height.valid?.hash])
  for (const round of kept) {
    const polka = round === undefined ? null : height.rounds.get(round)?.polka
    if (polka !== null && polka !== undefined) values.add(polka)
  }
  for (const [hash, entry] of height.candidates)
    if (entry.round < height.round - 1 && !values.has(hash)) height.candidates.delete(hash)
}

/** The lowest round to which a clock that was set back may lead: nothing was signed above it. */
function lowestRound(height: HeightState): number {
  let lowest = Math.max(height.forgotten + 1, height.valid?.round ?? 0, height.locked?.round ?? 0)
  for (const key of height.sent.keys()) lowest = Math.max(lowest, Number.parseInt(key, 10))
  for (const key of height.signing.keys()) lowest = Math.max(lowest, Number.parseInt(key, 10))
  return lowest
}

/** Enters the round that the clock or f+1 members put in force. Returns whether it is a new one. */
export function enterRound(turn: Turn): boolean {
  const { state } = turn
  const height = state.current
  const ownRound =
    turn.context.weaken?.doublingTimers === true ? timerRound(turn) : clockRound(state)
  let target = Math.max(ownRound, heardRound(height))
  if (target < height.round) target = Math.min(height.round, Math.max(target, lowestRound(height)))
  if (target === height.round) return false
  height.round = target
  height.building = -1
  prune(height)
  return true
}
