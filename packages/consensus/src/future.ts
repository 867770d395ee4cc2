/**
 * Messages of other heights: the next height's are held, few per signer; higher ones say that we
 * are behind (docs/spec/consensus.md B5). Memory is bounded whatever is sent.
 */
import type { Address } from '@veche/primitives'
import { pauseMs } from './bodies.ts'
import { FUTURE_PER_SIGNER_MAX, FUTURE_PROPOSALS_PER_SIGNER_MAX } from './limits.ts'
import type { SignedMessage } from './message.ts'
import type { State, Turn } from './state.ts'

/** Asks for certified blocks, at most twice a step. */
function reportBehind(turn: Turn, height: number, from: Address): void {
  const { state } = turn
  if (state.nowMs < state.behindAtMs + pauseMs(state)) return
  state.behindAtMs = state.nowMs
  turn.effects.push({ kind: 'behind', height, from })
}

function hold(state: State, message: SignedMessage): void {
  const { signer } = message
  const held = state.future.get(signer) ?? []
  const proposals = held.filter((other) => other.kind === 'proposal').length
  if (message.kind === 'proposal' && proposals >= FUTURE_PROPOSALS_PER_SIGNER_MAX) return
  if (held.some((other) => isSame(other, message))) return
  held.push(message)
  if (held.length > FUTURE_PER_SIGNER_MAX) held.shift()
  state.future.set(signer, held)
}

function isSame(a: SignedMessage, b: SignedMessage): boolean {
  if (a.kind !== b.kind || a.round !== b.round) return false
  return a.kind === 'status' || b.kind === 'status' || a.hash === b.hash
}

/** A message of a height above ours. */
export function onFuture(turn: Turn, message: SignedMessage): void {
  const { state } = turn
  const { height, next, validators, decided } = state.current
  const { signer } = message
  if (!next.includes(signer) && !validators.includes(signer)) return
  const isNext = message.height === height + 1
  if (isNext && next.includes(signer) && message.kind !== 'status') hold(state, message)
  const isWaiting = isNext && (decided !== null || message.kind !== 'status')
  if (!isWaiting) reportBehind(turn, message.height, signer)
}

/** Takes the held messages out when their height begins. */
export function takeFuture(state: State): SignedMessage[] {
  const messages = [...state.future.values()].flat()
  state.future.clear()
  return messages
}
