/** From a row of any CSV to a document's content: every column becomes a field. */
import { assert, type Hash, type Hex } from '@veche/primitives'
import type { DocumentContent } from './document.ts'

/** What a row does not say about its document. */
export interface RowContext {
  readonly header: readonly string[]
  readonly docType: string
  /** schema id, 32 bytes */
  readonly schema: Hash
  /** unix seconds */
  readonly issued: number
  /** unix seconds, null for never */
  readonly expires: number | null
  /** 16 to 32 fresh random bytes: one salt per document, or rows of few values can be guessed */
  readonly salt: Hex
}

/** The content of a row's document: header → value. Rows come from `readCsv`, so columns match. */
export function rowToDocument(row: readonly string[], context: RowContext): DocumentContent {
  const { header, docType, schema, issued, expires, salt } = context
  assert(row.length === header.length, `${header.length} columns expected, got ${row.length}`)
  const fields = Object.fromEntries(header.map((name, i) => [name, row[i] ?? '']))
  return { docType, schema, fields, issued, expires, salt }
}
