/**
 * Everything the machine knows. `step` changes it in place (a copy per message would cost more than
 * the rules); `cloneState` of clone.ts makes an independent copy for the explorer. No hidden
 * globals.
 */
import { type Address, assert, type Hash, type Header, validatorSetHash } from '@veche/primitives'
import type { Amnesia } from './amnesia.ts'
import type { Recover } from './digest.ts'
import { isSortedSet } from './header.ts'
import type { Candidate } from './input.ts'
import type { Polka, Precommit, Prevote, Proposal, SignedMessage } from './message.ts'
import type { Effect } from './output.ts'
import type { ConsensusParameters } from './parameters.ts'
import { createThresholds, type Thresholds } from './quorum.ts'
import type { LogRecord } from './record.ts'
import { type Restored, readRestored } from './restore.ts'
import { createSchedule, type Schedule, stepAt } from './schedule.ts'
import type { Tally } from './tally.ts'

/** What was received for one round of the height. */
export interface Round {
  /** by hash: one, and one that conflicts */
  readonly proposals: Map<Hash, Proposal>
  readonly prevotes: Tally<Prevote>
  readonly precommits: Tally<Precommit>
  /** the value that q members prevoted, when there is one */
  polka: Hash | null
  /** what seals of this round sign, by block hash */
  readonly sealDigests: Map<Hash, Uint8Array>
  /** signers whose seal over a value was checked: `hash/signer` */
  readonly sealed: Set<string>
}

/** What is known of a block that somebody proposed. */
export interface CandidateEntry {
  /** `asked`: an answer is awaited; `failed`: may be asked again after a while; `held`: executed */
  status: 'asked' | 'failed' | 'held'
  /** highest round that referred to it */
  round: number
  askedAtMs: number
  candidate: Candidate | null
}

/** What one height forgets when the next begins. */
export interface HeightState {
  readonly height: number
  /** sealed header of the parent, its hash and step */
  readonly parent: { readonly header: Header; readonly hash: Hash; readonly step: number }
  /** the set in force, ascending */
  readonly validators: readonly Address[]
  /** the set in force at the next height */
  readonly next: readonly Address[]
  readonly nextHash: Hash
  readonly thresholds: Thresholds
  readonly schedule: Schedule
  /** −1 before S(0) */
  round: number
  locked: { readonly round: number; readonly hash: Hash } | null
  valid: Polka | null
  readonly rounds: Map<number, Round>
  readonly candidates: Map<Hash, CandidateEntry>
  /** highest round in which each other member was heard */
  readonly heard: Map<Address, number>
  /** own messages that are durable or on their way to be: `round/kind` */
  readonly sent: Map<string, SignedMessage>
  /** own messages up to this round were forgotten, −1 for none */
  forgotten: number
  /** values that the signer was asked to sign: `round/kind` → value; never a second one */
  readonly signing: Map<string, string>
  /** own messages whose log effect is under way */
  readonly logging: Map<number, SignedMessage>
  /** hashes of blocks that stand in the log */
  readonly logged: Set<Hash>
  /** round for which a block is being built, or −1 */
  building: number
  /** round for which the builder was told to begin ahead, or −1 */
  prepared: number
  /** round in which the builder had nothing even for a heartbeat, or −1 */
  barren: number
  /** the value decided, while its commit is under way */
  decided: Hash | null
  /** a proposal or a vote was seen */
  live: boolean
  /** when the next status is due; null while silent */
  statusAtMs: number | null
  /** contents being signed → receivers */
  readonly statusSigning: Map<string, readonly Address[]>
  /** members already accused at this height */
  readonly accused: Set<Address>
}

export interface State {
  readonly parameters: ConsensusParameters
  /** null: follows, never signs */
  readonly self: Address | null
  nowMs: number
  started: boolean
  current: HeightState
  /** whether the pool holds something to include */
  pending: boolean
  /** when it came to hold something */
  pendingSinceMs: number
  /** work was announced after the last build was asked for: its answer does not speak of it */
  workSinceBuild: boolean
  /** when the last own block was asked for */
  builtAtMs: number
  /** nothing at or below this height is signed (log floor, or amnesia) */
  floor: number
  nextToken: number
  /** messages for the next height, per signer */
  readonly future: Map<Address, SignedMessage[]>
  /** when each straggler was last helped */
  readonly helpedAtMs: Map<Address, number>
  behindAtMs: number
  readonly restored: Restored
  wakeAtMs: number | null
  /** what is not known of earlier signatures; null for nothing */
  amnesia: Amnesia | null
  /** step(now) when this process began */
  readonly startStep: number
}

