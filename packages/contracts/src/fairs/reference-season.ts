/**
 * The independent check of a season: replays its whole log by the published rules and names every
 * difference. Written from services.md and the interfaces, apart from the contract; it believes no
 * answer of the contract, only its log, the keys and the hashes in it.
 */
import type { Address, Hash } from '@veche/primitives'
import * as entry from './reference-entry.ts'
import { foldEntry } from './reference-fold.ts'
import type { SeasonMetrics } from './reference-metrics.ts'
import * as order from './reference-order.ts'
import * as places from './reference-places.ts'
import {
  createReplay,
  type Difference,
  differ,
  expect,
  type PlaceState,
  placesOf,
  type Replay,
  type Standing,
  servingSlot,
  takesPart,
} from './reference-state.ts'
import {
  SEASON_STAGES,
  type SeasonBeacon,
  type SeasonPlace,
  type SeasonRules,
  type SeasonStage,
} from './season.ts'
import type { SeasonEventArgs, SeasonLogEntry } from './season-events.ts'

export interface SeasonAudit {
  /** empty when everything is by the rules */
  readonly differences: readonly Difference[]
  readonly stage: SeasonStage
  readonly rulesHash: Hash | undefined
  readonly seed: Hash | undefined
  readonly applications: number
  readonly eligible: number
  /** places held, offered or used now */
  readonly places: number
  /** recomputed from the log */
  readonly metrics: SeasonMetrics
}

export interface AuditOptions extends SeasonPlace {
  /** hashes of blocks as the auditor's own node or certificates have them */
  readonly blockHash?: order.BlockHashes
}

/** Where each stage may go; every one before `settled` may be cancelled. */
const NEXT: Readonly<Record<SeasonStage, readonly SeasonStage[]>> = {
  // a new clone says draft to draft
  draft: ['draft', 'rules-frozen'],
  'rules-frozen': ['open'],
  open: ['closed'],
  closed: ['review', 'frozen'],
  review: ['frozen'],
  frozen: ['seeded'],
  seeded: ['drawing'],
  drawing: ['offered'],
  offered: ['running'],
  running: ['settled'],
  settled: [],
  cancelled: [],
}

function onStage(replay: Replay, args: SeasonEventArgs<'StageChanged'>): void {
  const from = SEASON_STAGES[args.from]
  const to = SEASON_STAGES[args.to]
  const allowed = from === replay.stage && to !== undefined
  const isStep = allowed && (NEXT[from].includes(to) || (to === 'cancelled' && from !== 'settled'))
  expect(replay, isStep, {
    about: 'stage',
    text: `a stage after ${replay.stage} expected, got ${from} to ${to}`,
  })
  if (to === undefined) return
  replay.stage = to
  if (to === 'running') replay.ranAt = replay.timeSeconds
  if (to !== 'offered') return
  order.compareDraw(replay)
  replay.drawOverAt = replay.at
}

type Handlers = {
  readonly [Name in SeasonLogEntry['name']]: (replay: Replay, args: SeasonEventArgs<Name>) => void
}

function handlersOf(options: AuditOptions): Handlers {
  const nothing = (): void => undefined
  return {
    StageChanged: onStage,
    CapacitiesAdded: entry.onCapacities,
    RulesFrozen: entry.onRulesFrozen,
    RulesFixed: entry.onRulesFixed,
    SecretCommitted: order.onCommitted,
    Applied: entry.onApplied,
    Withdrawn: entry.onWithdrawn,
    TierChanged: entry.onTierChanged,
    Closed: entry.onClosed,
    Reviewed: entry.onReviewed,
    Appealed: entry.onAppealed,
    AppealDecided: entry.onAppealDecided,
    Frozen: entry.onFrozen,
    FreezeBlockCaptured: (replay, args) =>
      order.onCaptured(replay, args, options.blockHash ?? (() => undefined)),
    FreezeBlockMoved: nothing,
    SecretRevealed: order.onRevealed,
    Seeded: order.onSeeded,
    Drawn: order.onDrawn,
    Promoted: places.onPromoted,
    ListExhausted: places.onListExhausted,
    Accepted: places.onAccepted,
    Declined: places.onDeclined,
    Lapsed: places.onLapsed,
    CheckedIn: places.onCheckedIn,
    NoShow: places.onNoShow,
    NoShowAppealed: places.onNoShowAppealed,
    NoShowDecided: places.onNoShowDecided,
    Settled: places.onSettled,
    Cancelled: nothing,
  }
}

