/**
 * The in-memory twin of the write-ahead log: same order and rules, nothing survives the process.
 */
import { assert, type WriteAheadLog } from '@veche/primitives'
import { LOG_PAYLOAD_BYTES_MAX } from './limits.ts'

export interface MemoryLog extends WriteAheadLog {
  /** payloads of the present file: what a reopened log would replay */
  readonly records: readonly Uint8Array[]
}

function checkedCopies(payloads: readonly Uint8Array[]): Uint8Array[] {
  for (const { length } of payloads)
    assert(
      length > 0 && length <= LOG_PAYLOAD_BYTES_MAX,
      `payload of 1 to ${LOG_PAYLOAD_BYTES_MAX} bytes expected, got ${length}`,
    )
  return payloads.map((payload) => payload.slice())
}

/** A log that replays `replayed`; give it the `records` of another one to play a restart. */
export function createMemoryLog(replayed: readonly Uint8Array[] = []): MemoryLog {
  let records = checkedCopies(replayed)
  let closed = false
  return {
    replayed: [...records],
    get records() {
      return [...records]
    },
    async append(payloads) {
      assert(!closed, 'a closed log takes no record')
      records.push(...checkedCopies(payloads))
    },
    async rotate(first) {
      assert(!closed, 'a closed log does not rotate')
      records = checkedCopies(first)
    },
    async close() {
      closed = true
    },
  }
}
