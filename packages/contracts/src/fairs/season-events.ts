/** Events of a season and of the office about it, as a binding decodes them. */
import type { Address, Hash, Hex } from '@veche/primitives'
import type { SeasonMetrics } from './reference-metrics.ts'
import type { SeasonBeacon, SeasonRules } from './season.ts'

interface Fields {
  readonly StageChanged: { readonly from: number; readonly to: number }
  readonly CapacitiesAdded: { readonly firstWord: number; readonly words: readonly bigint[] }
  readonly RulesFrozen: {
    readonly season: Address
    readonly rulesHash: Hash
    readonly rules: SeasonRules
    readonly beacon: SeasonBeacon
  }
  readonly RulesFixed: {
    readonly rulesHash: Hash
    readonly groupKeyHash: Hash
    readonly terms: readonly bigint[]
  }
  readonly SecretCommitted: { readonly member: Address; readonly commitment: Hash }
  readonly Applied: {
    readonly id: number
    readonly person: Hash
    readonly applicant: Address
    readonly nullifier: Hash
    readonly category: number
    readonly tier: number
    readonly preferences: bigint
    readonly contentC: Hash
    /** unix seconds, as signed */
    readonly deadline: number
  }
  readonly Withdrawn: { readonly id: number }
  readonly TierChanged: { readonly id: number; readonly tier: number }
  readonly Closed: { readonly count: number; readonly head: Hash }
  readonly Reviewed: { readonly id: number; readonly code: number; readonly until: number }
  readonly Appealed: { readonly id: number; readonly grounds: Hash; readonly until: number }
  readonly AppealDecided: { readonly id: number; readonly upheld: boolean }
  readonly Frozen: { readonly count: number; readonly root: Hash; readonly height: number }
  readonly FreezeBlockCaptured: { readonly height: number; readonly blockHash: Hash }
  readonly FreezeBlockMoved: { readonly height: number }
  readonly SecretRevealed: { readonly member: Address; readonly secret: Hash }
  readonly Seeded: {
    readonly seed: Hash
    readonly signature: readonly Hash[]
    readonly reveals: Hash
    readonly forfeited: number
  }
  readonly Drawn: {
    readonly pass: number
    readonly from: number
    readonly ids: Hex
    /** a byte for each id */
    readonly places: Hex
  }
  readonly Promoted: SlotOf & { readonly preference: number; readonly until: number }
  readonly ListExhausted: { readonly slot: number }
  readonly Accepted: SlotOf
  readonly Declined: SlotOf
  readonly Lapsed: SlotOf
  readonly CheckedIn: SlotOf & { readonly inspector: Address }
  readonly NoShow: SlotOf & { readonly inspector: Address }
  readonly NoShowAppealed: PreferenceOf & { readonly grounds: Hash; readonly until: number }
  readonly NoShowDecided: PreferenceOf & { readonly upheld: boolean }
  readonly Settled: { readonly metrics: SeasonMetrics }
  readonly Cancelled: { readonly reasonHash: Hash }
}

interface SlotOf {
  readonly id: number
  readonly slot: number
}

interface PreferenceOf {
  readonly id: number
  readonly preference: number
}

export type SeasonEventName = keyof Fields

/** Fields of one kind of event. */
export type SeasonEventArgs<Name extends SeasonEventName> = Fields[Name]

/** One event; `name` tells which. */
export type SeasonEvent = {
  readonly [Name in SeasonEventName]: { readonly name: Name; readonly args: Fields[Name] }
}[SeasonEventName]

/** An event with its block. */
export type SeasonLogEntry = SeasonEvent & {
  readonly blockNumber: number
  /** unix seconds of the block */
  readonly timeSeconds: number
}
