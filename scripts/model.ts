/**
 * Checks the Promela model of the protocol with Spin: `npm run model`, or `npm run model -- --size
 * smoke`. The model must be clean and every weakened variant must end in a counterexample, which is
 * printed. Needs spin and gcc (scripts/install-test-packages.sh); without them it says `skipped:`.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const MODEL = join(import.meta.dirname, '..', 'packages', 'consensus', 'model', 'veche.pml')
/** pan gives up above this, MiB; the largest run of `full` takes a fraction of it */
const MEMORY_MIB = 8192
/** longest path pan follows; the longest that exists is far below */
const DEPTH_MAX = 1_000_000

type Size = 'smoke' | 'full'

interface Check {
  readonly title: string
  readonly defines: readonly string[]
  /** the smallest size it is part of */
  readonly size: Size
  /** a counterexample is expected, found breadth first: no shorter one exists */
  readonly mustFail: boolean
}

const right = (size: Size, title: string, ...defines: readonly string[]): Check => ({
  ...{ title, size, mustFail: false },
  defines,
})

const wrong = (title: string, ...defines: readonly string[]): Check => ({
  ...{ title, size: 'smoke', mustFail: true },
  defines,
})

const proposers = (size: Size, rounds: number, faulty: number): Check =>
  right(
    size,
    `honest proposers, faulty one in round ${faulty}; ${rounds} rounds`,
    ...['PROPOSERS', 'MERGED', `ROUNDS=${rounds}`, `BYZANTINE_ROUND=${faulty}`],
  )

const CHECKS: readonly Check[] = [
  right(
    'smoke',
    'every proposal; 2 rounds, every step, torn locks',
    'SYMMETRY',
    'TORN',
    'ROUNDS=2',
  ),
  right('smoke', 'every proposal; 3 rounds', 'SYMMETRY', 'MERGED', 'ROUNDS=3'),
  right('full', 'every proposal; 3 rounds, every step', 'SYMMETRY', 'ROUNDS=3'),
  right('full', 'every proposal; 3 rounds, torn locks', 'SYMMETRY', 'MERGED', 'TORN', 'ROUNDS=3'),
  ...[0, 1].map((faulty) => proposers('smoke', 2, faulty)),
  ...[0, 1, 2].map((faulty) => proposers('full', 3, faulty)),
  wrong('nothing is ever decided', 'NEVER', 'MERGED', 'ROUNDS=2'),
  wrong('without the lock', 'NOLOCK', 'AGREEMENT', 'MERGED', 'ROUNDS=2'),
  wrong('without the log', 'NOLOG', 'AGREEMENT', 'MERGED', 'ROUNDS=1'),
  wrong('sent before it is durable', 'SENDFIRST', 'AGREEMENT', 'MERGED', 'ROUNDS=1'),
  wrong('a quorum of f + 1', 'SMALLQUORUM', 'AGREEMENT', 'MERGED', 'ROUNDS=1'),
]

interface Outcome {
  readonly check: Check
  readonly verdict: 'clean' | 'counterexample' | 'incomplete'
  readonly states: number
  readonly transitions: number
  readonly depth: number
  readonly memoryMiB: number
  readonly seconds: number
  /** what happened, one event a line */
  readonly trail: readonly string[]
}