export interface StateOptions {
  readonly parameters: ConsensusParameters
  /** own address, or null for a node that only follows */
  readonly self: Address | null
  /** the last final block: sealed header and hash */
  readonly head: { readonly header: Header; readonly hash: Hash }
  /** the set in force at head.number + 1, ascending */
  readonly validators: readonly Address[]
  /** the set in force at head.number + 2, ascending */
  readonly next: readonly Address[]
  /** unix milliseconds */
  readonly nowMs: number
  /** the replayed log, in order */
  readonly restored?: readonly LogRecord[]
  /**
   * nothing at or below this height is signed (a restored backup, an operator's order); default 0
   */
  readonly floor?: number
  /**
   * the log is not all that this key signed: `certain`, or `possible` when log and chain are both
   * new
   */
  readonly amnesia?: 'certain' | 'possible'
  /** step(now) when the log was begun, for a possible amnesia; default: now */
  readonly logStep?: number
}

/** Crypto given from outside; the simulator gives a cheap one. */
export interface StepContext {
  /** default: primitives' `recoverAddress` */
  readonly recover?: Recover
  /**
   * of two processes with one key: what this key says elsewhere does not silence it (W6). For
   * hostile nodes and twins; never set in a node
   */
  readonly isTwin?: boolean
  /** deliberately broken rules, for proving that the simulator can fail; never set in a node */
  readonly weaken?: Weakness
}

export interface Weakness {
  /** propose and prevote without regard to what was locked */
  readonly noLock?: boolean
  /** polka and decision at f+1 instead of q */
  readonly smallQuorum?: boolean
  /** write no bodies to the log */
  readonly noBodies?: boolean
  /** send without writing anything to the log */
  readonly noLog?: boolean
  /** whoever starts the machine gives it an empty log after every restart */
  readonly emptyLog?: boolean
  /** rounds by a timer of their own, 2^r steps since the last one, instead of by the clock */
  readonly doublingTimers?: boolean
  /** show nobody a polka, neither with a proposal nor to the next proposer: locks stay hidden */
  readonly noPolkas?: boolean
}

/** One call of `step`: the state, the effects so far, and what was given. */
export interface Turn {
  readonly state: State
  readonly effects: Effect[]
  readonly context: StepContext
}

export interface HeightOptions {
  readonly parameters: ConsensusParameters
  readonly head: { readonly header: Header; readonly hash: Hash }
  readonly validators: readonly Address[]
  readonly next: readonly Address[]
}

/** A height of which nothing is known yet. */
export function createHeight(options: HeightOptions): HeightState {
  const { parameters, head, validators, next } = options
  assert(validators.length > 0 && isSortedSet(validators), 'ascending unique set expected')
  assert(next.length > 0 && isSortedSet(next), 'ascending unique next set expected')
  return {
    height: head.header.number + 1,
    parent: { ...head, step: Math.floor(head.header.timestamp / parameters.stepSeconds) },
    validators,
    next,
    nextHash: validatorSetHash(next),
    thresholds: createThresholds(validators.length),
    schedule: createSchedule(parameters, validators.length),
    round: -1,
    locked: null,
    valid: null,
    rounds: new Map(),
    candidates: new Map(),
    heard: new Map(),
    sent: new Map(),
    forgotten: -1,
    signing: new Map(),
    logging: new Map(),
    logged: new Set(),
    building: -1,
    prepared: -1,
    barren: -1,
    decided: null,
    live: false,
    statusAtMs: null,
    statusSigning: new Map(),
    accused: new Set(),
  }
}

/**
 * The machine's state at start: the head from storage, and the log as replayed. Effects (execution
 * of restored bodies, sending again) come with the first `step`. Throws `VecheError`
 * LOG_OF_ANOTHER_KEY or LOG_OF_ANOTHER_CHAIN when the log is not this node's.
 */
export function createState(options: StateOptions): State {
  const { parameters, self, nowMs } = options
  const restored = readRestored(options.restored ?? [], { chainId: parameters.chainId, self })
  const startStep = stepAt(nowMs, parameters.stepSeconds)
  return {
    parameters,
    self,
    nowMs,
    started: false,
    current: createHeight(options),
    pending: false,
    pendingSinceMs: Number.NEGATIVE_INFINITY,
    workSinceBuild: false,
    builtAtMs: Number.NEGATIVE_INFINITY,
    floor: Math.max(options.floor ?? 0, restored.floor),
    nextToken: 1,
    future: new Map(),
    helpedAtMs: new Map(),
    behindAtMs: Number.NEGATIVE_INFINITY,
    restored,
    wakeAtMs: null,
    amnesia:
      options.amnesia === undefined
        ? null
        : { isCertain: options.amnesia === 'certain', logStep: options.logStep ?? startStep },
    startStep,
  }
}

/** The block of a candidate or of the log, when it is held. */
export function heldCandidate(height: HeightState, hash: Hash): Candidate | null {
  const entry = height.candidates.get(hash)
  return entry?.status === 'held' ? entry.candidate : null
}
