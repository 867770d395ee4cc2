/**
 * Receipts as storage keeps them: everything of `Receipt`, so that a reader decodes no transaction.
 * One RLP list per block of
 *
 *     [type, status, cumulativeGasUsed, gasUsed, bloom, logs, from, contractAddress or empty,
 * price]
 *
 * with logs as [address, topics, data]. This is not the consensus encoding; the receipts root is
 * execution's. A bloom with few bits is the ascending list of their positions, 2 bytes each.
 */
import {
  type Address,
  accept,
  bytesToHex,
  EMPTY_BYTES,
  encodeRlp,
  type Hash,
  type Log,
  misfit,
  type Receipt,
  type Result,
  type RlpInput,
  type RlpReader,
  readRlp,
  refuse,
} from '@veche/primitives'
import { RECEIPT_ITEMS_MAX } from './limits.ts'

const BLOOM_BYTES = 256
/** from this many bits on, the positions are longer than the bloom */
const SPARSE_BITS_MAX = 127
/** Yellow Paper 4.3.1: LOG0 to LOG4 */
const TOPICS_MAX = 4

function bloomToBytes(bloom: Uint8Array): Uint8Array {
  const positions: number[] = []
  for (let i = 0; i < BLOOM_BYTES; i++) {
    const byte = bloom[i] as number
    if (byte === 0) continue
    for (let bit = 0; bit < 8; bit++) if (byte & (0x80 >> bit)) positions.push(8 * i + bit)
    if (positions.length > SPARSE_BITS_MAX) return bloom
  }
  const bytes = new Uint8Array(2 * positions.length)
  positions.forEach((position, i) => {
    bytes[2 * i] = position >> 8
    bytes[2 * i + 1] = position & 255
  })
  return bytes
}

function readBloom(reader: RlpReader): Uint8Array {
  const bytes = reader.bytes({ max: BLOOM_BYTES })
  if (bytes.length === BLOOM_BYTES) return bytes
  if (bytes.length % 2 !== 0) misfit('bloom positions of 2 bytes expected')
  const bloom = new Uint8Array(BLOOM_BYTES)
  let previous = -1
  for (let i = 0; i < bytes.length; i += 2) {
    const position = ((bytes[i] as number) << 8) | (bytes[i + 1] as number)
    if (position <= previous || position >= 8 * BLOOM_BYTES)
      misfit('ascending bloom positions below 2048 expected')
    const at = position >> 3
    bloom[at] = (bloom[at] as number) | (0x80 >> (position & 7))
    previous = position
  }
  return bloom
}

function logToRlp(log: Log): RlpInput {
  return [log.address, log.topics, log.data]
}

function readLog(reader: RlpReader): Log {
  const address = reader.address()
  const list = reader.reader(TOPICS_MAX)
  const topics: Hash[] = []
  while (list.hasMore) topics.push(list.hash())
  const data = reader.bytes()
  reader.end()
  return { address, topics, data }
}

function receiptToRlp(receipt: Receipt): RlpInput {
  const { contractAddress } = receipt
  return [
    receipt.type,
    receipt.status,
    receipt.cumulativeGasUsed,
    receipt.gasUsed,
    bloomToBytes(receipt.logsBloom),
    receipt.logs.map(logToRlp),
    receipt.from,
    contractAddress ?? EMPTY_BYTES,
    receipt.effectiveGasPrice,
  ]
}

function readContractAddress(reader: RlpReader): { contractAddress?: Address } {
  const bytes = reader.bytes({ max: 20 })
  if (bytes.length === 0) return {}
  if (bytes.length !== 20) misfit(`contract address of 20 bytes expected, got ${bytes.length}`)
  return { contractAddress: bytesToHex(bytes) }
}

function readReceipt(reader: RlpReader): Receipt {
  const type = reader.number()
  if (type > 0x7f) misfit(`transaction type up to 127 expected, got ${type}`)
  const success = reader.number()
  if (success > 1) misfit(`status 0 or 1 expected, got ${success}`)
  const status: 0 | 1 = success === 1 ? 1 : 0
  const cumulativeGasUsed = reader.bigint(8)
  const gasUsed = reader.bigint(8)
  const logsBloom = readBloom(reader)
  const logList = reader.reader()
  const logs: Log[] = []
  while (logList.hasMore) logs.push(readLog(logList.reader()))
  const from = reader.address()
  const contract = readContractAddress(reader)
  const effectiveGasPrice = reader.bigint()
  reader.end()
  const base = { type, status, cumulativeGasUsed, gasUsed, logsBloom, logs, from }
  return { ...base, ...contract, effectiveGasPrice }
}

function readAllReceipts(reader: RlpReader): Receipt[] {
  const receipts: Receipt[] = []
  while (reader.hasMore) receipts.push(readReceipt(reader.reader()))
  return receipts
}

/** Receipts of one block to bytes. Pure; `decodeReceipts` gives them back equal. */
export function encodeReceipts(receipts: readonly Receipt[]): Uint8Array {
  return encodeRlp(receipts.map(receiptToRlp))
}

/** Decodes stored receipts, totally. Refuses with `RECEIPTS_MALFORMED`. */
export function decodeReceipts(bytes: Uint8Array): Result<readonly Receipt[]> {
  const read = readRlp(bytes, readAllReceipts, RECEIPT_ITEMS_MAX)
  return 'value' in read ? accept(read.value) : refuse('RECEIPTS_MALFORMED', read.reason)
}
