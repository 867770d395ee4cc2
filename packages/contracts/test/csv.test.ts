/** The CSV reader: RFC 4180, any chunking, and a line number for everything that is wrong. */
import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { concatBytes, utf8ToBytes } from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CSV_RECORD_BYTES_MAX, type CsvItem, readCsv } from '../src/index.ts'

async function collect(chunks: Parameters<typeof readCsv>[0]): Promise<readonly CsvItem[]> {
  const items: CsvItem[] = []
  for await (const item of readCsv(chunks)) items.push(item)
  return items
}

async function read(source: string | Uint8Array, size = 1 << 20): Promise<readonly CsvItem[]> {
  const bytes = typeof source === 'string' ? utf8ToBytes(source) : source
  const chunks: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size))
  return collect(chunks)
}

/** Items in short: `1 header a|b`, `2 row x|y`, `3 CSV_COLUMNS`. */
async function brief(source: string | Uint8Array, size?: number): Promise<readonly string[]> {
  return (await read(source, size)).map((item) =>
    item.kind === 'malformed'
      ? `${item.line} ${item.code}`
      : `${item.line} ${item.kind} ${item.fields.join('|')}`,
  )
}

test('reads LF and CRLF, a byte order mark, and a last line without an end', async () => {
  assert.equal(await brief('a,b\n1,2\n'), ['1 header a|b', '2 row 1|2'])
  assert.equal(await brief('\ufeffa,b\r\n1,2\r\n3,4'), ['1 header a|b', '2 row 1|2', '3 row 3|4'])
  assert.equal(await brief('a,b\n,\n'), ['1 header a|b', '2 row |'])
  assert.equal(await brief(''), [])
})

test('reads quotes, doubled quotes, and line breaks inside them', async () => {
  const text = 'a,"b ""x"""\n"1\n2","3,4"\r\n5,""\n'
  assert.equal(await brief(text), ['1 header a|b "x"', '2 row 1\n2|3,4', '4 row 5|'])
})

test('reports malformed records by line and goes on with the next', async () => {
  const text = 'a,b\n1\n1,2,3\n\n"x,y\n1,"2"z\n1"2,3\n4,5\n'
  assert.equal(await brief(text), [
    '1 header a|b',
    '2 CSV_COLUMNS',
    '3 CSV_COLUMNS',
    '4 CSV_COLUMNS',
    '5 CSV_BAD_QUOTE',
    '6 CSV_BAD_QUOTE',
    '7 CSV_BAD_QUOTE',
    '8 row 4|5',
  ])
})

test('a stray quote costs one line, wherever the next quote stands', async () => {
  const rows = Array.from({ length: 5_000 }, (_, i) => `${i},x`).join('\n')
  const items = await read(`a,b\n1,"open\n${rows}\n`)
  assert.equal(
    items.filter(({ kind }) => kind === 'malformed').map(({ line }) => line),
    [2],
  )
  assert.is(items.filter(({ kind }) => kind === 'row').length, 5_000)
})

test('refuses invalid UTF-8 by line', async () => {
  const bad = concatBytes(utf8ToBytes('a,b\n1,'), Uint8Array.of(0xff, 0xc3), utf8ToBytes('\n3,4\n'))
  assert.equal(await brief(bad), ['1 header a|b', '2 CSV_NOT_UTF8', '3 row 3|4'])
})

test('drops a record that is too long and keeps its bounds in any chunking', async () => {
  const long = 'x'.repeat(CSV_RECORD_BYTES_MAX + 10)
  const expected = ['1 header a,b', '2 CSV_TOO_LONG', '3 row 3|4'].map((line) =>
    line.replace(',', '|'),
  )
  for (const size of [997, 65_536, 1 << 20])
    assert.equal(await brief(`a,b\n1,${long}\n3,4\n`, size), expected)
  const endless = await brief(`a,b\n1,${long}`, 997)
  assert.equal(endless, ['1 header a|b', '2 CSV_TOO_LONG'])
})

test('a malformed header ends the reading', async () => {
  for (const text of ['a,a\n1,2\n', 'a,\n1,2\n', '\n1\n', `${'x'.repeat(257)}\n1\n`])
    assert.equal(await brief(text), ['1 CSV_HEADER'])
  assert.equal(await brief('"a\n1\n'), ['1 CSV_BAD_QUOTE'])
  const bad = concatBytes(Uint8Array.of(0xff), utf8ToBytes('\n1\n'))
  assert.equal(await brief(bad), ['1 CSV_HEADER'])
})

test('reads back any table in any chunking', async () => {
  const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', 'é', '😀', ' ') })
  const table = fc.array(fc.tuple(cell, cell, cell), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(table, fc.integer({ min: 1, max: 9 }), async (rows, size) => {
      const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`
      const lines = [['a', 'b', 'c'], ...rows].map((row) => row.map(quote).join(','))
      const items = await read(`${lines.join('\r\n')}\r\n`, size)
      const got = items.flatMap((item) => (item.kind === 'row' ? [item.fields] : []))
      assert.equal(got, rows)
    }),
  )
})

test('gives the same items for any bytes in any chunking, and loses no line', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r\n'), maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 7 }), async (body, size) => {
      const whole = await brief(`h,i\n${body}`)
      assert.equal(await brief(`h,i\n${body}`, size), whole)
      const lines = whole.map((line) => Number.parseInt(line, 10))
      assert.ok(
        lines.every((line, i) => i === 0 || line > (lines[i - 1] ?? 0)),
        'lines rise',
      )
    }),
  )
})

const SALES = join(import.meta.dirname, '../../../../shared/data/real/property-sales.csv')

test('reads the real property sales', async () => {
  if (!existsSync(SALES)) return console.log('skipped: ../shared/data/real is absent')
  let rows = 0
  let faults = 0
  for await (const item of readCsv(createReadStream(SALES))) {
    if (item.kind === 'row') rows++
    if (item.kind === 'malformed') faults++
  }
  assert.ok(rows >= 115_218, `${rows} rows`)
  assert.is(faults, 0)
})

test('reads the real fairs with their quoted addresses', async () => {
  const fairs = join(SALES, '../weekend-fairs.csv')
  if (!existsSync(fairs)) return console.log('skipped: ../shared/data/real is absent')
  const items = await collect(createReadStream(fairs))
  assert.is(items.filter(({ kind }) => kind === 'row').length, 109)
  const [, row] = items
  assert.ok(row?.kind === 'row' && row.fields[1]?.includes('"Родники"'))
})

test.run()
