/**
 * Files of titles: deeds on their way, old records, trees on disk; total, and true to the chain.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { legacyLeaf, SHARE_WHOLE, titleRegistry } from '@veche/contracts'
import {
  bytesToHex,
  foldMerklePath,
  hexToBytes,
  keccakHex,
  utf8ToBytes,
  VecheError,
  ZERO_HASH,
} from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { actFromPairs, titleActFileShape } from '../src/titles/act-file.ts'
import {
  readLegacyHead,
  readLegacyPath,
  readProvenRecord,
  readRecord,
  treeFromRecords,
  writeLegacyTree,
} from '../src/titles/legacy-files.ts'
import { createLegacyRegister, growLegacyTree } from '../src/titles/legacy-register.ts'
import { titleActCall } from '../src/titles/submit.ts'

await installNativeCrypto()
const dir = mkdtempSync(join(tmpdir(), 'veche-titles-'))
test.after(() => rmSync(dir, { recursive: true, force: true }))

const hash = (name: string) => keccakHex(utf8ToBytes(name))
const codeOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'ok',
    (error: unknown) => (error instanceof VecheError ? error.code : 'other'),
  )

const record = (i: number) => ({ property: `77:01:1:${i}`, ownerC: hash(`owner ${i}`) })

test('records become a tree on disk, and each path read from it leads to the root', async () => {
  const file = join(dir, 'records.ndjson')
  const lien = { lienC: hash('l'), holder: `0x${'ab'.repeat(20)}`, priority: 1, kind: 1, until: 0 }
  const lines = [0, 1, 2, 3, 4].map((i) => (i === 2 ? { ...record(i), liens: [lien] } : record(i)))
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'))
  const tree = await treeFromRecords(file)
  await writeLegacyTree(dir, tree)
  const { root, count } = await readLegacyHead(dir)
  assert.is(count, 5)
  for (let i = 0; i < count; i++) {
    const title = await readRecord(file, i)
    assert.is(title.share, SHARE_WHOLE)
    const path = await readLegacyPath(dir, i)
    assert.is(bytesToHex(foldMerklePath(legacyLeaf(title), path.map(hexToBytes))), root)
  }
  assert.is(await codeOf(readLegacyPath(dir, 5)), 'USAGE')
  assert.is(await codeOf(readRecord(file, 5)), 'USAGE')
})

test('a record twice, an unknown field, no record at all are refused', async () => {
  const refuse = (text: string): Promise<string> => {
    const file = join(dir, `${hash(text)}.ndjson`)
    writeFileSync(file, text)
    return codeOf(treeFromRecords(file))
  }
  const line = JSON.stringify(record(1))
  assert.is(await refuse(`${line}\n${line}\n`), 'FILE_MALFORMED')
  assert.is(await refuse(JSON.stringify({ ...record(1), name: 'Ivanov' })), 'FILE_MALFORMED')
  assert.is(await refuse('{'), 'FILE_MALFORMED')
  assert.is(await refuse(''), 'FILE_MALFORMED')
  assert.is(await codeOf(treeFromRecords(join(dir, 'absent'))), 'FILE_UNREADABLE')
  const cut = join(dir, 'cut.json')
  writeFileSync(cut, JSON.stringify({ title: record(1), path: [] }))
  assert.is(await codeOf(readProvenRecord(cut)), 'FILE_MALFORMED')
})

test('an invented register is the same for a seed, and another for another', () => {
  const owners = [hash('a'), hash('b')]
  const root = (seed: string) =>
    growLegacyTree(createLegacyRegister({ seed, count: 33, owners })).root
  assert.is(root('1'), root('1'))
  assert.is.not(root('1'), root('2'))
})

const DEED = {
  format: 'veche-title-act/1',
  chainId: 20190,
  contract: `0x${'00'.repeat(18)}1007`,
  kind: 'Demolition',
  act: { propertyId: hash('p'), prevHead: hash('h'), docC: hash('d'), deadline: 5 },
  openings: { owner: { party: hash('party'), salt: hash('salt') } },
  signatures: {},
  holders: [],
}

test('a deed without a signature is told whose; with all it is the call', () => {
  const signature = { account: `0x${'cd'.repeat(20)}`, data: `0x${'ee'.repeat(65)}` }
  const half = titleActFileShape({ ...DEED, signatures: { owner: signature } }, '')
  assert.ok(half.ok)
  assert.throws(() => titleActCall(half.value), /signature of notary/)
  const whole = titleActFileShape(
    { ...DEED, signatures: { owner: signature, notary: signature } },
    '',
  )
  assert.ok(whole.ok)
  const call = titleRegistry.decodeCall(hexToBytes(titleActCall(whole.value)))
  assert.ok(call.ok)
  assert.is(call.value.name, 'demolish')
})

test('a deed file of any other shape is refused, never half read', () => {
  const bad = [
    { ...DEED, kind: 'Gift' },
    { ...DEED, act: { ...DEED.act, price: 1 } },
    { ...DEED, act: { ...DEED.act, deadline: 2 ** 40 } },
    { ...DEED, kind: 'Transfer' },
    { ...DEED, signatures: { mayor: {} } },
    { ...DEED, format: 'veche-title-act/2' },
  ]
  for (const value of bad) assert.is(titleActFileShape(value, '').ok, false)
  fc.assert(fc.property(fc.jsonValue(), (value) => !titleActFileShape(value, '').ok))
})

test('fields of a draft are told by name', () => {
  const act = actFromPairs('Split', [`docC=${ZERO_HASH}`, 'shares=1,2', 'deadline=7'])
  assert.equal(act, { docC: ZERO_HASH, shares: ['1', '2'], deadline: 7 })
  assert.throws(() => actFromPairs('Split', ['owner=me']), /shares/)
  assert.ok(readFileSync(join(dir, 'legacy.json'), 'utf8').includes('veche-legacy-tree/1'))
})

test.run()
