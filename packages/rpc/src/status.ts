/**
 * What `veche_status` answers and `veche status` shows: one node as its operator sees it. Types
 * only, already in JSON's own types (plain numbers: this is for operators and scripts, not for
 * Ethereum clients). Nothing in it is secret, and no address of a machine: validators may hide
 * theirs.
 */
import type { Address, Hash } from '@veche/primitives'

/**
 * - `well`: blocks are decided, or there is nothing to decide
 * - `degraded`: so they are, but something needs attention
 * - `stalled`: there is work and no block for longer than f dead proposers explain
 * - `behind`: others are further than this node
 */
export type StatusVerdict = 'well' | 'degraded' | 'stalled' | 'behind'

export interface NodeStatus {
  readonly verdict: StatusVerdict
  /** a code for scripts (docs/operations.md lists them) and one sentence */
  readonly why: { readonly code: string; readonly text: string }
  readonly node: {
    readonly name: string
    readonly role: 'validator' | 'observer'
    readonly version: string
    /** unix milliseconds of this node's clock, and since it started */
    readonly timeMs: number
    readonly uptimeMs: number
  }
  readonly chain: {
    readonly chainId: number
    readonly head: number
    readonly hash: Hash
    /** unix seconds */
    readonly timestamp: number
    /** since the head became final here, or since the start; milliseconds */
    readonly ageMs: number
    /** blocks that some peer is ahead */
    readonly behind: number
    readonly stepSeconds: number
    readonly emptyBlockIntervalSeconds: number
  }
  readonly peers: number
  /** null on an observer */
  readonly consensus: ConsensusStatus | null
  /** the set of the next block, ascending */
  readonly validators: readonly ValidatorStatus[]
  readonly clock: ClockStatus
  readonly pool: { readonly pending: number; readonly queued: number }
  /** append and fsync of the write-ahead log; null on an observer */
  readonly log: Latency | null
  /** build or execution of a block; its durable commit; from work to decision */
  readonly execute: Latency
  readonly commit: Latency
  readonly decide: Latency
  readonly alarms: readonly AlarmStatus[]
  /** equivocations seen since the start */
  readonly evidence: number
}

/** Of the last samples (a few hundred); milliseconds; zeros when there is none. */
export interface Latency {
  /** since the start */
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly lastMs: number
}

export interface ClockStatus {
  /** median of the validators' clocks minus this one, milliseconds; null when none was measured */
  readonly skewMs: number | null
  /** validators whose clock was measured */
  readonly measured: number
  /** D/4, milliseconds; the alarm is raised when f+1 validators agree on more */
  readonly limitMs: number
  readonly alarm: boolean
}

export interface AlarmStatus {
  readonly code: string
  readonly count: number
  /** unix milliseconds */
  readonly lastAtMs: number
  readonly reason: string
}

/** Votes for one value. */
export interface VoteStatus {
  readonly hash: Hash
  readonly signers: readonly Address[]
}

export interface ConsensusStatus {
  readonly height: number
  /** −1 before the first round */
  readonly round: number
  readonly step: number
  readonly phase: string
  /** votes, muted, not-a-member */
  readonly part: string
  readonly widthSteps: number
  /** milliseconds until the round's window ends */
  readonly leftMs: number
  /** how long there has been something to decide; null while idle */
  readonly undecidedMs: number | null
  readonly proposer: Address | null
  readonly proposal: {
    readonly hash: Hash
    readonly validRound: number
    readonly body: string
    readonly bodyMs: number
  } | null
  readonly prevotes: readonly VoteStatus[]
  readonly precommits: readonly VoteStatus[]
  readonly n: number
  readonly f: number
  readonly q: number
  /** votes that the best value lacks for its next quorum */
  readonly missing: number
  readonly locked: { readonly round: number; readonly hash: Hash } | null
  readonly valid: { readonly round: number; readonly hash: Hash } | null
  readonly floor: number
  readonly reason: { readonly code: string; readonly text: string }
  readonly buffers: {
    readonly rounds: number
    readonly candidates: number
    readonly futureMessages: number
    readonly logging: number
    /** inputs that wait for the machine */
    readonly inputs: number
  }
}

export interface ValidatorStatus {
  readonly address: Address
  readonly isSelf: boolean
  /** over a connection that proved this key */
  readonly connected: boolean
  /** its clock minus ours and how wrong that may be, milliseconds; null when not measured */
  readonly skewMs: number | null
  readonly skewErrorMs: number | null
  /** the head it announces; null when not connected */
  readonly head: number | null
  /** milliseconds since it was last heard (a vote or a status; on an observer: connected) */
  readonly quietMs: number | null
  /** of its last proposal or vote; null when none was heard */
  readonly voted: { readonly height: number; readonly round: number } | null
  /** what it voted for in the present round */
  readonly prevote: Hash | null
  readonly precommit: Hash | null
  /** it ought to speak and does not */
  readonly silent: boolean
}
