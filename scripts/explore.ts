/**
 * The bounded explorer over the real consensus machine: `npm run explore` (minutes), `-- --deep`
 * (longer), `-- --smoke` (seconds). Prints what was exhausted, and the counterexamples of machines
 * that are weakened on purpose. Exits with 1 when the machine as it is breaks an invariant, when a
 * bound was not exhausted, or when a weakened machine goes unnoticed.
 */
import { parseArgs } from 'node:util'
import { isMainThread } from 'node:worker_threads'
import {
  type ExploreOptions,
  type ExploreReport,
  explore,
  type HealedSome,
  healSome,
} from '@veche/consensus/explorer'
import { installNativeCrypto } from '@veche/primitives/native'
import { runJobs, type Spent, serveJobs } from './job-threads.ts'

interface Job {
  readonly name: string
  readonly options: ExploreOptions
  /** the breach that a weakened machine must show */
  readonly expected?: string
}

interface Finished extends Spent {
  readonly report: ExploreReport
  /** only where nodes are told apart by all that they heard */
  readonly healed?: HealedSome
}

const WORKERS = 2
/** ends, and as many worlds of all kinds, from which each exploration is healed */
const HEALED = 2_000

function boundsJobs(rounds: number, crashes: number): Job[] {
  return [null, 0, 1, 2, 3].map((byzantine) => {
    const who = byzantine === null ? '4 honest' : `3 honest, ${'ABCD'[byzantine]} Byzantine`
    const name = `${who}; ${rounds} rounds, ${crashes} ${crashes === 1 ? 'crash' : 'crashes'}`
    return { name, options: { rounds, crashes, byzantine } }
  })
}

const honest = { rounds: 2, crashes: 0, byzantine: null }

const WEAKENED: readonly Job[] = [
  {
    name: 'weakened: no lock',
    options: { ...honest, weaken: { noLock: true }, only: ['FORK'] },
    expected: 'FORK',
  },
  {
    name: 'weakened: f+1 votes are a quorum',
    options: { ...honest, weaken: { smallQuorum: true }, only: ['FORK'] },
    expected: 'FORK',
  },
  {
    name: 'weakened: no log, one crash, A Byzantine',
    options: { rounds: 2, crashes: 1, byzantine: 0, noLog: true, only: ['FORK'] },
    expected: 'FORK',
  },
  {
    name: 'weakened: no log, one crash, two values signed',
    options: { ...honest, crashes: 1, noLog: true, only: ['EQUIVOCATION'] },
    expected: 'EQUIVOCATION',
  },
  {
    name: 'weakened: no bodies in the log',
    options: { ...honest, weaken: { noBodies: true } },
    expected: 'PROPOSED_WITHOUT_BODY',
  },
]

/** every message and every clock by itself */
const BY_MESSAGE: readonly Job[] = [
  {
    name: '4 honest; 1 round, message by message',
    options: { rounds: 1, crashes: 0, byzantine: null, grain: 'message' },
  },
  {
    name: '3 honest, D dead; 2 rounds, message by message, clocks apart',
    options: { rounds: 2, crashes: 0, byzantine: 3, isDead: true, grain: 'message' },
  },
]

const COMPACTING: Job = {
  name: '3 honest, B Byzantine; 2 rounds, 1 crash, logs written anew at any time',
  options: { rounds: 2, crashes: 1, byzantine: 1, compaction: true },
}

/** nodes are told apart by all that they heard: accusations can be judged, and heals are exact */
const WHOLE: readonly Job[] = [
  {
    name: '4 honest; 2 rounds, evidence judged, healed',
    options: { rounds: 2, crashes: 0, byzantine: null, evidence: true },
  },
  {
    name: '3 honest, B Byzantine; 2 rounds, evidence judged, healed',
    options: { rounds: 2, crashes: 0, byzantine: 1, evidence: true },
  },
  {
    name: '3 honest, A Byzantine; 1 round, 1 crash, evidence judged, healed',
    options: { rounds: 1, crashes: 1, byzantine: 0, evidence: true },
  },
]

