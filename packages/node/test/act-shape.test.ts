/** Shapes of JSON files: total, exact, and naming the place of a misfit. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readJsonFile, writeJsonFile } from '../src/act/files.ts'
import {
  addressShape,
  amountShape,
  booleanShape,
  bytesShape,
  hashShape,
  integerShape,
  listShape,
  nullableShape,
  objectShape,
  oneOfShape,
  optional,
  textShape,
} from '../src/act/shape.ts'
import { rejects } from './support/rejects.ts'

const shape = objectShape({
  format: oneOfShape('act/1'),
  owner: addressShape,
  head: hashShape,
  amount: amountShape,
  count: integerShape(1, 5),
  note: optional(textShape(10)),
  until: nullableShape(integerShape(0, 100)),
  parts: listShape(objectShape({ on: booleanShape, data: bytesShape(4) }), 2),
})

const good = {
  format: 'act/1',
  owner: '0x27B1fdb04752bbc536007a920d24acb045561c26',
  head: `0x${'AB'.repeat(32)}`,
  amount: '115792089237316195423570985008687907853269984665640564039457584007913129639935',
  count: 5,
  until: null,
  parts: [{ on: true, data: '0x00' }],
}

test('takes what fits, with addresses and hashes in lower case', () => {
  const found = shape(good, '')
  assert.ok(found.ok)
  assert.is(found.value.owner, good.owner.toLowerCase())
  assert.is(found.value.head, good.head.toLowerCase())
  assert.is(found.value.amount, 2n ** 256n - 1n)
  assert.is(found.value.note, undefined)
})

const misfits: readonly (readonly [string, object, string])[] = [
  ['an unknown field', { ...good, extra: 1 }, 'extra'],
  ['an absent field', { ...good, owner: undefined, count: undefined }, 'owner'],
  ['a number for an amount', { ...good, amount: 1 }, 'amount'],
  ['an amount of 257 bits', { ...good, amount: (2n ** 256n).toString() }, 'amount'],
  ['an amount with a leading zero', { ...good, amount: '01' }, 'amount'],
  ['a number out of range', { ...good, count: 6 }, 'count'],
  ['a fraction', { ...good, count: 1.5 }, 'count'],
  ['another format', { ...good, format: 'act/2' }, 'format'],
  ['a text too long', { ...good, note: 'x'.repeat(11) }, 'note'],
  ['a list too long', { ...good, parts: [1, 2, 3] }, 'parts'],
  ['an unknown field inside', { ...good, parts: [{ on: true, data: '0x', x: 1 }] }, 'parts[0].x'],
  ['too many bytes', { ...good, parts: [{ on: true, data: '0x0011223344' }] }, 'parts[0].data'],
  ['half a byte', { ...good, parts: [{ on: true, data: '0x0' }] }, 'parts[0].data'],
]

test('refuses every misfit with its place', () => {
  for (const [what, value, place] of misfits) {
    const found = shape(JSON.parse(JSON.stringify(value)), '')
    assert.is(found.ok, false, what)
    if (!found.ok) {
      assert.is(found.code, 'FILE_MALFORMED')
      assert.ok(found.reason.startsWith(`${place}:`), `${what}: ${found.reason}`)
    }
  }
})

test('a field of the prototype is a stranger', () => {
  const found = shape(JSON.parse('{"__proto__": {"format": "act/1"}}'), '')
  assert.is(found.ok, false)
})

test('is total: any JSON is a value or a refusal', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => void shape(value, '')))
})

test('reads and writes files, for the owner only, and overwrites none', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'veche-shape-'))
  const path = join(dir, 'a.json')
  await writeJsonFile(path, { ...good, amount: 12n })
  assert.is(statSync(path).mode & 0o777, 0o600)
  assert.is((await readJsonFile(path, shape)).amount, 12n)
  await rejects(() => writeJsonFile(path, {}), 'FILE_EXISTS')
  await rejects(() => readJsonFile(path, shape, 10), 'FILE_UNREADABLE')
  await rejects(() => readJsonFile(join(dir, 'b'), shape), 'FILE_UNREADABLE')
  writeFileSync(join(dir, 'c'), '{')
  await rejects(() => readJsonFile(join(dir, 'c'), shape), 'FILE_MALFORMED')
  rmSync(dir, { recursive: true })
})

test.run()
