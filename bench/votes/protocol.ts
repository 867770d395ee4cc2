/** What the vote bench and its validators say to each other over IPC. */
import type { Shares } from './shares.ts'

export interface Plan {
  readonly index: number
  readonly validators: number
  /** an empty directory of this validator */
  readonly directory: string
  /** unix seconds of genesis */
  readonly genesisSeconds: number
  readonly stepSeconds: number
  /** least time between two blocks of a proposer */
  readonly intervalMs: number
  /** `level` commits to disk after each certificate, as a node does */
  readonly store: 'memory' | 'level'
}

/** Heights of one measurement: from the first, inclusive, to the last, exclusive. */
export interface Window {
  readonly first: number
  readonly last: number
  readonly profiled: boolean
}

export type Order =
  | { readonly kind: 'dial'; readonly addresses: readonly string[] }
  | { readonly kind: 'go'; readonly window: Window }
  | { readonly kind: 'end' }

/** One height at one validator that did not propose it; milliseconds since the proposal came. */
export interface HeightSample {
  readonly height: number
  readonly round: number
  /** own prevote durable and handed to the network */
  readonly prevoteMs: number
  /** own precommit durable and handed to the network */
  readonly precommitMs: number
  readonly certificateMs: number
}

export interface Measured {
  readonly samples: readonly HeightSample[]
  /** blocks that came sealed from a peer before the own certificate was complete */
  readonly imported: number
  /** seconds of this process, user and system */
  readonly cpuSeconds: number
  readonly seconds: number
  readonly received: Counts
  /** milliseconds of each append of the log */
  readonly logMs: readonly number[]
  readonly peakRssMiB: number
  /** CPU time by what it was spent on, when the window was profiled */
  readonly shares?: Shares
}

export interface Counts {
  proposals: number
  votes: number
  others: number
  bytes: number
}

export type Answer =
  | { readonly kind: 'listening'; readonly addresses: readonly string[] }
  | { readonly kind: 'connected' }
  | { readonly kind: 'measured'; readonly measured: Measured }
  | { readonly kind: 'failed'; readonly reason: string }