/** the longest first: two threads then end together */
function jobsFor(size: string): Job[] {
  const smoke = [...boundsJobs(2, 1), COMPACTING, ...WHOLE, ...BY_MESSAGE, ...WEAKENED]
  if (size === 'smoke') return smoke
  const one = boundsJobs(3, 1)
  const faulty = one.filter(({ options }) => options.byzantine !== null)
  if (size === 'full') return [...boundsJobs(3, 0).slice(0, 1), ...faulty, ...smoke]
  const two = boundsJobs(3, 2).filter(({ options }) => options.byzantine !== null)
  return [...one.slice(0, 1), ...two, ...faulty, ...boundsJobs(2, 2), ...smoke]
}

function describe(job: Job, finished: Finished): string {
  const { report, healed, wallMs, cpuMs } = finished
  const { worlds, transitions, depth, nodes, performed, isExhausted, ends, bytes } = report
  const found = report.counterexample
  const verdict = found?.code ?? (isExhausted ? 'exhausted' : 'GAVE UP')
  const ended = Object.entries(ends).map(([count, number]) => `${number} with ${count} decided`)
  const lines = [
    `${isRight(job, finished) ? 'ok  ' : 'FAIL'} ${job.name}: ${verdict}`,
    `     ${worlds} worlds, ${transitions} transitions, depth ${depth}, ${nodes} node states, ` +
      `${performed} performances of the machine, ${(wallMs / 1000).toFixed(1)} s ` +
      `(${(cpuMs / 1000).toFixed(1)} s of CPU), ` +
      `${Math.round(bytes / 2 ** 20)} MiB`,
  ]
  if (ended.length > 0) lines.push(`     ends: ${ended.join(', ')}`)
  if (healed !== undefined)
    lines.push(
      `     healed from ${healed.worlds} worlds, the slowest in ${healed.windowsMax} windows, ` +
        `${healed.failures.length} did not`,
    )
  for (const { row, violation } of healed?.failures.slice(0, 3) ?? [])
    lines.push(`       world ${row}: ${violation.code}, ${violation.reason}`)
  if (found === undefined) return lines.join('\n')
  return [...lines, `     ${found.reason}`, ...found.trace.map((move) => `       ${move}`)].join(
    '\n',
  )
}

function isRight({ expected }: Job, { report, healed }: Finished): boolean {
  if (expected !== undefined) return report.counterexample?.code === expected
  if (healed !== undefined && healed.failures.length > 0) return false
  return report.counterexample === undefined && report.isExhausted
}

/** explores, and heals where heals are exact */
function perform({ options, expected }: Job): Omit<Finished, keyof Spent> {
  const exploration = explore(options)
  const { report } = exploration
  const isSound = expected === undefined && report.counterexample === undefined
  const isHealed = isSound && options.evidence === true
  const healed = isHealed ? healSome(exploration, options.byzantine, HEALED) : undefined
  return healed === undefined ? { report } : { report, healed }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { deep: { type: 'boolean' }, smoke: { type: 'boolean' } },
  })
  const size = values.deep === true ? 'deep' : values.smoke === true ? 'smoke' : 'full'
  const jobs = jobsFor(size)
  const startedAt = performance.now()
  const finished = await runJobs<Job, Finished>({
    ...{ script: import.meta.url, jobs, threads: WORKERS, heapMiB: 8192 },
    onFinished: (result) => console.log(describe(jobs[result.index] as Job, result)),
  })
  const failures = finished.filter((each) => !isRight(jobs[each.index] as Job, each))
  const worlds = finished.reduce((sum, { report }) => sum + report.worlds, 0)
  const transitions = finished.reduce((sum, { report }) => sum + report.transitions, 0)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
  console.log(
    `${jobs.length} explorations, ${worlds} worlds, ${transitions} transitions in ${seconds} s on ` +
      `${WORKERS} threads, visited worlds compared whole (no hash collisions); ` +
      `${failures.length} failures`,
  )
  process.exitCode = failures.length > 0 ? 1 : 0
}

await installNativeCrypto()
if (isMainThread) await main()
else serveJobs(perform)
