/**
 * Twins (arXiv:2004.10617) over the real consensus machine: four members and a twin of one of them,
 * every sequence of networks over three rounds, each scenario played by itself: `npm run twins`;
 * `-- --deep`: four rounds, worlds that several scenarios reach played once; `-- --smoke`: two
 * rounds. Exits with 1 on a fork, on evidence against an honest key, or when a machine that was
 * weakened on purpose goes unnoticed.
 */
import { parseArgs } from 'node:util'
import { isMainThread } from 'node:worker_threads'
import { runTwins, type TwinsOptions, type TwinsReport } from '@veche/consensus/twins'
import { installNativeCrypto } from '@veche/primitives/native'
import { runJobs, type Spent, serveJobs } from './job-threads.ts'

interface Job {
  readonly name: string
  readonly options: TwinsOptions
  /** the breach that a weakened machine must show */
  readonly expected?: string
}

interface Finished extends Spent {
  readonly report: TwinsReport
}

const WORKERS = 2
/** what the page of the protocol asks for */
const SCENARIOS_MIN = 100_000

function jobsFor(size: string): Job[] {
  const rounds = size === 'deep' ? 4 : size === 'smoke' ? 2 : 3
  const isMerged = size === 'deep'
  const jobs = [0, 1, 2, 3].map((member) => ({
    name: `twin of ${'ABCD'[member]}, ${rounds} rounds`,
    options: { member, rounds, isMerged },
  }))
  const fork = { rounds: 2, only: ['FORK'] }
  // two rounds have fewer scenarios than the page asks for
  const slice = { member: 2, rounds: 3, first: { from: 2, to: 8 } }
  return [
    ...jobs,
    ...(size === 'smoke' ? [{ name: 'twin of C, 3 rounds, a slice', options: slice }] : []),
    {
      name: 'weakened: no lock',
      options: { ...fork, member: 0, weaken: { noLock: true } },
      expected: 'FORK',
    },
    {
      name: 'weakened: f+1 votes are a quorum',
      options: { ...fork, member: 1, weaken: { smallQuorum: true } },
      expected: 'FORK',
    },
  ]
}

function isRight({ expected }: Job, report: TwinsReport): boolean {
  return report.counterexample?.code === expected
}

function describe(job: Job, { report, wallMs, cpuMs }: Finished): string {
  const { scenarios, plays, delivered, nodes, decided, accused, counterexample } = report
  const rate = Math.round((scenarios / Math.max(1, cpuMs)) * 1000)
  const head = `${isRight(job, report) ? 'ok  ' : 'FAIL'} ${job.name}: `
  if (counterexample !== undefined) {
    const lines = counterexample.scenario.map((line) => `       ${line}`)
    return [`${head}${counterexample.code}, ${counterexample.reason}`, ...lines].join('\n')
  }
  return (
    `${head}${scenarios} scenarios in ${(wallMs / 1000).toFixed(1)} s (${rate} per second of CPU), ${plays} rounds ` +
    `played, ${delivered} messages, ${nodes} machine states; somebody decides in ${decided}, the ` +
    `twins are convicted in ${accused}`
  )
}

const perform = ({ options }: Job): Omit<Finished, keyof Spent> => ({ report: runTwins(options) })

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { deep: { type: 'boolean' }, smoke: { type: 'boolean' } },
  })
  const size = values.deep === true ? 'deep' : values.smoke === true ? 'smoke' : 'full'
  const jobs = jobsFor(size)
  const startedAt = performance.now()
  const finished = await runJobs<Job, Finished>({
    ...{ script: import.meta.url, jobs, threads: WORKERS },
    onFinished: (result) => console.log(describe(jobs[result.index] as Job, result)),
  })
  const wrong = finished.filter(({ index, report }) => !isRight(jobs[index] as Job, report)).length
  const sound = finished.filter(({ index }) => jobs[index]?.expected === undefined)
  const scenarios = sound.reduce((sum, { report }) => sum + report.scenarios, 0)
  const seconds = (performance.now() - startedAt) / 1000
  console.log(
    `${scenarios} distinct scenarios in ${seconds.toFixed(0)} s on ${WORKERS} threads ` +
      `(${Math.round(scenarios / seconds)}/s), forks 0 unless listed; ${wrong} failures`,
  )
  const isEnough = scenarios >= SCENARIOS_MIN
  process.exitCode = wrong > 0 || !isEnough ? 1 : 0
}

await installNativeCrypto()
if (isMainThread) await main()
else serveJobs(perform)
