/**
 * The independent check of a season: replays its whole log by the published rules and names every
 * difference. Written from services.md and the interfaces, apart from the contract; it believes no
 * answer of the contract, only its log, the keys and the hashes in it.
 */
import type { Hash } from '@veche/primitives'
import * as entry from './reference-entry.ts'
import type { SeasonMetrics } from './reference-metrics.ts'
import * as order from './reference-order.ts'
import * as places from './reference-places.ts'
import {
  createReplay,
  type Difference,
  differ,
  expect,
  placesOf,
  type Replay,
  takesPart,
} from './reference-state.ts'
import { SEASON_STAGES, type SeasonPlace, type SeasonStage } from './season.ts'
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
  draft: ['rules-frozen'],
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
    Allocated: order.onAllocated,
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

/**
 * Replays a season's log, in the order of the chain: events of the season, and RulesFrozen of the
 * office about it. Pure. A log that ends early is checked as far as it goes.
 */
export function auditSeason(log: readonly SeasonLogEntry[], options: AuditOptions): SeasonAudit {
  const replay = createReplay(options)
  const handlers = handlersOf(options)
  for (const [at, event] of log.entries()) {
    replay.at = at + 1
    if (event.blockNumber < replay.blockNumber || event.timeSeconds < replay.timeSeconds)
      differ(replay, 'stage', `entry ${at} of the log is out of order`)
    replay.blockNumber = event.blockNumber
    replay.timeSeconds = event.timeSeconds
    const handle = handlers[event.name] as (replay: Replay, args: unknown) => void
    handle(replay, event.args)
    if (replay.differences.length >= DIFFERENCES_MAX) break
  }
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
