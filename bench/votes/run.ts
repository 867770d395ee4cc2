/**
 * `npm run bench:votes -- [--n 4,10,25] [--heights 100] [--warm-up 100] [--size smoke|full]
 * [--json]`: from a proposal received to its certificate, without execution: one process a
 * validator on this machine, real libp2p streams, signatures and a log with fsync. `--against DIR`
 * runs the validators of another checkout in turn with these and prints the ratio; `--store level`
 * commits to LevelDB after each certificate; `--step`, `--interval` change D and the pace of
 * proposals.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { VecheError } from '@veche/primitives'
import { type AssemblyOptions, openAssembly } from './assembly.ts'
import { describe, type Summary, summarise, toLine } from './report.ts'

const OPTIONS = {
  n: { type: 'string' },
  heights: { type: 'string' },
  'warm-up': { type: 'string' },
  size: { type: 'string', default: 'full' },
  interval: { type: 'string', default: '0' },
  step: { type: 'string' },
  store: { type: 'string', default: 'memory' },
  against: { type: 'string' },
  'no-profile': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const

interface Settings {
  readonly sizes: readonly number[]
  readonly heights: number
  readonly warmUp: number
  /** 0: by the number of validators */
  readonly stepSeconds: number
  /** 0: by the number of validators */
  readonly intervalMs: number
  readonly store: AssemblyOptions['store']
  readonly against: string | undefined
  readonly isProfiled: boolean
  readonly json: boolean
}

/**
 * heights before the first that counts: a validator's code is compiled after some thousand votes;
 * 25 of them on two cores took twice as long for a height after 30 heights as after 100
 */
const WARM_UP = '100'

const ROOT = join(import.meta.dirname, '..', '..')
/** time to tell everybody of a window before it begins */
const NOTICE_MS = 1_500

function wholeNumber(name: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new VecheError('BENCH_OPTIONS', `--${name}: a whole number expected, got ${text}`)
}

function readSettings(): Settings {
  const { values } = parseArgs({ options: OPTIONS })
  const isSmoke = values.size === 'smoke'
  if (!isSmoke && values.size !== 'full')
    throw new VecheError('BENCH_OPTIONS', `--size smoke or full expected, got ${values.size}`)
  if (values.store !== 'memory' && values.store !== 'level')
    throw new VecheError('BENCH_OPTIONS', `--store memory or level expected, got ${values.store}`)
  const sizes = values.n ?? (isSmoke ? '4' : '4,10,25')
  return {
    sizes: sizes.split(',').map((each) => wholeNumber('n', each)),
    heights: wholeNumber('heights', values.heights ?? (isSmoke ? '20' : '100')),
    warmUp: wholeNumber('warm-up', values['warm-up'] ?? (isSmoke ? '5' : WARM_UP)),
    stepSeconds: values.step === undefined ? 0 : wholeNumber('step', values.step),
    intervalMs: wholeNumber('interval', values.interval),
    store: values.store,
    against: values.against,
    isProfiled: !values['no-profile'],
    json: values.json,
  }
}

/** Far enough apart that a height is over before the next begins, at the goals of issue 3. */
const defaultIntervalMs = (validators: number): number => Math.max(50, validators * validators)

/**
 * Twelve validators share a core here: at D = 1 their statuses, twice a step, would be most of what
 * is measured.
 */
const defaultStepSeconds = (validators: number): number => (validators > 10 ? 5 : 1)

async function runOnce(settings: Settings, validators: number, root: string): Promise<Summary> {
  const { heights, warmUp, store, isProfiled } = settings
  const stepSeconds = settings.stepSeconds || defaultStepSeconds(validators)
  const intervalMs = settings.intervalMs || defaultIntervalMs(validators)
  const assembly = await openAssembly({ validators, stepSeconds, intervalMs, store, root })
  try {
    const first = warmUp + 1
    const measured = await assembly.measure({ first, last: first + heights, profiled: false })
    const later = first + heights + Math.ceil(NOTICE_MS / intervalMs)
    const last = later + Math.ceil(heights / 2)
    const profiled = isProfiled
      ? await assembly.measure({ first: later, last, profiled: true })
      : []
    return summarise({ validators, heights, stepSeconds, intervalMs }, measured, profiled)
  } finally {
    await assembly.stop()
  }
}

const print = (text: string): void => void process.stdout.write(text)

function show(summary: Summary, json: boolean): void {
  print(describe(summary))
  if (json) print(`${toLine(summary)}\n`)
}

async function main(): Promise<void> {
  const settings = readSettings()
  for (const validators of settings.sizes) {
    const own = await runOnce(settings, validators, ROOT)
    show(own, settings.json)
    if (settings.against === undefined) continue
    print(`the same with ${settings.against}\n`)
    const other = await runOnce(settings, validators, settings.against)
    show(other, settings.json)
    const ratio = own.certificateMs.p50 / other.certificateMs.p50
    const cpu = own.cpuPerHeightMs / other.cpuPerHeightMs
    print(`  time ${ratio.toFixed(2)}×, CPU ${cpu.toFixed(2)}× of the other\n`)
  }
}

try {
  await main()
  process.exit(0)
} catch (error) {
  process.stderr.write(`bench failed: ${error instanceof Error ? error.message : error}\n`)
  process.exit(1)
}
