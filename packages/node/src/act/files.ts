/** JSON files that people hand to each other: one object a file, read by its shape. */
import { readFile, stat, writeFile } from 'node:fs/promises'
import { VecheError } from '@veche/primitives'
import { ACT_FILE_BYTES_MAX } from '../limits.ts'
import { toJson } from './describe.ts'
import type { Shape } from './shape.ts'

/** The text of a file of at most `bytesMax`. Throws `FILE_UNREADABLE`. */
export async function readBounded(path: string, bytesMax: number): Promise<string> {
  const fail = (cause: unknown): never => {
    throw new VecheError('FILE_UNREADABLE', `cannot read ${path}`, { cause })
  }
  const { size } = await stat(path).catch(fail)
  if (size <= bytesMax) return readFile(path, 'utf8').catch(fail)
  throw new VecheError(
    'FILE_UNREADABLE',
    `${path}: at most ${bytesMax} bytes expected, got ${size}`,
  )
}

/** Throws `FILE_UNREADABLE`, `FILE_MALFORMED` with the field and what was expected. */
export async function readJsonFile<T>(
  path: string,
  shape: Shape<T>,
  bytesMax = ACT_FILE_BYTES_MAX,
): Promise<T> {
  const text = await readBounded(path, bytesMax)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new VecheError('FILE_MALFORMED', `${path}: JSON expected`, { cause })
  }
  const found = shape(value, '')
  if (found.ok) return found.value
  throw new VecheError(found.code, `${path}: ${found.reason}`)
}

/**
 * Writes a new file for its owner (mode 0600); bigints as decimal texts. Throws `FILE_EXISTS`,
 * `FILE_UNWRITABLE`.
 */
export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  await writeFile(path, `${toJson(value, 2)}\n`, { mode: 0o600, flag: 'wx' }).catch(
    (cause: NodeJS.ErrnoException) => {
      throw cause.code === 'EEXIST'
        ? new VecheError('FILE_EXISTS', `${path} exists and is not overwritten`, { cause })
        : new VecheError('FILE_UNWRITABLE', `cannot write ${path}`, { cause })
    },
  )
}
