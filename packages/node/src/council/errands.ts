/**
 * What the validator set needs of this validator now, read from the contract: evidence to report,
 * leaving members to unseat, its own readiness to confirm (docs/adr/0075 to 0077). Only reads;
 * clerk.ts sends.
 */
import type { EvidenceMessage } from '@veche/consensus'
import { type SetProposal, validatorSet } from '@veche/contracts'
import type { Address, Hash, Hex } from '@veche/primitives'
import { READY_RENEW_SECONDS } from '../limits.ts'
import { evidenceToCall } from './evidence.ts'
import type { SetReader } from './set-reader.ts'

/** One transaction to ValidatorSet that should be sent. */
export interface Errand {
  /** what it is about; the same errand has the same key */
  readonly key: string
  readonly data: Hex
  /** turns to wait, so that not every validator sends it: 0 is the first */
  readonly rank: number
}

export interface ErrandsOptions {
  readonly reader: SetReader
  readonly self: Address
  readonly evidence: ReadonlyMap<Address, EvidenceMessage>
  /** the head; its hash proves that this node is in step */
  readonly head: { readonly number: number; readonly hash: Hash; readonly timestamp: number }
  /** whether a call from `self` would succeed now */
  readonly wouldSucceed: (data: Hex) => Promise<boolean>
}

/** Turns differ for every subject, so that no validator is first in everything. */
function rankOf(self: number, subject: Address, n: number): number {
  return (self + Number.parseInt(subject.slice(-6), 16)) % n
}

async function memberErrands(options: ErrandsOptions, members: readonly Address[]) {
  const { reader, self, evidence, wouldSucceed } = options
  const place = members.indexOf(self)
  const errands: Errand[] = []
  for (const member of members) {
    const rank = rankOf(place, member, members.length)
    const accusation = evidence.get(member)
    if (accusation !== undefined && (await reader.suspensionOf(member)) === undefined) {
      errands.push({ key: `report ${member}`, data: evidenceToCall(accusation), rank })
      continue
    }
    // the limits may forbid it now; a call tells, and costs nothing
    const data = validatorSet.unseat(member)
    if (await wouldSucceed(data)) errands.push({ key: `unseat ${member}`, data, rank })
  }
  return errands
}

function needsReadiness(proposal: SetProposal, { self, head }: ErrandsOptions): boolean {
  const { kind, stage, member, approvals, needed, expiresAt, readyAt } = proposal
  if (kind !== 'add' || member !== self || head.timestamp >= expiresAt) return false
  if (stage !== 'scheduled' && (stage !== 'open' || approvals < needed)) return false
  return head.timestamp >= readyAt + READY_RENEW_SECONDS
}

async function candidateErrands(options: ErrandsOptions): Promise<Errand[]> {
  const { reader, head } = options
  const proposals = await reader.proposals()
  return proposals
    .filter((proposal) => needsReadiness(proposal, options))
    .map(({ id }) => ({
      key: `ready ${id}`,
      data: validatorSet.confirmReady(id, head),
      rank: 0,
    }))
}

/** The errands of this validator, which is in step; none when the contract does not answer. */
export async function findErrands(options: ErrandsOptions): Promise<readonly Errand[]> {
  const members = await options.reader.addresses()
  if (members === undefined) return []
  return members.includes(options.self)
    ? memberErrands(options, members)
    : candidateErrands(options)
}
