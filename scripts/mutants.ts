/**
 * Breaks one rule at a time in a copy of packages/consensus/src, gives the machine to the simulator
 * and counts the seeds until it is caught: `npm run mutants`, `-- --only no-lock,no-log`, `--
 * --seeds 1000`. Seeds take the profiles by turns, four members. Exits with 1 when a machine goes
 * unnoticed,
 * or when words to be replaced are not there any more.
 */
import { parseArgs } from 'node:util'
import { isMainThread } from 'node:worker_threads'
import { profiles, type SimulationFailure, simulate } from '@veche/consensus/simulator'
import { installNativeCrypto } from '@veche/primitives/native'
import { runJobs, type Spent, serveJobs } from './job-threads.ts'
import { removeCopy, staleWords, writeCopy } from './mutants-copy.ts'
import { MUTANTS, type Mutant } from './mutants-list.ts'
import { loadMachine } from './sim-machine.ts'

interface Job {
  readonly mutant: Mutant
  readonly seeds: number
}

interface Caught {
  readonly seed: number
  readonly profile: string
  readonly failure: SimulationFailure
}

interface Finished extends Spent {
  readonly caught: Caught | null
  /** words to be replaced that the source does not have exactly once */
  readonly stale: string | null
}

const WORKERS = 2
const HEIGHTS = 40

async function hunt({ mutant, seeds }: Job): Promise<Caught | null> {
  const machine = await loadMachine(writeCopy(mutant))
  const names = [...profiles.keys()]
  for (let seed = 1; seed <= seeds; seed++) {
    const profile = names[seed % names.length] as string
    const { failure } = simulate({ seed, profile, heights: HEIGHTS, machine })
    if (failure !== undefined) return { seed, profile, failure }
  }
  return null
}

async function perform(job: Job): Promise<Omit<Finished, keyof Spent>> {
  const stale = staleWords(job.mutant)
  if (stale !== null) return { caught: null, stale }
  try {
    return { caught: await hunt(job), stale }
  } finally {
    removeCopy(job.mutant)
  }
}

function describe({ mutant, seeds }: Job, { caught, stale, cpuMs }: Finished): string {
  const name = mutant.name.padEnd(24)
  const rule = `${mutant.breaks}; ${(cpuMs / 1000).toFixed(1)} s`
  if (stale !== null) return `FAIL ${name} not there once: ${stale}`
  if (caught === null) return `FAIL ${name} not caught in ${seeds} seeds: ${rule}`
  const { seed, profile, failure } = caught
  const where = `seed ${seed}, ${profile}`
  return `ok   ${name} ${failure.code} at ${where}: ${rule}`
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, seeds: { type: 'string', default: '1000' } },
  })
  const only = values.only?.split(',')
  const chosen = MUTANTS.filter(({ name }) => only === undefined || only.includes(name))
  const unknown = only?.filter((name) => !MUTANTS.some((each) => each.name === name)) ?? []
  if (unknown.length > 0 || chosen.length === 0) {
    console.error(`--only: not in mutants-list.ts: ${unknown.join(', ')}`)
    process.exitCode = 1
    return
  }
  const jobs = chosen.map((mutant) => ({ mutant, seeds: Number(values.seeds) }))
  const finished = await runJobs<Job, Finished>({
    ...{ script: import.meta.url, jobs, threads: WORKERS },
    onFinished: (result) => console.log(describe(jobs[result.index] as Job, result)),
  })
  const caught = finished.filter((each) => each.caught !== null)
  const seed = Math.max(0, ...caught.map((each) => each.caught?.seed ?? 0))
  console.log(
    `${jobs.length} weakened machines, ${caught.length} caught, the last one at seed ${seed}`,
  )
  process.exitCode = caught.length === jobs.length ? 0 : 1
}

await installNativeCrypto()
if (isMainThread) await main()
else serveJobs(perform)
