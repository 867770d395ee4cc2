/**
 * Who is to blame for a fork, from the votes that travelled (invariant 14). Two decisions of one
 * height need f+1 members who voted twice in a round, or who prevoted against their own precommit
 * with no polka to free them.
 */
import type { Address, Hash } from '@veche/primitives'
import type { Message } from '../message.ts'

type Kind = 'prevote' | 'precommit'

/** Votes of one height: `kind/round` → value → signers. */
export interface Ballots {
  readonly byPlace: Map<string, Map<Hash, Set<Address>>>
  readonly proposals: Map<string, Set<Hash>>
}

export function createBallots(): Ballots {
  return { byPlace: new Map(), proposals: new Map() }
}

function note(ballots: Ballots, place: string, vote: { hash: Hash; signer: Address }): void {
  const values = ballots.byPlace.get(place) ?? new Map<Hash, Set<Address>>()
  ballots.byPlace.set(place, values)
  const signers = values.get(vote.hash) ?? new Set<Address>()
  values.set(vote.hash, signers.add(vote.signer))
}

/** Takes down what an authentic message proves of its signers. */
export function takeDown(ballots: Ballots, message: Message): void {
  if (message.kind === 'prevote' || message.kind === 'precommit')
    note(ballots, `${message.kind}/${message.round}`, message)
  if (message.kind === 'polka') {
    const { round, hash, votes } = message.polka
    for (const { signer } of votes) note(ballots, `prevote/${round}`, { hash, signer })
  }
  if (message.kind !== 'proposal') return
  const key = `${message.round}/${message.signer}`
  ballots.proposals.set(key, (ballots.proposals.get(key) ?? new Set()).add(message.hash))
  if (message.polka !== undefined) takeDown(ballots, { kind: 'polka', polka: message.polka })
}

function votesAt(ballots: Ballots, kind: Kind): { round: number; hash: Hash; signer: Address }[] {
  const found: { round: number; hash: Hash; signer: Address }[] = []
  for (const [place, values] of ballots.byPlace) {
    if (!place.startsWith(`${kind}/`)) continue
    const round = Number(place.slice(kind.length + 1))
    for (const [hash, signers] of values)
      for (const signer of signers) found.push({ round, hash, signer })
  }
  return found
}

function equivocators(ballots: Ballots): Set<Address> {
  const twice = new Set<Address>()
  for (const values of ballots.byPlace.values()) {
    const seen = new Set<Address>()
    for (const signers of values.values())
      for (const signer of signers) {
        if (seen.has(signer)) twice.add(signer)
        seen.add(signer)
      }
  }
  for (const [key, hashes] of ballots.proposals)
    if (hashes.size > 1) twice.add(key.slice(key.indexOf('/') + 1) as Address)
  return twice
}

/**
 * Whether q members prevoted `hash` in a round of [from, below), or q others than the signer in
 * round `below`: a node may take the lock of a round first and prevote after (L1, P1).
 */
export function hasPolka(
  ballots: Ballots,
  hash: Hash,
  at: { readonly from: number; readonly below: number; readonly q: number; readonly by: Address },
): boolean {
  for (const [place, values] of ballots.byPlace) {
    if (!place.startsWith('prevote/')) continue
    const round = Number(place.slice('prevote/'.length))
    if (round < at.from || round > at.below) continue
    const signers = values.get(hash)
    if (signers === undefined) continue
    const isOwn = round === at.below && signers.has(at.by)
    if (signers.size - (isOwn ? 1 : 0) >= at.q) return true
  }
  return false
}

/** The signers whose votes at a height no honest node can have cast, ascending. */
export function findCulprits(ballots: Ballots, q: number): Address[] {
  const guilty = equivocators(ballots)
  const precommits = votesAt(ballots, 'precommit')
  for (const { round, hash, signer } of votesAt(ballots, 'prevote'))
    for (const lock of precommits) {
      if (lock.signer !== signer || lock.hash === hash || lock.round >= round) continue
      if (!hasPolka(ballots, hash, { from: lock.round, below: round, q, by: signer }))
        guilty.add(signer)
    }
  return [...guilty].sort()
}
