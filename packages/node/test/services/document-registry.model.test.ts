/**
 * DocumentRegistry through our own executor, behind its proxy and CityAccess as genesis makes them:
 * random calls of offices, the court and strangers. Two independent readers follow every block, the
 * reference (calldata) and the observers' ledger (events), and after each call the proven storage
 * must be what both say: the ten invariants of services.md ("Invariants", DocumentRegistry).
 */
import {
  type BatchProof,
  batchRecordSlot,
  documentRegistry as call,
  createBatchTree,
  DOCUMENT_REGISTRY_ADDRESS,
  type Document,
  type DocumentContent,
  type DocumentEvidence,
  decodeDocumentRegistryLog,
  decodeTotalsWord,
  documentBatchProof,
  documentCommitment,
  documentDetailSlots,
  documentLeaf,
  documentProofSlots,
  documentSlot,
  TOTALS_SLOT,
  verifyDocument,
} from '@veche/contracts'
import {
  type Address,
  bytesToHex,
  type Hash,
  type Hex,
  hexToBytes,
  ZERO_HASH,
} from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { documentOfBatch, singleDocument } from '../../src/documents/issued.ts'
import { documentKey, Ledger } from '../../src/documents/ledger.ts'
import { findPlaintexts } from '../../src/load/privacy-lint.ts'
import { DocumentsReference, type ReferenceState } from '../../src/load/reference-documents.ts'
import {
  aCommand,
  COURT,
  type Command,
  contentsOf,
  ISSUER,
  LIFE_SECONDS,
  PEOPLE,
  REVOKER,
  SCHEMA,
} from '../support/documents-commands.ts'
import { ADMIN, type Chain, createChain, send, storageWord } from '../support/service-chain.ts'

const to = DOCUMENT_REGISTRY_ADDRESS
const RUNS = 10

interface World {
  readonly chain: Chain
  readonly contents: readonly DocumentContent[]
  readonly reference: DocumentsReference
  readonly ledger: Ledger
  readonly files: Map<Hash, Document>
  readonly traffic: Uint8Array[]
  /** proofs that nothing happened, taken before something did */
  readonly absent: Map<Hash, DocumentEvidence>
  accepted: number
}

async function createWorld(): Promise<World> {
  const offices = { court: COURT, department: REVOKER }
  const chain = await createChain({ setup: { issuers: [ISSUER], offices } })
  return {
    ...{ chain, contents: contentsOf(chain.nowSeconds), ledger: new Ledger(), accepted: 0 },
    reference: new DocumentsReference({
      ...{ issues: 0, lastWord: ZERO_HASH },
      issuers: new Set([ISSUER, ADMIN]),
      revokers: new Set([REVOKER, ADMIN]),
      courts: new Set([COURT]),
    }),
    ...{ files: new Map(), traffic: [], absent: new Map() },
  }
}

const commitmentAt = (world: World, i: number): Hash =>
  documentCommitment(world.contents[i] as DocumentContent)

/** the document's place and proof, as its file holds them */
function targetOf(world: World, i: number, reason: number) {
  const commitment = commitmentAt(world, i)
  const file = world.files.get(commitment)
  const proof: { proof?: BatchProof } =
    file === undefined ? {} : { proof: documentBatchProof(file, commitment) }
  return { commitment, schemaId: SCHEMA, reason, ...proof }
}

function dataOf(world: World, command: Exclude<Command, { kind: 'wait' }>): Hex {
  switch (command.kind) {
    case 'batch': {
      const { root, count } = createBatchTree(command.members.map((i) => commitmentAt(world, i)))
      return call.issueBatch({ root, count, schemaId: SCHEMA, uri: '' })
    }
    case 'issue':
      return call.issue(commitmentAt(world, command.document), SCHEMA)
    case 'order':
      return call.order(targetOf(world, command.document, command.reason), command.to)
    case 'suspendMany':
    case 'revokeMany': {
      const items = command.members.map((i) => targetOf(world, i, command.reason))
      return call[command.kind]({ schemaId: SCHEMA, reason: command.reason, items })
    }
    case 'supersede': {
      const { document, successor, reason } = command
      return call.supersede(targetOf(world, document, reason), targetOf(world, successor, reason))
    }
    default:
      return call[command.kind](targetOf(world, command.document, command.reason))
  }
}

function proofOf({ chain }: World, document: Document): DocumentEvidence {
  const slots = documentProofSlots(document, documentCommitment(document))
  const { header } = chain.head
  const { accountProof, storageProof } = chain.executor.proof(header, to, slots)
  return { header, accountProof, storageProofs: storageProof.map(({ proof }) => proof) }
}

