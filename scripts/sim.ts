/**
 * Runs the consensus simulator: `npm run sim -- --seed 7 --heights 500 --profile storm`. Without a
 * seed it runs `--seeds` of them from 1 (default 20) over every profile. A failure prints how to
 * replay it.
 */
import { parseArgs } from 'node:util'
import { profiles, type SimulationReport, simulate } from '@veche/consensus/simulator'
import { installNativeCrypto } from '@veche/primitives/native'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '20' },
    from: { type: 'string', default: '1' },
    heights: { type: 'string', default: '200' },
    profile: { type: 'string', default: 'all' },
    n: { type: 'string', default: '4' },
    fast: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})

function describe(report: SimulationReport, wallMs: number): string {
  const faults = Object.entries(report.faults).map(([name, count]) => `${name} ${count}`)
  const rate = Math.round((report.heights / Math.max(1, wallMs)) * 1000)
  return [
    `${report.failure === undefined ? 'ok  ' : 'FAIL'} ${report.profile} seed ${report.seed}`,
    `${report.heights} heights in ${(report.simulatedMs / 1000).toFixed(0)} simulated s`,
    `${rate} heights/s`,
    `${report.messages} messages`,
    `slowest recovery ${report.recoveryMsMax} ms`,
    faults.join(', ') || 'no faults',
  ].join('; ')
}

await installNativeCrypto()
const names = values.profile === 'all' ? [...profiles.keys()] : [values.profile]
const first = Number(values.seed ?? values.from)
const count = values.seed === undefined ? Number(values.seeds) : 1
const heights = Number(values.heights)
const n = Number(values.n)
const total = { heights: 0, simulatedMs: 0, runs: 0, failures: 0, recoveryMsMax: 0 }
for (const profile of names)
  for (let seed = first; seed < first + count; seed++) {
    const started = performance.now()
    const report = simulate({ seed, heights, profile, n, wire: !values.fast })
    const wallMs = performance.now() - started
    console.log(values.json ? JSON.stringify(report) : describe(report, wallMs))
    total.runs++
    total.heights += report.heights
    total.simulatedMs += report.simulatedMs
    total.recoveryMsMax = Math.max(total.recoveryMsMax, report.recoveryMsMax)
    if (report.failure === undefined) continue
    total.failures++
    console.log(`     ${report.failure.code}: ${report.failure.reason}`)
    console.log(
      `     replay: npm run sim -- --seed ${seed} --heights ${heights} --profile ${profile} --n ${n}`,
    )
  }
const hours = (total.simulatedMs / 3_600_000).toFixed(2)
console.log(
  `${total.runs} runs, ${total.heights} heights, ${hours} simulated hours, ${total.failures} failures, slowest recovery ${total.recoveryMsMax} ms`,
)
process.exitCode = total.failures > 0 ? 1 : 0
