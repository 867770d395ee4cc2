/**
 * Which own messages stand in the write-ahead log: asserted before anything of ours leaves
 * (consensus.md, invariant 11). The machine orders its effects so; this does not trust it.
 */
import { type LogRecord, type SignedMessage, signKey } from '@veche/consensus'

export class DurableMessages {
  readonly #byHeight = new Map<number, Set<string>>()

  /** @param records what the log held when it was opened */
  constructor(records: readonly LogRecord[]) {
    this.add(records)
  }

  /** Records that were just made durable. */
  add(records: readonly LogRecord[]): void {
    for (const record of records) {
      if (record.kind !== 'sent') continue
      const { message } = record
      const keys = this.#byHeight.get(message.height) ?? new Set()
      this.#byHeight.set(message.height, keys.add(keyOf(message)))
    }
  }

  /** Whether a message may leave: it is in the log, or a status, which binds nobody. */
  has(message: SignedMessage): boolean {
    if (message.kind === 'status') return true
    return this.#byHeight.get(message.height)?.has(keyOf(message)) === true
  }

  /** Forgets everything at or below a final height. */
  forget(height: number): void {
    for (const each of this.#byHeight.keys()) if (each <= height) this.#byHeight.delete(each)
  }
}

function keyOf(message: SignedMessage): string {
  return message.kind === 'status' ? '' : `${signKey(message)}/${message.hash}`
}