/** Sends, and lets reference and ledger read the block. */
async function act(world: World, from: Address, data: Hex): Promise<boolean> {
  const { chain, reference, ledger, traffic } = world
  const timestamp = chain.nowSeconds
  const outcome = await send(chain, { from, to, data, gas: 2_000_000n })
  const { hash, header } = chain.head
  const logs = outcome.logs.map(({ topics, data: bytes }) => ({ topics, data: bytesToHex(bytes) }))
  reference.take({ hash, from, input: data, succeeded: outcome.ok, timestamp, logs })
  for (const log of outcome.logs) {
    const event = decodeDocumentRegistryLog(log)
    assert.ok(event.ok)
    const place = { blockNumber: header.number, timestamp, transaction: hash }
    if (event.ok) ledger.add({ event: event.value, ...place })
    traffic.push(log.data, ...log.topics.map((topic) => hexToBytes(topic)))
  }
  traffic.push(hexToBytes(data))
  assert.equal(
    reference.differences,
    [],
    'invariants 3, 4, 5: accepted exactly what the rules allow',
  )
  assert.equal(ledger.faults, [], 'invariants 1, 3, 5: every event follows from the ones before')
  if (outcome.ok) world.accepted++
  return outcome.ok
}

async function run(world: World, command: Command): Promise<void> {
  if (command.kind === 'wait') {
    world.chain.nowSeconds += command.seconds
    return
  }
  const { chain, files, contents, absent } = world
  for (const [commitment, file] of files)
    if (!world.reference.states.has(commitment)) absent.set(commitment, proofOf(world, file))
  const before = world.reference.issues
  if (!(await act(world, command.from, dataOf(world, command)))) return
  const { chainId } = chain.genesis
  if (command.kind === 'batch') {
    const index = before + 1
    const record = world.ledger.batches.get(index)
    assert.ok(record)
    const batch = command.members.map((i) => contents[i] as DocumentContent)
    if (record !== undefined)
      for (const position of batch.keys()) {
        const file = documentOfBatch({ chainId, index, record, contents: batch }, position)
        files.set(documentCommitment(file), file)
      }
  }
  if (command.kind === 'issue') {
    const content = contents[command.document] as DocumentContent
    const commitment = documentCommitment(content)
    if (!files.has(commitment)) files.set(commitment, singleDocument(content, chainId))
  }
}

const word = (hash: Hash): bigint => BigInt(hash)
const stateWord = ({ status, reason, index, issuedAt, issuer }: ReferenceState): bigint =>
  BigInt(status) |
  (BigInt(reason) << 8n) |
  (BigInt(index) << 16n) |
  (BigInt(issuedAt) << 56n) |
  (BigInt(issuer) << 96n)

/** Invariants 1, 3, 5 and 10 on the storage itself. */
function checkStorage({ chain, reference, ledger, contents }: World): void {
  const at = (slot: Hash): bigint => storageWord(chain, to, slot)
  const { issues, batched, singles } = reference
  const lastBatch = [...reference.batches.keys()].at(-1) ?? 0
  const totals = { issues, lastBatch, batched: BigInt(batched), singles: BigInt(singles) }
  assert.equal(decodeTotalsWord(at(TOTALS_SLOT)), totals, 'invariant 10: counts add up')
  assert.equal(ledger.totals(), totals)
  let last = 0
  for (const { index, word: expected } of reference.batches.values()) {
    assert.ok(index > last, 'invariant 1: the index rises')
    last = index
    assert.is(at(batchRecordSlot(index)), word(expected), 'invariant 1: a root never changes')
  }
  for (const content of contents) {
    const commitment = documentCommitment(content)
    const state = reference.states.get(commitment)
    const [head, successor] = documentDetailSlots(commitment, SCHEMA)
    assert.is(at(documentSlot(commitment, SCHEMA)), state === undefined ? 0n : stateWord(state))
    assert.is(at(head), word(state?.head ?? ZERO_HASH), 'the chain of its changes')
    assert.is(at(successor), word(state?.successor ?? ZERO_HASH))
    const next = state && reference.states.get(state.successor)
    assert.ok(state?.status !== 3 || (next?.index ?? 0) > state.index, 'invariant 5: a forest')
    const told = ledger.documents.get(documentKey(SCHEMA, commitment))
    assert.is(told?.head ?? ZERO_HASH, state?.head ?? ZERO_HASH)
  }
}

const VERDICTS = ['VALID', 'VALID', 'SUSPENDED', 'SUPERSEDED', 'REVOKED'] as const

