/**
 * RLP for foreign bytes: decoding never throws, every field is checked for its shape, and scalars
 * must be minimal. Ethereum Yellow Paper appendix B; the codec itself is the `rlp` package.
 */
import { RLP } from 'rlp'
import { type Address, bytesToBigint, bytesToHex, type Hash, type Hex } from './bytes.ts'

export type RlpItem = Uint8Array | readonly RlpItem[]
export type RlpInput = Uint8Array | readonly RlpInput[]

export function encodeRlp(item: RlpInput): Uint8Array {
  return RLP.encode(item as Uint8Array)
}

/** The decoded item, or undefined when the bytes are not exactly one RLP item. */
export function decodeRlp(bytes: Uint8Array): RlpItem | undefined {
  try {
    return RLP.decode(bytes) as RlpItem
  } catch {
    return undefined
  }
}

/** Thrown inside {@link readRlp} only; never leaves this file. */
class ShapeError extends Error {}

function fail(message: string): never {
  throw new ShapeError(message)
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
): { value: T } | { reason: string } {
  const item = source instanceof Uint8Array ? decodeRlp(source) : source
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
