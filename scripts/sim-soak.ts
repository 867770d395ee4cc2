/**
 * A soak: seeds over all profiles and sizes until the time is up, one thread per core. Which seed
 * runs what does not depend on the machine; how many of them run does.
 */
import { Worker } from 'node:worker_threads'
import type { SimulationOptions, SimulationReport } from '@veche/consensus/simulator'

export interface SoakOptions {
  readonly fixed: Partial<SimulationOptions>
  /** first seed */
  readonly from: number
  /** whether nothing new begins any more */
  readonly isOver: () => boolean
  readonly jobs: number
  /** the module of another machine, for every thread to load; null: ours */
  readonly machine: string | null
  readonly profiles: readonly string[]
  /** members; empty for all sizes */
  readonly sizes: readonly number[]
  /** heights per run; default by size */
  readonly heights?: number
  readonly onReport: (options: SimulationOptions, report: SimulationReport) => void
}

/** heights per run, so that every size gets a similar share of the time */
const HEIGHTS: ReadonlyMap<number, number> = new Map([
  [1, 400],
  [4, 150],
  [5, 120],
  [7, 60],
  [10, 40],
  [13, 25],
  [25, 10],
])
const HEIGHTS_OTHERWISE = 40

/** The i-th run of a soak. */
export function planRun(soak: SoakOptions, i: number): SimulationOptions {
  const sizes = soak.sizes.length > 0 ? soak.sizes : [...HEIGHTS.keys()]
  const n = sizes[i % sizes.length] as number
  const { profiles } = soak
  // every profile meets every size, also when both counts have a common divisor
  const profile =
    profiles[(i + Math.floor(i / lcm(sizes.length, profiles.length))) % profiles.length]
  const heights = soak.heights ?? HEIGHTS.get(n) ?? HEIGHTS_OTHERWISE
  return { ...soak.fixed, seed: soak.from + i, profile: profile as string, n, heights }
}

function lcm(a: number, b: number): number {
  const gcd = (x: number, y: number): number => (y === 0 ? x : gcd(y, x % y))
  return (a / gcd(a, b)) * b
}

function runThread(soak: SoakOptions, next: () => SimulationOptions | null): Promise<void> {
  const worker = new Worker(new URL('./sim-worker.ts', import.meta.url), {
    workerData: soak.machine,
  })
  return new Promise((resolve, reject) => {
    let running: SimulationOptions | null = null
    const feed = (): void => {
      running = next()
      if (running === null) worker.postMessage(null)
      else worker.postMessage(running)
    }
    worker.on('message', (report: SimulationReport) => {
      if (running !== null) soak.onReport(running, report)
      feed()
    })
    worker.on('error', reject)
    worker.on('exit', () => resolve())
    feed()
  })
}

/** Runs until it is over and everything that began has ended. */
export async function runSoak(soak: SoakOptions): Promise<void> {
  let i = 0
  const next = (): SimulationOptions | null => (soak.isOver() ? null : planRun(soak, i++))
  await Promise.all(Array.from({ length: Math.max(1, soak.jobs) }, () => runThread(soak, next)))
}
