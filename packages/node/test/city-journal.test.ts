import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBatchTree, documentCommitment, makeDocuments, schemaId } from '@veche/contracts'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  batchFileName,
  type JournalLine,
  openDocumentJournal,
  openJournalAt,
} from '../src/city/document-journal.ts'
import { findIssued } from '../src/documents/find.ts'
import { rejects } from './support/rejects.ts'

const root = mkdtempSync(join(tmpdir(), 'veche-journal-'))
let journals = 0
const place = (): string => join(root, `j${journals++}`)
const line = (index: number): JournalLine => ({
  ...{ file: batchFileName(index), documents: 2, batch: { index, root: '0x01' } },
  ...{ transaction: `0x${index}`, blockNumber: index + 10 },
})

test('batch files sort as their numbers do', () => {
  const names = [1, 9, 10, 99, 100, 115_218].map(batchFileName)
  assert.equal([...names].sort(), names)
})

test('a journal opened again has the lines that were appended', async () => {
  const at = place()
  const first = await openJournalAt(at)
  assert.equal(first.lines, [])
  await first.append(line(1))
  await first.append(line(2))
  assert.equal((await openJournalAt(at)).lines, [line(1), line(2)])
})

test('a torn last line is dropped for good, whatever its length', async () => {
  const at = place()
  const file = join(at, 'journal.ndjson')
  const journal = await openJournalAt(at)
  await journal.append(line(1))
  const whole = readFileSync(file, 'utf8')
  await journal.append(line(2))
  const both = readFileSync(file, 'utf8')
  const cuts = fc.integer({ min: whole.length, max: both.length - 1 })
  await fc.assert(
    fc.asyncProperty(cuts, async (cut) => {
      writeFileSync(file, both.slice(0, cut))
      const opened = await openJournalAt(at)
      assert.equal(opened.lines, [line(1)])
      assert.is(readFileSync(file, 'utf8'), whole)
    }),
    { numRuns: 20 },
  )
  const opened = await openJournalAt(at)
  await opened.append(line(3))
  assert.equal((await openJournalAt(at)).lines, [line(1), line(3)], 'the next line stands alone')
})

test('a damaged line before the last refuses the journal', async () => {
  const at = place()
  const journal = await openJournalAt(at)
  await journal.append(line(1))
  const file = join(at, 'journal.ndjson')
  writeFileSync(file, `{"file": \n${readFileSync(file, 'utf8')}`)
  const failure = await rejects(() => openJournalAt(at), 'JOURNAL_DAMAGED')
  assert.ok(failure.message.includes(file), 'the file is named')
})

test('a batch whose journal line was never written is read back as it was', async () => {
  const at = place()
  const documents = [{ a: 'ä' }, { a: 'line\nbreak' }]
  const journal = await openJournalAt(at)
  assert.is(await journal.readBatch(batchFileName(1)), undefined)
  await journal.writeBatch(batchFileName(1), documents)
  const after = await openJournalAt(at)
  assert.equal(after.lines, [], 'the crash came before the line')
  assert.equal(await after.readBatch(batchFileName(1)), documents)
})

test('a batch file is whole or absent: a crash while it is written leaves no batch', async () => {
  const at = place()
  const journal = await openJournalAt(at)
  writeFileSync(join(at, `${batchFileName(1)}.new`), '{"a":"half')
  assert.is(await journal.readBatch(batchFileName(1)), undefined)
  await journal.writeBatch(batchFileName(1), [{ a: 1 }])
  assert.not.ok(existsSync(join(at, `${batchFileName(1)}.new`)))
  assert.equal(await journal.readBatch(batchFileName(1)), [{ a: 1 }])
})

test('each source has a journal of its own', async () => {
  const at = place()
  const csv = await openDocumentJournal(at, { kind: 'csv', key: 'a'.repeat(64), limit: 5 })
  await csv.append(line(1))
  const same = await openDocumentJournal(at, { kind: 'csv', key: 'a'.repeat(64), limit: 5 })
  assert.equal(same.lines, [line(1)])
  const other = await openDocumentJournal(at, { kind: 'csv', key: 'b'.repeat(64), limit: 5 })
  assert.equal(other.lines, [])
})

/** a data directory with one source of two batches of three documents */
async function issuedCity(): Promise<string> {
  const dataDir = place()
  const directory = join(dataDir, 'documents')
  const schema = schemaId('city-document/1')
  const all = [...makeDocuments({ seed: 'journal', count: 6, schema })]
  const journal = await openDocumentJournal(directory, { kind: 'generator', key: 'x', limit: 6 })
  for (const index of [2, 1]) {
    const contents = all.slice(3 * index - 3, 3 * index)
    await journal.writeBatch(batchFileName(index), contents)
    const { root: batchRoot } = createBatchTree(contents.map(documentCommitment))
    const places = { previous: `0x${'00'.repeat(32)}`, issuer: `0x${'11'.repeat(20)}` }
    const record = { root: batchRoot, count: 3, schemaId: schema, issuedAt: 7, uri: '', ...places }
    const batch = { index: index - 1, ...record }
    await journal.append({ ...line(index), documents: 3, batch })
  }
  return dataDir
}

test('an issued document is found by its number over all batches, in their order', async () => {
  const dataDir = await issuedCity()
  const schema = schemaId('city-document/1')
  const all = [...makeDocuments({ seed: 'journal', count: 6, schema })]
  for (const number of [1, 3, 4, 6]) {
    const document = await findIssued(dataDir, number, 99)
    assert.is(
      documentCommitment(document),
      documentCommitment(all[number - 1] as (typeof all)[number]),
      `number ${number}`,
    )
    assert.is(document.chainId, 99)
    assert.ok('batch' in document)
  }
})

test('to look for a document changes no byte: the city may be appending meanwhile', async () => {
  const dataDir = await issuedCity()
  const file = join(dataDir, 'documents', 'generator-x', 'journal.ndjson')
  const torn = `${readFileSync(file, 'utf8')}{"file":"batch-0000`
  writeFileSync(file, torn)
  const before = statSync(file)
  await Promise.all([1, 2, 3].map((number) => findIssued(dataDir, number, 1)))
  assert.is(readFileSync(file, 'utf8'), torn)
  assert.is(statSync(file).ino, before.ino)
})

test('a number that was not issued is refused with the numbers there are', async () => {
  const failure = await rejects(
    async () => findIssued(await issuedCity(), 7, 1),
    'DOCUMENT_NOT_FOUND',
  )
  assert.match(failure.message, 'from 1 to 6')
  await rejects(() => findIssued(place(), 1, 1), 'DOCUMENT_NOT_FOUND')
})

test('a journalled batch without its file, or with one of no documents, is damaged', async () => {
  const dataDir = await issuedCity()
  const file = join(dataDir, 'documents', 'generator-x', batchFileName(1))
  writeFileSync(file, '{"docType":1}\n'.repeat(3))
  await rejects(() => findIssued(dataDir, 1, 1), 'JOURNAL_DAMAGED')
  rmSync(file)
  await rejects(() => findIssued(dataDir, 1, 1), 'JOURNAL_DAMAGED')
})

test.after(() => rmSync(root, { recursive: true }))
test.run()
