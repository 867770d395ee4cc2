/**
 * DocumentRegistry against its model: random command sequences on the real byte code, every
 * invariant of services.md ("Invariants", DocumentRegistry) after each command. 7 (expiry) and 6 as
 * a trie proof are in verify-document.test.ts, 8 (privacy) and 9 (salts) in make-documents.test.ts
 * and commitment.test.ts.
 */
import { type Address, type Hash, keccakHex, utf8ToBytes } from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type BatchProof,
  batchRecordHash,
  batchRecordSlot,
  documentRegistry as call,
  createBatchTree,
  type DocumentStatus,
  decodeDocumentRecord,
  decodeDocumentWord,
  decodeRegistryTotals,
  documentSlot,
  EMPTY_BATCH_PROOF,
} from '../src/index.ts'
import { advance, storageWord, view } from './support/chain.ts'
import {
  ADMIN,
  act,
  COURT,
  createRegistry,
  ISSUER,
  OTHER_ISSUER,
  REVOKER,
  type Registry,
  revertOf,
  STRANGER,
} from './support/registry.ts'
import { type ModelBatch, RegistryModel, SCHEMAS } from './support/registry-model.ts'

const DOCUMENTS: readonly Hash[] = Array.from({ length: 4 }, (_, i) =>
  keccakHex(utf8ToBytes(`document ${i}`)),
)
const ACTORS: readonly Address[] = [ISSUER, REVOKER, COURT, OTHER_ISSUER, STRANGER]

const anActor = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(ISSUER, COURT, REVOKER) },
  { weight: 1, arbitrary: fc.constantFrom(...ACTORS) },
)
const aSchema = fc.oneof(
  { weight: 4, arbitrary: fc.constant(SCHEMAS[0] as Hash) },
  { weight: 1, arbitrary: fc.constantFrom(...SCHEMAS) },
)
const aDocument = fc.constantFrom(...DOCUMENTS)
const aReason = fc.constantFrom(1, 1, 7, 127, 128, 128, 255, 0)
/** true: prove with the latest batch that holds the document; false: give no proof */
const aProof = fc.oneof(
  { weight: 4, arbitrary: fc.constant(true) },
  { weight: 1, arbitrary: fc.constant(false) },
)

