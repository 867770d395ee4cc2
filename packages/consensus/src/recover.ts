/**
 * Coming back: what the log says of the present height is put into force before anything else, and
 * what others show of ourselves is compared with it (docs/spec/consensus.md W4–W6).
 */
import { assert, type Block } from '@veche/primitives'
import type { Polka, ProposalClaim, SignedMessage } from './message.ts'
import { type RestoredHeight, signedValue, signKey } from './restore.ts'
import { roundOf } from './rounds.ts'
import { roundAt } from './schedule.ts'
import { ownLatest } from './sign.ts'
import type { HeightState, State, Turn } from './state.ts'
import { addVote } from './tally.ts'

type Tally = (turn: Turn, message: SignedMessage) => void

function adoptLock(height: HeightState, restored: RestoredHeight): void {
  let highest: Polka | undefined
  for (const polka of restored.locks.values())
    if (highest === undefined || polka.round > highest.round) highest = polka
  if (highest === undefined) return
  const { round: number, hash, height: at } = highest
  const round = roundOf(height, number)
  for (const { signer, signature } of highest.votes) {
    const vote = { kind: 'prevote', height: at, round: number, hash, signer, signature } as const
    addVote(round.prevotes, vote, true)
  }
  round.polka = hash
  height.locked = { round: number, hash }
  height.valid = highest
}

/** The round of a body's own step: it may be all that a torn write left of that round. */
function roundOfBody(state: State, block: Block): number {
  const { schedule, parent, round } = state.current
  const step = Math.floor(block.header.timestamp / state.parameters.stepSeconds)
  return Math.max(round, roundAt(schedule, parent.step, step))
}

function adoptBodies(turn: Turn, restored: RestoredHeight): void {
  const { state, effects } = turn
  const height = state.current
  for (const [hash, block] of restored.bodies) {
    height.logged.add(hash)
    const round = roundOfBody(state, block)
    const entry = { status: 'asked', round, askedAtMs: state.nowMs } as const
    height.candidates.set(hash, { ...entry, candidate: null })
    effects.push({ kind: 'execute', hash, block })
  }
}

/**
 * Puts the log's records of the present height into force, and sends the last own messages again.
 */
export function adoptRestored(turn: Turn, tally: Tally): void {
  const { state, effects } = turn
  const height = state.current
  for (const number of state.restored.heights.keys())
    if (number < height.height) state.restored.heights.delete(number)
  const restored = state.restored.heights.get(height.height)
  if (restored === undefined) return
  height.live = true
  adoptLock(height, restored)
  height.forgotten = restored.forgotten
  const unsigned = restored.forgotten < 0 ? -1 : restored.forgotten + 1
  height.round = Math.max(height.locked?.round ?? -1, unsigned)
  for (const message of restored.sent.values()) height.round = Math.max(height.round, message.round)
  adoptBodies(turn, restored)
  for (const [key, message] of restored.sent) {
    height.sent.set(key, message)
    tally(turn, message)
  }
  for (const message of ownLatest(state)) effects.push({ kind: 'send', message })
}

/** An own message, however it comes back: alone, as a vote inside a polka, as half of evidence. */
type OwnMessage = SignedMessage | ProposalClaim

/** What is remembered of own messages of a height: this one, or one that only the log speaks of. */
function ownOf(
  { current, restored }: State,
  height: number,
): Pick<RestoredHeight, 'sent' | 'forgotten'> | undefined {
  return height === current.height ? current : restored.heights.get(height)
}

/**
 * Whether an own message that comes back says nothing new: it is a status or below what may be
 * signed, the log knows it, or it is of a round that the log had room for no more.
 */
export function isOwnKnown(state: State, message: OwnMessage): boolean {
  if (message.kind === 'status' || message.height < state.current.height) return true
  if (message.height <= state.floor) return true
  const own = ownOf(state, message.height)
  const known = own?.sent.get(signKey(message))
  if (known === undefined) return message.round <= (own?.forgotten ?? -1)
  return signedValue(known) === signedValue(message)
}

/**
 * Whether a message can only have been signed while this process ran: its height began more than
 * n + 1 steps after the start (R3, one step for skew). What this process signs it remembers.
 */
function isOfThisLife(state: State, message: OwnMessage): boolean {
  const { height, parent, thresholds } = state.current
  return message.height === height && parent.step > state.startStep + thresholds.n + 1
}

/**
 * A message of our own comes back. One that the log does not know means that the log was lost or
 * the key is used twice: nothing is signed until a height above it is decided (W6). When it can
 * only have been signed since this process began, or the log has another value, another process
 * uses the key.
 */
export function onOwnEcho(turn: Turn, message: OwnMessage): void {
  const { state, context } = turn
  const { current } = state
  if (context.isTwin === true || isOwnKnown(state, message)) return
  const isLogged = ownOf(state, message.height)?.sent.has(signKey(message)) === true
  const isOther = isLogged || isOfThisLife(state, message)
  state.floor = message.height
  turn.effects.push({
    kind: 'alarm',
    code: isOther ? 'KEY_USED_TWICE' : 'AMNESIA',
    reason: `own ${message.kind} of height ${message.height} round ${message.round} is not in the log`,
  })
  assert(state.floor >= current.height, 'an amnesiac is mute at this height')
}
