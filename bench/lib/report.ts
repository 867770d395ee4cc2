/** How measurements are shown: a line each for people, one ndjson line a run for machines. */
import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus } from 'node:os'
import type { Size } from './case.ts'
import type { Measurement } from './measure.ts'

const NAME_WIDTH = 62

/** 1234567.8 → `1,234,568`; small rates keep their digits. */
export function formatRate(perSecond: number): string {
  const digits = perSecond >= 100 ? 0 : perSecond >= 1 ? 1 : 3
  return perSecond.toLocaleString('en-US', {
    maximumFractionDigits: digits,
    minimumFractionDigits: digits,
  })
}

/** `name  1,234 ops/s ±0.52 %  a1b2c3d4`, with the ratio to the baseline when there is one. */
export function formatMeasurement(measurement: Measurement): string {
  const { name, opsPerSecond, marginPercent, value, ratio } = measurement
  const rate = `${formatRate(opsPerSecond).padStart(12)} ops/s ±${marginPercent.toFixed(2)} %`
  const compared = ratio === undefined ? '' : `  ${ratio.toFixed(2)}× of its baseline`
  return `${name.padEnd(NAME_WIDTH)} ${rate.padEnd(28)}  ${value}${compared}`
}

function commitOf(): string {
  try {
    const options = { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'ignore'] as const }
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      ...options,
      stdio: [...options.stdio],
    })
      .toString()
      .trim()
  } catch {
    // a tarball has no history
    return 'unknown'
  }
}

/** What a figure depends on. */
export function machineOf(): { commit: string; cpu: string; cores: number; node: string } {
  return {
    commit: commitOf(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    node: process.version,
  }
}

/** One line of ndjson for a whole run. */
export function toNdjson(size: Size, measurements: readonly Measurement[]): string {
  return JSON.stringify({ kind: 'micro', size, ...machineOf(), cases: measurements })
}
