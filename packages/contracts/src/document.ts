/**
 * The document file `veche-document/1`: what a citizen keeps. The chain holds only its salted
 * commitment; this file opens it. Decoding is total and refuses unknown fields.
 */
import {
  type Accepted,
  type Address,
  accept,
  type Hash,
  type Hex,
  isAddress,
  isHash,
  isHex,
  type Refusal,
  type Result,
  refuse,
} from '@veche/primitives'
import { canonicalJson } from './canonical-json.ts'
import {
  BATCH_COUNT_MAX,
  FIELDS_MAX,
  INDEX_MAX,
  NAME_LENGTH_MAX,
  PATH_LENGTH_MAX,
  PAYLOAD_BYTES_MAX,
  SALT_BYTES_MAX,
  SALT_BYTES_MIN,
  TIME_MAX_SECONDS,
} from './limits.ts'

/** The value of `format` in a document file. */
export const DOCUMENT_FORMAT = 'veche-document/1'

/** What a document says. Everything here is bound by its commitment. */
export interface DocumentContent {
  /** such as `property-sale` */
  readonly docType: string
  /** schema id, 32 bytes */
  readonly schema: Hash
  readonly fields: Readonly<Record<string, string>>
  /** unix seconds */
  readonly issued: number
  /** unix seconds from which it is no longer in force; null for never */
  readonly expires: number | null
  /** 16 to 32 random bytes, one salt per document */
  readonly salt: Hex
}

/** Where a batched document stands: its batch's record (without root and schema) and its path. */
export interface BatchPlace {
  readonly index: number
  /** sibling hashes from leaf to root */
  readonly path: readonly Hash[]
  /** stored hash of the batch before, zero for the first */
  readonly previous: Hash
  /** leaves in the tree */
  readonly count: number
  readonly issuer: Address
  /** unix seconds of the block that took the batch */
  readonly issuedAt: number
}

interface Anchored extends DocumentContent {
  readonly chainId: number
  /** the DocumentRegistry */
  readonly contract: Address
}

/** A document as its file holds it: anchored by a batch or by a single issue. */
export type Document =
  | (Anchored & { readonly batch: BatchPlace; readonly single?: never })
  | (Anchored & { readonly single: true; readonly batch?: never })

type Members = Readonly<Record<string, unknown>>

const BASE = ['format', 'docType', 'schema', 'fields', 'issued', 'expires', 'salt']
const ANCHORED = [...BASE, 'chainId', 'contract']
const BATCH = ['index', 'path', 'previous', 'count', 'issuer', 'issuedAt']

function malformed(reason: string): Refusal {
  return refuse('DOCUMENT_MALFORMED', reason)
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isInteger(value: unknown, min: number, max: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
}

function isName(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= NAME_LENGTH_MAX &&
    value.isWellFormed()
  )
}

function lower(hex: Hex): Hex {
  return hex.toLowerCase() as Hex
}

/** The first reason why the members are not exactly those named, or undefined. */
function misnamed(members: Members, names: readonly string[]): string | undefined {
  const missing = names.find((name) => !Object.hasOwn(members, name))
  if (missing !== undefined) return `field ${missing} expected`
  const unknown = Object.keys(members).find((name) => !names.includes(name))
  return unknown === undefined ? undefined : `unknown field ${JSON.stringify(unknown.slice(0, 64))}`
}

function decodeFields(value: unknown): Result<Readonly<Record<string, string>>> {
  if (!isObject(value)) return malformed('fields: object expected')
  const entries = Object.entries(value)
  if (entries.length > FIELDS_MAX) return malformed(`fields: at most ${FIELDS_MAX} expected`)
  let characters = 0
  const texts: [string, string][] = []
  for (const [name, text] of entries) {
    if (!isName(name)) return malformed(`fields: names of 1 to ${NAME_LENGTH_MAX} chars expected`)
    if (typeof text !== 'string' || !text.isWellFormed())
      return malformed(`fields: text expected in ${JSON.stringify(name)}`)
    characters += name.length + text.length
    if (characters > PAYLOAD_BYTES_MAX)
      return malformed(`fields: at most ${PAYLOAD_BYTES_MAX} bytes expected`)
    texts.push([name, text])
  }
  const fields = Object.fromEntries(texts)
  if (canonicalJson(fields).length > PAYLOAD_BYTES_MAX)
    return malformed(`fields: at most ${PAYLOAD_BYTES_MAX} bytes expected`)
  return accept(fields)
}

