/** DocumentRegistry on its real byte code: one positive walk, and every rule broken once. */
import { type Hash, keccakHex, utf8ToBytes, ZERO_ADDRESS, ZERO_HASH } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  batchRecordHash,
  batchRecordSlot,
  COURT_ROLE,
  documentRegistry as call,
  decodeDocumentRecord,
  decodeDocumentRegistryLog,
  decodeRegistryTotals,
  documentSlot,
  EMPTY_BATCH_PROOF,
  issuerRole,
  nextDocumentHead,
  revokerRole,
} from '../src/index.ts'
import { storageWord, view } from './support/chain.ts'
import {
  ADMIN,
  act,
  COURT,
  createRegistry,
  eventOf,
  ISSUER,
  OTHER_ISSUER,
  OTHER_SCHEMA,
  postBatch,
  REVOKER,
  type Registry,
  revertOf,
  SCHEMA,
  STRANGER,
} from './support/registry.ts'

function commitment(name: string): Hash {
  return keccakHex(utf8ToBytes(name))
}

const A = commitment('a')
const B = commitment('b')
const C = commitment('c')

async function statusOf(registry: Registry, document: Hash): Promise<string> {
  const data = call.documentOf(document, SCHEMA)
  const record = decodeDocumentRecord(await view(registry.chain, registry.address, data))
  return record.ok ? record.value.status : record.code
}

async function refusal(
  registry: Registry,
  from: typeof ISSUER,
  data: ReturnType<typeof call.freezeSchema>,
): Promise<string> {
  return revertOf(await act(registry, from, data))
}

test('stores a batch as the hash of its record, chained to the batch before', async () => {
  const registry = await createRegistry()
  const first = await postBatch(registry, [A, B])
  const second = await postBatch(registry, [C], { uri: 'https://city/b/2' })
  const records = [...first.proofs.slice(0, 1), ...second.proofs].map(({ record }) => record)
  assert.is(records[0]?.previous, ZERO_HASH)
  for (const [i, record] of records.entries()) {
    const stored = await storageWord(registry.chain, registry.address, batchRecordSlot(i + 1))
    assert.is(stored, BigInt(batchRecordHash(record)))
  }
  assert.is(records[1]?.previous, batchRecordHash(records[0] as NonNullable<(typeof records)[0]>))
  const totals = decodeRegistryTotals(await view(registry.chain, registry.address, call.totals()))
  assert.equal(totals, {
    ok: true,
    value: { issues: 2, lastBatch: 2, batched: 3n, singles: 0n },
  })
})

test('a document goes through its states and keeps the chain of them', async () => {
  const registry = await createRegistry()
  await act(registry, ISSUER, call.issue(A, SCHEMA))
  const { proofs } = await postBatch(registry, [B])
  const proof = proofs[0] ?? EMPTY_BATCH_PROOF
  let head: Hash = ZERO_HASH
  const steps = [
    [ISSUER, call.suspend({ commitment: A, schemaId: SCHEMA, reason: 1 })],
    [REVOKER, call.reinstate({ commitment: A, schemaId: SCHEMA, reason: 2 })],
    [COURT, call.suspend({ commitment: A, schemaId: SCHEMA, reason: 130 })],
    [
      COURT,
      call.supersede({ commitment: A, schemaId: SCHEMA, reason: 3 }, { commitment: B, proof }),
    ],
  ] as const
  for (const [from, data] of steps) {
    const event = eventOf(await act(registry, from, data))
    assert.is(event.kind, 'status-changed')
    if (event.kind !== 'status-changed') return
    head = nextDocumentHead(head, { ...event, timestamp: registry.chain.nowSeconds })
    assert.is(event.head, head)
  }
  assert.is(await statusOf(registry, A), 'superseded')
  assert.is(await statusOf(registry, B), 'issued')
  const slot = BigInt(documentSlot(A, SCHEMA))
  const stored = await Promise.all(
    [slot + 1n, slot + 2n].map((at) =>
      storageWord(registry.chain, registry.address, `0x${at.toString(16).padStart(64, '0')}`),
    ),
  )
  assert.equal(stored, [BigInt(head), BigInt(B)])
})

