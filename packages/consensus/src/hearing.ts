/**
 * When each member was last heard, beside the machine: for the operator, never for a decision
 * (docs/spec/consensus.md T1: while a height is live every member speaks twice a step, so a member
 * that is not heard is down, cut off, or mute). The caller notes only what a member sent itself.
 */
import type { Address } from '@veche/primitives'
import { SILENT_STEPS } from './limits.ts'
import type { Message, SignedMessage } from './message.ts'
import type { State } from './state.ts'
import { isLive } from './status.ts'

/** What was last heard of a member. Times are unix milliseconds. */
export interface HeardMember {
  readonly atMs: number
  readonly height: number
  readonly round: number
  /** its last proposal, prevote or precommit; null when only statuses were heard */
  readonly voted: { readonly height: number; readonly round: number; readonly atMs: number } | null
}

/** Bounded by the callers: only members of the present and the next set are noted. */
export interface Hearing {
  readonly members: Map<Address, HeardMember>
  /** the height in work when it was last looked at, and since when it is live; null while idle */
  height: number
  liveSinceMs: number | null
  /** since when f+1 members have been speaking without a pause, unix milliseconds; else null */
  busySinceMs: number | null
}

/** Nothing heard yet. */
export function createHearing(): Hearing {
  return { members: new Map(), height: -1, liveSinceMs: null, busySinceMs: null }
}

function signedOf(message: Message): SignedMessage | undefined {
  return message.kind === 'polka' || message.kind === 'evidence' ? undefined : message
}

/** Notes a message that its signer sent itself, own ones too; a relayed one is no sign of life. */
export function noteHeard(hearing: Hearing, message: Message, nowMs: number): void {
  const signed = signedOf(message)
  if (signed === undefined) return
  const { signer, height, round, kind } = signed
  const before = hearing.members.get(signer)
  const voted = kind === 'status' ? (before?.voted ?? null) : { height, round, atMs: nowMs }
  hearing.members.set(signer, { atMs: nowMs, height, round, voted })
}

/** Time without a word after which a member counts as silent, milliseconds. */
export function patienceMs({ parameters }: State): number {
  return SILENT_STEPS * parameters.stepSeconds * 1000
}

/** Whether f+1 members spoke a moment ago: at least one of them is honest. */
export function isBusy(hearing: Hearing, state: State): boolean {
  let speaking = 0
  for (const [address, { atMs }] of hearing.members)
    if (address !== state.self && state.nowMs - atMs < patienceMs(state)) speaking++
  return speaking >= state.current.thresholds.jump
}

/** Notes since when the height in work is live and members speak; forgets who left the set. */
export function noteLive(hearing: Hearing, state: State): void {
  const { height, validators, next } = state.current
  if (hearing.height !== height) {
    hearing.height = height
    hearing.liveSinceMs = null
    for (const address of hearing.members.keys())
      if (!validators.includes(address) && !next.includes(address)) hearing.members.delete(address)
  }
  if (!isLive(state) && state.current.decided === null) hearing.liveSinceMs = null
  else hearing.liveSinceMs = Math.min(hearing.liveSinceMs ?? state.nowMs, state.nowMs)
  if (!isBusy(hearing, state)) hearing.busySinceMs = null
  else hearing.busySinceMs = Math.min(hearing.busySinceMs ?? state.nowMs, state.nowMs)
}
