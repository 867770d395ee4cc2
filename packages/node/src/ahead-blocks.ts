/**
 * Blocks of the live stream that wait for those before them. Their certificates cannot be judged
 * yet, so any peer may have made them up: bounded in count and bytes (invariant 17), and what does
 * not fit is asked for when its turn comes.
 */
import type { Block } from '@veche/primitives'
import { AHEAD_BLOCKS_MAX, AHEAD_BYTES_MAX } from './limits.ts'

export interface AheadBlock {
  readonly block: Block
  /** peer id */
  readonly from: string
  /** as it travelled */
  readonly bytes: number
}

export class AheadBlocks {
  readonly #blocks = new Map<number, AheadBlock>()
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  /** Holds a block above `head`; false when there is no room. The next one always has room. */
  hold(ahead: AheadBlock, head: number): boolean {
    const { number } = ahead.block.header
    if (number > head + AHEAD_BLOCKS_MAX) return false
    const others = this.#bytes - (this.#blocks.get(number)?.bytes ?? 0)
    if (number !== head + 1 && others + ahead.bytes > AHEAD_BYTES_MAX) return false
    this.#drop(number)
    this.#blocks.set(number, ahead)
    this.#bytes += ahead.bytes
    return true
  }

  /** Takes the block that follows `head` out; forgets those that are final. */
  take(head: number): AheadBlock | undefined {
    for (const number of this.#blocks.keys()) if (number <= head) this.#drop(number)
    const next = this.#blocks.get(head + 1)
    this.#drop(head + 1)
    return next
  }

  #drop(number: number): void {
    this.#bytes -= this.#blocks.get(number)?.bytes ?? 0
    this.#blocks.delete(number)
  }
}
