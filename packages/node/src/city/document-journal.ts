/**
 * What the city has issued, on disk beside the chain: one ndjson file of documents a batch, written
 * and fsynced before its transaction is sent (a salt that is lost makes a document unprovable), and
 * a journal line once the batch is final. After a crash a batch without a line is looked up on the
 * chain.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { VecheError } from '@veche/primitives'

/** One final batch. */
export interface JournalLine {
  /** file name of the documents, one JSON a line */
  readonly file: string
  readonly documents: number
  /** the BatchIssued record, JSON-safe */
  readonly batch: unknown
  readonly transaction: string
  readonly blockNumber: number
}

/** Where the documents come from: the same source goes on where it stopped, another starts anew. */
export interface SourceIdentity {
  readonly kind: 'csv' | 'generator'
  /** sha256 of the file, or the seed */
  readonly key: string
  readonly limit: number
}

export interface DocumentJournal {
  readonly directory: string
  readonly lines: readonly JournalLine[]
  /** documents of a batch whose file exists; undefined when it was never written */
  readBatch(file: string): Promise<readonly unknown[] | undefined>
  writeBatch(file: string, documents: readonly unknown[]): Promise<void>
  append(line: JournalLine): Promise<void>
}

export function batchFileName(index: number): string {
  return `batch-${String(index).padStart(6, '0')}.ndjson`
}

function journalPath(directory: string): string {
  return join(directory, 'journal.ndjson')
}

function parseLines(text: string, path: string): unknown[] {
  const lines = text.split('\n')
  // a torn last line has no line end: its batch is then looked up on the chain
  lines.pop()
  try {
    return lines.map((line) => JSON.parse(line) as unknown)
  } catch (cause) {
    throw new VecheError('JOURNAL_DAMAGED', `JSON lines expected in ${path}`, { cause })
  }
}

async function writeDurably(path: string, text: string, flag: 'w' | 'a'): Promise<void> {
  const file = await open(path, flag)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Opens the journal of one source under `<data-dir>/documents`. */
export function openDocumentJournal(
  directory: string,
  source: SourceIdentity,
): Promise<DocumentJournal> {
  return openJournalAt(join(directory, `${source.kind}-${source.key.slice(0, 16)}`))
}

/** What reads need: a running city may be appending, so a reader changes nothing. */
export type JournalReader = Pick<DocumentJournal, 'directory' | 'lines' | 'readBatch'>

/** Reads the journal in this directory; empty when there is none. Throws `JOURNAL_DAMAGED`. */
export async function readJournalAt(own: string): Promise<JournalReader> {
  const path = journalPath(own)
  const lines = existsSync(path)
    ? (parseLines(await readFile(path, 'utf8'), path) as JournalLine[])
    : []
  return {
    directory: own,
    lines,
    async readBatch(file) {
      const batch = join(own, file)
      return existsSync(batch) ? parseLines(await readFile(batch, 'utf8'), batch) : undefined
    },
  }
}

/**
 * Opens the journal in this directory for its only writer, made when missing. Throws
 * `JOURNAL_DAMAGED`.
 */
export async function openJournalAt(own: string): Promise<DocumentJournal> {
  mkdirSync(own, { recursive: true })
  const reader = await readJournalAt(own)
  const lines = [...reader.lines]
  const journalFile = journalPath(own)
  // drops a torn last line for good
  await writeDurably(
    `${journalFile}.new`,
    lines.map((one) => `${JSON.stringify(one)}\n`).join(''),
    'w',
  )
  await rename(`${journalFile}.new`, journalFile)
  return {
    ...reader,
    lines,
    async writeBatch(file, documents) {
      const path = join(own, file)
      const text = documents.map((document) => `${JSON.stringify(document)}\n`).join('')
      await writeDurably(`${path}.new`, text, 'w')
      await rename(`${path}.new`, path)
    },
    async append(line) {
      lines.push(line)
      await writeDurably(journalFile, `${JSON.stringify(line)}\n`, 'a')
    },
  }
}
