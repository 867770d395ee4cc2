/** Commitments against an independent ABI coder, and the privacy that salts give. */
import { type Hex, hexToBytes, keccak256, keccakHex, utf8ToBytes } from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeAbiParameters, parseAbiParameters, toHex, keccak256 as viemKeccak } from 'viem/utils'
import {
  canonicalJson,
  type DocumentContent,
  documentCommitment,
  documentLeaf,
  payloadHash,
  schemaId,
} from '../src/index.ts'

const DOCUMENT: DocumentContent = {
  docType: 'property-sale',
  schema: schemaId('property-sale/1'),
  fields: { Price: '139950', Postcode: 'RG14 6PA', Place: 'NEWBURY' },
  issued: 1_767_225_600,
  expires: null,
  salt: '0x000102030405060708090a0b0c0d0e0f',
}

test('is keccak256(abi.encode(TYPE, fields…, salt)) as viem encodes it', () => {
  const type =
    'VecheDocument/1(string docType,bytes32 schemaId,uint64 issued,uint64 expires,bytes32 payload,bytes salt)'
  const encoded = encodeAbiParameters(
    parseAbiParameters('bytes32, bytes32, bytes32, uint64, uint64, bytes32, bytes32'),
    [
      viemKeccak(toHex(type)),
      viemKeccak(toHex(DOCUMENT.docType)),
      DOCUMENT.schema,
      BigInt(DOCUMENT.issued),
      0n,
      viemKeccak(toHex('{"Place":"NEWBURY","Postcode":"RG14 6PA","Price":"139950"}')),
      viemKeccak(DOCUMENT.salt),
    ],
  )
  assert.is(documentCommitment(DOCUMENT), viemKeccak(encoded))
  assert.is(payloadHash(DOCUMENT.fields), keccakHex(utf8ToBytes(canonicalJson(DOCUMENT.fields))))
})

test('stays what it was: a golden commitment', () => {
  assert.is(
    documentCommitment(DOCUMENT),
    '0x51c865cb447452e38d329f5b2ec76e0edf3ec73eab8e8d0bdc39b5babc453b0c',
  )
})

test('a leaf is the hash of the commitment', () => {
  assert.equal(documentLeaf(DOCUMENT), keccak256(hexToBytes(documentCommitment(DOCUMENT))))
})

test('does not depend on the order of fields', () => {
  const fields = Object.fromEntries(Object.entries(DOCUMENT.fields).reverse())
  assert.is(documentCommitment({ ...DOCUMENT, fields }), documentCommitment(DOCUMENT))
})

test('invariant 9: another salt gives another commitment', () => {
  const aSalt = fc.uint8Array({ minLength: 16, maxLength: 32 }).map((bytes) => toHex(bytes) as Hex)
  fc.assert(
    fc.property(aSalt, aSalt, (a, b) => {
      const one = documentCommitment({ ...DOCUMENT, salt: a })
      return (one === documentCommitment({ ...DOCUMENT, salt: b })) === (a === b)
    }),
  )
})

test.run()
