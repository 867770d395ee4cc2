/**
 * LevelDB behind four operations: read one value under its seal, list keys, write one synchronous
 * batch, close. The only file that imports `level`.
 */
import { readdir, readFile } from 'node:fs/promises'
import type { VecheError } from '@veche/primitives'
import { Level } from 'level'
import { corrupt, levelError } from './level-errors.ts'
import { isLevelLogDamaged } from './level-log.ts'
import { CLEAR_PAGE_KEYS, LEVEL_CACHE_BYTES, LEVEL_WRITE_BUFFER_BYTES } from './limits.ts'
import { sealValue, unsealValue } from './sealed-value.ts'

/** Collects the operations of one batch; a later operation on a key wins. */
export interface BatchSink {
  put(key: Uint8Array, payload: Uint8Array): void
  remove(key: Uint8Array): void
}

export interface LevelDatabase {
  /** the payload, or undefined when the key is absent; throws `DATABASE_CORRUPT` on a broken seal */
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

/** Refuses files that LevelDB would "repair" by forgetting: a missing CURRENT, a damaged log. */
async function checkFiles(path: string): Promise<void> {
  let names: string[]
  try {
    names = await readdir(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw levelError(path, error)
  }
  const logs = names.filter((name) => name.endsWith('.log'))
  const hasContent = logs.length > 0 || names.some((name) => /\.(ldb|sst)$/.test(name))
  if (hasContent && !names.includes('CURRENT'))
    throw corrupt(path, 'the file CURRENT is missing beside existing data')
  for (const name of logs)
    if (isLevelLogDamaged(await readFile(`${path}/${name}`)))
      throw corrupt(path, `the log ${name} is damaged before its last record`, { facts: { name } })
}

/** Opens or creates the database in directory `path`. Throws what {@link levelError} gives. */
export async function openLevelDatabase(
  path: string,
  options: LevelOptions = {},
): Promise<LevelDatabase> {
  await checkFiles(path)
  const level = new Level<Uint8Array, Uint8Array>(path, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    cacheSize: options.cacheBytes ?? LEVEL_CACHE_BYTES,
    writeBufferSize: options.writeBufferBytes ?? LEVEL_WRITE_BUFFER_BYTES,
  })
  try {
    await level.open()
  } catch (error) {
    throw levelError(path, error)
  }
  return wrapLevel(level, path)
}

function wrapLevel(level: Level<Uint8Array, Uint8Array>, path: string): LevelDatabase {
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
    close: () => level.close(),
  }
}
