/**
 * Directories this process has open. LevelDB's lock is a POSIX record lock, which the kernel drops
 * when the process closes *any* descriptor of the file; and LevelDB 1.20 opens and closes it once
 * more before it notices that it is its own. A second opening here must not get that far.
 */
import { realpath } from 'node:fs/promises'
import { locked } from './level-errors.ts'

const claimed = new Set<string>()

/**
 * Takes an existing directory for this process. Returns how to give it back; throws
 * `DATA_DIR_LOCKED`.
 */
export async function claimDirectory(path: string): Promise<() => void> {
  const real = await realpath(path)
  if (claimed.has(real)) throw locked(path, undefined, `${process.pid}, this one`)
  claimed.add(real)
  return () => {
    claimed.delete(real)
  }
}
