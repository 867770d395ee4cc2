/**
 * The verifier core against real state: the registry's byte code, a Merkle state, and proofs as
 * `eth_getProof` gives them. Every field of a document and every proof node is broken once.
 */
import { bytesToHex, type Hash, hexToBytes } from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type BatchProof,
  documentRegistry as call,
  type Document,
  type DocumentContent,
  type DocumentEvidence,
  decodeDocumentText,
  documentBatchProof,
  documentCommitment,
  documentProofSlots,
  encodeDocument,
  makeDocuments,
  verifyDocument,
} from '../src/index.ts'
import { advance, prove, START_SECONDS } from './support/chain.ts'
import {
  act,
  COURT,
  createRegistry,
  eventOf,
  ISSUER,
  postBatch,
  REVOKER,
  type Registry,
  revertOf,
  SCHEMA,
} from './support/registry.ts'

const CHAIN_ID = 20_190

function contents(count: number): readonly DocumentContent[] {
  return [...makeDocuments({ seed: 'verify', count, schema: SCHEMA })].map((content) => ({
    ...content,
    issued: START_SECONDS,
    expires: START_SECONDS + 1_000,
  }))
}

function batchedDocument(
  registry: Registry,
  content: DocumentContent,
  proof: BatchProof,
): Document {
  const { previous, count, issuer, issuedAt } = proof.record
  const batch = { index: proof.index, path: proof.path, previous, count, issuer, issuedAt }
  return { ...content, chainId: CHAIN_ID, contract: registry.address, batch }
}

async function setUp(): Promise<{ registry: Registry; documents: readonly Document[] }> {
  const registry = await createRegistry({ provable: true })
  const all = contents(7)
  await postBatch(registry, contents(3).map(documentCommitment).reverse())
  const { proofs } = await postBatch(registry, all.map(documentCommitment))
  const documents = all.map((content, i) =>
    batchedDocument(registry, content, proofs[i] as BatchProof),
  )
  return { registry, documents }
}

function first(documents: readonly Document[]): Document {
  const [document] = documents
  assert.ok(document !== undefined)
  return document as Document
}

async function evidenceOf(registry: Registry, document: Document): Promise<DocumentEvidence> {
  const slots = documentProofSlots(document, documentCommitment(document))
  return prove(registry.chain, registry.address, slots)
}

async function verdictOf(
  registry: Registry,
  document: Document,
  nowSeconds = START_SECONDS,
): Promise<string> {
  const evidence = await evidenceOf(registry, document)
  const trust = { chainId: CHAIN_ID, registry: registry.address, nowSeconds }
  const verdict = verifyDocument(document, evidence, trust)
  return verdict.verdict === 'NOT_PROVEN' ? verdict.code : verdict.verdict
}

test('every document of a batch is valid, also read back from its file', async () => {
  const { registry, documents } = await setUp()
  for (const document of documents) {
    const read = decodeDocumentText(encodeDocument(document))
    assert.equal(read, { ok: true, value: document })
    assert.is(await verdictOf(registry, document), 'VALID')
  }
})

test('a single issue is valid, an unposted one is not proven', async () => {
  const { registry, documents } = await setUp()
  const { batch, ...rest } = first(documents)
  const single: Document = { ...rest, single: true }
  assert.is(await verdictOf(registry, single), 'ISSUE_NOT_FOUND')
  eventOf(await act(registry, ISSUER, call.issue(documentCommitment(single), SCHEMA)))
  assert.is(await verdictOf(registry, single), 'VALID')
  assert.is(await verdictOf(registry, first(documents)), 'VALID')
  assert.is(batch?.index, 2)
})

test('invariant 6: after a change the proof of absence is gone for good', async () => {
  const { registry, documents } = await setUp()
  const document = first(documents)
  const before = await evidenceOf(registry, document)
  const trust = { chainId: CHAIN_ID, registry: registry.address }
  const commitment = documentCommitment(document)
  const proof = documentBatchProof(document, commitment)
  const target = { commitment, schemaId: SCHEMA, reason: 1, proof }
  const change = async (from: typeof ISSUER, data: ReturnType<typeof call.totals>) => {
    advance(registry.chain, { blocks: 1 })
    assert.is(revertOf(await act(registry, from, data)), 'ok')
    return verdictOf(registry, document)
  }
  assert.is(await change(ISSUER, call.suspend(target)), 'SUSPENDED')
  assert.is(await change(REVOKER, call.reinstate(target)), 'VALID')
  assert.is(await change(COURT, call.order({ ...target, reason: 200 }, 'revoked')), 'REVOKED')
  assert.is(await verdictOf(registry, document, START_SECONDS + 5_000), 'REVOKED')
  // the old block still proves what was true then, and says which block that is
  assert.is(verifyDocument(document, before, trust).verdict, 'VALID')
  const after = await evidenceOf(registry, document)
  const stale = { ...after, storageProofs: before.storageProofs }
  const verdict = verifyDocument(document, stale, trust)
  assert.is(verdict.verdict, 'NOT_PROVEN')
})

test('a superseded document names its successor’s later issue', async () => {
  const { registry, documents } = await setUp()
  const [old] = documents
  if (old === undefined) return
  const [fresh] = [...makeDocuments({ seed: 'later', count: 1, schema: SCHEMA })]
  const successor = documentCommitment(fresh as DocumentContent)
  await act(registry, ISSUER, call.issue(successor, SCHEMA))
  const commitment = documentCommitment(old)
  const proof = documentBatchProof(old, commitment)
  const target = { commitment, schemaId: SCHEMA, reason: 1, proof }
  await act(registry, ISSUER, call.supersede(target, { commitment: successor }))
  assert.is(await verdictOf(registry, old), 'SUPERSEDED')
})

