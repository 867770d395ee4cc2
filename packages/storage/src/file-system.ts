/**
 * The few file operations that durability needs, as a port: the real adapter stands on node:fs, the
 * in-memory twin (memory-file-system.ts) forgets what was not fsynced, so that a test can crash
 * between any two of them. Errors are those of the system; callers wrap them.
 */
import { writeSync } from 'node:fs'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { WRITE_AT_ONCE_BYTES_MAX } from './limits.ts'

export interface DurableFile {
  /** Writes all bytes at the end of the file; not durable before {@link sync}. */
  append(bytes: Uint8Array): Promise<void>
  /** Resolves when content and length are durable (fdatasync). */
  sync(): Promise<void>
  close(): Promise<void>
}

export interface FileSystem {
  /** creates the directory and those above it where they are missing, durably */
  makeDirectory(path: string): Promise<void>
  /** whole content, or undefined when there is no such file */
  read(path: string): Promise<Uint8Array | undefined>
  /** creates the file, or empties the one that is there; open for appending */
  create(path: string): Promise<DurableFile>
  /** replaces `to` atomically; durable after {@link syncDirectory} */
  rename(from: string, to: string): Promise<void>
  /** removes a file if it is there; durable after {@link syncDirectory} */
  remove(path: string): Promise<void>
  /** makes creations, renames and removals inside `path` durable */
  syncDirectory(path: string): Promise<void>
}

/** Into the page cache: microseconds, where a turn of the thread pool waits for a processor. */
function writeAtOnce(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
}

async function createFile(path: string): Promise<DurableFile> {
  const handle = await open(path, 'w')
  return {
    async append(bytes) {
      if (bytes.length <= WRITE_AT_ONCE_BYTES_MAX) return writeAtOnce(handle.fd, bytes)
      for (let at = 0; at < bytes.length; )
        at += (await handle.write(bytes, at, bytes.length - at)).bytesWritten
    },
    // fdatasync makes the length durable too (POSIX: "metadata needed to retrieve the data")
    sync: () => handle.datasync(),
    close: () => handle.close(),
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * The directories that hold a new name when `path` was made and `first` (undefined for none) is the
 * highest one that was missing: a log is lost with the directory that a power loss takes back.
 */
export function parentsOf(path: string, first: string | undefined): string[] {
  if (first === undefined) return []
  const parents: string[] = []
  for (let at = path; at.length >= first.length; at = dirname(at)) parents.push(dirname(at))
  return parents
}

/** The disk. */
export const nodeFileSystem: FileSystem = {
  async makeDirectory(path) {
    const whole = resolve(path)
    const first = await mkdir(whole, { recursive: true })
    for (const parent of parentsOf(whole, first)) await syncDirectory(parent)
  },
  async read(path) {
    try {
      const content = await readFile(path)
      return new Uint8Array(content.buffer, content.byteOffset, content.length)
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  },
  create: createFile,
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { force: true }),
  syncDirectory,
}

/** Replaces a small file so that a crash leaves the old or the new content, never a mixture. */
export async function writeFileDurably(
  fileSystem: FileSystem,
  target: { readonly directory: string; readonly name: string },
  bytes: Uint8Array,
): Promise<void> {
  const path = `${target.directory}/${target.name}`
  const file = await fileSystem.create(`${path}.new`)
  try {
    await file.append(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await fileSystem.rename(`${path}.new`, path)
  await fileSystem.syncDirectory(target.directory)
}
