/**
 * Deciding: L49. Seals are checked here, because only now is the header known for certain
 * (docs/spec/consensus.md D1–D3; invariant 2).
 */
import { type Address, assert, recoverAddress } from '@veche/primitives'
import type { Candidate } from './input.ts'
import type { Certificate, Precommit } from './message.ts'
import { sealDigestOf } from './rounds.ts'
import { heldCandidate, type Round, type Turn } from './state.ts'
import { valuesAt } from './tally.ts'
import { quorumOf } from './thresholds.ts'

function isSealed(
  turn: Turn,
  at: { round: Round; digest: Uint8Array; precommit: Precommit },
): boolean {
  const { round, digest, precommit } = at
  const key = `${precommit.hash}/${precommit.signer}`
  if (round.sealed.has(key)) return true
  const recover = turn.context.recover ?? recoverAddress
  if (recover(digest, precommit.seal) !== precommit.signer) return false
  round.sealed.add(key)
  return true
}

/** Drops the precommits for `hash` whose seal is not their signer's; returns the others. */
function sealedVotes(
  turn: Turn,
  round: Round,
  at: { candidate: Candidate; number: number },
): Map<Address, Precommit> {
  const { header } = at.candidate.block
  const votes = round.precommits.byHash.get(at.candidate.hash) ?? new Map<Address, Precommit>()
  const digest = sealDigestOf(turn.state.current, at.number, at.candidate)
  for (const [signer, precommit] of votes) {
    if (isSealed(turn, { round, digest, precommit })) continue
    votes.delete(signer)
    turn.effects.push({
      kind: 'alarm',
      code: 'SEAL_INVALID',
      reason: `commit seal of ${signer} expected in round ${at.number} of height ${header.number}`,
    })
  }
  return votes
}

function decide(turn: Turn, { hash, block }: Candidate, certificate: Certificate): void {
  const height = turn.state.current
  assert(height.decided === null, 'invariant 1: a height is decided once')
  assert(certificate.seals.length >= quorumOf(turn), 'invariant 2: q seals of one round')
  height.decided = hash
  turn.effects.push({ kind: 'commit', hash, block, certificate })
}

/** L49: decides a held value with q sealed precommits of any one round. */
export function tryDecide(turn: Turn): void {
  const height = turn.state.current
  if (height.decided !== null) return
  for (const [number, round] of height.rounds)
    for (const hash of valuesAt(round.precommits, quorumOf(turn))) {
      const candidate = heldCandidate(height, hash)
      if (candidate === null) continue
      const votes = sealedVotes(turn, round, { candidate, number })
      if (votes.size < quorumOf(turn)) continue
      const signers = height.validators.filter((each) => votes.has(each))
      const seals = signers.map((each) => (votes.get(each) as Precommit).seal)
      decide(turn, candidate, { height: height.height, round: number, hash, seals })
      return
    }
}
