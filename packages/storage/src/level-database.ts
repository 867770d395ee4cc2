/**
 * LevelDB behind four operations: read one value under its seal, list keys, write one synchronous
 * batch, close. With data-directory.ts, which borrows its lock, the only file that imports `level`.
 */
import { mkdir } from 'node:fs/promises'
import type { VecheError } from '@veche/primitives'
import { Level } from 'level'
import { claimDirectory } from './claim.ts'
import { corrupt, levelError } from './level-errors.ts'
import { checkLevelFiles } from './level-files.ts'
import { CLEAR_PAGE_KEYS, LEVEL_CACHE_BYTES, LEVEL_WRITE_BUFFER_BYTES } from './limits.ts'
import { sealValue, unsealValue } from './sealed-value.ts'

/** Collects the operations of one batch; a later operation on a key wins. */
export interface BatchSink {
  put(key: Uint8Array, payload: Uint8Array): void
  remove(key: Uint8Array): void
}

export interface LevelDatabase {
  /**
   * the payload, or undefined when the key is absent; throws `DATABASE_CORRUPT` on a broken seal
   */
  read(key: Uint8Array): Uint8Array | undefined
  /** keys of an inclusive range, a page at a time */
  keys(range: { readonly gte: Uint8Array; readonly lte: Uint8Array }): AsyncIterable<Uint8Array[]>
  isEmpty(): Promise<boolean>
  /** one atomic batch; resolves after fsync, throws `DATABASE_IO` when any of it failed */
  write(fill: (sink: BatchSink) => Promise<void> | void): Promise<void>
  close(): Promise<void>
}

export interface LevelOptions {
  /** block cache, bytes */
  readonly cacheBytes?: number
  /** memory table and log file, bytes */
  readonly writeBufferBytes?: number
}

/** Opens or creates the database in directory `path`. Throws what {@link levelError} gives. */
export async function openLevelDatabase(
  path: string,
  options: LevelOptions = {},
): Promise<LevelDatabase> {
  const unclaim = await makeAndClaim(path)
  try {
    await checkLevelFiles(path)
    const level = new Level<Uint8Array, Uint8Array>(path, {
      keyEncoding: 'view',
      valueEncoding: 'view',
      cacheSize: options.cacheBytes ?? LEVEL_CACHE_BYTES,
      writeBufferSize: options.writeBufferBytes ?? LEVEL_WRITE_BUFFER_BYTES,
    })
    await level.open()
    return wrapLevel(level, path, unclaim)
  } catch (error) {
    unclaim()
    throw levelError(path, error)
  }
}

async function makeAndClaim(path: string): Promise<() => void> {
  try {
    await mkdir(path, { recursive: true })
    return await claimDirectory(path)
  } catch (error) {
    throw levelError(path, error)
  }
}

function wrapLevel(
  level: Level<Uint8Array, Uint8Array>,
  path: string,
  unclaim: () => void,
): LevelDatabase {
  let failure: VecheError | undefined
  async function* keys(range: { gte: Uint8Array; lte: Uint8Array }): AsyncIterable<Uint8Array[]> {
    const iterator = level.keys(range)
    try {
      for (;;) {
        const page = await iterator.nextv(CLEAR_PAGE_KEYS)
        if (page.length === 0) return
        yield page
      }
    } finally {
      await iterator.close()
    }
  }
  return {
    keys,
    read(key) {
      let sealed: Uint8Array | undefined
      try {
        sealed = level.getSync(key)
      } catch (error) {
        throw levelError(path, error)
      }
      if (sealed === undefined) return undefined
      const payload = unsealValue(key, sealed)
      if (payload !== undefined) return payload
      const facts = { key: Buffer.from(key).toString('hex') }
      throw corrupt(path, `the value under key ${facts.key} does not fit its checksum`, { facts })
    },
    async isEmpty() {
      return (await level.keys({ limit: 1 }).all()).length === 0
    },
    async write(fill) {
      if (failure !== undefined) throw failure
      const batch = level.batch()
      try {
        await fill({
          put: (key, payload) => batch.put(key, sealValue(key, payload)),
          remove: (key) => batch.del(key),
        })
        await batch.write({ sync: true })
      } catch (error) {
        // what reached the disk is unknown now: nothing more is written before a restart
        failure = levelError(path, error)
        throw failure
      }
    },
    async close() {
      await level.close()
      unclaim()
    },
  }
}
