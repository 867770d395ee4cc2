/**
 * The machine: `step` takes one input and says what is to be done (docs/spec/consensus.md;
 * Algorithm 1 of arXiv:1807.04938, entered by the clock). No I/O, no clock, no randomness: a run is
 * its inputs.
 */
import { type Address, assert, assertNever, type Header } from '@veche/primitives'
import { fallSilent, recollect } from './amnesia.ts'
import { onChecked, requestBodies } from './bodies.ts'
import { takeTime } from './clock.ts'
import { onLogFull } from './compact.ts'
import { tryDecide } from './decide.ts'
import { onFuture, takeFuture } from './future.ts'
import { checkHeader } from './header.ts'
import type { Input } from './input.ts'
import { onPrecommitSigned, tryPrecommit, updateValid } from './lock.ts'
import type { Message, SignedMessage } from './message.ts'
import type { Effect } from './output.ts'
import { tryPrepare } from './prepare.ts'
import { onPrevoteSigned, tryPrevote } from './prevote.ts'
import { onBuilt, onProposalSigned, tryPropose } from './propose.ts'
import { adoptRestored, onOwnEcho } from './recover.ts'
import { enterRound } from './rounds.ts'
import { createHeight, type State, type StepContext, type Turn } from './state.ts'
import { helpProposer, onStatus, onStatusSigned, onStragglerStatus, tryStatus } from './status.ts'
import { accuse, onPolka, onPrecommit, onPrevote, onProposal } from './votes.ts'
import { requestWake } from './wake.ts'

/** Own messages that became durable, and those of others: into the rounds of the present height. */
function tallyMessage(turn: Turn, message: SignedMessage): void {
  const { current } = turn.state
  if (current.decided !== null) return
  if (message.kind !== 'status') current.live = true
  switch (message.kind) {
    case 'proposal':
      onProposal(turn, message)
      break
    case 'prevote':
      onPrevote(turn, message)
      break
    case 'precommit':
      onPrecommit(turn, message)
      break
    case 'status':
      onStatus(turn, message)
      break
    default:
      assertNever(message)
  }
}

function onSignedMessage(turn: Turn, message: SignedMessage): void {
  const { current, self } = turn.state
  const isMember = current.validators.includes(message.signer)
  if (message.signer === self) onOwnEcho(turn, message)
  else if (message.height > current.height) onFuture(turn, message)
  else if (!isMember) return
  else if (message.height === current.height) tallyMessage(turn, message)
  else if (message.kind === 'status') onStragglerStatus(turn, message)
}

function onMessage(turn: Turn, message: Message): void {
  const { current } = turn.state
  if (message.kind === 'polka') {
    if (message.polka.height !== current.height || current.decided !== null) return
    current.live = true
    onPolka(turn, message.polka)
  } else if (message.kind === 'evidence') {
    const { first, second } = message
    if (first.signer === turn.state.self) for (const own of [first, second]) onOwnEcho(turn, own)
    if (current.validators.includes(first.signer)) accuse(turn, first, second)
  } else onSignedMessage(turn, message)
}

function onSigned(turn: Turn, message: SignedMessage): void {
  const { state } = turn
  assert(message.signer === state.self, 'own messages are signed by ourselves')
  if (message.height !== state.current.height) return
  switch (message.kind) {
    case 'proposal':
      onProposalSigned(turn, message)
      break
    case 'prevote':
      onPrevoteSigned(turn, message)
      break
    case 'precommit':
      onPrecommitSigned(turn, message)
      break
    case 'status':
      onStatusSigned(turn, message)
      break
    default:
      assertNever(message)
  }
}

function onLogged(turn: Turn, token: number): void {
  const { current } = turn.state
  const message = current.logging.get(token)
  if (message === undefined) return // of a height that has passed
  current.logging.delete(token)
  tallyMessage(turn, message)
}