test('invariant 7: expiry needs no transaction and never goes back', async () => {
  const { registry, documents } = await setUp()
  const document = first(documents)
  const end = document.expires ?? 0
  assert.is(await verdictOf(registry, document, end - 1), 'VALID')
  assert.is(await verdictOf(registry, document, end), 'EXPIRED')
  const evidence = await evidenceOf(registry, document)
  const times = fc.array(fc.integer({ min: START_SECONDS, max: end + 5_000 }), { minLength: 2 })
  fc.assert(
    fc.property(times, (list) => {
      const verdicts = [...list]
        .sort((a, b) => a - b)
        .map((nowSeconds) => {
          const trust = { chainId: CHAIN_ID, registry: registry.address, nowSeconds }
          return verifyDocument(document, evidence, trust).verdict
        })
      const expired = verdicts.indexOf('EXPIRED')
      return expired < 0 || verdicts.slice(expired).every((verdict) => verdict === 'EXPIRED')
    }),
  )
})

function changedHex<T extends Hash>(hex: T): T {
  return `${hex.slice(0, -1)}${hex.endsWith('0') ? '1' : '0'}` as T
}

test('a changed digit anywhere in the document is not proven', async () => {
  const { registry, documents } = await setUp()
  const document = documents[3] as Document
  const evidence = await evidenceOf(registry, document)
  const { batch } = document
  if (batch === undefined) return
  const [name, text] = Object.entries(document.fields)[0] ?? ['', '']
  const [sibling] = batch.path
  const mutants: Record<string, Partial<Document>> = {
    docType: { docType: `${document.docType}s` },
    schema: { schema: changedHex(document.schema) },
    value: { fields: { ...document.fields, [name]: `${text} ` } },
    extra: { fields: { ...document.fields, more: '' } },
    less: { fields: Object.fromEntries(Object.entries(document.fields).slice(1)) },
    issued: { issued: document.issued + 1 },
    expires: { expires: (document.expires ?? 0) + 1 },
    never: { expires: null },
    salt: { salt: changedHex(document.salt) },
    longer: { salt: `${document.salt}00` },
    chainId: { chainId: CHAIN_ID + 1 },
    contract: { contract: changedHex(document.contract) },
    index: { batch: { ...batch, index: 1 } },
    count: { batch: { ...batch, count: batch.count + 1 } },
    issuer: { batch: { ...batch, issuer: changedHex(batch.issuer) } },
    issuedAt: { batch: { ...batch, issuedAt: batch.issuedAt + 1 } },
    previous: { batch: { ...batch, previous: changedHex(batch.previous) } },
    path: { batch: { ...batch, path: [changedHex(sibling as Hash), ...batch.path.slice(1)] } },
    shorter: { batch: { ...batch, path: batch.path.slice(1) } },
  }
  const trust = { chainId: CHAIN_ID, registry: registry.address }
  assert.is(verifyDocument(document, evidence, trust).verdict, 'VALID')
  for (const [what, mutant] of Object.entries(mutants)) {
    const changed = { ...document, ...mutant } as Document
    // with the honest proofs, and with proofs made for the changed document
    assert.is(verifyDocument(changed, evidence, trust).verdict, 'NOT_PROVEN', what)
    const fresh = await evidenceOf(registry, changed)
    assert.is(verifyDocument(changed, fresh, trust).verdict, 'NOT_PROVEN', `${what}, fresh`)
  }
})

test('a changed bit anywhere in the proofs is not proven', async () => {
  const { registry, documents } = await setUp()
  const document = first(documents)
  const evidence = await evidenceOf(registry, document)
  const trust = { chainId: CHAIN_ID, registry: registry.address }
  const lists = [evidence.accountProof, ...evidence.storageProofs]
  const flips = fc.tuple(fc.nat(lists.length - 1), fc.nat(), fc.nat(), fc.nat(7))
  fc.assert(
    fc.property(flips, ([which, node, byte, bit]) => {
      const changed = lists.map((list, i) =>
        list.map((bytes, j) => {
          if (i !== which || j !== node % list.length) return bytes
          const copy = hexToBytes(bytesToHex(bytes))
          const at = byte % copy.length
          copy[at] = (copy[at] ?? 0) ^ (1 << bit)
          return copy
        }),
      )
      const [accountProof = [], ...storageProofs] = changed
      const verdict = verifyDocument(document, { ...evidence, accountProof, storageProofs }, trust)
      return verdict.verdict === 'NOT_PROVEN' && verdict.code === 'PROOF_INVALID'
    }),
  )
})

test('proofs of another chain’s registry, of no registry and too few proofs are not proven', async () => {
  const { registry, documents } = await setUp()
  const document = first(documents)
  const evidence = await evidenceOf(registry, document)
  const other = `0x${'12'.repeat(20)}` as const
  const trust = { chainId: CHAIN_ID, registry: registry.address }
  const code = (changed: Document, given: DocumentEvidence, trusted = trust): string => {
    const verdict = verifyDocument(changed, given, trusted)
    return verdict.verdict === 'NOT_PROVEN' ? verdict.code : verdict.verdict
  }
  assert.is(code(document, evidence, { ...trust, chainId: 1 }), 'CHAIN_MISMATCH')
  assert.is(code(document, evidence, { ...trust, registry: other }), 'CONTRACT_MISMATCH')
  const absent = await prove(registry.chain, other, [])
  const moved = { ...document, contract: other }
  assert.is(code(moved, absent, { ...trust, registry: other }), 'REGISTRY_ABSENT')
  assert.is(code(document, { ...evidence, storageProofs: [] }), 'PROOF_INVALID')
})

test.run()
