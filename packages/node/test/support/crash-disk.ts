/**
 * Disks for the crash tests: every outcome that a power loss may have, one after the other, and
 * disks under a log that leaves out an fsync.
 */
import type { FileSystem, MemoryFileSystem } from '@veche/storage'

/** answers of one outcome that are free; later ones repeat them, so that there are 64 at most */
const FREE_ANSWERS = 6

/**
 * Walks through every sequence of answers to "is this kept?": the tree of outcomes of one power
 * loss, depth first, everything lost coming first. One write of a vote asks five times at most;
 * only a large new file asks more often than {@link FREE_ANSWERS}.
 */
export class Outcomes {
  readonly #path: boolean[] = []
  #at = 0

  readonly keeps = (): boolean => {
    const at = this.#at++
    if (at === this.#path.length && at < FREE_ANSWERS) this.#path.push(false)
    return this.#path[at % FREE_ANSWERS] as boolean
  }

  /** what was answered so far in this outcome */
  get answers(): string {
    return this.#path.map((kept) => (kept ? 'k' : 'l')).join('')
  }

  /** turns to the next outcome; false when all were seen */
  next(): boolean {
    this.#at = 0
    while (this.#path.at(-1) === true) this.#path.pop()
    if (this.#path.length === 0) return false
    this.#path[this.#path.length - 1] = true
    return true
  }
}

/**
 * `append`: a file is synced when it is made and not when it grows. `rotation`: the name of a new
 * file is made durable when the log is opened and not when it is rotated.
 */
export type DiskLie = 'append' | 'rotation'

/** The disk as a log sees it that leaves out an fsync; one for each opening. */
export function lyingDisk(disk: MemoryFileSystem, lie: DiskLie | undefined): FileSystem {
  if (lie === undefined) return disk
  let directorySyncs = 0
  return {
    makeDirectory: (path) => disk.makeDirectory(path),
    read: (path) => disk.read(path),
    async create(path) {
      const file = await disk.create(path)
      let syncs = 0
      const sync = async (): Promise<void> => {
        if (lie !== 'append' || syncs++ === 0) await file.sync()
      }
      return { ...file, sync }
    },
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    async syncDirectory(path) {
      if (lie !== 'rotation' || directorySyncs++ === 0) await disk.syncDirectory(path)
    },
  }
}
