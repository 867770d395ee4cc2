/**
 * Help without timers: while a height is undecided every member says twice a step where it stands,
 * and whoever hears it gives what is missing (docs/spec/consensus.md T1–T5). Lost messages and a
 * restart of everybody are healed by nothing else. An idle height is silent.
 */
import type { Address } from '@veche/primitives'
import { pauseMs } from './bodies.ts'
import type { Polka, Status, StatusContent, Vote } from './message.ts'
import { isHeartbeatDue } from './propose.ts'
import { proposerAt } from './rounds.ts'
import { isDurable, ownLatest } from './sign.ts'
import type { HeightState, State, Turn } from './state.ts'
import { hear } from './votes.ts'

/** Whether the height has something to agree on: only then are there statuses and narrow wakes. */
export function isLive(state: State): boolean {
  const height = state.current
  if (height.decided !== null) return false
  return height.live || height.locked !== null || state.pending || isHeartbeatDue(state)
}

/** The highest vote of a member that was counted at this height. */
function highestVote(height: HeightState, signer: Address): Vote | undefined {
  let highest: Vote | undefined
  for (const round of height.rounds.values())
    for (const votes of [
      round.precommits.bySigner.get(signer),
      round.prevotes.bySigner.get(signer),
    ])
      for (const vote of votes ?? [])
        if (highest === undefined || vote.round > highest.round) highest = vote
  return highest
}

function contentFor(height: HeightState, receiver: Address): StatusContent {
  const theirs = highestVote(height, receiver)
  return {
    kind: 'status',
    height: height.height,
    round: height.round,
    lockedRound: height.locked?.round ?? -1,
    validRound: height.valid?.round ?? -1,
    yours:
      theirs === undefined
        ? { height: 0, round: -1 }
        : { height: theirs.height, round: theirs.round },
  }
}

function statusKey(content: StatusContent): string {
  const { height, round, lockedRound, validRound, yours } = content
  return [height, round, lockedRound, validRound, yours.height, yours.round].join('/')
}

/** Asks for one signature per distinct content; usually all receivers share one. */
function requestStatuses(turn: Turn): void {
  const height = turn.state.current
  height.statusSigning.clear()
  const contents = new Map<string, StatusContent>()
  for (const receiver of height.validators) {
    if (receiver === turn.state.self) continue
    const content = contentFor(height, receiver)
    const key = statusKey(content)
    contents.set(key, content)
    height.statusSigning.set(key, [...(height.statusSigning.get(key) ?? []), receiver])
  }
  for (const content of contents.values()) turn.effects.push({ kind: 'sign', content })
}

/** T1: says where we stand twice a step while the height is live. */
export function tryStatus(turn: Turn): void {
  const { state } = turn
  const height = state.current
  if (state.self === null || !height.validators.includes(state.self)) return
  if (!isLive(state) || height.round < 0) {
    height.statusAtMs = null
    return
  }
  if (height.statusAtMs === null) height.statusAtMs = state.nowMs + pauseMs(state)
  if (state.nowMs < height.statusAtMs) return
  height.statusAtMs = state.nowMs + pauseMs(state)
  requestStatuses(turn)
}

/** The signature of a status arrived. */
export function onStatusSigned(turn: Turn, status: Status): void {
  const height = turn.state.current
  const key = statusKey(status)
  const receivers = height.statusSigning.get(key)
  if (receivers === undefined) return
  height.statusSigning.delete(key)
  for (const to of receivers) turn.effects.push({ kind: 'send', message: status, to })
}

/** Whether a member may be helped now: four times a step at most, however often it asks (T3). */
function mayHelp(state: State, member: Address): boolean {
  const last = state.helpedAtMs.get(member) ?? Number.NEGATIVE_INFINITY
  if (state.nowMs < last + pauseMs(state) / 2) return false
  state.helpedAtMs.set(member, state.nowMs)
  return true
}

function sendPolka(turn: Turn, polka: Polka, to: Address): void {
  if (turn.context.weaken?.noPolkas === true) return
  turn.effects.push({ kind: 'send', message: { kind: 'polka', polka }, to })
}

/**
 * T2–T4: a member of this height says where it stands. It gets our polka when it has a lower one,
 * our own last messages, and its own last vote, which shows it what it may have forgotten.
 */
export function onStatus(turn: Turn, status: Status): void {
  const { state, effects } = turn
  const { signer: to } = status
  hear(state, to, status.round)
  if (!mayHelp(state, to)) return
  const { valid } = state.current
  if (valid !== null && status.validRound < valid.round) sendPolka(turn, valid, to)
  for (const message of ownLatest(state))
    if (isDurable(state, message)) effects.push({ kind: 'send', message, to })
  const theirs = highestVote(state.current, to)
  if (theirs !== undefined) effects.push({ kind: 'send', message: theirs, to })
}

/** T5: a member works on a height that is decided here. */
export function onStragglerStatus(turn: Turn, status: Status): void {
  if (!mayHelp(turn.state, status.signer)) return
  turn.effects.push({ kind: 'straggler', height: status.height, to: status.signer })
}

/**
 * R4: the proposer of a new round gets our polka at once, so that it re-proposes and not competes.
 */
export function helpProposer(turn: Turn): void {
  const { state } = turn
  const { valid, round, validators } = state.current
  if (valid === null || state.self === null || !validators.includes(state.self)) return
  const proposer = proposerAt(state.current, round)
  if (proposer !== state.self) sendPolka(turn, valid, proposer)
}
