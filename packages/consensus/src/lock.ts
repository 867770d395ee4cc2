/**
 * Polkas: L36 (lock and precommit in the polka's own round) and L42 (validValue, also of a late
 * polka of an earlier round). docs/spec/consensus.md L1–L3.
 */
import { assert, EMPTY_BYTES } from '@veche/primitives'
import type { Precommit } from './message.ts'
import { isSigned, logAndSend, maySign, requestSignature } from './sign.ts'
import { heldCandidate, type Turn } from './state.ts'
import { polkaOf } from './votes.ts'

/** L42, L43: the highest polka, up to the present round, whose block is held. */
export function updateValid(turn: Turn): void {
  const height = turn.state.current
  let best = height.valid?.round ?? -1
  const before = best
  for (const [number, round] of height.rounds) {
    if (round.polka === null || number <= best || number > height.round) continue
    if (heldCandidate(height, round.polka) !== null) best = number
  }
  if (best > before) height.valid = polkaOf(height, best)
}

/** L36–L41: locks the value of a polka of the present round and asks to sign the precommit. */
export function tryPrecommit(turn: Turn): void {
  const { state } = turn
  const height = state.current
  const { valid, round } = height
  if (valid === null || valid.round !== round || heldCandidate(height, valid.hash) === null) return
  if (!maySign(state) || isSigned(state, round, 'precommit')) return
  const { locked } = height
  const { hash } = valid
  // equal when a crash let the lock reach the log and not the precommit behind it
  const isAgain = locked?.round === round && locked.hash === hash
  assert(isAgain || (locked?.round ?? -1) < round, 'invariant 6: the locked round only grows')
  height.locked = { round, hash }
  const content = { kind: 'precommit', height: height.height, round, hash } as const
  requestSignature(turn, { ...content, seal: EMPTY_BYTES })
}

/** The signature of a precommit arrived: body, polka, lock and precommit become durable as one. */
export function onPrecommitSigned(turn: Turn, precommit: Precommit): void {
  const { state } = turn
  const { round, locked } = state.current
  if (!maySign(state) || precommit.round !== round) return
  if (locked?.round !== round || locked.hash !== precommit.hash) return
  logAndSend(turn, precommit)
}
