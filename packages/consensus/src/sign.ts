/**
 * One value per (height, round, type), and nothing leaves before it is in the log
 * (docs/spec/consensus.md W1–W3; invariants 3 and 11). A signature arrives later than it was asked
 * for: what is no longer right by then is dropped, and its place stays taken.
 */
import { assert } from '@veche/primitives'
import type { Precommit, SignableContent, SignedMessage } from './message.ts'
import type { LogRecord } from './record.ts'
import { signedValue, signKey } from './restore.ts'
import { isNear, sealDigestOf } from './rounds.ts'
import { heldCandidate, type State, type Turn } from './state.ts'

type LoggedContent = Exclude<SignableContent, { kind: 'status' }>
type LoggedMessage = Exclude<SignedMessage, { kind: 'status' }>

/** Whether this node may sign in the present round: a member, above the floor, clock not behind. */
export function maySign(state: State): boolean {
  const height = state.current
  if (state.self === null || !height.validators.includes(state.self)) return false
  if (height.decided !== null || height.height <= state.floor || height.round < 0) return false
  return isNear(state, height.round)
}

/** Whether a message of this round and type was signed, or is being signed. */
export function isSigned(state: State, round: number, kind: LoggedContent['kind']): boolean {
  const key = signKey({ round, kind })
  return state.current.sent.has(key) || state.current.signing.has(key)
}

/** Asks for a signature. A bug when another value of the same round and type was asked for. */
export function requestSignature(turn: Turn, content: LoggedContent): void {
  const height = turn.state.current
  const key = signKey(content)
  assert(!height.sent.has(key), `one signed ${content.kind} per round`)
  assert(!height.signing.has(key), `one ${content.kind} per round asked for`)
  height.signing.set(key, signedValue(content))
  if (content.kind !== 'precommit') {
    turn.effects.push({ kind: 'sign', content })
    return
  }
  const candidate = heldCandidate(height, content.hash)
  assert(candidate !== null, 'a precommit is for a block that is held')
  const sealDigest = sealDigestOf(height, content.round, candidate)
  turn.effects.push({ kind: 'sign', content, sealDigest })
}

/** The log records that must be durable before a message leaves (W1). */
function recordsBefore(turn: Turn, message: LoggedMessage): LogRecord[] {
  const height = turn.state.current
  const sent: LogRecord = { kind: 'sent', message }
  if (message.kind === 'prevote') return [sent]
  const records: LogRecord[] = []
  const candidate = heldCandidate(height, message.hash)
  assert(candidate !== null, `the body of an own ${message.kind} is held`)
  if (!height.logged.has(message.hash) && turn.context.weaken?.noBodies !== true) {
    records.push({ kind: 'body', block: candidate.block })
    height.logged.add(message.hash)
  }
  if (message.kind === 'precommit') records.push(lockRecord(turn, message))
  records.push(sent)
  return records
}

function lockRecord(turn: Turn, message: Precommit): LogRecord {
  const { locked, valid } = turn.state.current
  assert(
    locked?.hash === message.hash && locked.round === message.round,
    'invariant 4: precommit only for the value locked in its round',
  )
  assert(
    valid?.hash === message.hash && valid.round === message.round,
    'invariant 4: precommit only with the polka of its round',
  )
  return { kind: 'lock', polka: valid }
}

/** Makes an own message durable, then sends it; it is counted only when `logged` comes back. */
export function logAndSend(turn: Turn, message: LoggedMessage): void {
  const { state, effects } = turn
  const height = state.current
  const key = signKey(message)
  assert(
    height.signing.get(key) === signedValue(message),
    `invariant 3: the ${message.kind} asked for`,
  )
  assert(!height.sent.has(key), `invariant 3: one ${message.kind} per round`)
  assert(message.height > state.floor, 'nothing is signed at or below the floor')
  const records = recordsBefore(turn, message)
  const token = state.nextToken++
  height.logging.set(token, message)
  height.sent.set(key, message)
  const isUnlogged = turn.context.weaken?.noLog === true
  effects.push({ kind: 'log', token, records: isUnlogged ? [] : records })
  effects.push({ kind: 'send', message })
}

/** Own messages of the highest round in which there are any, then the precommit of the lock. */
export function ownLatest(state: State): LoggedMessage[] {
  const { sent, locked } = state.current
  let highest = -1
  for (const { round } of sent.values()) highest = Math.max(highest, round)
  const own: LoggedMessage[] = []
  for (const message of sent.values())
    if (message.kind !== 'status' && isWorthSending(message, highest, locked?.round))
      own.push(message)
  return own
}

function isWorthSending(message: LoggedMessage, highest: number, locked?: number): boolean {
  return message.round === highest || (message.kind === 'precommit' && message.round === locked)
}

/** Whether an own message is durable: its log effect has been answered. */
export function isDurable(state: State, message: SignedMessage): boolean {
  for (const other of state.current.logging.values())
    if (signKey(other) === signKey(message)) return false
  return true
}
