/**
 * Finding logs: the 2048-bit bloom of a header (Yellow Paper 4.3.1) skips almost every block that
 * has none, receipts are read for the rest, and other work gets a turn between chunks.
 */
import { hexToBytes, keccak256, type Log, transactionHash } from '@veche/primitives'
import type { RpcBackend } from './backend.ts'
import { type BlockReader, bodyOf, breathe, type HeaderAt, headerAt, receiptsOf } from './chain.ts'
import type { LogPattern } from './decode-filter.ts'
import { logToJson } from './encode.ts'
import { limitExceeded, type RpcError } from './errors.ts'
import { type Json, quantity } from './json.ts'
import { LOG_CHUNK_BLOCKS, LOG_RANGE_MAX, LOGS_MAX } from './limits.ts'

/** The three bits of one address or topic. */
type BloomBits = readonly (readonly [byte: number, mask: number])[]

/** A pattern with its bloom bits computed once. */
export interface LogMatcher {
  /** false: the block has no such log; true: it may have */
  mayMatch(bloom: Uint8Array): boolean
  matches(log: Log): boolean
}

function bloomBits(item: string): BloomBits {
  const digest = keccak256(hexToBytes(item))
  return [0, 2, 4].map((at) => {
    const bit = (((digest[at] as number) << 8) | (digest[at + 1] as number)) & 0x7ff
    return [255 - (bit >> 3), 1 << (bit & 7)] as const
  })
}

const hasBits = (bloom: Uint8Array, bits: BloomBits): boolean =>
  bits.every(([byte, mask]) => ((bloom[byte] as number) & mask) !== 0)

/** Compiles a pattern. */
export function createMatcher(pattern: LogPattern): LogMatcher {
  const positions = pattern.topics
  const needed = [pattern.addresses, ...positions]
    .filter((list) => list.length > 0)
    .map((list) => list.map(bloomBits))
  const addresses = new Set(pattern.addresses)
  const topics = positions.map((list) => new Set(list))
  return {
    mayMatch: (bloom) => needed.every((any) => any.some((bits) => hasBits(bloom, bits))),
    matches: (log) =>
      (addresses.size === 0 || addresses.has(log.address)) &&
      log.topics.length >= topics.length &&
      topics.every((any, at) => any.size === 0 || any.has(log.topics[at] as `0x${string}`)),
  }
}

/** The matching logs of one final block, in order. */
export function logsOfBlock(backend: BlockReader, at: HeaderAt, matcher: LogMatcher): Json[] {
  if (!matcher.mayMatch(at.header.logsBloom)) return []
  const found: Json[] = []
  let body: readonly Uint8Array[] | undefined
  let logIndex = 0
  for (const [transactionIndex, receipt] of receiptsOf(backend, at.number).entries()) {
    let hash: string | undefined
    for (const log of receipt.logs) {
      if (matcher.matches(log)) {
        body ??= bodyOf(backend, at.number)
        hash ??= transactionHash(body[transactionIndex] as Uint8Array)
        found.push(logToJson(log, { at, transactionHash: hash, transactionIndex, logIndex }))
      }
      logIndex++
    }
  }
  return found
}

/** What a refusal tells the client to ask instead; the text is the one indexers already parse. */
function tooLarge(what: string, from: number, to: number): RpcError {
  const [fromBlock, toBlock] = [quantity(from), quantity(to)]
  const message = `${what}. Try with this block range [${fromBlock}, ${toBlock}].`
  return limitExceeded(message, { fromBlock, toBlock })
}

/** Final blocks `from` to `to`, both included. */
export interface LogRange {
  readonly from: number
  readonly to: number
}

/** Logs found, and the last block whose logs are all among them. */
interface Scan {
  readonly logs: Json[]
  readonly scannedTo: number
}

/**
 * The matching logs of a range, up to {@link LOGS_MAX}: stops before the block that would exceed
 * it, but always takes the first block whole. Other work gets a turn between chunks.
 */
export async function scanLogs(
  backend: RpcBackend,
  { from, to }: LogRange,
  matcher: LogMatcher,
): Promise<Scan> {
  const logs: Json[] = []
  for (let number = from; number <= to; number++) {
    if ((number - from) % LOG_CHUNK_BLOCKS === LOG_CHUNK_BLOCKS - 1) await breathe()
    const at = headerAt(backend, { kind: 'number', number })
    if (at === undefined) continue
    const found = logsOfBlock(backend, at, matcher)
    if (number > from && logs.length + found.length > LOGS_MAX)
      return { logs, scannedTo: number - 1 }
    for (const log of found) logs.push(log)
    if (found.length > 0) await breathe()
  }
  return { logs, scannedTo: to }
}

/**
 * The matching logs of a range. Answers −32005 above {@link LOG_RANGE_MAX} blocks and when more
 * than {@link LOGS_MAX} logs match; `data` is the range that fits. A range of one block is always
 * answered.
 */
export async function logsOfRange(
  backend: RpcBackend,
  range: LogRange,
  matcher: LogMatcher,
): Promise<Json[] | RpcError> {
  const { from, to } = range
  if (to - from >= LOG_RANGE_MAX)
    return tooLarge(`query spans more than ${LOG_RANGE_MAX} blocks`, from, from + LOG_RANGE_MAX - 1)
  const { logs, scannedTo } = await scanLogs(backend, range, matcher)
  if (scannedTo === to) return logs
  return tooLarge(`query returned more than ${LOGS_MAX} results`, from, scannedTo)
}
