/**
 * The directory of one node: who may use it, and where things are.
 *
 *     <dir>/chain   LevelDB: blocks and state
 *     <dir>/log     the write-ahead log
 *     <dir>/keys    keystore files, readable by the owner only
 *     <dir>/lock    an empty LevelDB that is open as long as the process lives
 *
 * Node has no file locks, and a file with a process id goes stale with SIGKILL. LevelDB locks its
 * directory through the kernel, which forgets the lock with the process (ADR 0044).
 */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { VecheError } from '@veche/primitives'
import { Level } from 'level'
import { claimDirectory } from './claim.ts'
import { nodeFileSystem } from './file-system.ts'
import { isLocked, locked } from './level-errors.ts'

export interface DataDirectory {
  /** absolute */
  readonly path: string
  readonly chainPath: string
  readonly logPath: string
  readonly keysPath: string
  /** gives the directory to the next process */
  release(): Promise<void>
}

function unusable(path: string, cause: unknown): VecheError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new VecheError('DATA_DIR_UNUSABLE', `${path}: ${reason}`, { cause, facts: { path } })
}

async function makeLayout(path: string): Promise<void> {
  for (const name of ['chain', 'log', 'lock']) await nodeFileSystem.makeDirectory(`${path}/${name}`)
  await mkdir(`${path}/keys`, { recursive: true, mode: 0o700 })
  await chmod(`${path}/keys`, 0o700)
}

async function readHolder(path: string): Promise<string | undefined> {
  try {
    const text = (await readFile(`${path}/lock/holder`, 'utf8')).trim()
    return /^\d{1,10}$/.test(text) ? text : undefined
  } catch {
    // only a hint for the message: the lock itself is the kernel's
    return undefined
  }
}

/** Opens the empty LevelDB that holds the kernel's lock; returns how to let it go. */
async function takeLock(path: string): Promise<() => Promise<void>> {
  const unclaim = await claimDirectory(`${path}/lock`)
  const lock = new Level(`${path}/lock`, { cacheSize: 0, writeBufferSize: 65_536 })
  try {
    await lock.open()
    await writeFile(`${path}/lock/holder`, `${process.pid}\n`)
  } catch (error) {
    await lock.close()
    unclaim()
    if (isLocked(error)) throw locked(path, error, await readHolder(path))
    throw unusable(path, error)
  }
  return async () => {
    await lock.close()
    unclaim()
  }
}

/**
 * Creates the layout where it is missing and takes the directory for this process until `release`
 * or its death. Throws `DATA_DIR_LOCKED` when another process has it, `DATA_DIR_UNUSABLE` when it
 * cannot be written.
 */
export async function openDataDirectory(directory: string): Promise<DataDirectory> {
  const path = resolve(directory)
  try {
    await makeLayout(path)
  } catch (error) {
    throw unusable(path, error)
  }
  const release = await takeLock(path)
  return {
    path,
    chainPath: `${path}/chain`,
    logPath: `${path}/log`,
    keysPath: `${path}/keys`,
    release,
  }
}
