/**
 * Finds the end and the fields of one CSV record in bytes (RFC 4180, section 2). Works on bytes
 * because quotes, commas and line breaks are ASCII and never part of a longer UTF-8 sequence. Pure
 * and total.
 */

export interface CsvRecord {
  readonly kind: 'record'
  /** offset of the next record */
  readonly end: number
  readonly fields: readonly CsvField[]
}

/** Bytes of one field, without its outer quotes. */
export interface CsvField {
  readonly from: number
  readonly to: number
  readonly quoted: boolean
}

export type CsvScan =
  | CsvRecord
  | { readonly kind: 'more' }
  | { readonly kind: 'broken'; readonly code: string; readonly reason: string }

const QUOTE = 0x22
const COMMA = 0x2c
const LINE_FEED = 10
const CARRIAGE_RETURN = 13

function broken(code: string, reason: string): CsvScan {
  return { kind: 'broken', code, reason }
}

/** Offset of the quote that closes the field opened before `at`, or -1 when it is not there yet. */
function closingQuote(bytes: Uint8Array, at: number): number {
  for (let from = at; ; ) {
    const found = bytes.indexOf(QUOTE, from)
    if (found < 0 || bytes[found + 1] !== QUOTE) return found
    from = found + 2
  }
}

/** Offset after the last byte of an unquoted field, its comma or line feed. */
function plainEnd(bytes: Uint8Array, at: number): number {
  let end = at
  while (end < bytes.length && bytes[end] !== COMMA && bytes[end] !== LINE_FEED) end++
  return end
}

interface FieldScan {
  readonly field: CsvField
  /** offset of the byte after the field: comma, line break or the end */
  readonly after: number
}

function scanQuoted(bytes: Uint8Array, at: number, ended: boolean): FieldScan | CsvScan {
  const close = closingQuote(bytes, at + 1)
  // a quote at the very end may be the first half of a doubled one
  if (close < 0 || close + 1 === bytes.length) {
    if (!ended) return { kind: 'more' }
    if (close < 0) return broken('CSV_BAD_QUOTE', 'closing quote expected')
  }
  return { field: { from: at + 1, to: close, quoted: true }, after: close + 1 }
}

function scanPlain(bytes: Uint8Array, at: number, ended: boolean): FieldScan | CsvScan {
  const end = plainEnd(bytes, at)
  if (end === bytes.length && !ended) return { kind: 'more' }
  if (bytes.subarray(at, end).includes(QUOTE))
    return broken('CSV_BAD_QUOTE', 'quotes around the whole field expected')
  const last = bytes[end] !== COMMA && end > at && bytes[end - 1] === CARRIAGE_RETURN
  return { field: { from: at, to: last ? end - 1 : end, quoted: false }, after: end }
}

/** Offset after the line break at `at`, 0 for none, undefined when more bytes decide. */
function lineBreak(bytes: Uint8Array, at: number, ended: boolean): number | undefined {
  if (at >= bytes.length) return ended ? at : undefined
  if (bytes[at] === LINE_FEED) return at + 1
  if (bytes[at] !== CARRIAGE_RETURN) return 0
  if (at + 1 === bytes.length) return ended ? at + 1 : undefined
  return bytes[at + 1] === LINE_FEED ? at + 2 : 0
}

function scan(bytes: Uint8Array, start: number, ended: boolean): CsvScan {
  const fields: CsvField[] = []
  for (let at = start; ; ) {
    const scanned = bytes[at] === QUOTE ? scanQuoted(bytes, at, ended) : scanPlain(bytes, at, ended)
    if (!('field' in scanned)) return scanned
    fields.push(scanned.field)
    if (bytes[scanned.after] === COMMA) {
      at = scanned.after + 1
      continue
    }
    const end = lineBreak(bytes, scanned.after, ended)
    if (end === undefined) return { kind: 'more' }
    if (end === 0) return broken('CSV_BAD_QUOTE', 'comma or line end after a quote expected')
    return { kind: 'record', end, fields }
  }
}

/**
 * Scans the record that begins at `start`. `more` asks for more bytes and is never said when
 * `ended`. A record of more than `bytesMax` bytes is broken (`CSV_TOO_LONG`), a misplaced quote too
 * (`CSV_BAD_QUOTE`); the caller goes on after the record's first line.
 */
export function scanRecord(
  bytes: Uint8Array,
  start: number,
  options: { readonly ended: boolean; readonly bytesMax: number },
): CsvScan {
  const limit = Math.min(bytes.length, start + options.bytesMax + 1)
  const window = bytes.subarray(0, limit)
  const found = scan(window, start, options.ended && limit === bytes.length)
  const isOver =
    (found.kind === 'more' && limit - start > options.bytesMax) ||
    (found.kind === 'record' && found.end - start > options.bytesMax)
  return isOver ? broken('CSV_TOO_LONG', `at most ${options.bytesMax} bytes expected`) : found
}
