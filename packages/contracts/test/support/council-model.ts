/** What ValidatorSet should do, written again in plain TypeScript: the model of the model test. */
import type { Address, Hash } from '@veche/primitives'
import {
  DELAY_BLOCKS,
  LIFETIME_SECONDS,
  member,
  OBSERVERS,
  organisation,
  VETO_SECONDS,
} from './validators.ts'

interface ModelProposal {
  readonly kind: 'add' | 'remove'
  readonly member: Address
  readonly organisation: Hash
  /** the set at proposal time */
  readonly electorate: ReadonlySet<Address>
  readonly approvals: Set<Address>
  readonly epoch: number
  readonly vetoUntil: number
  readonly expiresAt: number
  stage: 'open' | 'scheduled' | 'activated' | 'vetoed'
  height: number
}

interface Seat {
  readonly organisation: Hash
  readonly since: number
}

export interface Now {
  readonly seconds: number
  readonly height: number
}

/** ceil(2n/3), f and the cap in rationals written differently than in the contract */
export function quorum(n: number): number {
  let q = 0
  while (3 * q < 2 * n) q++
  return q
}

export function changesMax(n: number): number {
  let f = 0
  while (3 * (f + 1) + 1 <= n) f++
  return Math.max(1, f)
}

export function seatsMax(n: number): number {
  let seats = 0
  while (3 * (seats + 1) < n) seats++
  return Math.max(1, seats)
}

export class CouncilModel {
  readonly seats = new Map<Address, Seat>()
  readonly proposals: ModelProposal[] = []
  #epoch = 0
  #block = { height: 0, size: 0, count: 0 }

  constructor(organisations: readonly number[]) {
    for (const [i, o] of organisations.entries())
      this.seats.set(member(i), { organisation: organisation(o), since: 0 })
  }

  members(): readonly Address[] {
    return [...this.seats.keys()].sort()
  }

  seatsOf(id: Hash): number {
    return [...this.seats.values()].filter((seat) => seat.organisation === id).length
  }

  propose(from: Address, seat: { member: Address; organisation?: Hash }, now: Now): string {
    if (!this.seats.has(from)) return 'NotValidator'
    const held = this.seats.get(seat.member)
    const isAdd = seat.organisation !== undefined
    if (isAdd && held !== undefined) return 'AlreadyMember'
    if (!isAdd && held === undefined) return 'NotMember'
    this.proposals.push({
      kind: isAdd ? 'add' : 'remove',
      member: seat.member,
      organisation: seat.organisation ?? (held as Seat).organisation,
      electorate: new Set(this.seats.keys()),
      approvals: new Set([from]),
      epoch: this.#epoch,
      vetoUntil: now.seconds + VETO_SECONDS,
      expiresAt: now.seconds + LIFETIME_SECONDS,
      stage: 'open',
      height: 0,
    })
    return 'ok'
  }

  /** The proposal (ids from 1) when it is live and of this stage, or the refusal. */
  #live(id: number, stage: ModelProposal['stage'], now: Now): ModelProposal | string {
    const proposal = this.proposals[id - 1]
    if (proposal?.stage !== stage) return 'WrongStage'
    return now.seconds >= proposal.expiresAt ? 'Expired' : proposal
  }

  approve(from: Address, id: number, now: Now): string {
    const seat = this.seats.get(from)
    if (seat === undefined) return 'NotValidator'
    const proposal = this.#live(id, 'open', now)
    if (typeof proposal === 'string') return proposal
    if (seat.since > proposal.epoch) return 'JoinedLater'
    if (proposal.approvals.has(from)) return 'AlreadyApproved'
    proposal.approvals.add(from)
    return 'ok'
  }

  veto(from: Address, id: number, now: Now): string {
    if (!OBSERVERS.includes(from)) return 'NotObserver'
    const proposal = this.#live(id, 'open', now)
    if (typeof proposal === 'string') return proposal
    proposal.stage = 'vetoed'
    return 'ok'
  }

  schedule(id: number, now: Now): string {
    const proposal = this.#live(id, 'open', now)
    if (typeof proposal === 'string') return proposal
    if (proposal.approvals.size < quorum(proposal.electorate.size)) return 'ApprovalsMissing'
    if (now.seconds < proposal.vetoUntil) return 'VetoWindowOpen'
    proposal.stage = 'scheduled'
    proposal.height = now.height + DELAY_BLOCKS
    return 'ok'
  }

  activate(id: number, now: Now): string {
    const proposal = this.#live(id, 'scheduled', now)
    if (typeof proposal === 'string') return proposal
    if (now.height < proposal.height) return 'BeforeHeight'
    const block =
      this.#block.height === now.height
        ? this.#block
        : { height: now.height, size: this.seats.size, count: 0 }
    if (block.count + 1 > changesMax(block.size)) return 'TooManyChanges'
    const refused = proposal.kind === 'add' ? this.#add(proposal) : this.#remove(proposal)
    if (refused !== 'ok') return refused
    proposal.stage = 'activated'
    this.#block = { ...block, count: block.count + 1 }
    return 'ok'
  }

  #add(proposal: ModelProposal): string {
    if (this.seats.has(proposal.member)) return 'AlreadyMember'
    const seats = this.seatsOf(proposal.organisation) + 1
    if (seats > seatsMax(this.seats.size + 1)) return 'SeatsExceeded'
    this.#epoch++
    this.seats.set(proposal.member, {
      organisation: proposal.organisation,
      since: this.#epoch,
    })
    return 'ok'
  }

  #remove(proposal: ModelProposal): string {
    if (this.seats.size - 1 < 4) return 'TooFew'
    const seat = this.seats.get(proposal.member)
    if (seat === undefined || seat.since > proposal.epoch) return 'NotMember'
    const rest = [...this.seats].filter(([address]) => address !== proposal.member)
    const max = seatsMax(rest.length)
    const isOver = rest.some(
      ([, one]) => rest.filter(([, other]) => other.organisation === one.organisation).length > max,
    )
    if (isOver) return 'SeatsExceeded'
    this.#epoch++
    this.seats.delete(proposal.member)
    return 'ok'
  }
}
