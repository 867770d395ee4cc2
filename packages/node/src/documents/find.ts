/** Finds a document that `veche city` issued, by its number in a source's journal. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Document, type DocumentContent, decodeDocumentContent } from '@veche/contracts'
import { VecheError } from '@veche/primitives'
import { type JournalLine, readJournalAt } from '../city/document-journal.ts'
import { documentOfBatch, type IssuedBatch } from './issued.ts'

type BatchEntry = IssuedBatch['record'] & { readonly index: number }

function contentsOf(lines: readonly unknown[], file: string): DocumentContent[] {
  return lines.map((line, index) => {
    const content = decodeDocumentContent(line)
    if (content.ok) return content.value
    throw new VecheError('JOURNAL_DAMAGED', `${file}, line ${index + 1}: ${content.reason}`)
  })
}

/**
 * The `number`-th document (from 1) issued under `<data-dir>/documents`, over all sources in the
 * order of their directory names. Throws `DOCUMENT_NOT_FOUND`.
 */
export async function findIssued(
  dataDir: string,
  number: number,
  chainId: number,
): Promise<Document> {
  const directory = join(dataDir, 'documents')
  const sources = existsSync(directory) ? readdirSync(directory).sort() : []
  let before = 0
  for (const source of sources) {
    const journal = await readJournalAt(join(directory, source))
    const lines = [...journal.lines].sort((a, b) => (a.file < b.file ? -1 : 1))
    for (const line of lines) {
      if (number <= before + line.documents)
        return read(journal, line, { position: number - before - 1, chainId })
      before += line.documents
    }
  }
  throw new VecheError('DOCUMENT_NOT_FOUND', `a number from 1 to ${before} expected, got ${number}`)
}

async function read(
  journal: { readBatch(file: string): Promise<readonly unknown[] | undefined> },
  line: JournalLine,
  wanted: { position: number; chainId: number },
): Promise<Document> {
  const written = await journal.readBatch(line.file)
  if (written === undefined)
    throw new VecheError(
      'JOURNAL_DAMAGED',
      `the file ${line.file} of a journalled batch is missing`,
    )
  const { index, ...record } = line.batch as BatchEntry
  const contents = contentsOf(written, line.file)
  return documentOfBatch({ chainId: wanted.chainId, index, record, contents }, wanted.position)
}
