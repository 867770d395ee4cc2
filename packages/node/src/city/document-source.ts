/**
 * Where the city's documents come from: the rows of any CSV file, or a deterministic generator.
 * Rows that cannot be read are reported with their line number and counted, never dropped silently.
 */
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, existsSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { type DocumentContent, makeDocuments, readCsv, rowToDocument } from '@veche/contracts'
import { bytesToHex, type Hash, VecheError } from '@veche/primitives'
import type { SourceIdentity } from './document-journal.ts'

export interface DocumentSource {
  readonly identity: SourceIdentity
  /** documents to come, malformed rows counted as if they were good */
  readonly total: number
  documents(): AsyncIterable<DocumentContent>
  skippedRows(): number
}

export interface DocumentSourceOptions {
  /** CSV file; absent: the generator */
  readonly documents?: string
  readonly limit?: number
  readonly schema: Hash
  readonly say: (text: string) => void
}

const GENERATED_DOCUMENTS = 5_000
const GENERATOR_SEED = 'city in a box'
const SALT_BYTES = 16
const LINE_FEED = 10
/** reports of malformed rows before the rest is only counted */
const REPORTS_MAX = 50

export async function openDocumentSource(options: DocumentSourceOptions): Promise<DocumentSource> {
  return options.documents === undefined
    ? generatorSource(options)
    : await csvSource(options.documents, options)
}

function generatorSource({ limit, schema }: DocumentSourceOptions): DocumentSource {
  const total = Math.min(limit ?? GENERATED_DOCUMENTS, GENERATED_DOCUMENTS)
  return {
    identity: { kind: 'generator', key: 'city-in-a-box', limit: total },
    total,
    async *documents() {
      yield* makeDocuments({ seed: GENERATOR_SEED, count: total, schema })
    },
    skippedRows: () => 0,
  }
}

/** One pass for the identity of the file and its number of lines. */
async function survey(file: string): Promise<{ sha256: string; lines: number }> {
  const hash = createHash('sha256')
  let lines = 0
  let last = LINE_FEED
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    for (const byte of chunk) if (byte === LINE_FEED) lines++
    last = chunk.at(-1) ?? last
  }
  return { sha256: hash.digest('hex'), lines: lines + (last === LINE_FEED ? 0 : 1) }
}

async function csvSource(file: string, options: DocumentSourceOptions): Promise<DocumentSource> {
  if (!existsSync(file) || !statSync(file).isFile())
    throw new VecheError('DOCUMENTS_UNREADABLE', `a CSV file expected at ${file}`)
  const { sha256, lines } = await survey(file)
  const limit = options.limit ?? Number.POSITIVE_INFINITY
  let skipped = 0
  const report = (line: number, code: string, reason: string): void => {
    skipped++
    if (skipped <= REPORTS_MAX) options.say(`${file}:${line}: row skipped: ${reason} [${code}]\n`)
    if (skipped === REPORTS_MAX) options.say('further malformed rows are only counted\n')
  }
  const issued = Math.floor(statSync(file).mtimeMs / 1000)
  return {
    identity: { kind: 'csv', key: sha256, limit: Math.min(limit, lines) },
    total: Math.max(0, Math.min(limit, lines - 1)),
    skippedRows: () => skipped,
    async *documents() {
      let header: readonly string[] = []
      let taken = 0
      for await (const item of readCsv(createReadStream(file))) {
        if (taken >= limit) return
        if (item.kind === 'malformed') report(item.line, item.code, item.reason)
        else if (item.kind === 'header') header = item.fields
        else {
          taken++
          yield rowToDocument(item.fields, {
            header,
            docType: basename(file).replace(/\.[^.]*$/, ''),
            schema: options.schema,
            issued,
            expires: null,
            salt: bytesToHex(randomBytes(SALT_BYTES)),
          })
        }
      }
    },
  }
}
