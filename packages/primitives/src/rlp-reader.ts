/**
 * RLP of foreign bytes: decoding never throws, every field is checked for its shape, and scalars
 * must be minimal. Fields are read where they lie, without a tree of items. Our own, because the
 * `rlp` package takes seconds to decode megabytes of empty lists; both give equal results
 * (rlp.test.ts).
 */
import { type Address, bytesToBigint, type Hash, type Hex, hexOfRange } from './bytes.ts'
import { RLP_DEPTH_MAX, RLP_ITEMS_MAX } from './limits.ts'
import type { RlpEncoded } from './rlp.ts'

export type RlpItem = Uint8Array | readonly RlpItem[]

/** Thrown inside {@link readRlp} only; never leaves this file. */
class ShapeError extends Error {}

function fail(message: string): never {
  throw new ShapeError(message)
}

/** The bytes under all readers of one decoding, and how many items may still be read of them. */
interface Source {
  readonly bytes: Uint8Array
  itemsLeft: number
}

/** Where a reader stands in its source: at the first of the fields `at` to `end`. */
interface Place {
  readonly at: number
  readonly end: number
  readonly depth: number
  /** fields that may be read */
  readonly max: number
}

/** fields of a list of which nothing else is said */
const FIELDS_MAX = 1 << 20

/**
 * A cursor over one RLP list. Every reader takes the next field out of the bytes and checks it, its
 * encoding included; `end` checks that nothing is left. Misfits surface as the refusal of
 * {@link readRlp}.
 */
export class RlpReader {
  readonly #source: Source
  readonly #start: number
  readonly #end: number
  readonly #depth: number
  #left: number
  #at: number
  /** where the payload of the field taken last begins; it ends at #at */
  #from = 0

  constructor(source: Source, { at, end, depth, max }: Place) {
    if (depth > RLP_DEPTH_MAX) fail(`at most ${RLP_DEPTH_MAX} levels expected`)
    this.#source = source
    this.#start = at
    this.#at = at
    this.#end = end
    this.#depth = depth
    this.#left = max
  }

  get hasMore(): boolean {
    return this.#at < this.#end
  }