/** Invariants 2, 6 and 7 by proofs of the present block. */
function checkProofs(world: World): void {
  const { chain, files, reference, absent } = world
  const { header } = chain.head
  const trust = { chainId: chain.genesis.chainId, registry: to }
  for (const [commitment, file] of files) {
    const evidence = proofOf(world, file)
    const status = reference.states.get(commitment)?.status ?? 0
    const verdictAt = (nowSeconds: number) =>
      verifyDocument(file, evidence, { ...trust, nowSeconds }).verdict
    assert.is(verdictAt(file.issued), VERDICTS[status], 'invariants 2 and 6')
    if (file.expires !== null && status <= 1) {
      assert.is(verdictAt(file.expires - 1), 'VALID')
      assert.is(verdictAt(file.expires), 'EXPIRED', 'invariant 7: by time alone')
      assert.is(verdictAt(file.expires + LIFE_SECONDS), 'EXPIRED', 'invariant 7: monotone')
    }
    const old = absent.get(commitment)
    if (old === undefined || status === 0) continue
    const stale = { ...evidence, storageProofs: old.storageProofs }
    assert.is(verifyDocument(file, stale, trust).verdict, 'NOT_PROVEN', 'invariant 6: no more')
    assert.ok(old.header.number < header.number)
    const forged = { ...file, fields: { ...file.fields, owner: 'Somebody Else' } } as Document
    assert.is(verifyDocument(forged, evidence, trust).verdict, 'NOT_PROVEN', 'invariant 2')
  }
}

test('invariants 1–8 and 10 hold under random calls, by storage, events, calldata and proofs', async () => {
  let accepted = 0
  const commands = fc.array(aCommand, { minLength: 30, maxLength: 50, size: 'max' })
  await fc.assert(
    fc.asyncProperty(commands, async (list) => {
      const world = await createWorld()
      const start = { kind: 'batch' as const, from: ISSUER, members: [0, 1, 2, 3] }
      for (const command of [start, ...list]) {
        await run(world, command)
        checkStorage(world)
      }
      checkProofs(world)
      accepted += world.accepted
      const plain = world.contents.flatMap(({ fields, salt }) => [...Object.values(fields), salt])
      assert.equal([...findPlaintexts(world.traffic, plain)], [], 'invariant 8')
    }),
    { numRuns: RUNS, seed: 20_190_908, endOnFailure: true },
  )
  assert.ok(accepted > 80, `the generator reaches the rules: ${accepted} accepted`)
})

test('invariant 8: the privacy lint sees a plaintext where there is one', async () => {
  const world = await createWorld()
  const leak = new TextEncoder().encode('name=Vera Orlova;')
  assert.equal([...findPlaintexts([leak], PEOPLE)], ['Vera Orlova'])
  const root = createBatchTree([commitmentAt(world, 0)]).root
  const uri = 'https://city/Kira Belova'
  await act(world, ISSUER, call.issueBatch({ root, count: 1, schemaId: SCHEMA, uri }))
  assert.equal([...findPlaintexts(world.traffic, PEOPLE)], ['Kira Belova'], 'also in an event')
})

test('invariant 9: one document with two salts gives words that share nothing', () => {
  const [content] = contentsOf(1_767_225_600) as [DocumentContent]
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 32 }), (bytes) => {
      const salt = bytesToHex(bytes)
      if (salt === content.salt) return true
      const other = { ...content, salt }
      const [a, b] = [documentCommitment(content), documentCommitment(other)].map((hash) =>
        hexToBytes(hash),
      )
      const [c, d] = [documentLeaf(content), documentLeaf(other)]
      // eight equal bytes in one place: a chance of 2^-59
      const isLinked = (x: Uint8Array, y: Uint8Array): boolean => {
        let equal = 0
        for (const [i, byte] of x.entries()) {
          equal = byte === y[i] ? equal + 1 : 0
          if (equal === 8) return true
        }
        return false
      }
      return !isLinked(a as Uint8Array, b as Uint8Array) && !isLinked(c, d)
    }),
  )
})

test('a registrar who reorders a batch, or posts one document twice, changes no other batch', async () => {
  const world = await createWorld()
  const all = [0, 1, 2, 3, 4].map((i) => commitmentAt(world, i))
  const post = async (list: readonly Hash[]) => {
    const { root, count } = createBatchTree(list)
    assert.ok(await act(world, ISSUER, call.issueBatch({ root, count, schemaId: SCHEMA, uri: '' })))
    return world.ledger.lastBatchHash
  }
  const first = await post(all)
  const second = await post([...all].reverse())
  assert.is.not(first, second)
  assert.is(world.ledger.batches.get(2)?.previous, first, 'the order of batches is in their words')
  checkStorage(world)
})

test.run()
