/**
 * The marker beside the write-ahead log that says: the log is not all that this key signed
 * (consensus.md, "Write-ahead log", rule 6; ADR 0047). The restore tool leaves it (`veche
 * amnesia`), and a validator leaves it to itself when its log is gone. It goes when the machine
 * knows again.
 */
import { VecheError } from '@veche/primitives'
import { type FileSystem, writeFileDurably } from '@veche/storage'

export interface AmnesiaMarker {
  /** `possible`: log and chain were both new; see consensus/src/amnesia.ts */
  readonly amnesia: 'certain' | 'possible'
  /**
   * the operator's word that this key signed nothing above this height: it signs again above it,
   * without waiting
   */
  readonly signAbove?: number
  /** of a possible amnesia: step(now) when the log beside it was begun */
  readonly logStep?: number
}

const NAME = 'amnesia.json'

/** The disk failed under the marker: as under the log beside it, the process must stop. */
async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new VecheError('LOG_IO', `${path}/${NAME}: ${reason}`, { cause, facts: { path } })
  }
}

function malformed(path: string, cause?: unknown): VecheError {
  const message =
    `${path}/${NAME} is not readable: run \`veche amnesia\` to write it anew; do not delete it, ` +
    'without it this key signs at once'
  return new VecheError('AMNESIA_MARKER_MALFORMED', message, { cause, facts: { path } })
}

function isMarker(value: unknown): value is AmnesiaMarker {
  if (value === null || typeof value !== 'object') return false
  const { amnesia, signAbove, logStep } = value as Record<string, unknown>
  const isKnown = amnesia === 'certain' || amnesia === 'possible'
  return isKnown && isCountOrAbsent(signAbove) && isCountOrAbsent(logStep)
}

function isCountOrAbsent(value: unknown): boolean {
  return value === undefined || (Number.isSafeInteger(value) && Number(value) >= 0)
}

/** The marker beside the log in directory `path`. Throws `AMNESIA_MARKER_MALFORMED`. */
export async function readAmnesia(
  fileSystem: FileSystem,
  path: string,
): Promise<AmnesiaMarker | undefined> {
  const bytes = await onDisk(path, () => fileSystem.read(`${path}/${NAME}`))
  if (bytes === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch (cause) {
    throw malformed(path, cause)
  }
  if (!isMarker(value)) throw malformed(path)
  return value
}

/** Leaves the marker, durably. */
export async function markAmnesia(
  fileSystem: FileSystem,
  path: string,
  marker: AmnesiaMarker,
): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify(marker)}\n`)
  await onDisk(path, async () => {
    await fileSystem.makeDirectory(path)
    await writeFileDurably(fileSystem, { directory: path, name: NAME }, bytes)
  })
}

/** Takes the marker away, when what it stood for is in the log. */
export async function clearAmnesia(fileSystem: FileSystem, path: string): Promise<void> {
  await onDisk(path, async () => {
    await fileSystem.remove(`${path}/${NAME}`)
    await fileSystem.syncDirectory(path)
  })
}