test('only an issuer of the schema issues', async () => {
  const registry = await createRegistry()
  const batch = { root: A, count: 1, schemaId: SCHEMA, uri: '' }
  const unauthorized = 'DocumentRegistryUnauthorized'
  for (const from of [STRANGER, REVOKER, COURT, ADMIN, OTHER_ISSUER]) {
    assert.is(await refusal(registry, from, call.issue(A, SCHEMA)), unauthorized)
    assert.is(await refusal(registry, from, call.issueBatch(batch)), unauthorized)
  }
})

test('only the roles of a schema and the court change a status', async () => {
  const registry = await createRegistry()
  await act(registry, ISSUER, call.issue(A, SCHEMA))
  await act(registry, ISSUER, call.issue(B, SCHEMA))
  const target = { commitment: A, schemaId: SCHEMA, reason: 1 }
  const unauthorized = 'DocumentRegistryUnauthorized'
  for (const from of [STRANGER, ADMIN, OTHER_ISSUER]) {
    assert.is(await refusal(registry, from, call.suspend(target)), unauthorized)
    assert.is(await refusal(registry, from, call.reinstate(target)), unauthorized)
    assert.is(await refusal(registry, from, call.revoke(target)), unauthorized)
    assert.is(
      await refusal(registry, from, call.supersede(target, { commitment: B })),
      unauthorized,
    )
  }
  assert.is(await refusal(registry, ISSUER, call.revoke(target)), unauthorized)
  assert.is(
    await refusal(registry, REVOKER, call.supersede(target, { commitment: B })),
    unauthorized,
  )
})

test('schemas are registered once, used while open, and frozen for ever', async () => {
  const registry = await createRegistry()
  const fresh = commitment('schema')
  assert.is(
    await refusal(registry, ISSUER, call.registerSchema(fresh, '')),
    'AccessControlUnauthorizedAccount',
  )
  assert.is(
    await refusal(registry, ADMIN, call.registerSchema(ZERO_HASH, '')),
    'DocumentRegistryZeroValue',
  )
  assert.is(
    await refusal(registry, ADMIN, call.registerSchema(fresh, 'x'.repeat(257))),
    'DocumentRegistryUriTooLong',
  )
  assert.is(await refusal(registry, ISSUER, call.issue(A, fresh)), 'DocumentRegistrySchemaUnknown')
  assert.is(await refusal(registry, ADMIN, call.registerSchema(fresh, '')), 'ok')
  assert.is(
    await refusal(registry, ADMIN, call.registerSchema(fresh, '')),
    'DocumentRegistrySchemaExists',
  )
  await act(registry, ISSUER, call.issue(A, SCHEMA))
  assert.is(await refusal(registry, ADMIN, call.freezeSchema(SCHEMA)), 'ok')
  const frozen = 'DocumentRegistrySchemaFrozen'
  assert.is(await refusal(registry, ADMIN, call.freezeSchema(SCHEMA)), frozen)
  assert.is(await refusal(registry, ISSUER, call.issue(B, SCHEMA)), frozen)
  const target = { commitment: A, schemaId: SCHEMA, reason: 1 }
  assert.is(await refusal(registry, REVOKER, call.revoke(target)), 'ok')
})

