/** Prevoting: L22 (fresh values) and L28 (re-proposed ones). docs/spec/consensus.md P1–P3. */
import { assert } from '@veche/primitives'
import type { Prevote, Proposal } from './message.ts'
import { isSigned, logAndSend, maySign, requestSignature } from './sign.ts'
import { heldCandidate, type Turn } from './state.ts'

/** Whether the lock allows a prevote for this proposal (L23, L29). */
function isAllowed(turn: Turn, proposal: Proposal): boolean {
  const { locked } = turn.state.current
  if (locked === null || turn.context.weaken?.noLock === true) return true
  if (locked.hash === proposal.hash) return true
  return proposal.validRound >= 0 && locked.round <= proposal.validRound
}

/** The proposal of the present round that this node may prevote now, if any. */
function findProposal(turn: Turn): Proposal | undefined {
  const height = turn.state.current
  for (const proposal of height.rounds.get(height.round)?.proposals.values() ?? [])
    if (heldCandidate(height, proposal.hash) !== null && isAllowed(turn, proposal)) return proposal
  return undefined
}

/** L22, L28: prevotes the value of the round's proposer, once per round. */
export function tryPrevote(turn: Turn): void {
  const { state } = turn
  const { height, round } = state.current
  if (!maySign(state) || isSigned(state, round, 'prevote')) return
  const proposal = findProposal(turn)
  if (proposal === undefined) return
  requestSignature(turn, { kind: 'prevote', height, round, hash: proposal.hash })
}

/** The signature of a prevote arrived: it is used only while the prevote is still right. */
export function onPrevoteSigned(turn: Turn, prevote: Prevote): void {
  const { state } = turn
  const height = state.current
  if (!maySign(state) || prevote.round !== height.round) return
  const proposal = height.rounds.get(prevote.round)?.proposals.get(prevote.hash)
  if (proposal === undefined || heldCandidate(height, prevote.hash) === null) return
  if (!isAllowed(turn, proposal)) return
  assertLockKept(turn, proposal)
  logAndSend(turn, prevote)
}

function assertLockKept(turn: Turn, proposal: Proposal): void {
  const { locked } = turn.state.current
  if (locked === null || turn.context.weaken?.noLock === true) return
  assert(
    locked.hash === proposal.hash || proposal.validRound >= locked.round,
    'invariant 5: a locked node prevotes another value only with a polka at or above its lock',
  )
}
