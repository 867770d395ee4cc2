/** Runs a `veche` command line in this process and captures what it prints and its exit code. */
import { main } from '../../src/cli/main.ts'

export interface Ran {
  /** 0 when the command set none */
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

type Write = typeof process.stdout.write

/** Runs `veche ...args`. One at a time: the streams are this process's own. */
export async function runMain(...args: readonly string[]): Promise<Ran> {
  const streams = { stdout: process.stdout, stderr: process.stderr }
  const taken = { stdout: '', stderr: '' }
  const exitCode = process.exitCode
  const writes = { stdout: process.stdout.write, stderr: process.stderr.write }
  const taker = (name: 'stdout' | 'stderr'): Write =>
    ((chunk: string | Uint8Array) => {
      taken[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
      return true
    }) as Write
  process.exitCode = undefined
  streams.stdout.write = taker('stdout')
  streams.stderr.write = taker('stderr')
  try {
    await main([process.execPath, 'veche', ...args])
    return { status: Number(process.exitCode ?? 0), ...taken }
  } finally {
    Object.assign(process.stdout, { write: writes.stdout })
    Object.assign(process.stderr, { write: writes.stderr })
    process.exitCode = exitCode
  }
}
