/**
 * How a failed command tells why: message, code, the cause that a user can act on. Never a stack,
 * except for bugs.
 */
import { VecheError } from '@veche/primitives'

function causes(error: unknown, depth = 0): string[] {
  if (!(error instanceof Error) || depth > 4) return []
  const own = error.message.split('\n')[0] ?? ''
  return [own, ...causes(error.cause, depth + 1)]
}

/** One line for a failure of the world, a stack for a bug; to stderr. */
export function reportFailure(error: unknown): void {
  if (error instanceof VecheError) {
    // a message often quotes its cause already
    const lines = causes(error).filter(
      (line, i, all) => line !== '' && !all.slice(0, i).some((said) => said.includes(line)),
    )
    process.stderr.write(`veche: ${lines.join(': ')} [${error.code}]\n`)
    return
  }
  process.stderr.write(`veche: this is a bug: ${error instanceof Error ? error.stack : error}\n`)
}
