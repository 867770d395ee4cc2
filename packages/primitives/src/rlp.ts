/**
 * RLP for foreign bytes: decoding never throws, every field is checked for its shape, and scalars
 * must be minimal. Ethereum Yellow Paper appendix B. Our own, because the `rlp` package takes
 * seconds to decode megabytes of empty lists and copies every level of a nest, in both directions.
 * Both give equal results (rlp.test.ts).
 */
import { type Address, bytesToBigint, bytesToHex, type Hash, type Hex } from './bytes.ts'
import { RLP_DEPTH_MAX, RLP_ITEMS_MAX } from './limits.ts'

export type RlpItem = Uint8Array | readonly RlpItem[]
export type RlpInput = Uint8Array | readonly RlpInput[]

/** Bytes of a header for a payload of `length` bytes. */
function headerSize(length: number): number {
  if (length <= 55) return 1
  let size = 1
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) size++
  return size
}

function isSingleByte(bytes: Uint8Array): boolean {
  return bytes.length === 1 && (bytes[0] as number) < 0x80
}

/** Payload lengths of lists in the order in which they are met, so that writing needs one pass. */
function measure(item: RlpInput, payloads: number[]): number {
  if (item instanceof Uint8Array)
    return isSingleByte(item) ? 1 : headerSize(item.length) + item.length
  const at = payloads.push(0) - 1
  let payload = 0
  for (const inner of item) payload += measure(inner, payloads)
  payloads[at] = payload
  return headerSize(payload) + payload
}

interface Writing {
  readonly bytes: Uint8Array
  readonly payloads: readonly number[]
  at: number
  list: number
}

function writeHeader(writing: Writing, length: number, base: 0x80 | 0xc0): void {
  const { bytes } = writing
  if (length <= 55) {
    bytes[writing.at++] = base + length
    return
  }
  const size = headerSize(length) - 1
  bytes[writing.at++] = base + 55 + size
  let rest = length
  for (let i = size - 1; i >= 0; i--) {
    bytes[writing.at + i] = rest % 256
    rest = Math.floor(rest / 256)
  }
  writing.at += size
}

function write(writing: Writing, item: RlpInput): void {
  if (item instanceof Uint8Array) {
    if (!isSingleByte(item)) writeHeader(writing, item.length, 0x80)
    writing.bytes.set(item, writing.at)
    writing.at += item.length
    return
  }
  writeHeader(writing, writing.payloads[writing.list++] as number, 0xc0)
  for (const inner of item) write(writing, inner)
}

/** RLP of bytes and nested lists of them, into one array of the right size. */
export function encodeRlp(item: RlpInput): Uint8Array {
  const payloads: number[] = []
  const bytes = new Uint8Array(measure(item, payloads))
  write({ bytes, payloads, at: 0, list: 0 }, item)
  return bytes
}

/** Thrown inside {@link readRlp} only; never leaves this file. */
class ShapeError extends Error {}

function fail(message: string): never {
  throw new ShapeError(message)
}

interface Decoding {
  readonly bytes: Uint8Array
  at: number
  itemsLeft: number
}

/** A length of `size` bytes, big-endian, minimal, above 55. */
function readLength(decoding: Decoding, size: number, end: number): number {
  const { bytes, at } = decoding
  if (at + size > end || bytes[at] === 0) fail('minimal length expected')
  let length = 0
  for (let i = 0; i < size; i++) length = length * 256 + (bytes[at + i] as number)
  if (length <= 55) fail('short form expected')
  decoding.at = at + size
  return length
}

function decodeList(decoding: Decoding, end: number, depth: number): RlpItem[] {
  if (depth > RLP_DEPTH_MAX) fail(`at most ${RLP_DEPTH_MAX} levels expected`)
  const items: RlpItem[] = []
  while (decoding.at < end) items.push(decodeItem(decoding, end, depth))
  return items
}