  /** whether the next field is a list */
  get isList(): boolean {
    return this.hasMore && (this.#source.bytes[this.#at] as number) >= 0xc0
  }

  /** A length of `size` bytes, big-endian, minimal, above 55. */
  #length(size: number): number {
    const { bytes } = this.#source
    const from = this.#at
    if (from + size > this.#end || bytes[from] === 0) fail('minimal length expected')
    let length = 0
    for (let i = 0; i < size; i++) length = length * 256 + (bytes[from + i] as number)
    if (length <= 55) fail('short form expected')
    this.#at = from + size
    return length
  }

  /** Moves over the next field. */
  #take(): void {
    const { bytes } = this.#source
    if (this.#at >= this.#end) fail('more fields expected')
    if (--this.#left < 0) fail('fewer fields expected')
    if (--this.#source.itemsLeft < 0) fail('fewer items expected')
    const first = bytes[this.#at] as number
    if (first < 0x80) {
      this.#from = this.#at++
      return
    }
    this.#at++
    const short = first - (first < 0xc0 ? 0x80 : 0xc0)
    const length = short <= 55 ? short : this.#length(short - 55)
    const from = this.#at
    if (from + length > this.#end) fail(`${length} bytes expected, got ${this.#end - from}`)
    if (first === 0x81 && (bytes[from] as number) < 0x80) fail('a byte that is its own encoding')
    this.#from = from
    this.#at = from + length
  }

  /** Moves over the next field, which must be bytes. Returns how many. */
  #takeBytes(): number {
    if (this.isList) fail('bytes expected, got a list')
    this.#take()
    return this.#at - this.#from
  }

  #payload(): Uint8Array {
    return this.#source.bytes.slice(this.#from, this.#at)
  }

  /** the next field, whatever it is; byte strings are copies */
  next(): RlpItem {
    if (!this.isList) {
      this.#take()
      return this.#payload()
    }
    const inner = this.reader()
    const items: RlpItem[] = []
    while (inner.hasMore) items.push(inner.next())
    return items
  }

  /** Moves over the next field and everything in it. */
  skip(): void {
    if (!this.isList) this.#take()
    else {
      const inner = this.reader()
      while (inner.hasMore) inner.skip()
    }
  }

  /** the next field as it is encoded, checked throughout */
  encoded(): Uint8Array {
    const from = this.#at
    this.skip()
    return this.#source.bytes.slice(from, this.#at)
  }

  /** the fields taken so far as they are encoded: a view */
  taken(): RlpEncoded {
    return { encoded: this.#source.bytes.subarray(this.#start, this.#at) }
  }

  /** Moves over bytes of exactly this length. */
  pass(exact: number): void {
    const got = this.#takeBytes()
    if (got !== exact) fail(`${exact} bytes expected, got ${got}`)
  }

  /** bytes of at most `max`, or of exactly `exact` */
  bytes(bounds: { max?: number; exact?: number } = {}): Uint8Array {
    const length = this.#takeBytes()
    if (bounds.exact !== undefined && length !== bounds.exact)
      fail(`${bounds.exact} bytes expected, got ${length}`)
    if (bounds.max !== undefined && length > bounds.max)
      fail(`at most ${bounds.max} bytes expected, got ${length}`)
    return this.#payload()
  }

  /** a reader of the next field, which must be a list of at most `max` */
  reader(max = FIELDS_MAX): RlpReader {
    if (this.hasMore && !this.isList) fail('list expected, got bytes')
    this.#take()
    const place = { at: this.#from, end: this.#at, depth: this.#depth + 1, max }
    return new RlpReader(this.#source, place)
  }

  #takeScalar(maxBytes: number): number {
    const length = this.#takeBytes()
    if (length > maxBytes) fail(`at most ${maxBytes} bytes expected, got ${length}`)
    if (length > 0 && this.#source.bytes[this.#from] === 0)
      fail('scalar without leading zeros expected')
    return length
  }

  bigint(maxBytes = 32): bigint {
    const length = this.#takeScalar(maxBytes)
    return length <= 6 ? BigInt(this.#number()) : bytesToBigint(this.#payload())
  }

  /** safe integer */
  number(): number {
    this.#takeScalar(7)
    const value = this.#number()
    return value <= Number.MAX_SAFE_INTEGER ? value : fail('safe integer expected')
  }

  #number(): number {
    const { bytes } = this.#source
    let value = 0
    for (let i = this.#from; i < this.#at; i++) value = value * 256 + (bytes[i] as number)
    return value
  }

  hash(): Hash {
    return this.hex(32)
  }

  address(): Address {
    return this.hex(20)
  }

  hex(exact: number): Hex {
    this.pass(exact)
    return hexOfRange(this.#source.bytes, this.#from, this.#at)
  }

  /** an empty list, where Ethereum has something that this chain never has */
  nothing(): void {
    if (this.reader().hasMore) fail('an empty list expected')
  }

  end(): void {
    if (this.hasMore) fail(`no more fields expected, got ${this.#end - this.#at} bytes`)
  }
}

/** A reader of the one item that `bytes` are. */
function readerOf(bytes: Uint8Array, itemsMax: number): RlpReader {
  // plain, also for a Buffer, whose slice would be a view
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  const place = { at: 0, end: plain.length, depth: 0, max: 1 }
  return new RlpReader({ bytes: plain, itemsLeft: itemsMax }, place)
}

/** What `read` returns, or the reason for which the bytes are not what it expects. */
function attempt<T>(read: () => T): { value: T } | { reason: string } {
  try {
    return { value: read() }
  } catch (error) {
    if (error instanceof ShapeError) return { reason: error.message }
    throw error
  }
}

/**
 * The decoded item, or undefined when the bytes are not exactly one canonical RLP item of at most
 * `RLP_DEPTH_MAX` levels and `itemsMax` items. Byte strings are copies.
 */
export function decodeRlp(bytes: Uint8Array, itemsMax = RLP_ITEMS_MAX): RlpItem | undefined {
  const decoded = attempt(() => {
    const reader = readerOf(bytes, itemsMax)
    const item = reader.next()
    reader.end()
    return item
  })
  return 'value' in decoded ? decoded.value : undefined
}

/**
 * Decodes one RLP list with `read`, which must consume every field. Total: returns the value, or
 * the reason as `{ reason }` for anything else.
 */
export function readRlp<T>(
  bytes: Uint8Array,
  read: (reader: RlpReader) => T,
  itemsMax = RLP_ITEMS_MAX,
): { value: T } | { reason: string } {
  return attempt(() => {
    const whole = readerOf(bytes, itemsMax)
    if (!whole.isList) fail('RLP list expected')
    const reader = whole.reader()
    whole.end()
    const value = read(reader)
    reader.end()
    return value
  })
}

/** For a `read` function given to {@link readRlp}: refuses the bytes with a reason. */
export function misfit(reason: string): never {
  throw new ShapeError(reason)
}
