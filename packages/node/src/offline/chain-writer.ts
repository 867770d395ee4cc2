/**
 * Writes blocks as geth and Besu do: concatenated RLP[header, transactions, ommers(, withdrawals)],
 * gzipped when the name ends in `.gz`. Memory is bounded by one block; a file appears under its
 * name only when it is whole and durable.
 */
import { createWriteStream } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { assert, type ChainStore, concatBytes, encodeBlock, VecheError } from '@veche/primitives'
import { CHAIN_FILE_CHUNK_BYTES } from '../limits.ts'

export interface ExportOptions {
  readonly store: Pick<ChainStore, 'header' | 'body' | 'head'>
  /** first block, inclusive */
  readonly from: number
  /** last block, inclusive */
  readonly to: number
  /** called now and then with the number of the block that was read last */
  readonly onProgress?: (number: number) => void
  /** ends the export; nothing is left under the name */
  readonly signal?: AbortSignal
}

export interface Exported {
  readonly from: number
  readonly to: number
  readonly blocks: number
  /** of RLP, before any compression */
  readonly bytes: number
}

function checkRange({ store, from, to }: ExportOptions): void {
  const head = store.head().number
  if (from > to || to > head)
    throw new VecheError(
      'RANGE_INVALID',
      `blocks from 0 to ${head} expected, got ${from} to ${to}`,
      {
        facts: { from, to, head },
      },
    )
}

/** RLP of the blocks, in chunks that are worth a write. */
function* encodeBlocks(options: ExportOptions, tally: { bytes: number }): Generator<Uint8Array> {
  const { store, from, to, onProgress } = options
  let parts: Uint8Array[] = []
  let waiting = 0
  for (let number = from; number <= to; number++) {
    const header = store.header(number)
    const transactions = store.body(number)
    assert(header !== undefined && transactions !== undefined, `block ${number} is stored`)
    const block = encodeBlock({ header, transactions })
    parts.push(block)
    waiting += block.length
    if (waiting < CHAIN_FILE_CHUNK_BYTES && number < to) continue
    tally.bytes += waiting
    onProgress?.(number)
    yield concatBytes(...parts)
    parts = []
    waiting = 0
  }
}

/** Writes blocks to a stream and ends it. Throws `RANGE_INVALID`, `FILE_UNWRITABLE`. */
export async function writeChain(
  options: ExportOptions,
  into: Writable,
  gzip: boolean,
): Promise<Exported> {
  checkRange(options)
  const { from, to, signal } = options
  const tally = { bytes: 0 }
  const source = Readable.from(encodeBlocks(options, tally), { highWaterMark: 1 })
  try {
    const options = signal === undefined ? {} : { signal }
    if (gzip) await pipeline(source, createGzip(), into, options)
    else await pipeline(source, into, options)
  } catch (cause) {
    if (signal?.aborted === true)
      throw new VecheError('INTERRUPTED', 'the export was interrupted; nothing is left of it')
    if (cause instanceof Error && 'syscall' in cause)
      throw new VecheError('FILE_UNWRITABLE', `cannot write the blocks: ${cause.message}`, {
        cause,
      })
    throw cause
  }
  return { from, to, blocks: to - from + 1, bytes: tally.bytes }
}

async function assertVacant(path: string): Promise<void> {
  const there = await stat(path).then(
    () => true,
    () => false,
  )
  if (there) throw new VecheError('FILE_EXISTS', `a new file expected at ${path}`)
}

/**
 * Writes blocks into a new file, beside it first; whole, fsynced and renamed, or not there. Throws
 * `FILE_EXISTS`, `FILE_UNWRITABLE`, `RANGE_INVALID`.
 */
export async function writeChainFile(options: ExportOptions, path: string): Promise<Exported> {
  checkRange(options)
  await assertVacant(path)
  const part = `${path}.part-${process.pid}`
  try {
    const file = await open(part, 'wx', 0o644).catch((cause: unknown) => {
      throw new VecheError('FILE_UNWRITABLE', `cannot make ${part}`, { cause })
    })
    await file.close()
    const into = createWriteStream(part, { flags: 'r+', flush: true })
    const exported = await writeChain(options, into, path.endsWith('.gz'))
    await rename(part, path)
    return exported
  } finally {
    await rm(part, { force: true })
  }
}
