/**
 * Runs every uvu test file of the workspace in a process of its own and fails when a file fails,
 * runs no test, or hangs. Networks of processes (`e2e`) run two at a time and mostly wait; the
 * other files fill the processors beside them (docs/adr/0170). Arguments filter by path: `npm test
 * -- storage wal`.
 */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { availableParallelism, setPriority } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const FILE_TIMEOUT_MS = 600_000
/** every file loads the same modules: compiled once, half a second less for each of them */
const COMPILE_CACHE = join(root, 'node_modules', '.cache', 'test')

/** what computes gives way to networks, whose members have a second for a round */
const NICENESS = 5
/** These compile the same contracts: one after the other, the first fills the cache of the rest. */
const COMPILING = ['generated', 'verify', 'pages', 'solidity-lint', 'layout'].map(
  (name) => `packages/contracts/test/${name}.test.ts`,
)
/** They begin first, so that all lanes end together; the order of the others says nothing. */
const LONGEST = [
  ...['crash', 'clients', 'fairs', 'upgrade', 'qbft', 'light', 'bad-input', 'export'].map(
    (name) => `packages/node/test/e2e/${name}.test.ts`,
  ),
  ...['crash-one', 'crash-all', 'genesis-tool'].map((name) => `packages/node/test/${name}.test.ts`),
  ...['simulator-weak', 'explorer'].map((name) => `packages/consensus/test/${name}.test.ts`),
]

interface Outcome {
  readonly file: string
  readonly passed: number
  readonly total: number
  readonly ok: boolean
  readonly output: string
  readonly ms: number
}

function testFiles(filters: readonly string[]): string[] {
  const found = globSync(
    ['packages/*/test/**/*.test.ts', 'bench/test/**/*.test.ts', 'scripts/*.test.ts'],
    {
      cwd: root,
      exclude: (path: string) => path.includes('node_modules'),
    },
  )
  return found.filter((file) => filters.every((part) => file.includes(part))).sort(inOrder)
}

function inOrder(a: string, b: string): number {
  const place = (file: string): number => LONGEST.indexOf(file) + 1 || LONGEST.length + 1
  return place(a) - place(b) || (a < b ? -1 : 1)
}

/** Where priorities cannot be changed, every file has the same. */
function giveWay(pid: number, niceness: number): void {
  try {
    setPriority(pid, niceness)
  } catch (error) {
    process.stdout.write(`note  no lower priority: ${String(error)}\n`)
  }
}

function runFile(file: string, niceness: number): Promise<Outcome> {
  const started = performance.now()
  return new Promise((resolve) => {
    const env = { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE }
    const child = spawn(process.execPath, [join(root, file)], { cwd: root, env })
    if (child.pid !== undefined && niceness > 0) giveWay(child.pid, niceness)
    let output = ''
    const timer = setTimeout(() => {
      output += `\nno result after ${FILE_TIMEOUT_MS / 1000} s: killed\n`
      child.kill('SIGKILL')
    }, FILE_TIMEOUT_MS)
    const collect = (chunk: Buffer): void => {
      output += chunk.toString()
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.on('close', (code) => {
      clearTimeout(timer)
      const total = Number(/Total:\s+(\d+)/.exec(output)?.[1] ?? 0)
      const passed = Number(/Passed:\s+(\d+)/.exec(output)?.[1] ?? 0)
      const ok = code === 0 && total > 0 && passed === total
      if (code === 0 && total === 0) output += '\nno test ran: is test.run() missing?\n'
      resolve({ file, passed, total, ok, output, ms: performance.now() - started })
    })
  })
}

function report(outcome: Outcome): void {
  const counts = `${outcome.passed}/${outcome.total}  ${Math.round(outcome.ms)} ms`
  process.stdout.write(`${outcome.ok ? 'ok  ' : 'FAIL'} ${outcome.file}  ${counts}\n`)
  for (const line of outcome.output.split('\n'))
    if (line.trim().startsWith('skipped:')) process.stdout.write(`     ${line.trim()}\n`)
  if (!outcome.ok) process.stdout.write(`${outcome.output}\n`)
}

/** Runs everything; the outcomes in the order in which files ended. */
async function runAll(files: readonly string[]): Promise<Outcome[]> {
  const take = (holds: (file: string) => boolean): string[] => files.filter(holds)
  const compiling = COMPILING.filter((file) => files.includes(file))
  const isIdle = (file: string): boolean => file.endsWith('/e2e/idle.test.ts')
  const isNetwork = (file: string): boolean => file.includes('/e2e/') && !isIdle(file)
  // it measures how little an idle network does: no other network beside it
  const idle = take(isIdle)
  const networks = take(isNetwork)
  const others = take((file) => !(isNetwork(file) || isIdle(file) || compiling.includes(file)))
  const outcomes: Outcome[] = []
  const lane = async (queue: string[], niceness: number): Promise<void> => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const outcome = await runFile(file, niceness)
      outcomes.push(outcome)
      report(outcome)
    }
  }
  const several = (run: () => Promise<void>): Promise<unknown> =>
    Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, run))
  const beside = lane(compiling, 0).then(() => lane(others, NICENESS))
  await several(() => lane(networks, 0))
  await lane(idle, 0)
  await Promise.all([beside, lane(others, NICENESS)])
  return outcomes
}

async function main(): Promise<void> {
  const outcomes = await runAll(testFiles(process.argv.slice(2)))
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0)
  const brokenFiles = outcomes.filter((outcome) => !outcome.ok)
  const failed = brokenFiles.reduce((sum, o) => sum + Math.max(1, o.total - o.passed), 0)
  for (const outcome of brokenFiles) process.stdout.write(`failed: ${outcome.file}\n`)
  if (outcomes.length === 0) process.stdout.write('no test file matches\n')
  process.stdout.write(`${passed} passed, ${failed} failed\n`)
  process.exitCode = failed > 0 || outcomes.length === 0 ? 1 : 0
}

await main()
