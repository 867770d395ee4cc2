/** Receipts of a block as JSON, with the log indices that run through the block. */
import { type Hash, transactionHash } from '@veche/primitives'
import { type BlockReader, bodyOf, breathe, type HeaderAt, receiptsOf } from './chain.ts'
import { type ReceiptPlace, receiptToJson } from './encode.ts'
import type { JsonObject } from './json.ts'
import { BLOCK_CHUNK_TRANSACTIONS } from './limits.ts'

/** Every receipt of a block with its place. */
function placesOf(backend: BlockReader, at: HeaderAt): ReceiptPlace[] {
  const body = bodyOf(backend, at.number)
  let logsBefore = 0
  return receiptsOf(backend, at.number).map((receipt, index) => {
    const place = { receipt, raw: body[index] as Uint8Array, position: { at, index }, logsBefore }
    logsBefore += receipt.logs.length
    return place
  })
}

/** One receipt, or undefined when the block has no such index. */
export function receiptAt(
  backend: BlockReader,
  at: HeaderAt,
  index: number,
): JsonObject | undefined {
  const place = placesOf(backend, at)[index]
  return place === undefined ? undefined : receiptToJson(place)
}

/** All receipts of a block, in order; other work gets a turn between chunks. */
export async function receiptsOfBlock(backend: BlockReader, at: HeaderAt): Promise<JsonObject[]> {
  const written: JsonObject[] = []
  for (const place of placesOf(backend, at)) {
    written.push(receiptToJson(place))
    if (written.length % BLOCK_CHUNK_TRANSACTIONS === 0) await breathe()
  }
  return written
}

/** The receipts of the wanted transactions in a block; of all when `wanted` is empty. */
export function receiptsOfTransactions(
  backend: BlockReader,
  at: HeaderAt,
  wanted: ReadonlySet<Hash>,
): JsonObject[] {
  const places = placesOf(backend, at)
  const kept = wanted.size === 0 ? places : places.filter((p) => wanted.has(transactionHash(p.raw)))
  return kept.map(receiptToJson)
}
