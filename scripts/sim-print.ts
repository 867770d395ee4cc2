/** What the simulator prints: a line per run, and a failure with its command and short trace. */
import {
  commandOf,
  describeEvent,
  type SimulationOptions,
  type SimulationReport,
  shrink,
  simulate,
} from '@veche/consensus/simulator'

/** lines of a trace that are printed: the last ones lead to the failure */
const TRACE_LINES = 120
const SHRINK_RUNS = 200
/** a soak goes on meanwhile, and is to end in time */
const SHRINK_MS = 60_000

/** One line for one run. */
export function describeRun(report: SimulationReport, wallMs: number): string {
  const faults = Object.entries(report.faults).map(([name, count]) => `${name} ${count}`)
  const rate = Math.round((report.heights / Math.max(1, wallMs)) * 1000)
  return [
    `${report.failure === undefined ? 'ok  ' : 'FAIL'} ${report.profile} n ${report.n} seed ${report.seed}`,
    `${report.heights} heights in ${(report.simulatedMs / 1000).toFixed(0)} simulated s`,
    `${rate} heights/s`,
    `${report.messages} messages`,
    `slowest recovery ${report.recoveryStepsMax.toFixed(2)} steps`,
    faults.join(', ') || 'no faults',
  ].join('; ')
}

/** Runs one simulation and prints its last events. */
export function printTrace(options: SimulationOptions): SimulationReport {
  const lines: string[] = []
  const report = simulate({
    ...options,
    onEvent: (event) => {
      const line = describeEvent(event)
      if (line === null) return
      lines.push(line)
      if (lines.length > TRACE_LINES) lines.shift()
    },
  })
  for (const line of lines) console.log(line)
  return report
}

/** The command that replays a failure, then, shrunk, how it comes about. */
export function printFailure(
  options: SimulationOptions,
  report: SimulationReport,
  isShrunk: boolean,
): void {
  const { failure } = report
  console.log(`FAIL ${report.profile} n ${report.n}: ${failure?.code}: ${failure?.reason}`)
  if (failure?.culprits !== undefined) console.log(`     culprits: ${failure.culprits.join(', ')}`)
  console.log(`     replay: ${commandOf(options)}`)
  if (!isShrunk) return
  const untilMs = performance.now() + SHRINK_MS
  const isOver = (): boolean => performance.now() > untilMs
  const shrunk = shrink(options, { runsMax: SHRINK_RUNS, isOver })
  if (shrunk === null) return
  console.log(`     shrunk in ${shrunk.runs} runs: ${commandOf(shrunk.options)}`)
  printTrace(shrunk.options)
}
