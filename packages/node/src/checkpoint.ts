/**
 * A block that the operator trusts because a person told it (consensus.md, "Network identity"):
 * old validators' keys, once retired and sold, could seal another chain from the height at which
 * they were in force, and no certificate would tell. With a checkpoint no block at or below it is
 * executed or stored unless hash links from the checkpoint down prove it an ancestor (ADR 0090).
 */
import {
  assert,
  blockHash,
  type ChainStore,
  type Hash,
  type Header,
  isHash,
  type Refusal,
  refuse,
  VecheError,
} from '@veche/primitives'

export interface CheckpointBlock {
  readonly number: number
  readonly hash: Hash
}

/** `height:hash` as an operator writes it, or undefined for anything else. */
export function parseCheckpoint(text: string): CheckpointBlock | undefined {
  const [number, hash, ...more] = text.split(':')
  if (more.length > 0 || !/^\d{1,15}$/.test(number ?? '') || !isHash(hash)) return undefined
  return { number: Number(number), hash: hash.toLowerCase() as Hash }
}

/** Blocks from `from` to `to` are ancestors of the checkpoint; `hash` is that of `to`. */
interface Segment {
  readonly from: number
  readonly to: number
  readonly hash: Hash
}

/** Headers to ask for next, both inclusive. */
export interface HeaderRange {
  readonly from: number
  readonly to: number
}

/** Hashes in the order of their blocks. */
export interface HashList {
  readonly length: number
  at(index: number): Hash | undefined
}

/**
 * Whether headers are one chain that ends in `hash`. `headers` ascend by one; the last is the one
 * with the hash.
 */
function endsIn(headers: readonly Header[], hash: Hash): boolean {
  let expected = hash
  for (const header of [...headers].reverse()) {
    if (blockHash(header) !== expected) return false
    expected = header.parentHash
  }
  return true
}

/**
 * Which blocks may enter the chain. Proves ancestors from the checkpoint down, in segments of which
 * only the ends are kept, then once more segment by segment upwards, as the blocks are imported: 32
 * bytes a segment instead of a block, whatever the distance.
 */
export class CheckpointGuard {
  readonly block: CheckpointBlock
  readonly #segments: Segment[] = []
  /** hashes of the segment in work, from `#from` on */
  #hashes: HashList = []
  #from = 0
  /** the lowest proven block and the hash of its parent */
  #lowest: number
  #parent: Hash

  constructor(block: CheckpointBlock) {
    this.block = block
    this.#lowest = block.number + 1
    this.#parent = block.hash
  }

  /** Undefined when a block may be imported, else `CHECKPOINT_MISMATCH` or `…_UNPROVEN`. */
  judge(number: number, hash: Hash): Refusal | undefined {
    if (number > this.block.number) return undefined
    const expected = number === this.block.number ? this.block.hash : this.#hashAt(number)
    if (expected === hash) return undefined
    if (expected === undefined)
      return refuse('CHECKPOINT_UNPROVEN', `block ${number} is not yet proven an ancestor`)
    return refuse('CHECKPOINT_MISMATCH', `block ${number}: ${expected} expected, got ${hash}`)
  }

  /** The headers that prove what comes after `head`; undefined when nothing is to be proven. */
  wanted(head: CheckpointBlock, countMax: number): HeaderRange | undefined {
    const next = head.number + 1
    if (next > this.block.number || this.#hashAt(next) !== undefined) return undefined
    if (this.#lowest > next)
      return { from: Math.max(next, this.#lowest - countMax), to: this.#lowest - 1 }
    const segment = this.#segments.at(-1)
    return segment === undefined ? undefined : { from: next, to: segment.to }
  }

  /**
   * Takes the headers of the wanted range. False when they are not ancestors of the checkpoint.
   * Throws `CHECKPOINT_CONFLICT` when the chain here is none.
   */
  prove(headers: readonly Header[], range: HeaderRange, head: CheckpointBlock): boolean {
    const last = headers.at(-1)
    const complete = headers.length === range.to - range.from + 1
    const numbered = headers.every(({ number }, i) => number === range.from + i)
    if (last === undefined || !complete || !numbered) return false
    const downward = range.to === this.#lowest - 1
    const hash = downward ? this.#parent : this.#segments.at(-1)?.hash
    if (hash === undefined || !endsIn(headers, hash)) return false
    const parent = (headers[0] as Header).parentHash
    if (range.from === head.number + 1 && parent !== head.hash)
      throw conflict(this.block, head.number, { expected: parent, got: head.hash })
    if (downward) {
      this.#segments.push({ ...range, hash })
      this.#lowest = range.from
      this.#parent = parent
    }
    if (range.from === head.number + 1) this.#work(headers)
    return true
  }

  /** The highest block that passes now, from `next` on; unbounded from the checkpoint on. */
  passesTo(next: number): number {
    const last = this.#from + this.#hashes.length - 1
    return next > this.block.number || last >= this.block.number ? Number.MAX_SAFE_INTEGER : last
  }

  /** Takes hashes from block `from` to the checkpoint, which the caller saw linked to it. */
  trust(from: number, hashes: HashList): void {
    assert(hashes.at(this.block.number - from) === this.block.hash, 'hashes lead to the checkpoint')
    this.#from = from
    this.#hashes = hashes
    this.#lowest = from
  }

  /** hashes of a segment that begins after the head; the segments below it are done */
  #work(headers: readonly Header[]): void {
    this.#from = (headers[0] as Header).number
    this.#hashes = headers.map((header) => blockHash(header))
    this.#segments.pop()
  }

  #hashAt(number: number): Hash | undefined {
    return number < this.#from ? undefined : this.#hashes.at(number - this.#from)
  }
}

function conflict(
  block: CheckpointBlock,
  number: number,
  { expected, got }: { readonly expected: Hash; readonly got: Hash },
): VecheError {
  return new VecheError(
    'CHECKPOINT_CONFLICT',
    `block ${number} of this data directory is not on the chain of checkpoint ` +
      `${block.number}:${block.hash}: ${expected} expected, got ${got}`,
    { facts: { ...block, conflicting: number, expected, got } },
  )
}

/** Throws `CHECKPOINT_CONFLICT` when a stored chain has another block at that height. */
export function assertOnCheckpoint(
  store: Pick<ChainStore, 'head' | 'header'>,
  block: CheckpointBlock,
): void {
  if (store.head().number < block.number) return
  const header = store.header(block.number)
  const got = header === undefined ? undefined : blockHash(header)
  if (got !== undefined && got !== block.hash)
    throw conflict(block, block.number, { expected: block.hash, got })
}
