/**
 * The bounded explorer over the real consensus machine: `npm run explore` (minutes), `-- --deep`
 * (longer), `-- --smoke` (seconds). Prints what was exhausted, and the counterexamples of machines
 * that are weakened on purpose. Exits with 1 when the machine as it is breaks an invariant, when a
 * bound was not exhausted, or when a weakened machine goes unnoticed.
 */
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { type ExploreOptions, type ExploreReport, explore } from '@veche/consensus/explorer'
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
  readonly wallMs: number
}

const WORKERS = 2

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

const message = { name: '4 honest; 1 round, message by message', crashes: 0 }
const BY_MESSAGE: Job = {
  name: message.name,
  options: { rounds: 1, crashes: 0, byzantine: null, grain: 'message' },
}

function jobsFor(size: string): Job[] {
  const smoke = [...boundsJobs(2, 1), BY_MESSAGE, ...WEAKENED]
  if (size === 'smoke') return smoke
  if (size === 'deep') return [...boundsJobs(3, 1), ...boundsJobs(2, 2), ...smoke]
  return [...boundsJobs(3, 0), ...smoke]
}

function describe(job: Job, { report, wallMs }: Finished): string {
  const { worlds, transitions, depth, nodes, performed, isExhausted, ends, bytes } = report
  const found = report.counterexample
  const verdict = found?.code ?? (isExhausted ? 'exhausted' : 'GAVE UP')
  const ended = Object.entries(ends).map(([count, number]) => `${number} with ${count} decided`)
  const lines = [
    `${isRight(job, report) ? 'ok  ' : 'FAIL'} ${job.name}: ${verdict}`,
    `     ${worlds} worlds, ${transitions} transitions, depth ${depth}, ${nodes} node states, ` +
      `${performed} performances of the machine, ${(wallMs / 1000).toFixed(1)} s, ` +
      `${Math.round(bytes / 2 ** 20)} MiB`,
  ]
  if (ended.length > 0) lines.push(`     ends: ${ended.join(', ')}`)
  if (found === undefined) return lines.join('\n')
  return [...lines, `     ${found.reason}`, ...found.trace.map((move) => `       ${move}`)].join(
    '\n',
  )
}

function isRight({ expected }: Job, report: ExploreReport): boolean {
  if (expected !== undefined) return report.counterexample?.code === expected
  return report.counterexample === undefined && report.isExhausted
}

/** A thread that explores one job after another, as they come. */
async function work(): Promise<void> {
  await installNativeCrypto()
  const jobs = workerData as readonly Job[]
  parentPort?.on('message', (index: number) => {
    const startedAt = performance.now()
    const { report } = explore((jobs[index] as Job).options)
    parentPort?.postMessage({ index, report, wallMs: performance.now() - startedAt })
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
  const failures = finished.filter(({ index, report }) => !isRight(jobs[index] as Job, report))
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
