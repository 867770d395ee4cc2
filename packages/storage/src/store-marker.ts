/**
 * A small file beside LevelDB's own that says what the directory holds and the last head known when
 * the store was opened or closed. LevelDB takes a cut log for the end of its data; the marker tells
 * a store that lost its data from one that never had any.
 */
import { isHash, type VecheError } from '@veche/primitives'
import { type FileSystem, writeFileDurably } from './file-system.ts'
import { corrupt } from './level-errors.ts'
import type { Meta } from './value-codec.ts'

export interface StoreMarker extends Meta {
  /** number of the head when this was written; the store's head is never below */
  readonly head: number
}

const NAME = 'veche-store.json'

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function malformed(path: string, cause?: unknown): VecheError {
  return corrupt(path, `${NAME} is not readable`, { cause })
}

/** The marker in directory `path`, or undefined when there is none. Throws `DATABASE_CORRUPT`. */
export async function readMarker(
  fileSystem: FileSystem,
  path: string,
): Promise<StoreMarker | undefined> {
  const bytes = await fileSystem.read(`${path}/${NAME}`)
  if (bytes === undefined) return undefined
  let value: Partial<Record<keyof StoreMarker, unknown>> | null
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch (cause) {
    throw malformed(path, cause)
  }
  const { schemaVersion, chainId, genesisHash, head } = value ?? {}
  if (!isCount(schemaVersion) || !isCount(chainId) || !isHash(genesisHash) || !isCount(head))
    throw malformed(path)
  return { schemaVersion, chainId, genesisHash, head }
}

/** Replaces the marker durably. */
export async function writeMarker(
  fileSystem: FileSystem,
  path: string,
  marker: StoreMarker,
): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify(marker)}\n`)
  await writeFileDurably(fileSystem, { directory: path, name: NAME }, bytes)
}
