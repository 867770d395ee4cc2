import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DocumentContent, documentCommitment, schemaId } from '@veche/contracts'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type DocumentSource, openDocumentSource } from '../src/city/document-source.ts'
import { contentFromFields, contentsFromCsv } from '../src/documents/issue.ts'
import { rejects } from './support/rejects.ts'

const root = mkdtempSync(join(tmpdir(), 'veche-source-'))
const schema = schemaId('city-document/1')
const said: string[] = []
const say = (text: string): void => void said.push(text)

async function all(source: DocumentSource): Promise<DocumentContent[]> {
  const documents: DocumentContent[] = []
  for await (const document of source.documents()) documents.push(document)
  return documents
}

function csv(name: string, text: string): string {
  const file = join(root, name)
  writeFileSync(file, text)
  return file
}

/** one bad row after the first (an unclosed count of fields) and one in the middle */
const SALES = 'street,price\nGarden,100\nRiver\n"Mill, upper",300\nMarket,400\n'

test('the generator gives the same documents each time, five thousand unless limited', async () => {
  const whole = await openDocumentSource({ schema, say })
  assert.is(whole.total, 5_000)
  const first = await openDocumentSource({ schema, say, limit: 7 })
  const second = await openDocumentSource({ schema, say, limit: 7 })
  assert.is(first.total, 7)
  const documents = await all(first)
  assert.is(documents.length, 7)
  assert.equal(documents, await all(second))
  assert.is(new Set(documents.map(documentCommitment)).size, 7, 'all differ')
  assert.is((await openDocumentSource({ schema, say, limit: 9_999 })).total, 5_000)
})

test('every row of a CSV file becomes a document with the fields of the header', async () => {
  const file = csv('sales.csv', 'street,price\nGarden,100\n"Mill, upper",300')
  utimesSync(file, 1_700_000_000, 1_700_000_000)
  const source = await openDocumentSource({ documents: file, schema, say })
  assert.is(source.total, 2, 'a last line without a line end counts')
  const documents = await all(source)
  assert.equal(
    documents.map(({ fields }) => fields),
    [
      { street: 'Garden', price: '100' },
      { street: 'Mill, upper', price: '300' },
    ],
  )
  for (const document of documents) {
    assert.is(document.docType, 'sales')
    assert.is(document.schema, schema)
    assert.is(document.issued, 1_700_000_000)
  }
  assert.is.not(documents[0]?.salt, documents[1]?.salt)
})

test('a malformed row is reported with its line number, counted and skipped', async () => {
  said.length = 0
  const file = csv('bad.csv', SALES)
  const source = await openDocumentSource({ documents: file, schema, say })
  const documents = await all(source)
  assert.equal(
    documents.map(({ fields }) => fields['price']),
    ['100', '300', '400'],
  )
  assert.is(source.skippedRows(), 1)
  assert.is(said.length, 1)
  assert.match(said[0] as string, `${file}:3: row skipped`)
  assert.match(said[0] as string, /\[[A-Z_]+\]\n$/)
})

test('past fifty reports malformed rows are only counted', async () => {
  said.length = 0
  const file = csv('worse.csv', `a,b\n${'lonely\n'.repeat(60)}1,2\n`)
  const source = await openDocumentSource({ documents: file, schema, say })
  assert.is((await all(source)).length, 1)
  assert.is(source.skippedRows(), 60)
  assert.is(said.length, 51)
  assert.match(said[50] as string, 'only counted')
})

test('a limit counts documents, not malformed rows', async () => {
  const file = csv('limited.csv', SALES)
  const source = await openDocumentSource({ documents: file, schema, say, limit: 2 })
  assert.is(source.total, 2)
  assert.equal(
    (await all(source)).map(({ fields }) => fields['price']),
    ['100', '300'],
  )
  const none = await openDocumentSource({ documents: file, schema, say, limit: 0 })
  assert.equal(await all(none), [])
})

test('a file is known by its content: the name says nothing, a changed digit everything', async () => {
  const open = (name: string, text: string): Promise<DocumentSource> =>
    openDocumentSource({ documents: csv(name, text), schema, say })
  const one = await open('one.csv', SALES)
  const copy = await open('two.csv', SALES)
  const other = await open('three.csv', SALES.replace('400', '401'))
  assert.equal(copy.identity, one.identity)
  assert.is.not(other.identity.key, one.identity.key)
  assert.is(one.identity.kind, 'csv')
})

test('a CSV file of nothing gives no documents', async () => {
  for (const text of ['', 'street,price\n']) {
    const source = await openDocumentSource({ documents: csv('empty.csv', text), schema, say })
    assert.is(source.total, 0)
    assert.equal(await all(source), [])
  }
})

test('a path that is no file is refused', async () => {
  const open = (documents: string) => () => openDocumentSource({ documents, schema, say })
  await rejects(open(join(root, 'absent.csv')), 'DOCUMENTS_UNREADABLE')
  await rejects(open(root), 'DOCUMENTS_UNREADABLE')
})

const defaults = { docType: 'sale', schema, issued: 1, expires: null }

test('a department reads its own CSV file with the same reports', async () => {
  const reports: string[] = []
  const file = csv('own.csv', SALES)
  const contents = await contentsFromCsv(file, defaults, (text) => void reports.push(text))
  assert.is(contents.length, 3)
  assert.match(reports.join(''), `${file}:3: row skipped`)
})

test('a JSON object of texts is one document; anything else is refused by name', async () => {
  const content = await contentFromFields(csv('f.json', '{"street":"Garden"}'), defaults)
  assert.equal(content.fields, { street: 'Garden' })
  const refused = (text: string, code: string) =>
    rejects(() => contentFromFields(csv('g.json', text), defaults), code)
  await refused('{"street":', 'DOCUMENTS_UNREADABLE')
  await refused('{"price":100}', 'DOCUMENT_MALFORMED')
  await refused('["a"]', 'DOCUMENT_MALFORMED')
  await rejects(() => contentFromFields(join(root, 'no.json'), defaults), 'DOCUMENTS_UNREADABLE')
})

const SHARED = join(import.meta.dirname, '../../../../shared/data/real/property-sales.csv')

test('real property sales give as many documents as rows', async () => {
  if (!existsSync(SHARED)) {
    process.stdout.write('skipped: property-sales.csv is absent\n')
    return
  }
  const source = await openDocumentSource({ documents: SHARED, schema, say, limit: 5_000 })
  let taken = 0
  for await (const document of source.documents()) {
    if (taken === 0) assert.ok(Object.keys(document.fields).length >= 2)
    taken++
  }
  assert.is(taken, 5_000)
  const whole = await openDocumentSource({ documents: SHARED, schema, say })
  assert.is(whole.total, 115_219)
})

test.after(() => rmSync(root, { recursive: true }))
test.run()
