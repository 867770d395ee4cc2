/**
 * What the reference knows of a season while it replays the log, and how it says what is wrong.
 * The log alone feeds it, never an answer of the contract.
 */
import { type Address, type Hash, ZERO_HASH } from '@veche/primitives'
import { type Allocation, type DrawOutcome, wantedOf } from './reference-draw.ts'
import {
  type SeasonBeacon,
  type SeasonPlace,
  type SeasonRules,
  type SeasonStage,
  slotOf,
  weekendOfStand,
} from './season.ts'
import type { SeasonEventArgs } from './season-events.ts'

/** Something in the log that the rules do not give. */
export interface Difference {
  /** rules, application, review, freeze, seed, order, place, waiting, attendance, metric, stage */
  readonly about: string
  /** the application it concerns, if one */
  readonly id?: number
  /** for people: what was expected, what was found */
  readonly text: string
}

export type Standing =
  | 'applied'
  | 'eligible'
  | 'refused'
  | 'appealed'
  | 'refused-finally'
  | 'withdrawn'

export type PlaceState =
  | 'none'
  | 'held'
  | 'offered'
  | 'declined'
  | 'lapsed'
  | 'checked-in'
  | 'no-show'
  | 'excused'

/** One preference of an applicant and what became of it. */
export interface Wish {
  readonly stand: number
  state: PlaceState
  /** whose slot serves it: the own category, or another one after the overflow step */
  category: number
  /** end of an offer, of the grace after its acceptance, or of the time to appeal; unix seconds */
  until: number
  appealed: boolean
}

export interface ReplayedApplication {
  readonly id: number
  readonly person: Hash
  readonly applicant: Address
  readonly category: number
  readonly wishes: readonly Wish[]
  readonly appliedAt: number
  tier: number
  standing: Standing
  /** unix seconds: end of the time to appeal, or to decide */
  until: number
  /** had a place of another category, ever */
  overflowed: boolean
  /** index in the log of the last change that matters to the waiting list */
  changedAt: number
}

/** Where the walk along a waiting list may stand: after this position, since this event. */
export interface ListPointer {
  readonly sweep: number
  /** index in the order of whom it looks at next */
  readonly next: number
  /** index in the log of the event that left it here */
  readonly since: number
}

export interface Replay {
  readonly place: SeasonPlace
  /** whether curve points are checked: an audit does, tools that only read a season need not */
  readonly checksKeys: boolean
  readonly differences: Difference[]
  /** index in the log of the present entry, its block and time */
  at: number
  blockNumber: number
  timeSeconds: number
  stage: SeasonStage
  rules: SeasonRules | undefined
  beacon: SeasonBeacon | undefined
  rulesHash: Hash | undefined
  /** the season's own word about its rules */
  fixed: SeasonEventArgs<'RulesFixed'> | undefined
  readonly capacityWords: bigint[]
  readonly applications: Map<number, ReplayedApplication>
  readonly byPerson: Map<Hash, number>
  /** of every operation so far */
  fold: Hash
  root: Hash | undefined
  frozenAt: number
  /** unix seconds since which the season runs */
  ranAt: number
  blockHash: Hash | undefined
  readonly commitments: Map<Address, Hash>
  readonly reveals: { member: Address; secret: Hash }[]
  seed: Hash | undefined
  order: readonly ReplayedApplication[]
  expected: DrawOutcome | undefined
  /** how many applications each pass has processed, in the log */
  readonly drawn: Map<number, number[]>
  readonly allocated: Allocation[]
  /** index in the log with which the draw was over */
  drawOverAt: number
  readonly left: Map<number, number>
  readonly overflow: Map<number, { count: number; changedAt: number }>
  readonly lists: Map<number, readonly ListPointer[]>
}

/** A replay that has seen nothing. */
export function createReplay(place: SeasonPlace, checksKeys: boolean): Replay {
  return {
    ...{ place, checksKeys },
    differences: [],
    at: 0,
    blockNumber: 0,
    timeSeconds: 0,
    stage: 'draft',
    rules: undefined,
    beacon: undefined,
    rulesHash: undefined,
    fixed: undefined,
    capacityWords: [],
    applications: new Map(),
    byPerson: new Map(),
    fold: ZERO_HASH,
    root: undefined,
    frozenAt: 0,
    ranAt: 0,
    blockHash: undefined,
    commitments: new Map(),
    reveals: [],
    seed: undefined,
    order: [],
    expected: undefined,
    drawn: new Map(),
    allocated: [],
    drawOverAt: 0,
    left: new Map(),
    overflow: new Map(),
    lists: new Map(),
  }
}

/** Names a difference. */
export function differ(replay: Replay, about: string, text: string, id?: number): void {
  replay.differences.push({ about, text, ...(id === undefined ? {} : { id }) })
}

/** Names a difference unless the condition holds. */
export function expect(
  replay: Replay,
  holds: boolean,
  difference: { readonly about: string; readonly text: string; readonly id?: number },
): void {
  if (!holds) differ(replay, difference.about, difference.text, difference.id)
}

/** The application of an id; a difference when there is none. */
export function find(replay: Replay, id: number, about: string): ReplayedApplication | undefined {
  const found = replay.applications.get(id)
  if (found === undefined) differ(replay, about, `application ${id} expected in the log`, id)
  return found
}

/** Whether an application takes part when the season is frozen: silence is consent. */
export function takesPart({ standing }: ReplayedApplication): boolean {
  return standing === 'applied' || standing === 'eligible' || standing === 'appealed'
}

const PLACES: ReadonlySet<PlaceState> = new Set(['held', 'offered', 'checked-in'])

/** Places an application has now. */
export function placesOf({ wishes }: ReplayedApplication): number {
  return wishes.filter(({ state }) => PLACES.has(state)).length
}

/** Most places an application can get. */
export function mostOf(rules: SeasonRules, application: ReplayedApplication): number {
  const stands = application.wishes.map(({ stand }) => stand)
  return wantedOf(rules, { id: application.id, category: application.category, stands })
}

/** Weekends on which an application had something. */
export function touchedWeekends(
  rules: SeasonRules,
  { wishes }: ReplayedApplication,
): ReadonlySet<number> {
  const touched = wishes.filter(({ state }) => state !== 'none')
  return new Set(touched.map(({ stand }) => weekendOfStand(rules, stand)))
}

/** The slot that serves a wish. */
export function servingSlot(rules: SeasonRules, wish: Wish): number {
  return slotOf(rules, wish.stand, wish.category)
}

/** Start of a weekend, unix seconds. */
export function weekendStart(rules: SeasonRules, weekend: number): number {
  return rules.weekendsFrom + weekend * rules.weekendEverySeconds
}
