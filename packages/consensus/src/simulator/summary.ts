/** What many runs add up to: the lines that a soak prints last. */
import type { SimulationReport } from './simulate.ts'

export interface Summary {
  runs: number
  heights: number
  simulatedMs: number
  forks: number
  /** every other failure: an invariant, an assertion, a stall */
  breaks: number
  decisionStepsMax: number
  recoveryStepsMax: number
  boundUsedMax: number
  readonly faults: Map<string, number>
}

export function createSummary(): Summary {
  return {
    ...{ runs: 0, heights: 0, simulatedMs: 0, forks: 0, breaks: 0 },
    ...{ decisionStepsMax: 0, recoveryStepsMax: 0, boundUsedMax: 0 },
    faults: new Map(),
  }
}

/** Adds one run. */
export function addReport(summary: Summary, report: SimulationReport): void {
  const { failure } = report
  summary.runs++
  summary.heights += Math.max(0, report.heights)
  summary.simulatedMs += report.simulatedMs
  if (failure?.code === 'FORK') summary.forks++
  else if (failure !== undefined) summary.breaks++
  summary.decisionStepsMax = Math.max(summary.decisionStepsMax, report.decisionStepsMax)
  summary.recoveryStepsMax = Math.max(summary.recoveryStepsMax, report.recoveryStepsMax)
  summary.boundUsedMax = Math.max(summary.boundUsedMax, report.boundUsedMax)
  for (const [kind, count] of Object.entries(report.faults))
    summary.faults.set(kind, (summary.faults.get(kind) ?? 0) + count)
}

/** The last lines of a soak. */
export function describeSummary(summary: Summary): string[] {
  const faults = [...summary.faults].sort(([a], [b]) => (a < b ? -1 : 1))
  const hours = (summary.simulatedMs / 3_600_000).toFixed(2)
  return [
    `faults: ${faults.map(([kind, count]) => `${kind} ${count}`).join(', ') || 'none'}`,
    `slowest decision after a heal ${summary.decisionStepsMax.toFixed(2)} steps, ` +
      `${(100 * summary.boundUsedMax).toFixed(0)} % of what n + 2 windows allow`,
    `seeds ${summary.runs}, heights ${summary.heights}, simulated hours ${hours}, ` +
      `forks ${summary.forks}, invariant breaks ${summary.breaks}, ` +
      `slowest recovery ${summary.recoveryStepsMax.toFixed(2)} steps`,
  ]
}
