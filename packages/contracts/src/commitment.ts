/**
 * From a document to the 32 bytes that the chain holds (services.md, "Common choices"):
 *
 *     C    = keccak256(abi.encode(TYPE, docTypeHash, schemaId, issued, expires, payload, saltHash))
 *     leaf = keccak256(C)
 *
 * The commitment C is the document's name on the chain. The leaf hashes 32 bytes and an inner node
 * hashes 64, so that no inner node of a batch can be passed off as a document.
 */
import {
  bytesToHex,
  concatBytes,
  type Hash,
  hexToBytes,
  keccak256,
  numberToBytes,
  padLeft,
  utf8ToBytes,
} from '@veche/primitives'
import { canonicalJson } from './canonical-json.ts'
import type { DocumentContent } from './document.ts'

const TYPE = keccak256(
  utf8ToBytes(
    'VecheDocument/1(string docType,bytes32 schemaId,uint64 issued,uint64 expires,bytes32 payload,bytes salt)',
  ),
)

function word(value: number): Uint8Array {
  return padLeft(numberToBytes(value), 32)
}

/** keccak256 of the canonical JSON (RFC 8785) of a document's fields: 32 bytes. */
export function payloadHash(fields: DocumentContent['fields']): Hash {
  return bytesToHex(keccak256(utf8ToBytes(canonicalJson(fields))))
}

/**
 * The commitment of a document: 32 bytes, what `issue`, `revoke` and the status map know it by.
 * Pure. Two salts give two unlinkable commitments of one document.
 */
export function documentCommitment(document: DocumentContent): Hash {
  const parts = [
    TYPE,
    keccak256(utf8ToBytes(document.docType)),
    hexToBytes(document.schema),
    word(document.issued),
    word(document.expires ?? 0),
    hexToBytes(payloadHash(document.fields)),
    keccak256(hexToBytes(document.salt)),
  ]
  return bytesToHex(keccak256(concatBytes(...parts)))
}

/** The leaf of a commitment in a batch tree: keccak256 of its 32 bytes. */
export function commitmentLeaf(commitment: Hash): Uint8Array {
  return keccak256(hexToBytes(commitment))
}

/** The leaf of a document in a batch tree: 32 bytes. */
export function documentLeaf(document: DocumentContent): Uint8Array {
  return commitmentLeaf(documentCommitment(document))
}

/** The id of a schema by its name, such as `property-sale/1`: keccak256 of its UTF-8 bytes. */
export function schemaId(name: string): Hash {
  return bytesToHex(keccak256(utf8ToBytes(name)))
}
