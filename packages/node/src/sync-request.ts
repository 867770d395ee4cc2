/** The question and the answer of block sync: `blocks` requests between nodes. */
import { type ChainStore, encodeBlock, encodeHeader, encodeRlp, readRlp } from '@veche/primitives'
import { SYNC_ANSWER_BYTES_MAX, SYNC_BLOCKS_MAX, SYNC_HEADERS_MAX } from './limits.ts'

/** A `blocks` request: [from, count], with a third item 1 for headers alone. */
export function encodeQuestion(
  from: number,
  count: number,
  what: 'blocks' | 'headers' = 'blocks',
): Uint8Array {
  const fields = [from, count]
  return encodeRlp(what === 'blocks' ? fields : [...fields, 1])
}

/**
 * Answers a `blocks` request [from, count], or [from, count, 1] for headers alone: sealed, in
 * order, bounded in count and bytes.
 */
export function answerBlocks(store: ChainStore, payload: Uint8Array): readonly Uint8Array[] {
  const asked = readRlp(payload, (reader) => ({
    from: reader.number(),
    count: reader.number(),
    headersOnly: reader.hasMore && reader.number() === 1,
  }))
  if (!('value' in asked)) return []
  const { from, count, headersOnly } = asked.value
  const countMax = headersOnly ? SYNC_HEADERS_MAX : SYNC_BLOCKS_MAX
  const last = Math.min(store.head().number, from + Math.min(count, countMax) - 1)
  const parts: Uint8Array[] = []
  let bytes = 0
  for (let number = from; number <= last && bytes < SYNC_ANSWER_BYTES_MAX; number++) {
    const header = store.header(number)
    const transactions = store.body(number)
    if (header === undefined || transactions === undefined) break
    const part = headersOnly ? encodeHeader(header) : encodeBlock({ header, transactions })
    bytes += part.length
    parts.push(part)
  }
  return parts
}
