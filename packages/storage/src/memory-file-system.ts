/**
 * The in-memory twin of the disk, with what a disk does to the careless: bytes that were not
 * fsynced may be lost, kept or torn sector by sector when the power goes, names that were not
 * synced may be the old ones, and a failed fsync forgets what it was given. Tests crash it between
 * any two operations.
 */
import type { DurableFile, FileSystem } from './file-system.ts'

const SECTOR_BYTES = 512

/** What the operating system throws. */
class DiskError extends Error {
  readonly code = 'EIO'
}

interface Content {
  /** what a running process reads */
  present: Uint8Array
  /** what the operating system believes to be on the disk */
  clean: Uint8Array
  /** what the disk holds for certain; differs from `clean` after a failed fsync */
  durable: Uint8Array
}

type Names = Map<string, Content>

/**
 * What a power loss keeps of something not fsynced; asked once for each sector and each name
 * change.
 */
export type CrashChoice = () => boolean

export interface MemoryFileSystem extends FileSystem {
  /** operations that change the disk, so far */
  readonly operations: number
  /** operation number `at` and all later ones fail: the machine has stopped */
  failFrom(at: number): void
  /** only operation number `at` fails: an I/O error on a running machine */
  failOnce(at: number): void
  /** the disk after a power loss, as a new file system */
  crash(keeps: CrashChoice): MemoryFileSystem
}

function sectorOf(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.subarray(at, at + SECTOR_BYTES)
}

/**
 * Content after a power loss: durable sectors, and of the changed ones those that `keeps` picks.
 */
function tear({ present, durable }: Content, keeps: CrashChoice): Uint8Array {
  const length = keeps() ? present.length : durable.length
  const bytes = new Uint8Array(length)
  bytes.set(durable.subarray(0, length))
  for (let at = 0; at < length; at += SECTOR_BYTES) {
    const wanted = sectorOf(present.subarray(0, length), at)
    const had = sectorOf(durable.subarray(0, length), at)
    if (Buffer.compare(wanted, had) !== 0 && keeps()) bytes.set(wanted, at)
  }
  return bytes
}

/** An fsync writes the sectors that the operating system holds for dirty, and only those. */
function flush(content: Content): void {
  const { present, clean, durable } = content
  const flushed = new Uint8Array(present.length)
  flushed.set(durable.subarray(0, present.length))
  for (let at = 0; at < present.length; at += SECTOR_BYTES) {
    const wanted = sectorOf(present, at)
    if (Buffer.compare(wanted, sectorOf(clean, at)) !== 0) flushed.set(wanted, at)
  }
  content.durable = flushed
  content.clean = present
}

interface Disk {
  readonly present: Names
  /** name changes since the last directory fsync, in order */
  pending: ((names: Names) => void)[]
  readonly durable: Names
}

function createDisk(files: Names = new Map()): Disk {
  return { present: new Map(files), pending: [], durable: new Map(files) }
}

function changeNames(disk: Disk, change: (names: Names) => void): void {
  change(disk.present)
  disk.pending.push(change)
}

function crashDisk(disk: Disk, keeps: CrashChoice): Names {
  const names = new Map(disk.durable)
  // a journaling file system keeps name changes in order: a prefix of them survives
  for (const change of disk.pending) {
    if (!keeps()) break
    change(names)
  }
  const files: Names = new Map()
  for (const [path, content] of names) {
    const bytes = tear(content, keeps)
    files.set(path, { present: bytes, clean: bytes, durable: bytes })
  }
  return files
}

/** An empty disk. */
export function createMemoryFileSystem(): MemoryFileSystem {
  return wrapDisk(createDisk())
}

function wrapDisk(disk: Disk): MemoryFileSystem {
  let operations = 0
  let failsFrom = Number.POSITIVE_INFINITY
  let failsOnce = -1
  const fails = (): boolean => {
    const number = operations++
    return number >= failsFrom || number === failsOnce
  }
  const ioError = (name: string): DiskError => new DiskError(`${name}: input/output error`)

  function openContent(path: string, content: Content): DurableFile {
    return {
      async append(bytes) {
        const failed = fails()
        // a write that fails may have written a part
        const kept = failed ? bytes.subarray(0, bytes.length >> 1) : bytes
        const longer = new Uint8Array(content.present.length + kept.length)
        longer.set(content.present)
        longer.set(kept, content.present.length)
        content.present = longer
        if (failed) throw ioError(path)
      },
      async sync() {
        if (fails()) {
          // Linux marks the pages clean after a failed fsync: the next one succeeds and writes
          // nothing
          content.clean = content.present
          throw ioError(path)
        }
        flush(content)
      },
      close: async () => undefined,
    }
  }
  return {
    get operations() {
      return operations
    },
    failFrom(at) {
      failsFrom = at
    },
    failOnce(at) {
      failsOnce = at
    },
    crash: (keeps) => wrapDisk(createDisk(crashDisk(disk, keeps))),
    async makeDirectory() {
      if (fails()) throw ioError('directory')
    },
    read: async (path) => disk.present.get(path)?.present.slice(),
    async create(path) {
      if (fails()) throw ioError(path)
      const empty = new Uint8Array(0)
      const content = { present: empty, clean: empty, durable: empty }
      changeNames(disk, (names) => names.set(path, content))
      return openContent(path, content)
    },
    async rename(from, to) {
      if (fails()) throw ioError(from)
      const content = disk.present.get(from)
      if (content === undefined) throw ioError(from)
      changeNames(disk, (names) => {
        names.delete(from)
        names.set(to, content)
      })
    },
    async remove(path) {
      if (fails()) throw ioError(path)
      if (disk.present.has(path)) changeNames(disk, (names) => names.delete(path))
    },
    async syncDirectory() {
      if (fails()) throw ioError('directory')
      for (const change of disk.pending) change(disk.durable)
      disk.pending = []
    },
  }
}
