/** The last latencies of one kind, for p50 and p99 on a screen; Prometheus has the histograms. */
import type { Latency } from '@veche/rpc'
import { percentile } from '../finality.ts'
import { LATENCY_SAMPLES_MAX } from '../limits.ts'

export interface LatencyRing {
  /** milliseconds; negative ones (a clock that was set back) count as zero */
  add(ms: number): void
  latency(): Latency
}

const round = (ms: number): number => Math.round(ms * 100) / 100

/** An empty ring of the last {@link LATENCY_SAMPLES_MAX} samples. */
export function createLatencyRing(): LatencyRing {
  const samples: number[] = []
  let count = 0
  let lastMs = 0
  return {
    add(ms) {
      lastMs = Math.max(0, ms)
      samples[count % LATENCY_SAMPLES_MAX] = lastMs
      count++
    },
    latency: () => ({
      count,
      p50Ms: round(percentile(samples, 0.5)),
      p99Ms: round(percentile(samples, 0.99)),
      lastMs: round(lastMs),
    }),
  }
}
