/**
 * The judge: what must hold in every run, whatever the faults (consensus.md, "Invariants"). It sees
 * every message that leaves, every commit and every log, and no rule of the machine.
 */
import { type Address, type Hash, type Header, VecheError } from '@veche/primitives'
import { verifyCertificate } from '../certificate.ts'
import { checkHeader } from '../header.ts'
import type { EvidenceMessage, SignedMessage } from '../message.ts'
import type { ConsensusParameters } from '../parameters.ts'
import type { LogRecord } from '../record.ts'
import { simulatedRecover } from './signer.ts'

/** A broken invariant: thrown to the end of the run, which reports the seed. */
export function violated(code: string, reason: string): never {
  throw new VecheError(code, reason)
}

export interface Checks {
  /** an honest node is about to send its own message; `log` is what is durable in its log */
  onSend(message: SignedMessage, log: readonly LogRecord[]): void
  /** a sealed header became some node's head, by its own decision or by sync */
  onCommit(sealed: Header, hash: Hash): void
  onEvidence(evidence: EvidenceMessage): void
  /** hash decided at a height, when one was */
  decidedAt(height: number): Hash | undefined
}

export interface ChecksOptions {
  readonly parameters: ConsensusParameters
  readonly genesis: Header
  readonly genesisHash: Hash
  /** the set in force at a height */
  readonly setAt: (height: number) => readonly Address[]
  readonly byzantine: ReadonlySet<Address>
}

function checkLogged(message: SignedMessage, log: readonly LogRecord[]): void {
  const where = `${message.kind} ${message.height}/${message.round} of ${message.signer}`
  const isLogged = log.some(
    (record) =>
      record.kind === 'sent' &&
      record.message.kind === message.kind &&
      record.message.height === message.height &&
      record.message.round === message.round,
  )
  if (!isLogged) violated('SENT_BEFORE_LOGGED', `${where} left before it was durable`)
  if (message.kind !== 'precommit') return
  const isLocked = log.some(
    (record) =>
      record.kind === 'lock' &&
      record.polka.round === message.round &&
      record.polka.hash === message.hash,
  )
  if (!isLocked) violated('PRECOMMIT_WITHOUT_POLKA', `${where} has no durable polka`)
}

/** The checks of one run. */
export function createChecks(options: ChecksOptions): Checks {
  const { parameters, setAt, byzantine } = options
  const decided = new Map<number, { hash: Hash; header: Header }>()
  decided.set(0, { hash: options.genesisHash, header: options.genesis })
  const spoken = new Map<string, Hash>()

  function checkOneValue(message: SignedMessage): void {
    if (message.kind === 'status') return
    const { signer, height, round, kind, hash } = message
    const key = `${signer}/${height}/${round}/${kind}`
    const earlier = spoken.get(key)
    if (earlier !== undefined && earlier !== hash)
      violated('EQUIVOCATION', `${key} was signed for ${earlier} and ${hash}`)
    spoken.set(key, hash)
  }

  function checkFirst(sealed: Header, hash: Hash): void {
    const parent = decided.get(sealed.number - 1)
    if (parent === undefined) violated('HEAD_WITHOUT_PARENT', `height ${sealed.number}`)
    const validators = setAt(sealed.number)
    const context = { parameters, validators, nextValidators: setAt(sealed.number + 1) }
    const checked = checkHeader(sealed, parent.header, { ...context, parentHash: parent.hash })
    if (!checked.ok) violated('COMMITTED_HEADER_INVALID', checked.reason)
    const proven = verifyCertificate(sealed, validators, { recover: simulatedRecover })
    if (!proven.ok) violated('COMMITTED_WITHOUT_CERTIFICATE', proven.reason)
    if (proven.value.hash !== hash)
      violated('CERTIFICATE_OF_ANOTHER', `${proven.value.hash} and ${hash}`)
    decided.set(sealed.number, { hash, header: sealed })
  }

  return {
    onSend(message, log) {
      checkOneValue(message)
      if (message.kind !== 'status') checkLogged(message, log)
    },
    onCommit(sealed, hash) {
      const earlier = decided.get(sealed.number)
      if (earlier === undefined) checkFirst(sealed, hash)
      else if (earlier.hash !== hash)
        violated('FORK', `height ${sealed.number}: ${earlier.hash} and ${hash}`)
    },
    onEvidence({ first }) {
      if (!byzantine.has(first.signer))
        violated('HONEST_NODE_ACCUSED', `${first.kind} of ${first.signer}`)
    },
    decidedAt: (height) => decided.get(height)?.hash,
  }
}
