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
  readonly replaces: Address | undefined
  /** seconds of the candidate's last word */
  readyAt: number
  stage: 'open' | 'scheduled' | 'activated' | 'vetoed'
  height: number
}

interface Seat {
  readonly organisation: Hash
  readonly since: number
  leaving: boolean
}

/** What is proposed: without organisation a removal, with `replaces` a successor. */
export interface ModelDraft {
  readonly member: Address
  readonly organisation?: Hash
  readonly replaces?: Address
}

/** ValidatorSet.READY_SECONDS */
const READY_SECONDS = 3_600

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
  readonly suspended = new Set<Address>()
  #epoch = 0
  #block = { height: 0, size: 0, count: 0 }

  constructor(organisations: readonly number[]) {
    for (const [i, o] of organisations.entries())
      this.seats.set(member(i), { organisation: organisation(o), since: 0, leaving: false })
  }

  members(): readonly Address[] {
    return [...this.seats.keys()].sort()
  }

  seatsOf(id: Hash): number {
    return [...this.seats.values()].filter((seat) => seat.organisation === id && !seat.leaving)
      .length
  }

  #refuseVoter(from: Address): string | undefined {
    const seat = this.seats.get(from)
    if (seat === undefined) return 'NotValidator'
    return seat.leaving ? 'Leaving' : undefined
  }

  propose(from: Address, draft: ModelDraft, now: Now): string {
    const refused = this.#refuseVoter(from)
    if (refused !== undefined) return refused
    const { member: target, replaces } = draft
    const isAdd = draft.organisation !== undefined || replaces !== undefined
    const held = this.seats.get(isAdd ? (replaces ?? target) : target)
    if ((!isAdd || replaces !== undefined) && held === undefined) return 'NotMember'
    if (isAdd && this.seats.has(target)) return 'AlreadyMember'
    if (isAdd && this.suspended.has(target)) return 'Suspended'
    this.proposals.push({
      kind: isAdd ? 'add' : 'remove',
      member: target,
      replaces,
      readyAt: 0,
      organisation: draft.organisation ?? (held as Seat).organisation,
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
    const refused = this.#refuseVoter(from)
    if (refused !== undefined) return refused
    const seat = this.seats.get(from) as Seat
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

  /** The candidate of `from` says that it is in step; the block it names is right. */
  confirm(from: Address, id: number, now: Now): string {
    const stage = this.proposals[id - 1]?.stage === 'scheduled' ? 'scheduled' : 'open'
    const proposal = this.#live(id, stage, now)
    if (typeof proposal === 'string') return proposal
    if (proposal.approvals.size < quorum(proposal.electorate.size)) return 'ApprovalsMissing'
    if (proposal.kind !== 'add' || proposal.member !== from) return 'NotCandidate'
    proposal.readyAt = now.seconds
    return 'ok'
  }

  activate(id: number, now: Now): string {
    const proposal = this.#live(id, 'scheduled', now)
    if (typeof proposal === 'string') return proposal
    if (now.height < proposal.height) return 'BeforeHeight'
    const done = proposal.kind === 'add' ? this.#add(proposal, now) : this.#remove(proposal, now)
    if (done === 'ok') proposal.stage = 'activated'
    return done
  }

  /** Evidence that holds: suspended for ever, and unseated at once when the limits allow it. */
  accuse(who: Address, now: Now): string {
    const seat = this.seats.get(who)
    if (seat === undefined) return 'NotMember'
    if (this.suspended.has(who)) return 'Suspended'
    this.suspended.add(who)
    seat.leaving = true
    this.#unseat(who, now)
    return 'ok'
  }

  unseat(who: Address, now: Now): string {
    return this.seats.get(who)?.leaving === true ? this.#unseat(who, now) : 'NotLeaving'
  }

  /** What this block changed so far. */
  #changes(now: Now) {
    const same = this.#block.height === now.height
    return same ? this.#block : { height: now.height, size: this.seats.size, count: 0 }
  }

  #isFull(now: Now): boolean {
    const { count, size } = this.#changes(now)
    return count + 1 > changesMax(size)
  }

  #count(now: Now): void {
    const block = this.#changes(now)
    this.#block = { ...block, count: block.count + 1 }
  }

  #add(proposal: ModelProposal, now: Now): string {
    const { member: candidate, organisation: owner, replaces } = proposal
    if (this.#isFull(now)) return 'TooManyChanges'
    if (this.seats.has(candidate)) return 'AlreadyMember'
    if (this.suspended.has(candidate)) return 'Suspended'
    if (now.seconds >= proposal.readyAt + READY_SECONDS) return 'NotReady'
    const replaced = replaces === undefined ? undefined : this.seats.get(replaces)
    if (replaces !== undefined && (replaced === undefined || replaced.since > proposal.epoch))
      return 'NotMember'
    const freed = replaced === undefined || replaced.leaving ? 0 : 1
    if (this.seatsOf(owner) - freed + 1 > seatsMax(this.seats.size + 1)) return 'SeatsExceeded'
    if (replaced !== undefined) replaced.leaving = true
    this.#count(now)
    this.#epoch++
    this.seats.set(candidate, { organisation: owner, since: this.#epoch, leaving: false })
    return 'ok'
  }

  #remove(proposal: ModelProposal, now: Now): string {
    const seat = this.seats.get(proposal.member)
    if (seat === undefined || seat.since > proposal.epoch) return 'NotMember'
    return this.#unseat(proposal.member, now)
  }

  #unseat(who: Address, now: Now): string {
    if (this.#isFull(now)) return 'TooManyChanges'
    if (this.seats.size - 1 < 4) return 'TooFew'
    const rest = [...this.seats].filter(([address]) => address !== who)
    const staying = rest.filter(([, { leaving }]) => !leaving).map(([, seat]) => seat.organisation)
    const max = seatsMax(rest.length)
    const isOver = staying.some((one) => staying.filter((other) => other === one).length > max)
    if (isOver) return 'SeatsExceeded'
    this.#count(now)
    this.#epoch++
    this.seats.delete(who)
    return 'ok'
  }
}
