/**
 * Reads a file of concatenated RLP blocks (geth, Besu, `veche export`), which anybody may have
 * written: one block at a time, never more than `BLOCK_BYTES_MAX` of it in memory, gzip recognised
 * by its first bytes and unpacked as it is read, so that a bomb costs time and no memory.
 */
import { createReadStream } from 'node:fs'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import {
  accept,
  BLOCK_BYTES_MAX,
  type Block,
  concatBytes,
  decodeBlock,
  type Result,
  refuse,
  VecheError,
} from '@veche/primitives'

export interface FileBlock {
  readonly block: Block
  /** of the block's first byte in the (unpacked) stream */
  readonly offset: number
  /** length of its RLP */
  readonly bytes: number
}

type Chunks = AsyncIterable<Uint8Array>

/** Takes bytes in order from chunks of any size; holds at most what was asked for and one chunk. */
class ByteQueue {
  readonly #chunks: AsyncIterator<Uint8Array>
  #held: Uint8Array[] = []
  #length = 0
  offset = 0

  constructor(chunks: Chunks) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** the next bytes without taking them: `length`, or fewer at the end */
  async peek(length: number): Promise<Uint8Array> {
    while (this.#length < length) {
      const next = await this.#chunks.next()
      if (next.done === true) break
      this.#held.push(next.value)
      this.#length += next.value.length
    }
    if (this.#held.length > 1) this.#held = [concatBytes(...this.#held)]
    return (this.#held[0] ?? new Uint8Array(0)).subarray(0, length)
  }

  /** what `peek` showed is used */
  skip(length: number): void {
    const [first = new Uint8Array(0)] = this.#held
    this.#held = [first.subarray(length)]
    this.#length -= length
    this.offset += length
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
  }
}

/** RLP list head of at most this many bytes: one and a length of eight */
const HEAD_BYTES = 9

/** Length of the RLP list that begins with `head`, head included. */
function listLength(head: Uint8Array): Result<number> {
  const first = head[0] as number
  if (first < 0xc0) return refuse('CHAIN_FILE_MALFORMED', 'the RLP list of a block expected')
  if (first <= 0xf7) return accept(1 + first - 0xc0)
  const size = first - 0xf7
  if (head.length < 1 + size) return refuse('CHAIN_FILE_MALFORMED', 'more bytes expected')
  let length = 0
  for (const byte of head.subarray(1, 1 + size)) length = length * 256 + byte
  if (1 + size + length > BLOCK_BYTES_MAX)
    return refuse('CHAIN_FILE_MALFORMED', `at most ${BLOCK_BYTES_MAX} bytes of block expected`)
  return accept(1 + size + length)
}

async function nextBlock(queue: ByteQueue): Promise<Result<FileBlock> | undefined> {
  const head = await queue.peek(HEAD_BYTES)
  if (head.length === 0) return undefined
  const length = listLength(head)
  if (!length.ok) return length
  const bytes = await queue.peek(length.value)
  if (bytes.length < length.value)
    return refuse(
      'CHAIN_FILE_MALFORMED',
      `a block of ${length.value} bytes expected, the file ends after ${bytes.length}`,
    )
  const block = decodeBlock(bytes)
  if (!block.ok) return refuse('CHAIN_FILE_MALFORMED', block.reason)
  const { offset } = queue
  queue.skip(length.value)
  return accept({ block: block.value, offset, bytes: length.value })
}

/**
 * The blocks of a byte stream in its order. Throws `CHAIN_FILE_MALFORMED` with the offset and the
 * number of the block before for anything that is not a block; blocks before it were given.
 */
export async function* readBlocks(chunks: Chunks, name: string): AsyncGenerator<FileBlock> {
  const queue = new ByteQueue(chunks)
  let before: number | undefined
  try {
    for (;;) {
      const next = await nextBlock(queue)
      if (next === undefined) return
      if (!next.ok) {
        const after = before === undefined ? '' : `, after block ${before}`
        const reason = `${name}: byte ${queue.offset}${after}: ${next.reason}`
        const facts = { file: name, offset: queue.offset, after: before }
        throw new VecheError(next.code, reason, { facts })
      }
      yield next.value
      before = next.value.block.header.number
    }
  } finally {
    await queue.close()
  }
}

/** Closes the source when it is left early: an open standard input would hold the process. */
async function* rejoin(first: Uint8Array, rest: AsyncIterator<Uint8Array>) {
  try {
    yield first
    for (;;) {
      const next = await rest.next()
      if (next.done === true) return
      yield next.value
    }
  } finally {
    await rest.return?.()
  }
}

/** The bytes of a stream, unpacked when it begins as gzip does. */
export async function* unpack(chunks: Chunks): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  const first = await iterator.next()
  if (first.done === true) return
  const source = rejoin(first.value, iterator)
  if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) {
    yield* source
    return
  }
  // a failure destroys the last stream with its cause, which the loop below throws
  yield* pipeline(Readable.from(source), createGunzip(), () => undefined)
}

function readFailure(name: string, cause: unknown): VecheError {
  const code = (cause as NodeJS.ErrnoException | null)?.code ?? ''
  if (code.startsWith('Z_'))
    return new VecheError('CHAIN_FILE_MALFORMED', `${name}: a gzip stream expected`, { cause })
  return new VecheError('FILE_UNREADABLE', `a file of blocks expected at ${name}`, { cause })
}

/** Bytes of a file, or of standard input for `-`, unpacked. */
async function* openChunks(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* unpack(path === '-' ? process.stdin : createReadStream(path))
  } catch (cause) {
    throw readFailure(path, cause)
  }
}

/**
 * The blocks of a file; `-` is standard input. Throws `FILE_UNREADABLE`, `CHAIN_FILE_MALFORMED`.
 */
export function readChainFile(path: string): AsyncGenerator<FileBlock> {
  return readBlocks(openChunks(path), path)
}