function decodeItem(decoding: Decoding, end: number, depth: number): RlpItem {
  if (decoding.at >= end) fail('an item expected')
  if (--decoding.itemsLeft < 0) fail('fewer items expected')
  const { bytes } = decoding
  const start = decoding.at
  const first = bytes[start] as number
  if (first < 0x80) {
    decoding.at++
    return bytes.slice(start, start + 1)
  }
  decoding.at++
  const base = first < 0xc0 ? 0x80 : 0xc0
  const short = first - base
  const length = short <= 55 ? short : readLength(decoding, short - 55, end)
  const stop = decoding.at + length
  if (stop > end) fail(`${length} bytes expected, got ${end - decoding.at}`)
  if (base === 0xc0) return decodeList(decoding, stop, depth + 1)
  const from = decoding.at
  if (length === 1 && (bytes[from] as number) < 0x80) fail('a byte that is its own encoding')
  decoding.at = stop
  return bytes.slice(from, stop)
}

/**
 * The decoded item, or undefined when the bytes are not exactly one canonical RLP item of at most
 * `RLP_DEPTH_MAX` levels and `itemsMax` items. Byte strings are copies.
 */
export function decodeRlp(bytes: Uint8Array, itemsMax = RLP_ITEMS_MAX): RlpItem | undefined {
  // plain, also for a Buffer, whose slice would be a view
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  const decoding: Decoding = { bytes: plain, at: 0, itemsLeft: itemsMax }
  try {
    const item = decodeItem(decoding, plain.length, 0)
    return decoding.at === plain.length ? item : undefined
  } catch (error) {
    if (error instanceof ShapeError) return undefined
    throw error
  }
}

/**
 * A cursor over one RLP list. Every reader takes the next field and checks it; `end` checks that
 * nothing is left. Misfits surface as the refusal of {@link readRlp}.
 */
export class RlpReader {
  readonly #items: readonly RlpItem[]
  #at = 0

  constructor(items: readonly RlpItem[]) {
    this.#items = items
  }

  get left(): number {
    return this.#items.length - this.#at
  }

  next(): RlpItem {
    const item = this.#items[this.#at++]
    return item ?? fail('more fields expected')
  }

  /** bytes of at most `max`, or of exactly `exact` */
  bytes(bounds: { max?: number; exact?: number } = {}): Uint8Array {
    const item = this.next()
    if (!(item instanceof Uint8Array)) fail('bytes expected, got a list')
    if (bounds.exact !== undefined && item.length !== bounds.exact)
      fail(`${bounds.exact} bytes expected, got ${item.length}`)
    if (bounds.max !== undefined && item.length > bounds.max)
      fail(`at most ${bounds.max} bytes expected, got ${item.length}`)
    return item
  }

  list(max = 1 << 20): readonly RlpItem[] {
    const item = this.next()
    if (item instanceof Uint8Array) fail('list expected, got bytes')
    if (item.length > max) fail(`at most ${max} items expected, got ${item.length}`)
    return item
  }

  reader(max?: number): RlpReader {
    return new RlpReader(this.list(max))
  }

  bigint(maxBytes = 32): bigint {
    const bytes = this.bytes({ max: maxBytes })
    if (bytes[0] === 0) fail('scalar without leading zeros expected')
    return bytesToBigint(bytes)
  }

  /** safe integer */
  number(): number {
    const value = this.bigint(7)
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) fail('safe integer expected')
    return Number(value)
  }

  hash(): Hash {
    return bytesToHex(this.bytes({ exact: 32 }))
  }

  address(): Address {
    return bytesToHex(this.bytes({ exact: 20 }))
  }

  hex(exact: number): Hex {
    return bytesToHex(this.bytes({ exact }))
  }

  end(): void {
    if (this.left > 0) fail(`no more fields expected, got ${this.left}`)
  }
}

/**
 * Decodes one RLP list with `read`, which must consume every field. Total: returns the value, or
 * the reason as `{ reason }` for anything else.
 */
export function readRlp<T>(
  source: Uint8Array | RlpItem,
  read: (reader: RlpReader) => T,
  itemsMax = RLP_ITEMS_MAX,
): { value: T } | { reason: string } {
  const item = source instanceof Uint8Array ? decodeRlp(source, itemsMax) : source
  if (item === undefined) return { reason: 'RLP expected' }
  if (item instanceof Uint8Array) return { reason: 'RLP list expected, got bytes' }
  try {
    const reader = new RlpReader(item)
    const value = read(reader)
    reader.end()
    return { value }
  } catch (error) {
    if (error instanceof ShapeError) return { reason: error.message }
    throw error
  }
}

/** For a `read` function given to {@link readRlp}: refuses the bytes with a reason. */
export function misfit(reason: string): never {
  throw new ShapeError(reason)
}
