/**
 * Gathers transactions into gossip messages: alone, a transaction leaves in the same turn of the event
 * loop; under load one message leaves every `TRANSACTIONS_FLUSH_INTERVAL_MS` or when it is full.
 */
import {
  accept,
  type Clock,
  encodeRlp,
  type Result,
  readRlp,
  refuse,
  TRANSACTION_BYTES_MAX,
} from '@veche/primitives'
import {
  TRANSACTIONS_FLUSH_INTERVAL_MS,
  TRANSACTIONS_MESSAGE_BYTES_MAX,
  TRANSACTIONS_PER_MESSAGE_MAX,
  TRANSACTIONS_QUEUE_BYTES_MAX,
} from './limits.ts'

/** RLP framing around one transaction in a batch, at most */
const FRAMING_BYTES = 5

/** One gossip message of raw transactions. */
export function encodeBatch(raw: readonly Uint8Array[]): Uint8Array {
  return encodeRlp(raw)
}

/** Decodes a foreign gossip message. Refuses with `PEER_BATCH_MALFORMED`. */
export function decodeBatch(bytes: Uint8Array): Result<readonly Uint8Array[]> {
  const malformed = (reason: string) => refuse('PEER_BATCH_MALFORMED', reason)
  if (bytes.length > TRANSACTIONS_MESSAGE_BYTES_MAX)
    return malformed(`at most ${TRANSACTIONS_MESSAGE_BYTES_MAX} bytes expected`)
  const read = readRlp(bytes, (reader) => {
    const raw: Uint8Array[] = []
    while (reader.left > 0) raw.push(reader.bytes({ max: TRANSACTION_BYTES_MAX }))
    return raw
  })
  if (!('value' in read)) return malformed(read.reason)
  const count = read.value.length
  if (count === 0 || count > TRANSACTIONS_PER_MESSAGE_MAX)
    return malformed(`1 to ${TRANSACTIONS_PER_MESSAGE_MAX} transactions expected, got ${count}`)
  if (read.value.some((raw) => raw.length === 0)) return malformed('empty transaction')
  return accept(read.value)
}

/** What lets the batcher wait: the event loop in production, a hand in tests. */
export interface BatchTimer {
  /** runs `task` as soon as the present turn is over */
  soon(task: () => void): void
  /** runs `task` after `ms` */
  later(task: () => void, ms: number): void
}

export interface Batcher {
  /** queues transactions; returns how many were refused because the queue is full */
  add(raw: readonly Uint8Array[]): number
  readonly queued: number
}

export interface BatcherInit {
  readonly clock: Clock
  readonly timer: BatchTimer
  readonly publish: (raw: readonly Uint8Array[]) => void
}

/** Creates an empty batcher. Transactions that are empty or too large are a caller's bug and refused. */
export function createBatcher({ clock, timer, publish }: BatcherInit): Batcher {
  let queue: Uint8Array[] = []
  let bytes = 0
  let scheduled = false
  let lastFlushMs = Number.NEGATIVE_INFINITY

  const takeMessage = (): Uint8Array[] => {
    let size = FRAMING_BYTES
    let count = 0
    while (count < queue.length && count < TRANSACTIONS_PER_MESSAGE_MAX) {
      size += (queue[count] as Uint8Array).length + FRAMING_BYTES
      if (size > TRANSACTIONS_MESSAGE_BYTES_MAX) break
      count++
    }
    const message = queue.slice(0, count)
    queue = queue.slice(count)
    for (const raw of message) bytes -= raw.length
    return message
  }

  const flush = (): void => {
    scheduled = false
    lastFlushMs = clock.nowMs()
    while (queue.length > 0) publish(takeMessage())
  }

  const schedule = (): void => {
    if (scheduled || queue.length === 0) return
    scheduled = true
    const waitMs = lastFlushMs + TRANSACTIONS_FLUSH_INTERVAL_MS - clock.nowMs()
    if (waitMs <= 0) timer.soon(flush)
    else timer.later(flush, waitMs)
  }

  return {
    add(raw) {
      let refused = 0
      for (const transaction of raw) {
        const size = transaction.length
        const fits = bytes + size <= TRANSACTIONS_QUEUE_BYTES_MAX
        if (size === 0 || size > TRANSACTION_BYTES_MAX || !fits) {
          refused++
          continue
        }
        queue.push(transaction)
        bytes += size
      }
      schedule()
      return refused
    },
    get queued() {
      return queue.length
    },
  }
}
