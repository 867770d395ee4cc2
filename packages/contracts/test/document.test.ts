/** The document file: read back exactly, every misshapen field refused, nothing ever thrown. */
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  DOCUMENT_FORMAT,
  type Document,
  decodeDocument,
  decodeDocumentContent,
  decodeDocumentText,
  encodeDocument,
  schemaId,
} from '../src/index.ts'

const HASH = `0x${'ab'.repeat(32)}` as const

const CONTENT = {
  docType: 'property-sale',
  schema: schemaId('property-sale/1'),
  fields: { Price: '139950', Place: 'NEWBURY' },
  issued: 1_767_225_600,
  expires: null,
  salt: `0x${'01'.repeat(16)}` as const,
}

const BATCH = {
  index: 3,
  path: [HASH],
  previous: HASH,
  count: 2,
  issuer: `0x${'15'.repeat(20)}` as const,
  issuedAt: 1_767_225_700,
}

const DOCUMENT: Document = {
  ...CONTENT,
  chainId: 20_190,
  contract: `0x${'12'.repeat(20)}`,
  batch: BATCH,
}

const FILE = { format: DOCUMENT_FORMAT, ...DOCUMENT }
const { batch: _batch, ...WITHOUT_ANCHOR } = FILE

function codeOf(value: unknown): string {
  const read = decodeDocument(value)
  return read.ok ? 'ok' : `${read.code}: ${read.reason}`
}

test('reads back what it wrote, batched and single', () => {
  const { batch: _, ...rest } = DOCUMENT
  const single: Document = { ...rest, single: true }
  for (const document of [DOCUMENT, single])
    assert.equal(decodeDocumentText(encodeDocument(document)), { ok: true, value: document })
})

test('lowers hex and keeps text as it is', () => {
  const read = decodeDocument({
    ...FILE,
    contract: `0x${'AB'.repeat(20)}`,
    salt: `0x${'CD'.repeat(32)}`,
  })
  assert.ok(read.ok)
  if (!read.ok) return
  assert.is(read.value.contract, `0x${'ab'.repeat(20)}`)
  assert.is(read.value.salt, `0x${'cd'.repeat(32)}`)
})

test('keeps a field named __proto__ as a field', () => {
  const text = encodeDocument(DOCUMENT).replace('"Price"', '"__proto__"')
  const read = decodeDocumentText(text)
  assert.ok(read.ok)
  assert.equal(read.ok ? Object.keys(read.value.fields) : [], ['__proto__', 'Place'])
})

test('refuses every misshapen field by its name', () => {
  const table: readonly [Record<string, unknown>, string][] = [
    [{ format: 'veche-document/2' }, 'format'],
    [{ more: 1 }, 'unknown field "more"'],
    [{ single: true }, 'unknown field "batch"'],
    [{ docType: '' }, 'docType'],
    [{ docType: 'x'.repeat(257) }, 'docType'],
    [{ docType: '\ud800' }, 'docType'],
    [{ schema: '0x12' }, 'schema'],
    [{ fields: [] }, 'fields'],
    [{ fields: { a: 1 } }, 'fields'],
    [{ fields: { '': 'a' } }, 'fields'],
    [{ fields: { a: '\udfff' } }, 'fields'],
    [{ fields: { a: 'x'.repeat(131_073) } }, 'fields'],
    [{ fields: { a: '\u0001'.repeat(30_000) } }, 'fields'],
    [{ fields: Object.fromEntries(Array.from({ length: 257 }, (_, i) => [i, ''])) }, 'fields'],
    [{ issued: -1 }, 'issued'],
    [{ issued: 1.5 }, 'issued'],
    [{ issued: 2 ** 40 }, 'issued'],
    [{ issued: '1' }, 'issued'],
    [{ expires: undefined }, 'expires'],
    [{ expires: 0 }, 'expires'],
    [{ expires: CONTENT.issued }, 'expires'],
    [{ salt: `0x${'01'.repeat(15)}` }, 'salt'],
    [{ salt: `0x${'01'.repeat(33)}` }, 'salt'],
    [{ salt: '01'.repeat(16) }, 'salt'],
    [{ chainId: 0 }, 'chainId'],
    [{ chainId: 2 ** 53 }, 'chainId'],
    [{ contract: HASH }, 'contract'],
    [{ batch: null }, 'batch'],
    [{ batch: { ...BATCH, root: HASH } }, 'unknown field "root"'],
    [{ batch: { ...BATCH, index: 0 } }, 'batch.index'],
    [{ batch: { ...BATCH, path: Array.from({ length: 17 }, () => HASH) } }, 'batch.path'],
    [{ batch: { ...BATCH, path: ['0x'] } }, 'batch.path'],
    [{ batch: { ...BATCH, path: 'x' } }, 'batch.path'],
    [{ batch: { ...BATCH, previous: '0x' } }, 'batch.previous'],
    [{ batch: { ...BATCH, count: 65_537 } }, 'batch.count'],
    [{ batch: { ...BATCH, issuer: HASH } }, 'batch.issuer'],
    [{ batch: { ...BATCH, issuedAt: null } }, 'batch.issuedAt'],
  ]
  assert.is(codeOf(FILE), 'ok')
  for (const [change, word] of table) {
    const got = codeOf({ ...FILE, ...change })
    assert.ok(got.startsWith('DOCUMENT_MALFORMED') && got.includes(word), `${word}: ${got}`)
  }
  for (const name of Object.keys(FILE)) {
    const { [name as keyof typeof FILE]: _, ...rest } = FILE
    assert.match(codeOf(rest), new RegExp(`${name}|single`), name)
  }
  assert.match(codeOf({ ...WITHOUT_ANCHOR, single: false }), /single/)
})

test('refuses what is no object, no JSON or too long', () => {
  for (const value of [undefined, null, 1, 'x', [], new Map()])
    assert.match(codeOf(value), /DOCUMENT_MALFORMED/)
  for (const text of ['', '{', '[]', 'null', ' '.repeat(600_000)]) {
    const read = decodeDocumentText(text)
    assert.is(read.ok ? 'ok' : read.code, 'DOCUMENT_MALFORMED')
  }
})

test('never throws, whatever stands in a field', () => {
  const names = fc.constantFrom(...Object.keys(FILE), 'single', 'more')
  fc.assert(
    fc.property(
      names,
      fc.anything({ withNullPrototype: true, withBigInt: true }),
      (name, value) => {
        const read = decodeDocument({ ...FILE, [name]: value })
        return read.ok || read.code === 'DOCUMENT_MALFORMED'
      },
    ),
  )
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const read = decodeDocumentContent(value)
      return read.ok || read.code === 'DOCUMENT_MALFORMED'
    }),
  )
})

test.run()
