/**
 * Which files LevelDB would use: its MANIFEST is a log of version edits (db/version_edit.cc). A
 * kill in the middle of a compaction leaves unfinished tables that no edit names; they are no
 * damage.
 */
import { readLevelRecords } from './level-log.ts'
import { varintAt } from './snappy.ts'

export interface LiveFiles {
  /** numbers of the table files in use */
  readonly tables: ReadonlySet<number>
  /** logs below this number are not replayed any more */
  readonly logNumber: number
}

/** Reads fields one after another; `broken` once one of them does not fit. */
class EditReader {
  readonly #bytes: Uint8Array
  #at = 0
  broken = false

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.broken || this.#at >= this.#bytes.length
  }

  number(): number {
    const varint = varintAt(this.#bytes, this.#at)
    if (varint === undefined) {
      this.broken = true
      return 0
    }
    this.#at = varint.end
    return varint.value
  }

  skipNumbers(count: number): void {
    for (let i = 0; i < count; i++) this.number()
  }

  skipText(): void {
    const length = this.number()
    this.#at += length
    if (this.#at > this.#bytes.length) this.broken = true
  }
}

interface Version {
  readonly tables: Set<number>
  logNumber: number
}

/** Applies one edit; false when it is not understood. Tags as in db/version_edit.cc. */
function applyEdit(version: Version, edit: EditReader): boolean {
  while (!edit.done) {
    const tag = edit.number()
    if (tag === 1) edit.skipText()
    else if (tag === 2) version.logNumber = edit.number()
    else if (tag === 3 || tag === 4 || tag === 9) edit.skipNumbers(1)
    else if (tag === 5) {
      edit.skipNumbers(1)
      edit.skipText()
    } else if (tag === 6) {
      edit.skipNumbers(1)
      version.tables.delete(edit.number())
    } else if (tag === 7) {
      edit.skipNumbers(1)
      version.tables.add(edit.number())
      edit.skipNumbers(1)
      edit.skipText()
      edit.skipText()
    } else return false
  }
  return !edit.broken
}

/** The files in use, or undefined when the manifest is not understood: LevelDB then says why. */
export function readManifest(manifest: Uint8Array): LiveFiles | undefined {
  const version: Version = { tables: new Set(), logNumber: 0 }
  for (const record of readLevelRecords(manifest))
    if (!applyEdit(version, new EditReader(record))) return undefined
  return version
}
