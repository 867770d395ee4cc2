/**
 * The only form of accusation: two messages of one signer, same height, round and type, with
 * different values (docs/spec/consensus.md E1). Different values in different rounds are honest.
 */
import type { EvidenceMessage, Proposal, Vote } from './message.ts'

export type Accusable = EvidenceMessage['first']

/** What an accusation holds of a message: for a proposal what was signed, not what it carried. */
export function claimOf(message: Proposal | Vote | Accusable): Accusable {
  if (message.kind !== 'proposal') return message
  const { kind, height, round, hash, parentHash, validRound, signer, signature } = message
  return { kind, height, round, hash, parentHash, validRound, signer, signature }
}

/**
 * Whether two authentic messages convict their signer. Seals are not compared: two seals of one
 * value harm nobody, and a signing device need not be deterministic.
 */
export function isConflict(first: Accusable, second: Accusable): boolean {
  if (first.kind !== second.kind || first.signer !== second.signer) return false
  if (first.height !== second.height || first.round !== second.round) return false
  if (first.hash !== second.hash) return true
  if (first.kind !== 'proposal' || second.kind !== 'proposal') return false
  return first.validRound !== second.validRound || first.parentHash !== second.parentHash
}
