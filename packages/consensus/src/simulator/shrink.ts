/**
 * Makes a failing run small: switches off whole kinds of faults, then leaves out single ones, then
 * shortens the phases, as long as the run still fails in the same way.
 */
import { profiles } from './profiles.ts'
import { type SimulationOptions, type SimulationReport, SWITCHES, simulate } from './simulate.ts'

export interface Shrunk {
  readonly options: SimulationOptions
  readonly report: SimulationReport
  readonly runs: number
}

export interface ShrinkOptions {
  /** simulations to spend at most */
  readonly runsMax?: number
  /** whether patience is at its end: the smallest run found so far is the answer */
  readonly isOver?: () => boolean
  /** default {@link simulate} */
  readonly run?: (options: SimulationOptions) => SimulationReport
}

class Shrinker {
  best: SimulationOptions
  report: SimulationReport
  runs = 0
  readonly #code: string
  readonly #runsMax: number
  readonly #isOver: () => boolean
  readonly #run: (options: SimulationOptions) => SimulationReport

  constructor(failing: SimulationReport, options: SimulationOptions, limits: ShrinkOptions) {
    this.best = options
    this.report = failing
    this.#code = failing.failure?.code ?? ''
    this.#runsMax = limits.runsMax ?? 300
    this.#isOver = limits.isOver ?? (() => false)
    this.#run = limits.run ?? simulate
  }

  /** keeps a smaller run when it fails in the same way */
  try(smaller: SimulationOptions): boolean {
    if (this.runs >= this.#runsMax || this.#isOver()) return false
    this.runs++
    const report = this.#run(smaller)
    if (report.failure?.code !== this.#code) return false
    this.best = smaller
    this.report = report
    return true
  }
}

function dropKinds(shrinker: Shrinker): void {
  const profile = profiles.get(shrinker.best.profile)
  for (const kind of [...Object.keys(profile?.rates ?? {}), ...Object.keys(SWITCHES)]) {
    const { best } = shrinker
    shrinker.try({ ...best, without: [...(best.without ?? []), kind] })
  }
}

function startedFaults(report: SimulationReport, skip: readonly string[]): string[] {
  const names: string[] = []
  for (const [kind, count] of Object.entries(report.begun))
    for (let i = 1; i <= count; i++) names.push(`${kind}#${i}`)
  return names.filter((name) => !skip.includes(name))
}

/** Leaves out faults, half of them at once, then quarters, down to one by one. */
function dropFaults(shrinker: Shrinker): void {
  let names = startedFaults(shrinker.report, shrinker.best.skip ?? [])
  for (let size = Math.ceil(names.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < names.length; at += size) {
      const { best } = shrinker
      const chunk = names.slice(at, at + size)
      if (!shrinker.try({ ...best, skip: [...(best.skip ?? []), ...chunk] })) continue
      names = names.filter((name) => !chunk.includes(name))
      at -= size
    }
  }
}

function shorten(shrinker: Shrinker): void {
  for (const faultMs of [1_000, 3_000, 8_000, 20_000]) {
    if (shrinker.try({ ...shrinker.best, faultMs })) break
  }
  const { report, best } = shrinker
  const reached = Math.max(1, report.heights + 1)
  if (reached < best.heights) shrinker.try({ ...best, heights: reached })
}

/** The smallest run found that fails as `options` does; null when that one does not fail. */
export function shrink(options: SimulationOptions, limits: ShrinkOptions = {}): Shrunk | null {
  const failing = (limits.run ?? simulate)(options)
  if (failing.failure === undefined) return null
  const shrinker = new Shrinker(failing, options, limits)
  shorten(shrinker)
  dropKinds(shrinker)
  dropFaults(shrinker)
  shorten(shrinker)
  return { options: shrinker.best, report: shrinker.report, runs: shrinker.runs }
}

/** The command that replays a run. */
export function commandOf(options: SimulationOptions): string {
  const { seed, heights, profile, n = 4, weaken, without, skip, faultMs, signatures } = options
  const { hostile } = options
  const flags = [
    `--seed ${seed} --heights ${heights} --profile ${profile} --n ${n}`,
    options.wire === false ? '--fast' : '',
    signatures === undefined ? '' : `--signatures ${signatures}`,
    faultMs === undefined ? '' : `--fault-ms ${faultMs}`,
    options.machine?.file === undefined ? '' : `--machine ${options.machine.file}`,
    hostile === undefined ? '' : `--hostile ${hostile.count}:${hostile.behaviours.join(',')}`,
    weaken === undefined ? '' : `--weaken ${Object.keys(weaken).join(',')}`,
    without === undefined || without.length === 0 ? '' : `--without ${without.join(',')}`,
    skip === undefined || skip.length === 0 ? '' : `--skip '${skip.join(',')}'`,
  ]
  return `npm run sim -- ${flags.filter((flag) => flag !== '').join(' ')}`
}