test('refuses batches and issues out of range', async () => {
  const registry = await createRegistry()
  const batch = { root: A, count: 1, schemaId: SCHEMA, uri: '' }
  const post = (change: Partial<typeof batch>) =>
    refusal(registry, ISSUER, call.issueBatch({ ...batch, ...change }))
  assert.is(await post({ root: ZERO_HASH }), 'DocumentRegistryZeroValue')
  assert.is(await post({ count: 0 }), 'DocumentRegistryCountOutOfRange')
  assert.is(await post({ count: 65_537 }), 'DocumentRegistryCountOutOfRange')
  assert.is(await post({ uri: 'x'.repeat(257) }), 'DocumentRegistryUriTooLong')
  assert.is(await post({ count: 65_536, uri: 'x'.repeat(256) }), 'ok')
  assert.is(
    await refusal(registry, ISSUER, call.issue(ZERO_HASH, SCHEMA)),
    'DocumentRegistryZeroValue',
  )
  assert.is(await refusal(registry, ISSUER, call.issue(A, SCHEMA)), 'ok')
  assert.is(await refusal(registry, ISSUER, call.issue(A, SCHEMA)), 'DocumentRegistryAlreadyIssued')
})

test('touches a batched document only with its own proof', async () => {
  const registry = await createRegistry()
  const { proofs } = await postBatch(registry, [A, B, C])
  const [ofA, ofB] = proofs
  assert.ok(ofA !== undefined && ofB !== undefined)
  if (ofA === undefined || ofB === undefined) return
  const suspend = (proof = EMPTY_BATCH_PROOF, schemaId = SCHEMA) =>
    refusal(registry, COURT, call.suspend({ commitment: A, schemaId, reason: 1, proof }))
  const notProven = 'DocumentRegistryNotProven'
  assert.is(await suspend(), notProven)
  assert.is(await suspend(ofB), notProven)
  assert.is(await suspend({ ...ofA, index: 2 }), notProven)
  assert.is(await suspend(ofA, OTHER_SCHEMA), notProven)
  assert.is(await suspend({ ...ofA, path: ofA.path.slice(1) }), notProven)
  const changes = [
    { root: A },
    { count: 4 },
    { previous: A },
    { issuer: ZERO_ADDRESS },
    { issuedAt: ofA.record.issuedAt + 1 },
    { schemaId: OTHER_SCHEMA },
  ]
  for (const change of changes)
    assert.is(await suspend({ ...ofA, record: { ...ofA.record, ...change } }), notProven)
  assert.is(
    await suspend({ ...ofA, path: Array.from({ length: 17 }, () => A) }),
    'DocumentRegistryPathTooLong',
  )
  assert.is(await suspend(ofA), 'ok')
})

test('an inner node of a batch is not a document', async () => {
  const registry = await createRegistry()
  const { proofs } = await postBatch(registry, [A, B, C, commitment('d')])
  const proof = proofs[0] ?? EMPTY_BATCH_PROOF
  const inner = proofs[2]?.path[1] ?? ZERO_HASH
  const shorter = { ...proof, path: proof.path.slice(1) }
  const data = call.revoke({ commitment: inner, schemaId: SCHEMA, reason: 1, proof: shorter })
  assert.is(await refusal(registry, REVOKER, data), 'DocumentRegistryNotProven')
})

test('forbids every transition outside the graph', async () => {
  const registry = await createRegistry()
  for (const document of [A, B, C]) await act(registry, ISSUER, call.issue(document, SCHEMA))
  const a = { commitment: A, schemaId: SCHEMA, reason: 1 }
  const forbidden = 'DocumentRegistryForbiddenTransition'
  assert.is(await refusal(registry, COURT, call.reinstate(a)), forbidden)
  assert.is(await refusal(registry, COURT, call.suspend(a)), 'ok')
  assert.is(await refusal(registry, COURT, call.suspend(a)), forbidden)
  assert.is(await refusal(registry, COURT, call.revoke(a)), 'ok')
  const b = { ...a, commitment: B }
  assert.is(await refusal(registry, COURT, call.supersede(b, { commitment: C })), 'ok')
  for (const dead of [a, b]) {
    assert.is(await refusal(registry, COURT, call.suspend(dead)), forbidden)
    assert.is(await refusal(registry, COURT, call.reinstate(dead)), forbidden)
    assert.is(await refusal(registry, COURT, call.revoke(dead)), forbidden)
    assert.is(await refusal(registry, COURT, call.supersede(dead, { commitment: C })), forbidden)
    assert.is(
      await refusal(registry, ISSUER, call.issue(dead.commitment, SCHEMA)),
      'DocumentRegistryAlreadyIssued',
    )
  }
})