/** The chain's head moved: by our decision, or by sync. */
function onCommitted(turn: Turn, input: Extract<Input, { kind: 'committed' }>): void {
  const { state } = turn
  const { height, parent, decided, next } = state.current
  const { header, hash } = input
  if (header.number < height) return
  assert(header.number === height, `blocks are committed one by one: ${height} expected`)
  assert(header.parentHash === parent.hash, 'invariant 8: the head only grows')
  assert(decided === null || decided === hash, 'invariant 1: one decision per height')
  assertHeader(state, header)
  const wasMember = state.self !== null && state.current.validators.includes(state.self)
  state.current = createHeight({
    parameters: state.parameters,
    head: { header, hash },
    validators: input.validatorsNext ?? next,
    next: input.validatorsAfterNext,
  })
  assert(state.current.parent.step >= parent.step, 'invariant 7: the step never decreases')
  state.restored.heights.delete(height)
  state.wakeAtMs = null
  forgetStrangers(state)
  recollect(turn, header, wasMember)
  adoptRestored(turn, tallyMessage)
  for (const message of takeFuture(state)) onSignedMessage(turn, message)
}

/**
 * Whoever wrote the block, by decision or by sync, it is what the schedule and the sets ask for.
 */
function assertHeader({ parameters, current }: State, header: Header): void {
  const { validators, next, nextHash, parent } = current
  const context = {
    parameters,
    validators,
    nextValidators: next,
    nextHash,
    parentHash: parent.hash,
  }
  const checked = checkHeader(header, parent.header, context)
  assert(checked.ok, `invariants 7 and 10: ${checked.ok ? '' : checked.reason}`)
}

function forgetStrangers(state: State): void {
  const { validators } = state.current
  const isKnown = (address: Address): boolean => validators.includes(address)
  for (const each of state.helpedAtMs.keys()) if (!isKnown(each)) state.helpedAtMs.delete(each)
}

function take(turn: Turn, input: Input): void {
  const { state } = turn
  switch (input.kind) {
    case 'tick':
      // a timer may fire a moment early: the wake is asked for again if it is still ahead
      state.wakeAtMs = null
      break
    case 'work':
      if (input.pending && !state.pending) state.pendingSinceMs = state.nowMs
      state.pending = input.pending
      if (input.pending) state.workSinceBuild = true
      break
    case 'message':
      onMessage(turn, input.message)
      break
    case 'built':
      onBuilt(turn, input)
      break
    case 'checked':
      onChecked(state, input.hash, input.candidate)
      break
    case 'signed':
      onSigned(turn, input.message)
      break
    case 'logged':
      onLogged(turn, input.token)
      break
    case 'logFull':
      onLogFull(turn)
      break
    case 'committed':
      onCommitted(turn, input)
      break
    default:
      assertNever(input)
  }
}

/** Applies every rule that may have become true. */
function settle(turn: Turn): void {
  const { state } = turn
  if (state.current.decided === null) {
    if (enterRound(turn)) helpProposer(turn)
    requestBodies(turn)
    tryDecide(turn)
  }
  if (state.current.decided === null) {
    updateValid(turn)
    tryPrecommit(turn)
    tryPrevote(turn)
    tryPropose(turn)
    tryPrepare(turn)
    tryStatus(turn)
  }
  requestWake(turn)
  assertInvariants(state)
}

function assertInvariants(state: State): void {
  const { locked, valid, round } = state.current
  const lockedRound = locked?.round ?? -1
  const validRound = valid?.round ?? -1
  assert(lockedRound <= validRound, 'invariant 6: lockedRound ≤ validRound')
  assert(validRound <= round, 'invariant 6: validRound ≤ round')
}

/**
 * One input, the effects it leads to. Changes `state` in place and returns it. Effects are
 * performed in order, after those of earlier steps, and a `log` is durable before what follows it.
 * Messages must be authentic (`authenticateMessage`). Throws `AssertionError` only for bugs: stop
 * the process then.
 */
export function step(
  state: State,
  input: Input,
  context: StepContext = {},
): { readonly state: State; readonly effects: readonly Effect[] } {
  const turn: Turn = { state, effects: [], context }
  takeTime(turn, input.nowMs)
  if (!state.started) {
    state.started = true
    if (state.amnesia?.isCertain === true)
      fallSilent(turn, 'what this key signed is not known: silent until a newer block is final')
    adoptRestored(turn, tallyMessage)
  }
  take(turn, input)
  settle(turn)
  return { state, effects: turn.effects }
}
