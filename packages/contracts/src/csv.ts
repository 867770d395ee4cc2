/**
 * A streaming CSV reader (RFC 4180) for real files: any chunking, quoted line breaks, CRLF or LF, a
 * byte order mark, and a line number on everything. A malformed record is an item, not an
 * exception: reading goes on with the next line, so that one stray quote costs one line and not the
 * rest of the file.
 */
import { concatBytes } from '@veche/primitives'
import { type CsvRecord, scanRecord } from './csv-scan.ts'
import { CSV_RECORD_BYTES_MAX, FIELDS_MAX, NAME_LENGTH_MAX } from './limits.ts'

export type CsvItem =
  | { readonly kind: 'header'; readonly line: number; readonly fields: readonly string[] }
  | { readonly kind: 'row'; readonly line: number; readonly fields: readonly string[] }
  | {
      readonly kind: 'malformed'
      /** where the record begins, from 1 */
      readonly line: number
      /** CSV_BAD_QUOTE, CSV_TOO_LONG, CSV_NOT_UTF8, CSV_COLUMNS, CSV_HEADER */
      readonly code: string
      readonly reason: string
    }

const LINE_FEED = 10
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeField(bytes: Uint8Array): string | undefined {
  try {
    return UTF_8.decode(bytes)
  } catch {
    return undefined
  }
}

function decodeFields(bytes: Uint8Array, record: CsvRecord): readonly string[] | undefined {
  const fields: string[] = []
  for (const { from, to, quoted } of record.fields) {
    const text = decodeField(bytes.subarray(from, to))
    if (text === undefined) return undefined
    fields.push(quoted ? text.replaceAll('""', '"') : text)
  }
  return fields
}

function headerFault(fields: readonly string[]): string | undefined {
  if (fields.length > FIELDS_MAX) return `at most ${FIELDS_MAX} columns expected`
  if (fields.some((name) => name.length === 0 || name.length > NAME_LENGTH_MAX))
    return `column names of 1 to ${NAME_LENGTH_MAX} characters expected`
  return new Set(fields).size === fields.length ? undefined : 'unique column names expected'
}

function malformed(line: number, code: string, reason: string): CsvItem {
  return { kind: 'malformed', line, code, reason }
}

/** Reads records out of a growing buffer; keeps at most one unfinished record and one chunk. */
class CsvReader {
  #pending: Uint8Array = new Uint8Array(0)
  #line = 1
  #columns: number | undefined
  #first = true
  /** inside a line that is longer than a record may be: dropped up to its end */
  #dropping = false
  #stopped = false

  /** no record can be read: the header was malformed */
  get stopped(): boolean {
    return this.#stopped
  }

  *push(chunk: Uint8Array, ended: boolean): Generator<CsvItem> {
    this.#pending = this.#pending.length === 0 ? chunk : concatBytes(this.#pending, chunk)
    if (this.#first && !ended && this.#pending.length < 3) return
    if (this.#first && BYTE_ORDER_MARK.every((byte, i) => this.#pending[i] === byte))
      this.#pending = this.#pending.subarray(3)
    this.#first = false
    if (!ended && !chunk.includes(LINE_FEED) && this.#pending.length <= CSV_RECORD_BYTES_MAX) return
    let at = 0
    while (at < this.#pending.length && !this.#stopped) {
      const next = yield* this.#record(at, ended)
      if (next === undefined) break
      at = next
    }
    // a copy, so that a small remainder does not hold a large chunk
    this.#pending = this.#pending.slice(at)
  }

  /**
   * Reads one record at `at`; gives where the next begins, undefined when more bytes are needed.
   */
  *#record(at: number, ended: boolean): Generator<CsvItem, number | undefined> {
    const bytes = this.#pending
    if (this.#dropping) return this.#drop(at)
    const scan = scanRecord(bytes, at, { ended, bytesMax: CSV_RECORD_BYTES_MAX })
    if (scan.kind === 'more') return undefined
    const line = this.#line
    if (scan.kind === 'broken') {
      yield malformed(line, scan.code, scan.reason)
      if (this.#columns === undefined) this.#stopped = true
      this.#dropping = true
      return this.#drop(at)
    }
    for (let i = at; i < scan.end; i++) if (bytes[i] === LINE_FEED) this.#line++
    yield this.#judge(line, decodeFields(bytes, scan))
    return scan.end
  }

  #drop(at: number): number {
    const end = this.#pending.indexOf(LINE_FEED, at)
    if (end < 0) return this.#pending.length
    this.#dropping = false
    this.#line++
    return end + 1
  }

  #judge(line: number, fields: readonly string[] | undefined): CsvItem {
    if (this.#columns === undefined) return this.#judgeHeader(line, fields)
    if (fields === undefined) return malformed(line, 'CSV_NOT_UTF8', 'UTF-8 expected')
    if (fields.length !== this.#columns)
      return malformed(
        line,
        'CSV_COLUMNS',
        `${this.#columns} columns expected, got ${fields.length}`,
      )
    return { kind: 'row', line, fields }
  }

  #judgeHeader(line: number, fields: readonly string[] | undefined): CsvItem {
    const fault = fields === undefined ? 'UTF-8 expected' : headerFault(fields)
    if (fields === undefined || fault !== undefined) {
      this.#stopped = true
      return malformed(line, 'CSV_HEADER', fault ?? 'UTF-8 expected')
    }
    this.#columns = fields.length
    return { kind: 'header', line, fields }
  }
}

/**
 * Reads a CSV from chunks: first its header, then rows and malformed records in order. A malformed
 * header ends the reading. Holds at most one record (64 KiB) and one chunk in memory. Errors of the
 * source pass through.
 */
export async function* readCsv(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<CsvItem> {
  const reader = new CsvReader()
  for await (const chunk of chunks) {
    yield* reader.push(chunk, false)
    if (reader.stopped) return
  }
  yield* reader.push(new Uint8Array(0), true)
}
