/**
 * Gathers transactions into gossip messages: alone, a transaction leaves in the same turn of the
 * event loop; under load one message leaves every `TRANSACTIONS_FLUSH_INTERVAL_MS` or when it is
 * full.
 */
import {
  accept,
  bytesToHex,
  type Clock,
  encodeRlp,
  type Hex,
  keccak256,
  misfit,
  type Result,
  type RlpReader,
  readRlp,
  refuse,
  TRANSACTION_BYTES_MAX,
  utf8ToBytes,
} from '@veche/primitives'
import {
  REACH_MAX,
  TRANSACTIONS_FLUSH_INTERVAL_MS,
  TRANSACTIONS_MESSAGE_BYTES_MAX,
  TRANSACTIONS_PER_MESSAGE_MAX,
  TRANSACTIONS_QUEUE_BYTES_MAX,
} from './limits.ts'

/** RLP framing around one transaction in a batch, at most */
const FRAMING_BYTES = 5
const REACH_NAME_BYTES = 8
/** the reach list with its framing, at most */
const REACH_BYTES_MAX = REACH_MAX * (REACH_NAME_BYTES + 1) + FRAMING_BYTES

/** What travels in one gossip message. */
export interface Batch {
  /**
   * Short names of the publisher and of the peers it sent the message to itself. A receiver whose
   * peers are all among them need not pass it on (docs/adr/0053). Empty when there are too many.
   */
  readonly reach: readonly Hex[]
  readonly transactions: readonly Uint8Array[]
}

/** The short name of a peer in a reach list: the first 8 bytes of the keccak of its id. */
export function reachName(peerId: string): Hex {
  return bytesToHex(keccak256(utf8ToBytes(peerId)).subarray(0, REACH_NAME_BYTES))
}

export function encodeBatch(batch: Batch): Uint8Array {
  return encodeRlp([batch.reach, [...batch.transactions]])
}

function readBatch(reader: RlpReader): Batch {
  const names = reader.reader(REACH_MAX)
  const reach: Hex[] = []
  while (names.hasMore) reach.push(names.hex(REACH_NAME_BYTES))
  const raw = reader.reader(TRANSACTIONS_PER_MESSAGE_MAX)
  const transactions: Uint8Array[] = []
  while (raw.hasMore) {
    const transaction = raw.bytes({ max: TRANSACTION_BYTES_MAX })
    if (transaction.length === 0) misfit('transaction of at least one byte expected')
    transactions.push(transaction)
  }
  if (transactions.length === 0) misfit('at least one transaction expected')
  return { reach, transactions }
}

/** Decodes a foreign gossip message. Refuses with `PEER_BATCH_MALFORMED`. */
export function decodeBatch(bytes: Uint8Array): Result<Batch> {
  if (bytes.length > TRANSACTIONS_MESSAGE_BYTES_MAX)
    return refuse(
      'PEER_BATCH_MALFORMED',
      `at most ${TRANSACTIONS_MESSAGE_BYTES_MAX} bytes expected, got ${bytes.length}`,
    )
  const read = readRlp(bytes, readBatch)
  return 'value' in read ? accept(read.value) : refuse('PEER_BATCH_MALFORMED', read.reason)
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

/**
 * Creates an empty batcher. Transactions that are empty or too large are a caller's bug and
 * refused.
 */
export function createBatcher({ clock, timer, publish }: BatcherInit): Batcher {
  let queue: Uint8Array[] = []
  let bytes = 0
  let scheduled = false
  let lastFlushMs = Number.NEGATIVE_INFINITY

  const takeMessage = (): Uint8Array[] => {
    let size = FRAMING_BYTES + REACH_BYTES_MAX
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
