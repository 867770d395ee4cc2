/** Undecided blocks by hash, bounded in count and bytes: the oldest goes first. */
import type { Block, Hash } from '@veche/primitives'
import { CANDIDATES_BYTES_MAX, CANDIDATES_MAX } from './limits.ts'

export class HeldBlocks {
  readonly #blocks = new Map<Hash, { readonly block: Block; readonly bytes: number }>()
  #bytes = 0

  get(hash: Hash): Block | undefined {
    return this.#blocks.get(hash)?.block
  }

  /** Holds a block as the newest one; it stays whatever its size. */
  hold(hash: Hash, block: Block): void {
    this.#drop(hash)
    const bytes = block.transactions.reduce((sum, raw) => sum + raw.length, 0)
    this.#blocks.set(hash, { block, bytes })
    this.#bytes += bytes
    for (const oldest of this.#blocks.keys()) {
      const isFull = this.#blocks.size > CANDIDATES_MAX || this.#bytes > CANDIDATES_BYTES_MAX
      if (!isFull || oldest === hash) break
      this.#drop(oldest)
    }
  }

  /** Forgets everything at or below a final height. */
  prune(height: number): void {
    for (const [hash, { block }] of this.#blocks)
      if (block.header.number <= height) this.#drop(hash)
  }

  #drop(hash: Hash): void {
    this.#bytes -= this.#blocks.get(hash)?.bytes ?? 0
    this.#blocks.delete(hash)
  }
}
