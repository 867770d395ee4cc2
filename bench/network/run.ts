/**
 * `npm run bench:network -- [--validators 4] [--seconds 30] [--rate N] [--in-flight 250] [--idle
 * 100] [--dead 1] [--share 60]`: drives a real network of processes on this machine and prints one
 * ndjson line a scenario: `idle` (one transaction at a time), `rate` (with --rate, open loop),
 * `limit` (closed loop) and `dead` (with --dead: so many validators killed, then --share percent of
 * what `limit` measured, open loop; fails unless all is included and final within 1.5 steps, p99).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type City, type FinalityWatcher, openCity, watchFinality } from '@veche/node'
import { VecheError } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { type LoadResult, loadAtLimit, loadAtRate, loadIdle, signIssues } from './load.ts'
import { blockStats, describeLoad, sampleProcesses, toLine, usageBetween } from './report.ts'

const OPTIONS = {
  validators: { type: 'string', default: '4' },
  seconds: { type: 'string', default: '30' },
  rate: { type: 'string', default: '0' },
  limit: { type: 'string', default: '6000' },
  'in-flight': { type: 'string', default: '250' },
  idle: { type: 'string', default: '100' },
  dead: { type: 'string', default: '0' },
  /** percent, or a fraction below one */
  share: { type: 'string', default: '60' },
} as const

type Options = Readonly<Record<keyof typeof OPTIONS, number>>

function readOptions(): Options {
  const { values } = parseArgs({ options: OPTIONS })
  return Object.fromEntries(
    Object.entries(values).map(([name, text]) => {
      if (/^\d+$/.test(text)) return [name, Number(text)]
      if (name === 'share' && /^0\.\d+$/.test(text)) return [name, Number(text) * 100]
      throw new VecheError('BENCH_OPTIONS', `--${name}: a whole number expected, got ${text}`)
    }),
  ) as Options
}

interface Bench {
  readonly city: City
  readonly watcher: FinalityWatcher
  /** next nonce of each issuer */
  readonly nonces: number[]
  /** names of validators that were killed */
  readonly dead: Set<string>
}

const living = ({ city, dead }: Bench): City['processes'] =>
  city.processes.filter(({ name }) => !dead.has(name))

/** Signs first, then runs `load` between two samples of every process, and prints its line. */
async function scenario(
  bench: Bench,
  name: string,
  plan: {
    count: number
    load: (calls: Awaited<ReturnType<typeof signIssues>>) => Promise<LoadResult>
  },
): Promise<LoadResult> {
  const { city, nonces } = bench
  const { chainId, schema, issuers } = city.files
  const calls = await signIssues(issuers, { chainId, schema, nonces, count: plan.count })
  const first = (await city.head()).number + 1
  const before = sampleProcesses(living(bench))
  const result = await plan.load(calls)
  const processes = usageBetween(before, sampleProcesses(living(bench)), result.seconds)
  const last = (await city.head()).number
  const blocks = await blockStats(city.rpcUrl, { first, last, seconds: result.seconds })
  process.stdout.write(`${toLine(name, { ...describeLoad(result), blocks, processes })}\n`)
  if (result.failed > 0)
    throw new VecheError('BENCH_FAILED', `${result.failed} transactions were not included`)
  return result
}

/** of a step, for the 99th of a hundred transactions (issue 3) */
const DEAD_P99_STEPS = 1.5
/** the city's D */
const STEP_MS = 1_000

/** Kills validators without a word, then offers a share of what all of them could take. */
async function runWithDead(bench: Bench, options: Options, perSecond: number): Promise<void> {
  const { city, dead } = bench
  const names = city.files.validators.slice(-options.dead)
  for (const process of city.processes) {
    if (!names.includes(process.name)) continue
    dead.add(process.name)
    process.kill('SIGKILL')
    await process.exited
  }
  const rate = Math.max(1, Math.floor((perSecond * options.share) / 100))
  const result = await scenario(bench, `dead ${options.dead}, ${rate}/s`, {
    count: rate * options.seconds,
    load: (calls) => loadAtRate(bench.watcher, calls, rate),
  })
  const { p99 } = result.finalityMs
  const isHeld = p99 <= DEAD_P99_STEPS * STEP_MS
  const offered = `${options.dead} dead, ${options.share} % of ${perSecond.toFixed(0)}/s`
  const taken = `all ${result.transactions} included, submit → final p99 ${p99.toFixed(0)} ms`
  const verdict = `at most ${DEAD_P99_STEPS * STEP_MS} wanted: ${isHeld ? 'held' : 'NOT HELD'}`
  process.stdout.write(`${offered}: ${taken}, ${verdict}\n`)
  if (!isHeld) process.exitCode = 1
}

async function runScenarios(city: City, options: Options): Promise<void> {
  const watcher = await watchFinality(city.wsUrl)
  const bench = { city, watcher, nonces: city.files.issuers.map(() => 0), dead: new Set<string>() }
  try {
    if (options.idle > 0)
      await scenario(bench, 'idle', {
        count: options.idle,
        load: (calls) => loadIdle(watcher, calls),
      })
    if (options.rate > 0)
      await scenario(bench, `rate ${options.rate}/s`, {
        count: options.rate * options.seconds,
        load: (calls) => loadAtRate(watcher, calls, options.rate),
      })
    if (options.dead > 0 && options.limit === 0)
      throw new VecheError('BENCH_OPTIONS', '--dead needs what --limit measures')
    if (options.limit > 0) {
      const limit = await scenario(bench, `limit ${options['in-flight']} in flight`, {
        count: options.limit,
        load: (calls) => loadAtLimit(watcher, calls, options['in-flight']),
      })
      const perSecond = limit.transactions / limit.seconds
      if (options.dead > 0) await runWithDead(bench, options, perSecond)
    }
  } finally {
    await watcher.close()
  }
}

async function main(): Promise<void> {
  const options = readOptions()
  await installNativeCrypto()
  const dataDir = mkdtempSync(join(tmpdir(), 'veche-bench-'))
  const say = (text: string): void => void process.stderr.write(text)
  const { validators } = options
  const city = await openCity({ dataDir, validators, observers: 1, rpcPort: 0, say })
  try {
    await city.firstFinalBlock()
    await runScenarios(city, options)
  } finally {
    await city.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

try {
  await main()
} catch (error) {
  process.stderr.write(`bench failed: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
