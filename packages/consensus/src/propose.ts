/**
 * Proposing: L14–L19. A proposer re-proposes its validValue with the polka, or builds when there is
 * work or the heartbeat is due, at any time of its window (docs/spec/consensus.md F1–F4).
 */
import { assert, encodeExtraData, transactionHash } from '@veche/primitives'
import { holdCandidate, isFit } from './bodies.ts'
import type { Candidate, Input } from './input.ts'
import type { Polka, Proposal } from './message.ts'
import type { BlockTemplate } from './output.ts'
import { currentStep, proposerAt, startOf } from './rounds.ts'
import { stepToMs } from './schedule.ts'
import { isSigned, logAndSend, maySign, requestSignature } from './sign.ts'
import { heldCandidate, type State, type Turn } from './state.ts'

/** The step from which an idle chain makes an empty block. */
function heartbeatStep(state: State): number {
  const { emptyBlockIntervalSeconds, stepSeconds } = state.parameters
  return state.current.parent.step + Math.ceil(emptyBlockIntervalSeconds / stepSeconds)
}

/** Unix milliseconds from which an idle chain makes an empty block. */
export function heartbeatAtMs(state: State): number {
  return stepToMs(heartbeatStep(state), state.parameters.stepSeconds)
}

/** Whether the chain has been idle for `emptyBlockInterval`. */
export function isHeartbeatDue(state: State): boolean {
  return currentStep(state) >= heartbeatStep(state)
}

/** Unix milliseconds before which no block of our own is built. */
export function buildAtMs(state: State): number {
  return state.builtAtMs + state.parameters.blockIntervalMinMs
}

/** Whether it is our turn in the present round and nothing was proposed yet. */
export function isOurTurn(state: State): boolean {
  const height = state.current
  if (!maySign(state) || isSigned(state, height.round, 'proposal')) return false
  return proposerAt(height, height.round) === state.self
}

/** Whether there is something to build: work, or a heartbeat that this round has not failed at. */
export function hasReason(state: State): boolean {
  const { barren, round } = state.current
  return state.pending || (isHeartbeatDue(state) && barren !== round)
}

/** What consensus decides of a block of ours for a round of the present height. */
export function templateOf(state: State, round: number): BlockTemplate {
  const { parent, height, validators, nextHash } = state.current
  assert(state.self !== null, 'only a validator builds')
  return {
    parentHash: parent.hash,
    number: height,
    coinbase: state.self,
    timestamp: startOf(state.current, round) * state.parameters.stepSeconds,
    extraData: encodeExtraData({ vanity: nextHash, validators, round: 0, seals: [] }),
  }
}

function requestProposal(turn: Turn, candidate: Candidate, polka: Polka | null): void {
  const { height, round, parent } = turn.state.current
  requestSignature(turn, {
    kind: 'proposal',
    ...{ height, round, hash: candidate.hash, parentHash: parent.hash },
    validRound: polka === null ? -1 : polka.round,
    ...(polka === null ? {} : { polka }),
    header: candidate.block.header,
    transactionHashes: candidate.block.transactions.map(transactionHash),
  })
}

/** L14–L19: re-proposes, or asks for a block. */
export function tryPropose(turn: Turn): void {
  const { state, effects } = turn
  const height = state.current
  if (!isOurTurn(state)) return
  const { valid, round } = height
  if (valid !== null && valid.round < round && turn.context.weaken?.noLock !== true) {
    const candidate = heldCandidate(height, valid.hash)
    // after a restart the block is executed again first
    const shown = turn.context.weaken?.noPolkas === true ? null : valid
    if (candidate !== null) requestProposal(turn, candidate, shown)
    return
  }
  if (height.building === round || !hasReason(state)) return
  if (state.nowMs < buildAtMs(state)) return
  height.building = round
  state.builtAtMs = state.nowMs
  state.workSinceBuild = false
  effects.push({ kind: 'build', height: height.height, round, template: templateOf(state, round) })
}

/** The answer to `build`. A block of a round that has passed is dropped. */
export function onBuilt(turn: Turn, input: Extract<Input, { kind: 'built' }>): void {
  const { state } = turn
  const height = state.current
  if (input.height !== height.height || input.round !== height.building) return
  height.building = -1
  const { candidate } = input
  if (candidate === null) {
    state.pending = state.workSinceBuild
    height.barren = height.round
    return
  }
  if (!isOurTurn(state)) return
  if (height.valid !== null && turn.context.weaken?.noLock !== true) return
  const { header } = candidate.block
  assert(isFit(state, header, height.round), 'the builder keeps to its template')
  holdCandidate(state, candidate, height.round)
  requestProposal(turn, candidate, null)
}

/** The signature of a proposal arrived: the block and the proposal are logged, then sent. */
export function onProposalSigned(turn: Turn, proposal: Proposal): void {
  const { state } = turn
  const height = state.current
  if (!maySign(state) || proposal.round !== height.round) return
  if (heldCandidate(height, proposal.hash) === null) return
  logAndSend(turn, proposal)
}
