/**
 * Payloads of the write-ahead log as bytes: RLP[ type, fields… ] (docs/spec/consensus.md W1).
 * Framing and checksums are storage's. Decoding is total, because a log may have been touched by
 * anything.
 */
import {
  accept,
  assertNever,
  decodeBlock,
  encodeBlock,
  encodeRlp,
  misfit,
  type Result,
  type RlpInput,
  type RlpReader,
  readRlp,
  refuse,
} from '@veche/primitives'
import { messageToRlp, polkaToRlp, readMessageItem, readPolka, readRound } from './codec.ts'
import { RECORD_BYTES_MAX } from './limits.ts'
import type { LogRecord } from './record.ts'

const RECORD_TYPE = { start: 1, body: 2, lock: 3, sent: 4, forgotten: 5 } as const

function recordFields(record: LogRecord): RlpInput[] {
  switch (record.kind) {
    case 'start':
      return [record.chainId, record.key, record.floor]
    case 'body':
      return [encodeBlock(record.block)]
    case 'lock':
      return [polkaToRlp(record.polka)]
    case 'forgotten':
      return [record.height, record.round]
    case 'sent':
      return [messageToRlp(record.message)]
    default:
      return assertNever(record)
  }
}

/** The bytes of a record. Inverse of {@link decodeRecord}. */
export function encodeRecord(record: LogRecord): Uint8Array {
  return encodeRlp([RECORD_TYPE[record.kind], ...recordFields(record)])
}

function readRecord(reader: RlpReader): LogRecord {
  const type = reader.number()
  switch (type) {
    case RECORD_TYPE.start:
      return {
        kind: 'start',
        chainId: reader.number(),
        key: reader.address(),
        floor: reader.number(),
      }
    case RECORD_TYPE.body: {
      const block = decodeBlock(reader.bytes())
      return block.ok ? { kind: 'body', block: block.value } : misfit(block.reason)
    }
    case RECORD_TYPE.lock: {
      const inner = reader.reader(4)
      const polka = readPolka(inner)
      inner.end()
      return { kind: 'lock', polka }
    }
    case RECORD_TYPE.forgotten:
      return { kind: 'forgotten', height: reader.number(), round: readRound(reader) }
    case RECORD_TYPE.sent: {
      const message = readMessageItem(reader)
      if (message.kind === 'polka' || message.kind === 'evidence')
        return misfit(`a signed message expected, got ${message.kind}`)
      return { kind: 'sent', message }
    }
    default:
      return misfit(`record type expected, got ${type}`)
  }
}

/** Decodes a record of at most `RECORD_BYTES_MAX` bytes. Refuses with `RECORD_MALFORMED`. */
export function decodeRecord(bytes: Uint8Array): Result<LogRecord> {
  if (bytes.length > RECORD_BYTES_MAX)
    return refuse(
      'RECORD_MALFORMED',
      `at most ${RECORD_BYTES_MAX} bytes expected, got ${bytes.length}`,
    )
  const read = readRlp(bytes, readRecord)
  return 'value' in read ? accept(read.value) : refuse('RECORD_MALFORMED', read.reason)
}

/**
 * The height that a record speaks of; 0 for `start`. A new file of the log carries over the records
 * above its floor: they bind a node whose store was set back.
 */
export function heightOfRecord(record: LogRecord): number {
  switch (record.kind) {
    case 'start':
      return 0
    case 'body':
      return record.block.header.number
    case 'lock':
      return record.polka.height
    case 'forgotten':
      return record.height
    case 'sent':
      return record.message.height
    default:
      return assertNever(record)
  }
}
