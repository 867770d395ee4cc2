/**
 * The gate in front of `step`: every signature of a decoded message is recovered and compared, and
 * everything that a message says about itself is checked. What passes is authentic; whether it is
 * right (turn, header, lock) is the machine's to judge. docs/spec/consensus.md M3.
 */
import {
  type Address,
  accept,
  assertNever,
  blockHash,
  decodeExtraData,
  type Refusal,
  type Result,
  recoverAddress,
  refuse,
} from '@veche/primitives'
import { contentDigest, isAuthentic, type SignatureContext } from './digest.ts'
import { isConflict } from './evidence.ts'
import type { EvidenceMessage, Message, Polka, Proposal } from './message.ts'

export interface AuthenticationContext extends SignatureContext {
  /** when given, a message of anybody else is refused before any signature is recovered */
  readonly isMember?: (address: Address) => boolean
}

function stranger(signer: Address): Refusal {
  return refuse('MESSAGE_FROM_STRANGER', `a validator's message expected, got ${signer}`)
}

function forged(what: string): Refusal {
  return refuse('SIGNATURE_INVALID', `${what} of its signer expected`)
}

/**
 * Whether every vote of a polka is authentic and of another signer. Refuses with the codes above.
 */
export function authenticatePolka(polka: Polka, context: AuthenticationContext): Refusal | null {
  const { height, round, hash } = polka
  const digest = contentDigest({ kind: 'prevote', height, round, hash }, context.chainId)
  const recover = context.recover ?? recoverAddress
  const signers = new Set<Address>()
  for (const { signer, signature } of polka.votes) {
    if (context.isMember !== undefined && !context.isMember(signer)) return stranger(signer)
    if (signers.has(signer)) return refuse('POLKA_INVALID', `one vote each expected of ${signer}`)
    signers.add(signer)
    if (recover(digest, signature) !== signer) return forged('prevote in a polka')
  }
  return null
}

function checkProposal(proposal: Proposal, context: AuthenticationContext): Refusal | null {
  const { header, polka } = proposal
  const mismatch = (reason: string): Refusal => refuse('PROPOSAL_INCONSISTENT', reason)
  if (header.number !== proposal.height) return mismatch('header of the same height expected')
  if (header.parentHash !== proposal.parentHash)
    return mismatch('header of the same parent expected')
  const extra = decodeExtraData(header.extraData)
  if (!extra.ok) return mismatch(extra.reason)
  if (extra.value.round !== 0 || extra.value.seals.length > 0)
    return mismatch('unsealed header of round 0 expected')
  if (blockHash(header) !== proposal.hash) return mismatch('hash of the header expected')
  if (polka === undefined) return null
  if (polka.height !== proposal.height || polka.hash !== proposal.hash)
    return mismatch('polka for the proposed value expected')
  if (polka.round !== proposal.validRound || polka.round >= proposal.round)
    return mismatch('polka of the valid round, below the round, expected')
  return authenticatePolka(polka, context)
}

function checkEvidence(evidence: EvidenceMessage, context: AuthenticationContext): Refusal | null {
  const { first, second } = evidence
  if (!isConflict(first, second))
    return refuse('EVIDENCE_INVALID', 'two values of one signer, height, round and type expected')
  if (context.isMember !== undefined && !context.isMember(first.signer))
    return stranger(first.signer)
  if (!isAuthentic(first, context) || !isAuthentic(second, context)) return forged('evidence')
  return null
}

function checkMessage(message: Message, context: AuthenticationContext): Refusal | null {
  switch (message.kind) {
    case 'polka':
      return authenticatePolka(message.polka, context)
    case 'evidence':
      return checkEvidence(message, context)
    case 'proposal':
    case 'prevote':
    case 'precommit':
    case 'status': {
      if (context.isMember !== undefined && !context.isMember(message.signer))
        return stranger(message.signer)
      if (!isAuthentic(message, context)) return forged(message.kind)
      return message.kind === 'proposal' ? checkProposal(message, context) : null
    }
    default:
      return assertNever(message)
  }
}

/**
 * Passes a decoded message on when every signature in it is its signer's and it is consistent in
 * itself. Refuses with `SIGNATURE_INVALID`, `MESSAGE_FROM_STRANGER`, `PROPOSAL_INCONSISTENT`,
 * `POLKA_INVALID` or `EVIDENCE_INVALID`. One recovery per signature (60 µs native).
 */
export function authenticateMessage(
  message: Message,
  context: AuthenticationContext,
): Result<Message> {
  return checkMessage(message, context) ?? accept(message)
}
