/** Runs the `veche` command as a user does, and collects what it prints. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

export interface Finished {
  /** -1 after a signal */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly pid: number
  readonly finished: Promise<Finished>
  stdout(): string
}

const VECHE = join(import.meta.dirname, '..', '..', 'bin', 'veche.js')
const TIMEOUT_MS = 120_000
const live = new Set<ChildProcess>()

// whatever a test does, no command outlives it
process.once('exit', () => {
  for (const child of live) child.kill('SIGKILL')
})

/** Starts a command. */
export function startVeche(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  const child = spawn(process.execPath, [VECHE, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  live.add(child)
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  // SIGTERM lets a city stop its own processes; a command that ignores it is killed
  const timers = [
    setTimeout(() => child.kill('SIGTERM'), TIMEOUT_MS),
    setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS + 20_000),
  ]
  const finished = new Promise<Finished>((resolve) => {
    child.once('close', (code) => {
      for (const timer of timers) clearTimeout(timer)
      live.delete(child)
      resolve({ code: code ?? -1, stdout, stderr })
    })
  })
  return { child, pid: child.pid ?? -1, finished, stdout: () => stdout }
}

/** Runs a command to its end. */
export function runVeche(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return startVeche(args, env).finished
}
