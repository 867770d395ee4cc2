/**
 * Runs the consensus simulator (docs/simulator.md): `npm run sim -- --seed 7 --heights 500
 * --profile storm` for one seed, `--seeds 20` for some of every profile, `--minutes 10` for a soak
 * on every core over all profiles and sizes, `--machine FILE` for another machine than ours. A
 * failure prints its command, is shrunk and ends with exit code 1; a command that makes no sense
 * with 2.
 */
import {
  addReport,
  createSummary,
  describeSummary,
  type Machine,
  type SimulationOptions,
  type SimulationReport,
  type Summary,
  simulate,
} from '@veche/consensus/simulator'
import { installNativeCrypto } from '@veche/primitives/native'
import { loadMachine } from './sim-machine.ts'
import { readCommand, type SimCommand, USAGE, UsageError } from './sim-options.ts'
import { describeRun, printFailure, printTrace } from './sim-print.ts'
import { runSoak } from './sim-soak.ts'

const RATE_HEIGHTS = 2_000
const RATE_WARM = 2
const RATE_RUNS = 5
const HEIGHTS = 200
const MEMBERS = 4

interface Session {
  readonly command: SimCommand
  readonly other: { readonly machine?: Machine }
  readonly summary: Summary
  /** codes that were shrunk already: one trace of a kind is enough */
  readonly shrunk: Set<string>
}

function finish(session: Session, options: SimulationOptions, report: SimulationReport): void {
  const { command, other, summary, shrunk } = session
  addReport(summary, report)
  const { failure } = report
  if (failure === undefined) return
  printFailure({ ...options, ...other }, report, command.isShrunk && !shrunk.has(failure.code))
  shrunk.add(failure.code)
}

const failures = ({ forks, breaks }: Summary): number => forks + breaks

/**
 * Heights per second of one core: n = 4, no faults, everything over the wire. The median of some
 * runs, after two for the compiler.
 */
function measureRate({ command, other }: Session): number {
  const options = { profile: 'calm', n: MEMBERS, wire: command.fixed.wire ?? true, ...other }
  const rates: number[] = []
  for (let seed = 1; seed <= RATE_WARM + RATE_RUNS; seed++) {
    const before = process.threadCpuUsage()
    simulate({ ...options, seed, heights: RATE_HEIGHTS })
    const { user, system } = process.threadCpuUsage(before)
    if (seed > RATE_WARM) rates.push(RATE_HEIGHTS / ((user + system) / 1_000_000))
  }
  return rates.sort((a, b) => a - b)[RATE_RUNS >> 1] as number
}

/** every profile and size of a seed before the next seed */
function* runsOf({ fixed, from, seeds, profiles, sizes, heights }: SimCommand) {
  for (let seed = from; seed < from + seeds; seed++)
    for (const profile of profiles)
      for (const n of sizes.length === 0 ? [MEMBERS] : sizes)
        yield { ...fixed, seed, heights: heights ?? HEIGHTS, profile, n }
}

function runSeeds(session: Session): void {
  const { command, other, summary } = session
  for (const run of runsOf(command)) {
    const options = { ...run, ...other }
    const started = performance.now()
    const report = command.isTraced ? printTrace(options) : simulate(options)
    const wallMs = performance.now() - started
    console.log(command.isJson ? JSON.stringify(report) : describeRun(report, wallMs))
    finish(session, options, report)
    if (command.isFirstOnly && failures(summary) > 0) return
  }
}

async function soak(session: Session, minutes: number): Promise<void> {
  const { command, summary } = session
  const { fixed, from, jobs, profiles, sizes, heights, machine } = command
  const untilMs = performance.now() + minutes * 60_000
  await runSoak({
    ...{ fixed, from, jobs, profiles, sizes, machine },
    isOver: () => performance.now() >= untilMs || (command.isFirstOnly && failures(summary) > 0),
    ...(heights === null ? {} : { heights }),
    onReport: (options, report) => finish(session, options, report),
  })
}

async function main(): Promise<number> {
  const command = readCommand(process.argv.slice(2))
  if (command === null) {
    console.log(USAGE)
    return 0
  }
  await installNativeCrypto()
  const { machine } = command
  const other = machine === null ? {} : { machine: await loadMachine(machine) }
  const session = { command, other, summary: createSummary(), shrunk: new Set<string>() }
  const { summary } = session
  if (command.minutes === null) runSeeds(session)
  else {
    const rate = machine === null ? measureRate(session) : null
    await soak(session, command.minutes)
    if (rate !== null)
      console.log(
        `heights/s per core ${Math.round(rate)} (n = ${MEMBERS}, no faults, simulated signer)`,
      )
  }
  for (const line of describeSummary(summary)) console.log(line)
  return failures(summary) > 0 || summary.runs === 0 ? 1 : 0
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`${error.message}\n\n${USAGE}`)
  process.exitCode = 2
}
