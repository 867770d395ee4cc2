/**
 * Runs every uvu test file of the workspace in a process of its own, two at a time, and fails when
 * a file fails, runs no test, or hangs. Arguments filter by path: `npm test -- storage wal`.
 */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const FILE_TIMEOUT_MS = 600_000
/** every file loads the same modules: compiled once, half a second less for each of them */
const COMPILE_CACHE = join(root, 'node_modules', '.cache', 'test')

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
  return found.filter((file) => filters.every((part) => file.includes(part))).sort()
}

function runFile(file: string): Promise<Outcome> {
  const started = performance.now()
  return new Promise((resolve) => {
    const env = { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE }
    const child = spawn(process.execPath, [join(root, file)], { cwd: root, env })
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

async function main(): Promise<void> {
  const files = testFiles(process.argv.slice(2))
  // end-to-end tests start five processes each, and mostly wait: after the rest, two at a time; the
  // one that measures how little an idle network does is alone, last
  const alone = files.filter((file) => file.endsWith('/e2e/idle.test.ts'))
  const networks = files.filter((file) => file.includes('/e2e/') && !alone.includes(file))
  const together = files.filter((file) => !file.includes('/e2e/'))
  const outcomes: Outcome[] = []
  const work = async (queue: string[]): Promise<void> => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const outcome = await runFile(file)
      outcomes.push(outcome)
      const skipped = outcome.output
        .split('\n')
        .filter((line) => line.trim().startsWith('skipped:'))
      const counts = `${outcome.passed}/${outcome.total}  ${Math.round(outcome.ms)} ms`
      process.stdout.write(`${outcome.ok ? 'ok  ' : 'FAIL'} ${file}  ${counts}\n`)
      for (const line of skipped) process.stdout.write(`     ${line.trim()}\n`)
      if (!outcome.ok) process.stdout.write(`${outcome.output}\n`)
    }
  }
  const jobs = Math.min(2, availableParallelism())
  for (const queue of [together, networks])
    await Promise.all(Array.from({ length: jobs }, () => work(queue)))
  await work(alone)
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0)
  const brokenFiles = outcomes.filter((outcome) => !outcome.ok)
  const failed = brokenFiles.reduce((sum, o) => sum + Math.max(1, o.total - o.passed), 0)
  for (const outcome of brokenFiles) process.stdout.write(`failed: ${outcome.file}\n`)
  if (outcomes.length === 0) process.stdout.write('no test file matches\n')
  process.stdout.write(`${passed} passed, ${failed} failed\n`)
  process.exitCode = failed > 0 || outcomes.length === 0 ? 1 : 0
}

await main()
