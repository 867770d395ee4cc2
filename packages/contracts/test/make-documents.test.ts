/** The generator, the row mapper, and the privacy lint: nothing of a document reaches the chain. */
import { bytesToHex, utf8ToBytes } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  documentRegistry as call,
  decodeDocumentContent,
  documentCommitment,
  EMPTY_BATCH_PROOF,
  GENERATED_TYPES,
  makeDocuments,
  rowToDocument,
  schemaId,
} from '../src/index.ts'
import {
  act,
  createRegistry,
  ISSUER,
  postBatch,
  REVOKER,
  type Registry,
  SCHEMA,
} from './support/registry.ts'

test('one seed gives one list, another seed another', () => {
  const make = (seed: string) => [...makeDocuments({ seed, count: 30 })]
  assert.equal(make('a'), make('a'))
  assert.is.not(make('a')[0]?.salt, make('b')[0]?.salt)
})

test('makes contents that the decoder takes, no two with one salt or commitment', () => {
  const list = [...makeDocuments({ seed: 'valid', count: 500 })]
  for (const content of list)
    assert.equal(decodeDocumentContent(content), { ok: true, value: content })
  assert.is(new Set(list.map(({ salt }) => salt)).size, 500)
  assert.is(new Set(list.map(documentCommitment)).size, 500)
  assert.equal(
    new Set(list.map(({ docType, schema }) => `${docType} ${schema}`)),
    new Set(GENERATED_TYPES.map(({ docType, schema }) => `${docType} ${schema}`)),
  )
})

test('every column of a row becomes a field', () => {
  const context = {
    header: ['Price', '__proto__'],
    docType: 'property-sale',
    schema: schemaId('property-sale/1'),
    issued: 1,
    expires: null,
    salt: `0x${'01'.repeat(16)}` as const,
  }
  const content = rowToDocument(['139950', 'x'], context)
  assert.equal(Object.entries(content.fields), [
    ['Price', '139950'],
    ['__proto__', 'x'],
  ])
  assert.ok(decodeDocumentContent(content).ok)
  assert.throws(() => rowToDocument(['1'], context), /2 columns expected, got 1/)
})

/** Spellings of a text that a leak would show: UTF-8, a padded word, and its bare number. */
function spellings(text: string): readonly string[] {
  const found = [bytesToHex(utf8ToBytes(text)).slice(2)]
  if (/^\d+$/.test(text)) found.push(BigInt(text).toString(16).padStart(64, '0'))
  return found
}

async function traffic(registry: Registry): Promise<{ sent: string; secrets: readonly string[] }> {
  const documents = [...makeDocuments({ seed: 'privacy', count: 40, schema: SCHEMA })]
  const commitments = documents.map(documentCommitment)
  const pieces: string[] = []
  const note = async (from: typeof ISSUER, data: ReturnType<typeof call.totals>) => {
    const outcome = await act(registry, from, data)
    assert.ok(outcome.ok)
    pieces.push(data)
    for (const log of outcome.logs) pieces.push(...log.topics, bytesToHex(log.data))
  }
  const { proofs, outcome } = await postBatch(registry, commitments)
  for (const log of outcome.logs) pieces.push(...log.topics, bytesToHex(log.data))
  for (const [i, commitment] of commitments.entries()) {
    const proof = proofs[i] ?? EMPTY_BATCH_PROOF
    const target = { commitment, schemaId: SCHEMA, reason: 1, proof }
    if (i % 3 === 0) await note(ISSUER, call.issue(commitment, SCHEMA))
    if (i % 3 === 1) await note(REVOKER, call.revoke(target))
    if (i % 3 === 2) await note(ISSUER, call.suspend(target))
  }
  const secrets = documents.flatMap(({ fields, salt, issued, docType }) => [
    ...Object.values(fields).filter((text) => text.length > 2),
    ...[docType, String(issued), salt],
  ])
  return { sent: pieces.join(' '), secrets }
}

test('invariant 8: no calldata or event holds a field, a date or a salt', async () => {
  const { sent, secrets } = await traffic(await createRegistry())
  for (const secret of secrets) {
    const forms = secret.startsWith('0x') ? [secret.slice(2)] : spellings(secret)
    for (const form of forms) assert.not(sent.includes(form), secret)
  }
  // the lint sees what is there
  assert.ok(sent.includes(SCHEMA.slice(2)))
})

test.run()
