/**
 * `npm run bench:network -- [--validators 4] [--seconds 30] [--rate N] [--in-flight 250] [--idle
 * 100]`: drives a real network of processes on this machine and prints one ndjson line a scenario:
 * `idle` (one transaction at a time), `rate` (with --rate, open loop) and `limit` (closed loop).
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
} as const

type Options = Readonly<Record<keyof typeof OPTIONS, number>>

function readOptions(): Options {
  const { values } = parseArgs({ options: OPTIONS })
  return Object.fromEntries(
    Object.entries(values).map(([name, text]) => {
      if (/^\d+$/.test(text)) return [name, Number(text)]
      throw new VecheError('BENCH_OPTIONS', `--${name}: a whole number expected, got ${text}`)
    }),
  ) as Options
}

interface Bench {
  readonly city: City
  readonly watcher: FinalityWatcher
  /** next nonce of each issuer */
  readonly nonces: number[]
}

/** Signs first, then runs `load` between two samples of every process, and prints its line. */
async function scenario(
  bench: Bench,
  name: string,
  plan: {
    count: number
    load: (calls: Awaited<ReturnType<typeof signIssues>>) => Promise<LoadResult>
  },
): Promise<void> {
  const { city, nonces } = bench
  const { chainId, schema, issuers } = city.files
  const calls = await signIssues(issuers, { chainId, schema, nonces, count: plan.count })
  const first = (await city.head()).number + 1
  const before = sampleProcesses(city.processes)
  const result = await plan.load(calls)
  const processes = usageBetween(before, sampleProcesses(city.processes), result.seconds)
  const last = (await city.head()).number
  const blocks = await blockStats(city.rpcUrl, { first, last, seconds: result.seconds })
  process.stdout.write(`${toLine(name, { ...describeLoad(result), blocks, processes })}\n`)
  if (result.failed > 0)
    throw new VecheError('BENCH_FAILED', `${result.failed} transactions were not included`)
}

async function runScenarios(city: City, options: Options): Promise<void> {
  const watcher = await watchFinality(city.wsUrl)
  const bench = { city, watcher, nonces: city.files.issuers.map(() => 0) }
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
    if (options.limit > 0)
      await scenario(bench, `limit ${options['in-flight']} in flight`, {
        count: options.limit,
        load: (calls) => loadAtLimit(watcher, calls, options['in-flight']),
      })
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