/** Differences that are told; what follows from the first ones is noise. */
const DIFFERENCES_MAX = 1_000

function replaySeason(
  log: readonly SeasonLogEntry[],
  options: AuditOptions,
  checksKeys = false,
): Replay {
  const replay = createReplay(options, checksKeys)
  const handlers = handlersOf(options)
  for (const [at, event] of log.entries()) {
    replay.at = at + 1
    if (event.blockNumber < replay.blockNumber || event.timeSeconds < replay.timeSeconds)
      differ(replay, 'stage', `entry ${at} of the log is out of order`)
    replay.blockNumber = event.blockNumber
    replay.timeSeconds = event.timeSeconds
    foldEntry(replay, event)
    const handle = handlers[event.name] as (replay: Replay, args: unknown) => void
    handle(replay, event.args)
    if (replay.differences.length >= DIFFERENCES_MAX) break
  }
  return replay
}

/**
 * Replays a season's log, in the order of the chain: events of the season, and RulesFrozen of the
 * office about it. Pure. A log that ends early is checked as far as it goes.
 */
export function auditSeason(log: readonly SeasonLogEntry[], options: AuditOptions): SeasonAudit {
  const replay = replaySeason(log, options, true)
  const all = [...replay.applications.values()]
  return {
    differences: replay.differences,
    stage: replay.stage,
    rulesHash: replay.rulesHash,
    seed: replay.seed,
    applications: all.length,
    eligible: all.filter(takesPart).length,
    places: all.reduce((sum, application) => sum + placesOf(application), 0),
    metrics: places.replayedMetrics(replay),
  }
}

/** Applications that a pass of the draw still waits for, in the order to submit them. */
export interface RemainingPass {
  readonly pass: number
  readonly ids: readonly number[]
}

/** What is left to draw, from the log; empty when all is done. Needs a seed in the log. */
export function remainingDraw(
  log: readonly SeasonLogEntry[],
  options: AuditOptions,
): RemainingPass[] {
  const { expected, drawn } = replaySeason(log, options)
  const passes = expected?.passes ?? []
  // a season with nobody in it still has its one empty pass to go
  return passes
    .map(({ pass, ids }) => ({ pass, ids: ids.slice(drawn.get(pass)?.length ?? 0) }))
    .filter(({ pass, ids }) => ids.length > 0 || !drawn.has(pass))
}

/** What became of one application, from the log. */
export interface ReportedApplication {
  readonly id: number
  readonly person: Hash
  readonly applicant: Address
  readonly category: number
  readonly tier: number
  readonly standing: Standing
  /** unix seconds: end of the time to appeal or to decide; 0 for none */
  readonly until: number
  /** place in the order of the draw, from 1; 0 before the seed and for others */
  readonly order: number
  readonly wishes: readonly {
    readonly preference: number
    readonly stand: number
    readonly slot: number
    readonly state: PlaceState
    readonly until: number
  }[]
}

/** The season as the log has it: what tools show and act on. */
export interface SeasonReport {
  readonly stage: SeasonStage
  readonly rules: SeasonRules | undefined
  readonly beacon: SeasonBeacon | undefined
  readonly applications: readonly ReportedApplication[]
  /** free places by slot, from the seed on */
  readonly left: ReadonlyMap<number, number>
  /** members that revealed */
  readonly revealed: readonly Address[]
}

/** Everything a tool needs to know of a season, from its log. */
export function seasonReport(log: readonly SeasonLogEntry[], place: SeasonPlace): SeasonReport {
  const replay = replaySeason(log, place)
  const order = new Map(replay.order.map(({ id }, at) => [id, at + 1]))
  return {
    stage: replay.stage,
    rules: replay.rules,
    beacon: replay.beacon,
    left: replay.left,
    revealed: replay.reveals.map(({ member }) => member),
    applications: [...replay.applications.values()].map((application) => {
      const { id, person, applicant, category, tier, standing, until, wishes } = application
      return {
        ...{ id, person, applicant, category, tier, standing, until },
        order: order.get(id) ?? 0,
        wishes: wishes.map((wish, preference) => ({
          preference,
          stand: wish.stand,
          slot: replay.rules === undefined ? -1 : servingSlot(replay.rules, wish),
          state: wish.state,
          until: wish.until,
        })),
      }
    }),
  }
}
