/**
 * The bounded explorer over the real consensus machine: `npm run explore` (minutes), `-- --deep`
 * (longer), `-- --smoke` (seconds). Prints what was exhausted, and the counterexamples of machines
 * that are weakened on purpose. Exits with 1 when the machine as it is breaks an invariant, when a
 * bound was not exhausted, or when a weakened machine goes unnoticed.
 */
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import {
  type ExploreOptions,
  type ExploreReport,
  explore,
  type HealedSome,
  healSome,
} from '@veche/consensus/explorer'
import { installNativeCrypto } from '@veche/primitives/native'

interface Job {
  readonly name: string
  readonly options: ExploreOptions
  /** the breach that a weakened machine must show */
  readonly expected?: string
}

interface Finished {
  readonly index: number
  readonly report: ExploreReport
  /** only where nodes are told apart by all that they heard */
  readonly healed?: HealedSome
  readonly wallMs: number
  /** of the thread alone: what matters on a machine that is shared */
  readonly cpuMs: number
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

/** A thread that explores one job after another, as they come. */
async function work(): Promise<void> {
  await installNativeCrypto()
  const jobs = workerData as readonly Job[]
  parentPort?.on('message', (index: number) => {
    const startedAt = performance.now()
    const cpu = process.threadCpuUsage()
    const { options, expected } = jobs[index] as Job
    const exploration = explore(options)
    const { report } = exploration
    const isSound = expected === undefined && report.counterexample === undefined
    const isHealed = isSound && options.evidence === true
    const healed = isHealed ? healSome(exploration, options.byzantine, HEALED) : undefined
    const { user, system } = process.threadCpuUsage(cpu)
    const spent = { wallMs: performance.now() - startedAt, cpuMs: (user + system) / 1000 }
    parentPort?.postMessage({ index, report, healed, ...spent })
  })
}

function runAll(jobs: readonly Job[]): Promise<Finished[]> {
  return new Promise((resolve, reject) => {
    const finished: Finished[] = []
    let given = 0
    for (let i = 0; i < Math.min(WORKERS, jobs.length); i++) {
      const worker = new Worker(new URL(import.meta.url), {
        workerData: jobs,
        resourceLimits: { maxOldGenerationSizeMb: 8192 },
      })
      worker.on('error', reject)
      worker.on('message', (result: Finished) => {
        finished.push(result)
        console.log(describe(jobs[result.index] as Job, result))
        if (given < jobs.length) worker.postMessage(given++)
        else void worker.terminate()
        if (finished.length === jobs.length) resolve(finished)
      })
      worker.postMessage(given++)
    }
  })
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { deep: { type: 'boolean' }, smoke: { type: 'boolean' } },
  })
  const size = values.deep === true ? 'deep' : values.smoke === true ? 'smoke' : 'full'
  const jobs = jobsFor(size)
  const startedAt = performance.now()
  const finished = await runAll(jobs)
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

if (isMainThread) await main()
else await work()
