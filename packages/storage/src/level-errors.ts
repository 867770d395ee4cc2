/** LevelDB's failures in our words: which of them is a lock, which is damage, which is the disk. */
import { AssertionError, VecheError } from '@veche/primitives'

const RESTORE =
  'stop the node, keep a copy of the directory, delete it and let the node fetch the chain from its peers, or restore a backup'

interface Coded {
  readonly code?: string
  readonly message?: string
  readonly cause?: unknown
}

/** Damage found in a store: code `DATABASE_CORRUPT`, with what to do. */
export function corrupt(
  path: string,
  reason: string,
  options: { readonly cause?: unknown; readonly facts?: Record<string, unknown> } = {},
): VecheError {
  return new VecheError('DATABASE_CORRUPT', `${path}: ${reason}; ${RESTORE}`, {
    cause: options.cause,
    facts: { path, ...options.facts },
  })
}

/** The directory belongs to another process: code `DATA_DIR_LOCKED`. */
export function locked(path: string, cause: unknown, holder?: string): VecheError {
  const who = holder === undefined ? 'another process' : `process ${holder}`
  return new VecheError(
    'DATA_DIR_LOCKED',
    `${path} is in use by ${who}: stop it, or give this one a directory of its own`,
    { cause, facts: { path, ...(holder === undefined ? {} : { holder }) } },
  )
}

function innermost(error: unknown): Coded {
  let coded = error as Coded
  while (coded.code !== undefined && coded.cause instanceof Error) coded = coded.cause as Coded
  return coded
}

/** Whether LevelDB refused because its LOCK is held, by another process or by this one. */
export function isLocked(error: unknown): boolean {
  return innermost(error).code === 'LEVEL_LOCKED'
}

/**
 * Wraps what LevelDB threw: `DATA_DIR_LOCKED`, `DATABASE_CORRUPT` or `DATABASE_IO`. A bug passes
 * through.
 */
export function levelError(path: string, error: unknown): VecheError {
  if (error instanceof VecheError) return error
  if (error instanceof AssertionError) throw error
  const { code, message = '' } = innermost(error)
  if (code === 'LEVEL_LOCKED') return locked(path, error)
  const missing = code === 'LEVEL_IO_ERROR' && /no such file|non-existent/i.test(message)
  if (code === 'LEVEL_CORRUPTION' || missing) return corrupt(path, message, { cause: error })
  return new VecheError('DATABASE_IO', `${path}: ${message || 'the database failed'}`, {
    cause: error,
    facts: { path },
  })
}