/** Judges foreign content (no anchor, no `format`). Refuses with `DOCUMENT_MALFORMED`. */
export function decodeDocumentContent(value: unknown): Result<DocumentContent> {
  if (!isObject(value)) return malformed('object expected')
  const { docType, schema, issued, expires, salt } = value as Record<string, unknown> & {
    docType?: unknown
    schema?: unknown
    issued?: unknown
    expires?: unknown
    salt?: unknown
  }
  if (!isName(docType)) return malformed(`docType: 1 to ${NAME_LENGTH_MAX} characters expected`)
  if (!isHash(schema)) return malformed('schema: 32 bytes expected')
  if (!isInteger(issued, 0, TIME_MAX_SECONDS)) return malformed('issued: unix seconds expected')
  if (expires !== null && !isInteger(expires, issued + 1, TIME_MAX_SECONDS))
    return malformed('expires: null or unix seconds after issued expected')
  if (!isHex(salt) || salt.length < 2 + 2 * SALT_BYTES_MIN || salt.length > 2 + 2 * SALT_BYTES_MAX)
    return malformed(`salt: ${SALT_BYTES_MIN} to ${SALT_BYTES_MAX} bytes expected`)
  const fields = decodeFields(value['fields'])
  if (!fields.ok) return fields
  return accept({
    docType,
    schema: lower(schema),
    fields: fields.value,
    issued,
    expires,
    salt: lower(salt),
  })
}

function decodeBatchPlace(value: unknown): Result<BatchPlace> {
  if (!isObject(value)) return malformed('batch: object expected')
  const wrong = misnamed(value, BATCH)
  if (wrong !== undefined) return malformed(`batch: ${wrong}`)
  const { index, path, previous, count, issuer, issuedAt } = value as Partial<
    Record<keyof BatchPlace, unknown>
  >
  if (!isInteger(index, 1, INDEX_MAX)) return malformed('batch.index: issue number expected')
  if (!Array.isArray(path) || path.length > PATH_LENGTH_MAX || !path.every(isHash))
    return malformed(`batch.path: at most ${PATH_LENGTH_MAX} hashes expected`)
  if (!isHash(previous)) return malformed('batch.previous: 32 bytes expected')
  if (!isInteger(count, 1, BATCH_COUNT_MAX))
    return malformed(`batch.count: 1 to ${BATCH_COUNT_MAX} expected`)
  if (!isAddress(issuer)) return malformed('batch.issuer: address expected')
  if (!isInteger(issuedAt, 0, TIME_MAX_SECONDS))
    return malformed('batch.issuedAt: unix seconds expected')
  return accept({
    index,
    path: path.map((hash) => lower(hash)),
    previous: lower(previous),
    count,
    issuer: lower(issuer),
    issuedAt,
  })
}

/**
 * Decodes a foreign value (parsed JSON) as a document file. Total; refuses unknown, missing or
 * misshapen fields with `DOCUMENT_MALFORMED`. Hex is lowered.
 */
export function decodeDocument(value: unknown): Result<Document> {
  if (!isObject(value)) return malformed('object expected')
  if (value['format'] !== DOCUMENT_FORMAT) return malformed(`format: ${DOCUMENT_FORMAT} expected`)
  const single = Object.hasOwn(value, 'single')
  const wrong = misnamed(value, [...ANCHORED, single ? 'single' : 'batch'])
  if (wrong !== undefined) return malformed(wrong)
  const { chainId, contract } = value as { chainId?: unknown; contract?: unknown }
  if (!isInteger(chainId, 1, Number.MAX_SAFE_INTEGER)) return malformed('chainId: number expected')
  if (!isAddress(contract)) return malformed('contract: address expected')
  const content = decodeDocumentContent(value)
  if (!content.ok) return content
  const anchored = { ...content.value, chainId, contract: lower(contract) }
  if (single) {
    if (value['single'] !== true) return malformed('single: true expected')
    return accept({ ...anchored, single: true })
  }
  const batch = decodeBatchPlace(value['batch'])
  return batch.ok ? accept({ ...anchored, batch: batch.value }) : batch
}

/**
 * Decodes the text of a document file. Refuses with `DOCUMENT_MALFORMED`, also what is not JSON.
 */
export function decodeDocumentText(text: string): Result<Document> {
  const parsed = parseJson(text)
  return parsed.ok ? decodeDocument(parsed.value) : parsed
}

function parseJson(text: string): Accepted<unknown> | Refusal {
  if (text.length > 4 * PAYLOAD_BYTES_MAX)
    return malformed(`at most ${4 * PAYLOAD_BYTES_MAX} characters expected, got ${text.length}`)
  try {
    return accept(JSON.parse(text) as unknown)
  } catch {
    return malformed('JSON expected')
  }
}

/** The text of a document file: indented JSON that {@link decodeDocumentText} reads back. */
export function encodeDocument(document: Document): string {
  const { docType, schema, fields, issued, expires, salt, chainId, contract } = document
  const anchor = document.single ? { single: true } : { batch: document.batch }
  const head = { format: DOCUMENT_FORMAT, docType, schema, fields, issued, expires, salt }
  return `${JSON.stringify({ ...head, chainId, contract, ...anchor }, null, 2)}\n`
}
