/**
 * The processes of a city in a box: each node is `veche node --config FILE` in a process of its
 * own, logging into its own directory. Children stop when this process asks, or when it is gone
 * (the IPC channel closes), so nothing is left behind.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, type WriteStream } from 'node:fs'
import { join } from 'node:path'
import { VecheError } from '@veche/primitives'

export interface NodeProcess {
  readonly name: string
  readonly pid: number
  /** resolves with the exit code, or -1 after a signal */
  readonly exited: Promise<number>
  /** SIGTERM, then SIGKILL when it does not stop in time */
  stop(): Promise<number>
  kill(signal: NodeJS.Signals): void
}

export interface StartOptions {
  readonly name: string
  readonly configFile: string
  readonly logFile: string
  readonly env?: Readonly<Record<string, string>>
  /** a command that replaces itself by the node it is given (`nsenter`, `nice`); default none */
  readonly through?: readonly string[]
  /** resolves start only after the node says it is ready */
  readonly readyTimeoutMs?: number
}

const STOP_TIMEOUT_MS = 15_000
const READY_TIMEOUT_MS = 60_000
/**
 * MiB of V8's young generation, a half of it: the default of 32 lets a flood of short-lived
 * messages take 64 MiB more of each process before anything is collected
 */
const NODE_FLAGS = ['--max-semi-space-size=12']
const VECHE = join(import.meta.dirname, '..', '..', 'bin', 'veche.js')

/** What a node process tells its parent over IPC, once. */
export type ReadyMessage =
  | { readonly kind: 'ready'; readonly rpcUrl?: string; readonly addresses: readonly string[] }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }

/** Starts a node process and resolves when it is ready; `NODE_FAILED` with its reason otherwise. */
export async function startNodeProcess(
  options: StartOptions,
): Promise<{ process: NodeProcess; ready: Extract<ReadyMessage, { kind: 'ready' }> }> {
  const output = createWriteStream(options.logFile, { flags: 'a' })
  const node = [process.execPath, ...NODE_FLAGS, VECHE, 'node', '--config', options.configFile]
  const [command, ...args] = [...(options.through ?? []), ...node] as [string, ...string[]]
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // a group of its own: a Ctrl-C reaches only the parent, which stops the children in order
    detached: true,
    env: { ...process.env, ...options.env },
  })
  child.stdout?.pipe(output, { end: false })
  child.stderr?.pipe(output, { end: false })
  const exited = exitOf(child, output)
  const running: NodeProcess = {
    name: options.name,
    pid: child.pid ?? -1,
    exited,
    kill: (signal) => void child.kill(signal),
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
      const code = await exited
      clearTimeout(timer)
      return code
    },
  }
  return { process: running, ready: await readiness(child, running, options) }
}

function exitOf(child: ChildProcess, output: WriteStream): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(-1))
    child.once('close', (code) => {
      output.end()
      resolve(code ?? -1)
    })
  })
}

async function readiness(
  child: ChildProcess,
  node: NodeProcess,
  options: StartOptions,
): Promise<Extract<ReadyMessage, { kind: 'ready' }>> {
  const timeoutMs = options.readyTimeoutMs ?? READY_TIMEOUT_MS
  let timer: NodeJS.Timeout | undefined
  const message = await Promise.race([
    new Promise<ReadyMessage>((resolve) =>
      child.once('message', (m) => resolve(m as ReadyMessage)),
    ),
    node.exited.then(
      (code): ReadyMessage => ({
        kind: 'failed',
        code: 'NODE_EXITED',
        message: `exit code ${code} before it was ready`,
      }),
    ),
    new Promise<ReadyMessage>((resolve) => {
      timer = setTimeout(
        () =>
          resolve({ kind: 'failed', code: 'NODE_SLOW', message: `not ready in ${timeoutMs} ms` }),
        timeoutMs,
      )
    }),
  ])
  clearTimeout(timer)
  if (message.kind === 'ready') return message
  node.kill('SIGKILL')
  throw new VecheError('NODE_FAILED', `${options.name} did not start: ${message.message}`, {
    facts: { code: message.code, log: options.logFile },
  })
}
