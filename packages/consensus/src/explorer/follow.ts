/**
 * What a performance leaves behind outside the machine: its log, what it has sent, its decision;
 * every event is judged on the way.
 */
import type { Address, Hash } from '@veche/primitives'
import type { Certificate } from '../message.ts'
import type { LogRecord } from '../record.ts'
import type { State } from '../state.ts'
import { judgeEvent, type Violation } from './judge.ts'
import type { Letters } from './letters.ts'
import type { NodeDraft } from './node-table.ts'
import type { NodeEvent, Performance } from './perform.ts'
import type { Setting } from './setting.ts'

export interface FollowOptions {
  readonly setting: Setting
  readonly letters: Letters
  readonly suspects: ReadonlySet<Address>
  /** the machine after the performance */
  readonly state: State
  readonly noLog?: boolean
}

export interface Followed {
  readonly log: readonly LogRecord[]
  readonly sent: readonly number[]
  readonly decided: Hash | null
  readonly certificate: Certificate | null
  readonly violation?: Violation
}

/** Whether an event changes what is left of a node after a crash. */
export function isMark({ kind }: NodeEvent): boolean {
  return kind === 'record' || kind === 'send' || kind === 'commit' || kind === 'compact'
}

/** own messages only: help repeats what others have sent */
function ownLetter(event: NodeEvent, { state, letters }: FollowOptions): number | undefined {
  if (event.kind !== 'send') return undefined
  const { message } = event
  if (message.kind === 'polka' || message.kind === 'evidence' || message.kind === 'status')
    return undefined
  return message.signer === state.self ? letters.of(message).id : undefined
}

/** The first `count` events, applied to what was there before. */
export function follow(
  before: NodeDraft,
  options: FollowOptions,
  done: Performance,
  count: number,
): Followed {
  const { state, noLog } = options
  const log: LogRecord[] = [...before.log]
  const sent = new Set(before.sent)
  const rounds = [...state.current.rounds.values()]
  const proposals = rounds.flatMap((round) => [...round.proposals.values()])
  let { decided, certificate } = before
  let { violation } = done
  for (const event of done.events.slice(0, count)) {
    if (event.kind === 'record' && noLog !== true) log.push(event.record)
    if (event.kind === 'compact' && noLog !== true) log.splice(0, log.length, ...event.records)
    violation ??= judgeEvent({ ...options, log, sent: [...sent], proposals }, event)
    if (event.kind === 'commit') {
      decided = event.hash
      certificate = event.certificate
    }
    const letter = ownLetter(event, options)
    if (letter !== undefined) sent.add(letter)
  }
  const left = { log, sent: [...sent].sort((a, b) => a - b), decided, certificate }
  return violation === undefined ? left : { ...left, violation }
}
