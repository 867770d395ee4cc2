/** Slots computed in TypeScript against the compiler's storage layout and the storage of the VM. */
import { type Hash, keccakHex, utf8ToBytes } from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  documentRegistryStorage,
  documentRegistryStructs,
} from '../src/generated/document-registry.ts'
import {
  batchRecordSlot,
  decodeDocumentWord,
  documentRegistry,
  documentSlot,
} from '../src/index.ts'
import { storageWord } from './support/chain.ts'
import { act, createRegistry, ISSUER, postBatch, SCHEMA } from './support/registry.ts'

const A: Hash = keccakHex(utf8ToBytes('a'))

test('the compiler lays out a document as the decoder reads it', () => {
  assert.equal(documentRegistryStorage._batches.type, 'mapping(uint40 => bytes32)')
  assert.is(
    documentRegistryStorage._documents.type,
    'mapping(bytes32 => mapping(bytes32 => struct IDocumentRegistry.Document))',
  )
  assert.equal(documentRegistryStructs['IDocumentRegistry.Document'], {
    status: { slot: 0, offset: 0 },
    reason: { slot: 0, offset: 1 },
    index: { slot: 0, offset: 2 },
    issuedAt: { slot: 0, offset: 7 },
    issuer: { slot: 0, offset: 12 },
    head: { slot: 1, offset: 0 },
    successor: { slot: 2, offset: 0 },
  })
})

test('the VM keeps batches and documents under the computed slots', async () => {
  const registry = await createRegistry()
  const { chain, address } = registry
  assert.is(await storageWord(chain, address, batchRecordSlot(1)), 0n)
  await postBatch(registry, [A])
  assert.is.not(await storageWord(chain, address, batchRecordSlot(1)), 0n)
  assert.is(await storageWord(chain, address, documentSlot(A, SCHEMA)), 0n)
  await act(registry, ISSUER, documentRegistry.issue(A, SCHEMA))
  assert.equal(decodeDocumentWord(await storageWord(chain, address, documentSlot(A, SCHEMA))), {
    status: 'issued',
    reason: 0,
    index: 2,
    issuedAt: chain.nowSeconds,
    issuer: ISSUER,
  })
})

test('decodes every word or none, and never throws', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(1n << 257n), max: 1n << 257n }), (word) => {
      const state = decodeDocumentWord(word)
      return state === undefined || /^0x[0-9a-f]{40}$/.test(state.issuer)
    }),
  )
  assert.is(decodeDocumentWord(5n), undefined)
})

test.run()