const aCommand = fc.oneof(
  {
    weight: 16,
    arbitrary: fc.record({
      kind: fc.constant('batch' as const),
      from: anActor,
      schemaId: aSchema,
      members: fc.shuffledSubarray([...DOCUMENTS], { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 16,
    arbitrary: fc.record({
      kind: fc.constant('issue' as const),
      from: anActor,
      schemaId: aSchema,
      document: aDocument,
    }),
  },
  {
    weight: 80,
    arbitrary: fc.record({
      kind: fc.constantFrom('suspend' as const, 'reinstate' as const, 'revoke' as const),
      from: anActor,
      schemaId: aSchema,
      document: aDocument,
      reason: aReason,
      proven: aProof,
    }),
  },
  {
    weight: 24,
    arbitrary: fc.record({
      kind: fc.constant('supersede' as const),
      from: anActor,
      schemaId: aSchema,
      document: aDocument,
      reason: aReason,
      proven: aProof,
      successor: aDocument,
    }),
  },
  {
    weight: 16,
    arbitrary: fc.record({
      kind: fc.constantFrom('suspendMany' as const, 'revokeMany' as const),
      from: anActor,
      schemaId: aSchema,
      documents: fc.shuffledSubarray([...DOCUMENTS], { minLength: 1, maxLength: 3 }),
      reason: aReason,
      proven: aProof,
    }),
  },
  {
    weight: 30,
    arbitrary: fc.record({
      kind: fc.constant('order' as const),
      from: fc.oneof({ weight: 4, arbitrary: fc.constant(COURT) }, anActor),
      schemaId: aSchema,
      document: aDocument,
      to: fc.constantFrom('suspended', 'suspended', 'issued', 'revoked', 'superseded', 'none'),
      reason: fc.constantFrom(128, 129, 255, 1),
      proven: aProof,
    }),
  },
  {
    weight: 16,
    arbitrary: fc.record({
      kind: fc.constant('advance' as const),
      seconds: fc.nat(100_000),
      blocks: fc.nat(9),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('freeze' as const), schemaId: aSchema }) },
)

type Command = typeof aCommand extends fc.Arbitrary<infer T> ? T : never

function latestBatch(model: RegistryModel, document: Hash, schemaId: Hash): ModelBatch | undefined {
  return model.batches.findLast(
    ({ record, members }) => record.schemaId === schemaId && members.includes(document),
  )
}

function proofOf(batch: ModelBatch | undefined, document: Hash): BatchProof {
  if (batch === undefined) return EMPTY_BATCH_PROOF
  const path = createBatchTree(batch.members).pathOf(batch.members.indexOf(document))
  return { index: batch.index, record: batch.record, path }
}

/** Runs one command on both sides; gives the model's answer and the contract's. */
async function run(
  registry: Registry,
  model: RegistryModel,
  command: Command,
): Promise<[string, string]> {
  const { chain } = registry
  const now = chain.nowSeconds
  switch (command.kind) {
    case 'advance':
      advance(chain, command)
      return ['ok', 'ok']
    case 'freeze': {
      const expected = model.frozen.has(command.schemaId) ? 'SchemaFrozen' : 'ok'
      model.frozen.add(command.schemaId)
      return [expected, revertOf(await act(registry, ADMIN, call.freezeSchema(command.schemaId)))]
    }
    case 'issue': {
      const { from, document, schemaId } = command
      const outcome = await act(registry, from, call.issue(document, schemaId))
      return [model.issue(from, document, schemaId, now), revertOf(outcome)]
    }
    case 'batch': {
      const { from, members, schemaId } = command
      const { root, count } = createBatchTree(members)
      const record = {
        previous: model.previous(),
        root,
        count,
        schemaId,
        issuer: from,
        issuedAt: now,
      }
      const data = call.issueBatch({ root, count, schemaId, uri: '' })
      const outcome = await act(registry, from, data)
      return [model.issueBatch(from, { record, members }), revertOf(outcome)]
    }
    case 'order':
      return runOrder(registry, model, command)
    case 'suspendMany':
    case 'revokeMany':
      return runMany(registry, model, command)
    default:
      return runChange(registry, model, command)
  }
}

type CommandOf<kind extends Command['kind']> = Extract<Command, { kind: kind }>

async function runOrder(
  registry: Registry,
  model: RegistryModel,
  command: CommandOf<'order'>,
): Promise<[string, string]> {
  const { from, document, schemaId, reason, proven } = command
  const to = command.to as DocumentStatus
  const batch = proven ? latestBatch(model, document, schemaId) : undefined
  const target = { commitment: document, schemaId, reason, proof: proofOf(batch, document) }
  const outcome = await act(registry, from, call.order(target, to))
  const change = { from, document, schemaId, reason, batch }
  return [model.order(to, change, { now: registry.chain.nowSeconds }), revertOf(outcome)]
}

async function runMany(
  registry: Registry,
  model: RegistryModel,
  command: CommandOf<'suspendMany' | 'revokeMany'>,
): Promise<[string, string]> {
  const { kind, from, documents, schemaId, reason, proven } = command
  const changes = documents.map((document) => {
    const batch = proven ? latestBatch(model, document, schemaId) : undefined
    return { from, document, schemaId, reason, batch }
  })
  const items = changes.map(({ document, batch }) => ({
    commitment: document,
    proof: proofOf(batch, document),
  }))
  const outcome = await act(registry, from, call[kind]({ schemaId, reason, items }))
  const one = kind === 'suspendMany' ? 'suspend' : 'revoke'
  const answer = model.changeMany(one, changes, { now: registry.chain.nowSeconds })
  return [answer, revertOf(outcome)]
}

async function runChange(
  registry: Registry,
  model: RegistryModel,
  command: CommandOf<'suspend' | 'reinstate' | 'revoke' | 'supersede'>,
): Promise<[string, string]> {
  const { kind, from, document, schemaId, reason, proven } = command
  const now = registry.chain.nowSeconds
  const batch = proven ? latestBatch(model, document, schemaId) : undefined
  const change = { from, document, schemaId, reason, batch }
  const target = { commitment: document, schemaId, reason, proof: proofOf(batch, document) }
  if (kind !== 'supersede') {
    const outcome = await act(registry, from, call[kind](target))
    return [model.change(kind, change, { now }), revertOf(outcome)]
  }
  const { successor } = command
  const batchOfSuccessor = proven ? latestBatch(model, successor, schemaId) : undefined
  const proof = proofOf(batchOfSuccessor, successor)
  const outcome = await act(
    registry,
    from,
    call.supersede(target, { commitment: successor, proof }),
  )
  const context = { now, successor: { document: successor, batch: batchOfSuccessor } }
  return [model.change(kind, change, context), revertOf(outcome)]
}

const EDGES: Readonly<Record<DocumentStatus, readonly DocumentStatus[]>> = {
  none: ['none', 'issued', 'suspended', 'superseded', 'revoked'],
  issued: ['issued', 'suspended', 'superseded', 'revoked'],
  suspended: ['suspended', 'issued', 'superseded', 'revoked'],
  superseded: ['superseded'],
  revoked: ['revoked'],
}

/** Invariants 1 and 10: indices rise, roots stay, counts add up. */
async function checkBatches(registry: Registry, model: RegistryModel): Promise<void> {
  const { chain, address } = registry
  let before = 0
  for (const { index, record } of model.batches) {
    assert.ok(index > before, 'the index rises')
    before = index
    const stored = await storageWord(chain, address, batchRecordSlot(index))
    assert.is(stored, BigInt(batchRecordHash(record)), 'a posted record stays')
  }
  const totals = decodeRegistryTotals(await view(chain, address, call.totals()))
  const { issues, lastBatch, batched, singles } = model
  assert.equal(totals, { ok: true, value: { issues, lastBatch, batched, singles } })
  const sum = model.batches.reduce((total, { record }) => total + record.count, 0)
  assert.is(batched, BigInt(sum), 'count = sum of batch counts')
}

/** Invariants 3, 5 and 6: states and successors; returns the states for the next comparison. */
async function checkDocuments(
  registry: Registry,
  model: RegistryModel,
  before: ReadonlyMap<string, DocumentStatus>,
): Promise<ReadonlyMap<string, DocumentStatus>> {
  const { chain, address } = registry
  const after = new Map<string, DocumentStatus>()
  for (const schemaId of SCHEMAS)
    for (const document of DOCUMENTS) {
      const key = RegistryModel.key(document, schemaId)
      const word = await storageWord(chain, address, documentSlot(document, schemaId))
      const expected = model.records.get(key)
      assert.is(word === 0n, expected === undefined, 'untouched means an empty slot')
      const status = decodeDocumentWord(word)?.status ?? 'none'
      assert.ok(EDGES[before.get(key) ?? 'none'].includes(status), 'status moves along the graph')
      after.set(key, status)
      if (expected === undefined) continue
      const { head, successor, ...state } = expected
      assert.equal(decodeDocumentWord(word), state)
      const answer = await view(chain, address, call.documentOf(document, schemaId))
      assert.equal(decodeDocumentRecord(answer), { ok: true, value: { ...state, head, successor } })
      if (status !== 'superseded') continue
      const next = model.records.get(RegistryModel.key(successor, schemaId))
      assert.ok(next !== undefined && next.index > expected.index, 'the successor came later')
    }
  return after
}

/** Invariant 2: a leaf verifies exactly when it was in the posted list. */
async function checkMembership(registry: Registry, model: RegistryModel): Promise<void> {
  const batch = model.batches.at(-1)
  const first = batch?.members[0]
  if (batch === undefined || first === undefined) return
  for (const document of DOCUMENTS) {
    const isMember = batch.members.includes(document)
    const proof = proofOf(batch, isMember ? document : first)
    const data = call.isBatched(document, batch.record.schemaId, proof)
    const answer = await view(registry.chain, registry.address, data)
    assert.is(answer.at(-1) === 1, isMember, 'a leaf verifies iff it was posted')
  }
}

test('keeps every invariant under random commands', async () => {
  let accepted = 0
  const refusals = new Set<string>()
  await fc.assert(
    fc.asyncProperty(
      fc.array(aCommand, { minLength: 80, maxLength: 120, size: 'max' }),
      async (commands) => {
        const registry = await createRegistry()
        const model = new RegistryModel()
        let states: ReadonlyMap<string, DocumentStatus> = new Map()
        for (const command of commands) {
          const [expected, got] = await run(registry, model, command)
          assert.is(got.replace('DocumentRegistry', ''), expected, JSON.stringify(command))
          if (got === 'ok') accepted++
          else refusals.add(expected)
          await checkBatches(registry, model)
          states = await checkDocuments(registry, model, states)
        }
        await checkMembership(registry, model)
      },
    ),
    { numRuns: 8, seed: 20_190_908 },
  )
  // the generator reaches the rules, or the test would prove little
  assert.ok(accepted > 60, `accepted ${accepted}`)
  for (const name of [
    'Unauthorized',
    'NotProven',
    'ForbiddenTransition',
    'CourtHold',
    'AccessManagedUnauthorized',
  ])
    assert.ok(refusals.has(name), `${name} among ${[...refusals]}`)
})

test.run()
