/** What a load says at its end: one JSON object, the last line of stdout. */
import { percentile } from '../finality.ts'
import type { LoadCheck, LoadOutcome, LoadTotals } from './profile.ts'

export interface LoadSummary {
  readonly profile: string
  readonly seed: string
  readonly count: number
  readonly unit: string
  readonly network: { readonly chainId: number; readonly own: boolean; readonly head: number }
  readonly transactions: number
  readonly reverted: number
  readonly blocks: number
  readonly gasUsed: number
  readonly seconds: number
  readonly transactionsPerSecond: number
  /** sent → the head that holds it was announced, milliseconds */
  readonly finalityMs: { readonly p50: number; readonly p99: number; readonly max: number }
  readonly facts: LoadOutcome['facts']
  readonly check: LoadCheck & { readonly ok: boolean }
}

export interface SummaryParts
  extends Pick<LoadSummary, 'profile' | 'seed' | 'count' | 'unit' | 'network'> {
  readonly totals: LoadTotals
  readonly seconds: number
  readonly outcome: LoadOutcome
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits))

export function createSummary(parts: SummaryParts): LoadSummary {
  const { totals, seconds, outcome, ...named } = parts
  const { transactions, reverted, gasUsed, blocks, finalityMs } = totals
  const { compared, differences } = outcome.check
  const checked = Object.values(compared).reduce((sum, count) => sum + count, 0)
  return {
    ...named,
    ...{ transactions, reverted, blocks: blocks.size, gasUsed: Number(gasUsed) },
    seconds: rounded(seconds, 3),
    transactionsPerSecond: rounded(transactions / Math.max(seconds, 0.001), 2),
    finalityMs: {
      p50: rounded(percentile(finalityMs, 0.5), 1),
      p99: rounded(percentile(finalityMs, 0.99), 1),
      max: rounded(percentile(finalityMs, 1), 1),
    },
    facts: outcome.facts,
    // a check that compared nothing is none
    check: { ok: differences.length === 0 && checked > 0, compared, differences },
  }
}
