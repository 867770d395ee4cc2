/**
 * Final blocks and the flat state after the last one, in LevelDB. One block is one synchronous
 * batch (ADR 0041); there is one head and no way back. Port: `ChainStore` of @veche/primitives.
 */
import { assert, type ChainStore, type CommitBatch, EMPTY_BYTES } from '@veche/primitives'
import { type ChainReader, createChainReader } from './chain-reader.ts'
import { assertFollows, assertWhole, fillBatch } from './commit.ts'
import { nodeFileSystem } from './file-system.ts'
import { type Genesis, genesisToBatch } from './genesis.ts'
import { CHANGES_KEY, META_KEY, SCHEMA_VERSION } from './keys.ts'
import { type LevelDatabase, type LevelOptions, openLevelDatabase } from './level-database.ts'
import { corrupt, levelError } from './level-errors.ts'
import { checkHead, checkMeta } from './open-checks.ts'
import { indexSetChanges, readSetChanges } from './set-changes.ts'
import { readMarker, type StoreMarker, writeMarker } from './store-marker.ts'
import { encodeMeta, type Head, type Meta } from './value-codec.ts'

export interface ChainStoreOptions extends LevelOptions {
  /** directory of the database; created when missing */
  readonly path: string
  /** written when the store is new, compared when it is not */
  readonly genesis: Genesis
}

async function writeGenesis(database: LevelDatabase, genesis: Genesis, meta: Meta): Promise<void> {
  assertWhole(genesis)
  assert(genesis.block.header.number === 0, 'genesis is block 0')
  await database.write(async (sink) => {
    await fillBatch(database, sink, genesisToBatch(genesis))
    sink.put(META_KEY, encodeMeta(meta))
    sink.put(CHANGES_KEY, EMPTY_BYTES)
  })
}

interface Opened {
  readonly reader: ChainReader
  readonly head: Head
  readonly mark: (head: number) => Promise<void>
}

async function prepare(
  database: LevelDatabase,
  { path, genesis }: ChainStoreOptions,
  marker: StoreMarker | undefined,
): Promise<Opened> {
  const expected = {
    schemaVersion: SCHEMA_VERSION,
    chainId: genesis.chainId,
    genesisHash: genesis.hash,
  }
  const reader = createChainReader(database, path)
  const mark = (head: number): Promise<void> =>
    writeMarker(nodeFileSystem, path, { ...expected, head })
  const meta = reader.storedMeta()
  if (meta !== undefined) checkMeta(path, meta, genesis)
  else if (marker !== undefined) throw corrupt(path, 'a written store expected, got an empty one')
  else if (!(await database.isEmpty())) throw corrupt(path, 'data without a description')
  else await writeGenesis(database, genesis, expected)
  const head = checkHead(path, reader, marker?.head ?? 0)
  await indexSetChanges(database, reader, head.number)
  await mark(head.number)
  return { reader, head, mark }
}

async function readMarkerOrFail(path: string): Promise<StoreMarker | undefined> {
  try {
    return await readMarker(nodeFileSystem, path)
  } catch (error) {
    throw levelError(path, error)
  }
}

/**
 * Opens the store in `path`, or writes genesis into an empty one. Throws `GENESIS_MISMATCH`,
 * `SCHEMA_UNKNOWN`, `DATA_DIR_LOCKED`, `DATABASE_CORRUPT` or `DATABASE_IO`. Reads are synchronous
 * and may already see a block whose `commit` is still under way; `head()` never does.
 */
export async function openChainStore(options: ChainStoreOptions): Promise<ChainStore> {
  const { path } = options
  const marker = await readMarkerOrFail(path)
  if (marker !== undefined) checkMeta(path, marker, options.genesis)
  const database = await openLevelDatabase(path, options)
  try {
    return createStore(path, database, await prepare(database, options, marker))
  } catch (error) {
    await database.close()
    throw levelError(path, error)
  }
}

function createStore(path: string, database: LevelDatabase, opened: Opened): ChainStore {
  const { storedHead: _head, storedMeta: _meta, ...reads } = opened.reader
  let head = opened.head
  let committing = false
  let closed = false
  return {
    ...reads,
    head: () => head,
    setChanges: (from, countMax) =>
      readSetChanges(database, { from: Math.max(0, from), to: head.number }, countMax),
    async commit(batch: CommitBatch) {
      assert(!closed, 'a closed store takes no block')
      assert(!committing, 'one commit at a time')
      assertFollows(head, batch)
      committing = true
      try {
        await database.write((sink) => fillBatch(database, sink, batch))
        head = { number: batch.block.header.number, hash: batch.hash }
      } finally {
        committing = false
      }
    },
    async close() {
      if (closed) return
      assert(!committing, 'close waits for the commit under way')
      closed = true
      try {
        await database.close()
        await opened.mark(head.number)
      } catch (error) {
        throw levelError(path, error)
      }
    },
  }
}
