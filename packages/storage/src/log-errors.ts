/**
 * The two ways a log fails: the disk refused (`LOG_IO`), or the file is not what was written
 * (`LOG_DAMAGED`).
 */
import { VecheError } from '@veche/primitives'

/** The disk failed under the log: what is durable is unknown, the process must stop. */
export function logIo(path: string, action: string, cause: unknown): VecheError {
  if (cause instanceof VecheError) return cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new VecheError('LOG_IO', `${path}: ${action} failed: ${reason}`, {
    cause,
    facts: { path, action },
  })
}

/** The log was changed after it was written; signing on could contradict what was signed before. */
export function logDamaged(path: string, at: number, reason: string): VecheError {
  return new VecheError(
    'LOG_DAMAGED',
    `${path}: damaged at byte ${at}: ${reason}; do not delete it and start: what this key signed ` +
      'is unknown. Keep a copy, check the disk, restore the file, or follow the amnesia procedure',
    { facts: { path, at } },
  )
}
