/**
 * The judge of one node: what must hold whenever something leaves it, whatever the network did
 * (consensus.md, "Invariants" 2, 3, 4, 5, 11, 14). It knows no rule of the machine; it looks at
 * what is durable and at what was sent. Agreement between nodes is checked by those who see all of
 * them.
 */
import { type Address, blockHash, type Hash, type Header, sealHeader } from '@veche/primitives'
import { verifyCertificate } from '../certificate.ts'
import { checkHeader } from '../header.ts'
import type { Precommit, Prevote, Proposal } from '../message.ts'
import type { LogRecord } from '../record.ts'
import { simulatedRecover } from '../simulator/signer.ts'
import type { Letters, Sent } from './letters.ts'
import type { NodeEvent } from './perform.ts'
import type { Setting } from './setting.ts'

export interface Violation {
  readonly code: string
  readonly reason: string
}

export interface Judge {
  /** what is durable, this event's records included */
  readonly log: readonly LogRecord[]
  /** letters sent before this event */
  readonly sent: readonly number[]
  /** proposals that the node holds, of any round */
  readonly proposals: readonly Proposal[]
  readonly setting: Setting
  readonly letters: Letters
  /** members whose key may be accused */
  readonly suspects: ReadonlySet<Address>
}

const breach = (code: string, reason: string): Violation => ({ code, reason })

function isLogged({ log }: Judge, message: Sent): boolean {
  return log.some(
    (record) =>
      record.kind === 'sent' &&
      record.message.kind === message.kind &&
      record.message.round === message.round &&
      'hash' in record.message &&
      record.message.hash === message.hash,
  )
}

const hashes = new WeakMap<Header, Hash>()

/** Hash of a header that is never changed, computed once. */
export function hashOf(header: Header): Hash {
  const known = hashes.get(header) ?? blockHash(header)
  hashes.set(header, known)
  return known
}

function isBodyLogged({ log }: Judge, hash: Hash): boolean {
  return log.some((record) => record.kind === 'body' && hashOf(record.block.header) === hash)
}

function judgePrecommit(judge: Judge, message: Precommit, label: string): Violation | undefined {
  const lock = judge.log.find(
    (record) =>
      record.kind === 'lock' &&
      record.polka.round === message.round &&
      record.polka.hash === message.hash,
  )
  if (lock?.kind !== 'lock' || lock.polka.votes.length < 3)
    return breach('PRECOMMIT_WITHOUT_POLKA', `${label}: no durable lock with its polka`)
  if (!isBodyLogged(judge, message.hash))
    return breach('PRECOMMIT_WITHOUT_BODY', `${label}: its block is not durable`)
  return undefined
}

/** Own precommits of lower rounds, durable or sent. */
function earlierPrecommits({ letters, sent, log }: Judge, round: number): Sent[] {
  const logged = log.flatMap((record) => (record.kind === 'sent' ? [record.message] : []))
  const said = sent.map((id) => letters.at(id).message)
  return [...said, ...logged].filter(
    (message): message is Precommit => message.kind === 'precommit' && message.round < round,
  )
}

/**
 * Invariant 5: who precommitted v at r prevotes another value only with a polka at or above r: the
 * one of a re-proposal, or one that it locked itself meanwhile. Judged when the prevote is written:
 * after a crash it is sent again, and what allowed it is forgotten.
 */
function judgePrevote(judge: Judge, prevote: Prevote): Violation | undefined {
  const { letters, proposals, log } = judge
  for (const precommit of earlierPrecommits(judge, prevote.round)) {
    if (precommit.hash === prevote.hash) continue
    const isFreed = proposals.some(
      ({ round, hash, validRound }) =>
        round === prevote.round && hash === prevote.hash && validRound >= precommit.round,
    )
    const hasMoved = log.some(
      (record) =>
        record.kind === 'lock' &&
        record.polka.hash === prevote.hash &&
        record.polka.round > precommit.round,
    )
    const labels = `${letters.of(prevote).label} after ${letters.of(precommit).label}`
    if (!isFreed && !hasMoved) return breach('LOCK_BROKEN', `${labels}, without a polka since`)
  }
  return undefined
}

function judgeSend(judge: Judge, message: Sent): Violation | undefined {
  const { letters, sent } = judge
  const { label, id } = letters.of(message)
  if (sent.includes(id)) return undefined
  for (const other of sent) {
    const earlier = letters.at(other).message
    if (earlier.kind === message.kind && earlier.round === message.round)
      return breach('EQUIVOCATION', `${label} after ${letters.at(other).label}`)
  }
  if (!isLogged(judge, message))
    return breach('SENT_BEFORE_LOGGED', `${label} left before it was durable`)
  switch (message.kind) {
    case 'proposal':
      return isBodyLogged(judge, message.hash)
        ? undefined
        : breach('PROPOSED_WITHOUT_BODY', `${label}: its block is not durable`)
    case 'prevote':
      return undefined
    case 'precommit':
      return judgePrecommit(judge, message, label)
  }
}

function judgeCommit(
  { setting }: Judge,
  { hash, certificate }: Extract<NodeEvent, { kind: 'commit' }>,
): Violation | undefined {
  const { header } = setting.candidateOf(hash).block
  const sealed = sealHeader(header, certificate.round, certificate.seals)
  const { parameters, validators, genesis } = setting
  const context = { parameters, validators, nextValidators: validators }
  const checked = checkHeader(sealed, genesis, context)
  if (!checked.ok) return breach('COMMITTED_HEADER_INVALID', checked.reason)
  const proven = verifyCertificate(sealed, validators, { recover: simulatedRecover })
  return proven.ok ? undefined : breach('COMMITTED_WITHOUT_CERTIFICATE', proven.reason)
}

/** What one event breaks, if anything. */
export function judgeEvent(judge: Judge, event: NodeEvent): Violation | undefined {
  switch (event.kind) {
    case 'send': {
      const { kind } = event.message
      return kind === 'proposal' || kind === 'prevote' || kind === 'precommit'
        ? judgeSend(judge, event.message)
        : undefined
    }
    case 'commit':
      return judgeCommit(judge, event)
    case 'evidence':
      return judge.suspects.has(event.accused)
        ? undefined
        : breach('HONEST_NODE_ACCUSED', `evidence against ${event.accused}`)
    case 'alarm':
      return event.code === 'AMNESIA' || event.code === 'KEY_USED_TWICE'
        ? breach('HONEST_NODE_MUTED', `alarm ${event.code}`)
        : undefined
    case 'compact':
    case 'straggler':
      return undefined
    case 'record': {
      const { record } = event
      const isPrevote = record.kind === 'sent' && record.message.kind === 'prevote'
      return isPrevote ? judgePrevote(judge, record.message as Prevote) : undefined
    }
  }
}