function run(directory: string, command: string, parts: readonly string[]): string {
  const result = spawnSync(command, parts, {
    cwd: directory,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  return `${result.stdout}${result.stderr}`
}

function isInstalled(command: string, flag: string): boolean {
  return spawnSync(command, [flag], { stdio: 'ignore' }).error === undefined
}

function figure(output: string, pattern: RegExp): number {
  return Number(pattern.exec(output)?.[1] ?? Number.NaN)
}

function judge(output: string): Outcome['verdict'] {
  if (/errors: [1-9]/.test(output)) return 'counterexample'
  // out of memory or depth: pan says so, and its count of errors means nothing
  if (/Search not completed|max search depth too small|out of memory/.test(output))
    return 'incomplete'
  return /errors: 0/.test(output) ? 'clean' : 'incomplete'
}

function readTrail(directory: string, defines: readonly string[]): string[] {
  const replay = run(directory, 'spin', [...defines, '-t', 'veche.pml'])
  const lines = replay.split('\n').map((line) => line.trim())
  return lines.filter((line) => /^validator \d|can be decided/.test(line))
}

function runCheck(check: Check): Outcome {
  const directory = mkdtempSync(join(tmpdir(), 'veche-model-'))
  try {
    copyFileSync(MODEL, join(directory, 'veche.pml'))
    const defines = check.defines.map((each) => `-D${each}`)
    const search = check.mustFail ? ['-DBFS'] : ['-DCOLLAPSE', '-DNOREDUCE']
    const compiled = [
      run(directory, 'spin', [...defines, '-a', 'veche.pml']),
      run(directory, 'gcc', [
        ...['-O2', '-w', '-DSAFETY', `-DMEMLIM=${MEMORY_MIB}`],
        ...search,
        ...['-o', 'pan', 'pan.c'],
      ]),
    ].join('')
    const started = performance.now()
    // -E: a validator may stop anywhere, that is no deadlock
    const output = run(directory, join(directory, 'pan'), ['-E', `-m${DEPTH_MAX}`])
    const verdict = judge(output)
    if (verdict === 'incomplete') process.stderr.write(`${compiled}${output}\n`)
    return {
      ...{ check, verdict },
      states: figure(output, /([\d.e+]+) states, stored/),
      transitions: figure(output, /([\d.e+]+) transitions/),
      depth: figure(output, /depth reached (\d+)/),
      memoryMiB: figure(output, /([\d.]+)\s+total actual memory usage/),
      seconds: (performance.now() - started) / 1000,
      trail: verdict === 'counterexample' ? readTrail(directory, defines) : [],
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function isAsExpected({ check, verdict }: Outcome): boolean {
  return verdict === (check.mustFail ? 'counterexample' : 'clean')
}

function describe(outcome: Outcome): string {
  const { check, verdict, states, transitions, depth, memoryMiB, seconds } = outcome
  return [
    isAsExpected(outcome) ? 'ok  ' : 'FAIL',
    check.title.padEnd(58),
    verdict.padEnd(14),
    String(states).padStart(11),
    String(transitions).padStart(12),
    String(depth).padStart(6),
    memoryMiB.toFixed(0).padStart(6),
    seconds.toFixed(1).padStart(7),
  ].join(' ')
}

function printTrail({ check, trail }: Outcome): void {
  console.log(`\n${check.title}: ${check.defines.join(' ')}`)
  for (const [index, line] of trail.entries())
    console.log(`  ${String(index + 1).padStart(2)} ${line}`)
}

function main(size: string): number {
  if (size !== 'smoke' && size !== 'full') {
    console.error(`--size smoke or full expected, got ${size}`)
    return 2
  }
  if (!isInstalled('spin', '-V') || !isInstalled('gcc', '--version')) {
    console.log('skipped: spin and gcc are needed (scripts/install-test-packages.sh)')
    return 0
  }
  const head = ['states', 'transitions', 'depth', 'MiB', 's']
  console.log(
    `4 validators, 1 Byzantine, any number of restarts, 2 values${' '.repeat(20)}${head.join(' ')}`,
  )
  const outcomes: Outcome[] = []
  for (const check of CHECKS) {
    if (check.size === 'full' && size === 'smoke') continue
    const outcome = runCheck(check)
    outcomes.push(outcome)
    console.log(describe(outcome))
  }
  for (const outcome of outcomes) if (outcome.check.mustFail) printTrail(outcome)
  const failed = outcomes.filter((outcome) => !isAsExpected(outcome)).length
  const states = outcomes.reduce((sum, outcome) => sum + outcome.states, 0)
  console.log(`\n${outcomes.length} checks, ${states} states, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

const { values } = parseArgs({ options: { size: { type: 'string', default: 'full' } } })
process.exitCode = main(values.size)
