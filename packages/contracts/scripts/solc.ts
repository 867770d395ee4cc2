/**
 * Runs npm `solc` on standard JSON: a thread per core, and answers kept by the hash of compiler and
 * input, because solc in WebAssembly takes seconds for each contract. The cache is only a memory of
 * what the same compiler said to the same bytes; `VECHE_SOLC_CACHE=off` goes without it.
 */
import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { assert, VecheError } from '@veche/primitives'
import type { SourceFiles } from './sources.ts'

/** What is asked of the compiler, beside the sources. */
export interface SolcSettings {
  readonly outputSelection: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

interface SolcMessage {
  readonly severity: string
  readonly formattedMessage: string
  readonly sourceLocation?: { readonly file: string }
}

/** A warning about a file of an npm package is for its authors; an error is for us. */
function concernsUs({ severity, sourceLocation }: SolcMessage): boolean {
  return severity === 'error' || (severity === 'warning' && !sourceLocation?.file.startsWith('@'))
}

/** The compiler's answer; `contracts` and `sources` as the settings selected them. */
export interface SolcOutput {
  readonly errors?: readonly SolcMessage[]
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly sources?: Readonly<Record<string, { readonly ast: unknown }>>
}

/**
 * Settings of a build where its line in contracts.ts says no other; part of the recipe in
 * ReleaseRegistry.
 */
export const CODE_SETTINGS = {
  viaIR: true,
  optimizer: { enabled: true, runs: 1000 },
  evmVersion: 'prague',
  metadata: { appendCBOR: false, bytecodeHash: 'none' },
}

/** Settings of one contract's build. */
export function codeSettings({ runs }: { readonly runs?: number }): typeof CODE_SETTINGS {
  const { optimizer } = CODE_SETTINGS
  return runs === undefined
    ? CODE_SETTINGS
    : { ...CODE_SETTINGS, optimizer: { ...optimizer, runs } }
}

/** the compiler answers megabytes; more of them than cores only fills memory */
const THREADS = Math.min(4, availableParallelism())

/** Standard JSON input of these sources. */
function toInput(sources: SourceFiles, settings: SolcSettings): string {
  return JSON.stringify({
    language: 'Solidity',
    settings: { ...CODE_SETTINGS, ...settings },
    sources: Object.fromEntries([...sources].map(([name, content]) => [name, { content }])),
  })
}

/** Version of the compiler with its commit, as `solc --version` says it. */
export function solcVersion(): string {
  const require = createRequire(import.meta.url)
  const { version } = require('solc/package.json') as { version: string }
  return version
}

/** A directory of this user alone; undefined when there is none to be had. */
function cacheDirectory(): string | undefined {
  if (process.env['VECHE_SOLC_CACHE'] === 'off') return undefined
  const { uid } = userInfo()
  const directory = join(tmpdir(), `veche-solc-${uid}`)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const stat = lstatSync(directory)
  const isOwn = stat.isDirectory() && (uid < 0 || (stat.uid === uid && (stat.mode & 0o077) === 0))
  return isOwn ? directory : undefined
}

interface Job {
  readonly index: number
  readonly input: string
  readonly file: string | undefined
}

function readCached(file: string | undefined): string | undefined {
  if (file === undefined) return undefined
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    assert((cause as NodeJS.ErrnoException).code === 'ENOENT', `a readable cache at ${file}`)
    return undefined
  }
}

function keep(file: string | undefined, answer: string): void {
  if (file === undefined) return
  writeFileSync(`${file}.${process.pid}`, answer, { mode: 0o600 })
  renameSync(`${file}.${process.pid}`, file)
}

/** Threads that wait for the next run: a second to start one, milliseconds to compile a little. */
const resting: Worker[] = []

function ask(worker: Worker, input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', (answer: string) => {
      worker.removeListener('error', reject)
      resolve(answer)
    })
    worker.postMessage(input)
  })
}

async function runThread(queue: Job[], answers: string[]): Promise<void> {
  const worker = resting.pop() ?? new Worker(new URL('./solc-worker.ts', import.meta.url))
  worker.ref()
  try {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const answer = await ask(worker, job.input)
      answers[job.index] = answer
      keep(job.file, answer)
    }
  } catch (error) {
    await worker.terminate()
    throw error
  }
  // one that rests holds no process
  worker.unref()
  resting.push(worker)
}

function checked(answer: string): SolcOutput {
  const output = JSON.parse(answer) as SolcOutput
  const complaints = (output.errors ?? []).filter(concernsUs)
  if (complaints.length === 0) return output
  const text = complaints.map(({ formattedMessage }) => formattedMessage).join('\n')
  throw new VecheError('SOLIDITY_REFUSED', text)
}

/**
 * Compiles every input, each with its own sources alone, and answers in their order. Any warning
 * about our own files is a failure (`SOLIDITY_REFUSED`): shadowing, unused values and oversized
 * code are warnings of solc.
 */
export async function runSolc(
  inputs: readonly (readonly [sources: SourceFiles, settings: SolcSettings])[],
): Promise<SolcOutput[]> {
  const directory = cacheDirectory()
  const answers: string[] = []
  const jobs: Job[] = []
  for (const [index, [sources, settings]] of inputs.entries()) {
    const input = toInput(sources, settings)
    const key = createHash('sha256').update(`${solcVersion()}\0${input}`).digest('hex')
    const file = directory === undefined ? undefined : join(directory, `${key}.json`)
    const known = readCached(file)
    if (known === undefined) jobs.push({ index, input, file })
    else answers[index] = known
  }
  const threads = Math.min(THREADS, jobs.length)
  await Promise.all(Array.from({ length: threads }, () => runThread(jobs, answers)))
  return answers.map(checked)
}
