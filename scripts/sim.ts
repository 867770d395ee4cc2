/**
 * Runs the consensus simulator (docs/simulator.md): `npm run sim -- --seed 7 --heights 500
 * --profile storm` for one seed, `--seeds 20` for some of every profile, `--minutes 10` for a soak
 * on every
 * core over all profiles and sizes. A failure prints its command, is shrunk and ends with exit code
 * 1.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import {
  addReport,
  createSummary,
  describeSummary,
  profiles,
  type SimulationOptions,
  type SimulationReport,
  type Summary,
  simulate,
} from '@veche/consensus/simulator'
import { installNativeCrypto } from '@veche/primitives/native'
import { describeRun, printFailure, printTrace } from './sim-print.ts'
import { runSoak } from './sim-soak.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '20' },
    from: { type: 'string', default: '1' },
    minutes: { type: 'string' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    heights: { type: 'string' },
    profile: { type: 'string', default: 'all' },
    n: { type: 'string' },
    signatures: { type: 'string' },
    weaken: { type: 'string', default: '' },
    without: { type: 'string', default: '' },
    skip: { type: 'string', default: '' },
    'fault-ms': { type: 'string' },
    'no-shrink': { type: 'boolean', default: false },
    fast: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})

const RATE_HEIGHTS = 4_000
const listOf = (text: string): string[] => text.split(',').filter((part) => part !== '')

function weakness(): Pick<SimulationOptions, 'weaken'> {
  const names = listOf(values.weaken)
  return names.length === 0 ? {} : { weaken: Object.fromEntries(names.map((each) => [each, true])) }
}

/** what the command line fixes for every run */
function fixedOptions(): Partial<SimulationOptions> {
  const faultMs = values['fault-ms']
  return {
    wire: !values.fast,
    ...weakness(),
    ...(faultMs === undefined ? {} : { faultMs: Number(faultMs) }),
    ...(values.signatures === undefined
      ? {}
      : { signatures: values.signatures === 'real' ? 'real' : 'simulated' }),
    without: listOf(values.without),
    skip: listOf(values.skip),
  }
}

function finish(options: SimulationOptions, report: SimulationReport, summary: Summary): void {
  addReport(summary, report)
  if (report.failure !== undefined) printFailure(options, report, !values['no-shrink'])
}

/** heights per second of one core: n = 4, no faults, everything over the wire */
function measureRate(): number {
  const options = { profile: 'calm', n: 4, wire: !values.fast }
  simulate({ ...options, seed: 1, heights: RATE_HEIGHTS })
  const before = process.threadCpuUsage()
  simulate({ ...options, seed: 2, heights: RATE_HEIGHTS })
  const { user, system } = process.threadCpuUsage(before)
  return RATE_HEIGHTS / ((user + system) / 1_000_000)
}

function runSeeds(summary: Summary): void {
  const names = values.profile === 'all' ? [...profiles.keys()] : [values.profile]
  const first = Number(values.seed ?? values.from)
  const count = values.seed === undefined ? Number(values.seeds) : 1
  const fixed = fixedOptions()
  const heights = Number(values.heights ?? '200')
  for (const profile of names)
    for (let seed = first; seed < first + count; seed++) {
      const options = { ...fixed, seed, heights, profile, n: Number(values.n ?? '4') }
      const started = performance.now()
      const report = values.trace ? printTrace(options) : simulate(options)
      const wallMs = performance.now() - started
      console.log(values.json ? JSON.stringify(report) : describeRun(report, wallMs))
      finish(options, report, summary)
    }
}

async function soak(summary: Summary, minutes: number): Promise<void> {
  await runSoak({
    fixed: fixedOptions(),
    from: Number(values.from),
    untilMs: performance.now() + minutes * 60_000,
    jobs: Number(values.jobs),
    profiles: values.profile === 'all' ? [...profiles.keys()] : listOf(values.profile),
    sizes: values.n === undefined ? [] : listOf(values.n).map(Number),
    ...(values.heights === undefined ? {} : { heights: Number(values.heights) }),
    onReport: (options, report) => finish(options, report, summary),
  })
}

await installNativeCrypto()
const summary = createSummary()
if (values.minutes === undefined) runSeeds(summary)
else {
  const rate = measureRate()
  await soak(summary, Number(values.minutes))
  console.log(`heights/s per core ${Math.round(rate)} (n = 4, no faults, simulated signer)`)
}
for (const line of describeSummary(summary)) console.log(line)
process.exitCode = summary.forks + summary.breaks > 0 ? 1 : 0