test('a successor is in force and was issued later', async () => {
  const registry = await createRegistry()
  for (const document of [A, B, C]) await act(registry, ISSUER, call.issue(document, SCHEMA))
  const replace = (document: Hash, successor: Hash) =>
    refusal(
      registry,
      ISSUER,
      call.supersede(
        { commitment: document, schemaId: SCHEMA, reason: 1 },
        { commitment: successor },
      ),
    )
  assert.is(await replace(B, A), 'DocumentRegistrySuccessorNotLater')
  assert.is(await replace(A, A), 'DocumentRegistrySuccessorNotLater')
  assert.is(await replace(A, commitment('never')), 'DocumentRegistryNotProven')
  await act(registry, REVOKER, call.suspend({ commitment: C, schemaId: SCHEMA, reason: 1 }))
  assert.is(await replace(A, C), 'DocumentRegistrySuccessorNotLive')
  assert.is(await replace(A, B), 'ok')
})

test('reason codes from 128 up are the court’s, and so is what it suspended', async () => {
  const registry = await createRegistry()
  await act(registry, ISSUER, call.issue(A, SCHEMA))
  const target = { commitment: A, schemaId: SCHEMA, reason: 1 }
  const outOfRange = 'DocumentRegistryReasonOutOfRange'
  assert.is(await refusal(registry, ISSUER, call.suspend({ ...target, reason: 0 })), outOfRange)
  assert.is(await refusal(registry, COURT, call.suspend({ ...target, reason: 0 })), outOfRange)
  assert.is(await refusal(registry, ISSUER, call.suspend({ ...target, reason: 128 })), outOfRange)
  assert.is(await refusal(registry, COURT, call.suspend({ ...target, reason: 128 })), 'ok')
  const hold = 'DocumentRegistryCourtHold'
  assert.is(await refusal(registry, ISSUER, call.reinstate(target)), hold)
  assert.is(await refusal(registry, REVOKER, call.revoke(target)), hold)
  assert.is(await refusal(registry, COURT, call.reinstate({ ...target, reason: 129 })), 'ok')
  assert.is(await refusal(registry, ISSUER, call.suspend(target)), 'ok')
})

test('roles in TypeScript are the roles of the contract', async () => {
  const registry = await createRegistry()
  const isGranted = async (role: Hash, account: typeof ISSUER) =>
    (await view(registry.chain, registry.address, call.hasRole(role, account))).at(-1) === 1
  assert.ok(await isGranted(issuerRole(SCHEMA), ISSUER))
  assert.ok(await isGranted(revokerRole(SCHEMA), REVOKER))
  assert.ok(await isGranted(COURT_ROLE, COURT))
  assert.not(await isGranted(issuerRole(OTHER_SCHEMA), ISSUER))
  await act(registry, ADMIN, call.revokeRole(issuerRole(SCHEMA), ISSUER))
  assert.is(await refusal(registry, ISSUER, call.issue(A, SCHEMA)), 'DocumentRegistryUnauthorized')
  await act(registry, ADMIN, call.grantRole(issuerRole(SCHEMA), STRANGER))
  assert.is(await refusal(registry, STRANGER, call.issue(A, SCHEMA)), 'ok')
})

test('decoders refuse what the registry did not say', () => {
  const log = { topics: [A], data: new Uint8Array(3) }
  const codes = [decodeDocumentRegistryLog(log), decodeDocumentRecord(log.data)].map((result) =>
    result.ok ? 'ok' : result.code,
  )
  assert.equal(codes, ['LOG_UNKNOWN', 'RETURN_MALFORMED'])
  const totals = decodeRegistryTotals(new Uint8Array(0))
  assert.is(totals.ok ? 'ok' : totals.code, 'RETURN_MALFORMED')
})

test.run()
