/** DocumentRegistry on its real byte code: one positive walk, and every rule broken once. */
import { bytesToHex, type Hash, ZERO_ADDRESS, ZERO_HASH } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  batchRecordHash,
  batchRecordSlot,
  documentRegistry as call,
  decodeDocumentRecord,
  decodeDocumentRegistryLog,
  decodeRegistryTotals,
  documentSlot,
  EMPTY_BATCH_PROOF,
  nextDocumentHead,
} from '../src/index.ts'
import { storageWord, view } from './support/chain.ts'
import {
  ADMIN,
  act,
  COURT,
  commitment,
  createRegistry,
  eventOf,
  ISSUER,
  OTHER_ISSUER,
  OTHER_SCHEMA,
  postBatch,
  REVOKER,
  refusal,
  revertOf,
  SCHEMA,
  STRANGER,
  statusOf,
} from './support/registry.ts'

const A = commitment('a')
const B = commitment('b')
const C = commitment('c')

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
    [COURT, call.order({ commitment: A, schemaId: SCHEMA, reason: 130 }, 'suspended')],
    [COURT, call.order({ commitment: A, schemaId: SCHEMA, reason: 131 }, 'issued')],
    [
      ISSUER,
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

test('only the powers of a schema change a status, and the court by its own orders', async () => {
  const registry = await createRegistry()
  await act(registry, ISSUER, call.issue(A, SCHEMA))
  await act(registry, ISSUER, call.issue(B, SCHEMA))
  const target = { commitment: A, schemaId: SCHEMA, reason: 1 }
  const list = { schemaId: SCHEMA, reason: 1, items: [{ commitment: A }] }
  const unauthorized = 'DocumentRegistryUnauthorized'
  const nobody = async (from: typeof ISSUER, data: ReturnType<typeof call.totals>) =>
    assert.is(await refusal(registry, from, data), unauthorized)
  for (const from of [STRANGER, ADMIN, OTHER_ISSUER, COURT]) {
    await nobody(from, call.suspend(target))
    await nobody(from, call.reinstate(target))
    await nobody(from, call.revoke(target))
    await nobody(from, call.suspendMany(list))
    await nobody(from, call.revokeMany(list))
    await nobody(from, call.supersede(target, { commitment: B }))
  }
  await nobody(ISSUER, call.revoke(target))
  await nobody(ISSUER, call.revokeMany(list))
  await nobody(REVOKER, call.supersede(target, { commitment: B }))
  const orderFor = { ...target, reason: 130 }
  for (const from of [STRANGER, ADMIN, ISSUER, REVOKER])
    assert.is(
      await refusal(registry, from, call.order(orderFor, 'suspended')),
      'AccessManagedUnauthorized',
    )
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
    refusal(
      registry,
      COURT,
      call.order({ commitment: A, schemaId, reason: 200, proof }, 'suspended'),
    )
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

test('forbids every transition outside the graph: nobody revives a revoked document', async () => {
  const registry = await createRegistry()
  for (const document of [A, B, C]) await act(registry, ISSUER, call.issue(document, SCHEMA))
  const a = { commitment: A, schemaId: SCHEMA, reason: 1 }
  const forbidden = 'DocumentRegistryForbiddenTransition'
  assert.is(await refusal(registry, REVOKER, call.reinstate(a)), forbidden)
  assert.is(await refusal(registry, REVOKER, call.suspend(a)), 'ok')
  assert.is(await refusal(registry, REVOKER, call.suspend(a)), forbidden)
  assert.is(await refusal(registry, REVOKER, call.revoke(a)), 'ok')
  const b = { ...a, commitment: B }
  assert.is(await refusal(registry, ISSUER, call.supersede(b, { commitment: C })), 'ok')
  for (const dead of [a, b]) {
    for (const from of [ISSUER, REVOKER]) {
      assert.is(await refusal(registry, from, call.suspend(dead)), forbidden)
      assert.is(await refusal(registry, from, call.reinstate(dead)), forbidden)
    }
    assert.is(await refusal(registry, REVOKER, call.revoke(dead)), forbidden)
    assert.is(await refusal(registry, ISSUER, call.supersede(dead, { commitment: C })), forbidden)
    for (const to of ['none', 'issued', 'suspended', 'superseded', 'revoked'] as const)
      assert.is(
        await refusal(registry, COURT, call.order({ ...dead, reason: 128 }, to)),
        forbidden,
        `the court orders a dead document ${to}`,
      )
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
  for (const document of [A, B]) await act(registry, ISSUER, call.issue(document, SCHEMA))
  const target = { commitment: A, schemaId: SCHEMA, reason: 1 }
  const outOfRange = 'DocumentRegistryReasonOutOfRange'
  for (const reason of [0, 128, 255])
    assert.is(await refusal(registry, ISSUER, call.suspend({ ...target, reason })), outOfRange)
  const ordered = (to: 'issued' | 'suspended' | 'revoked', reason = 128) =>
    refusal(registry, COURT, call.order({ ...target, reason }, to))
  for (const reason of [0, 1, 127]) assert.is(await ordered('suspended', reason), outOfRange)
  assert.is(await ordered('issued'), 'DocumentRegistryForbiddenTransition')
  assert.is(await ordered('suspended'), 'ok')
  const hold = 'DocumentRegistryCourtHold'
  const list = { schemaId: SCHEMA, reason: 1, items: [{ commitment: A }] }
  assert.is(await refusal(registry, ISSUER, call.suspend(target)), hold)
  assert.is(await refusal(registry, ISSUER, call.suspendMany(list)), hold)
  assert.is(await refusal(registry, ISSUER, call.reinstate(target)), hold)
  assert.is(await refusal(registry, ISSUER, call.supersede(target, { commitment: B })), hold)
  assert.is(await refusal(registry, REVOKER, call.revoke(target)), hold)
  assert.is(await refusal(registry, REVOKER, call.revokeMany(list)), hold)
  assert.is(await ordered('issued', 129), 'ok')
  assert.is(await refusal(registry, ISSUER, call.suspend(target)), 'ok')
  assert.is(await ordered('revoked'), 'ok')
})

test('a list changes as a whole, and a part sent twice changes nothing', async () => {
  const registry = await createRegistry()
  const names = Array.from({ length: 33 }, (_, i) => commitment(`many ${i}`))
  const { proofs } = await postBatch(registry, names)
  const items = names.map((document, i) => ({
    commitment: document,
    proof: proofs[i] ?? EMPTY_BATCH_PROOF,
  }))
  const suspendAll = (part: typeof items, reason = 5) =>
    act(registry, ISSUER, call.suspendMany({ schemaId: SCHEMA, reason, items: part }))
  const outOfRange = 'DocumentRegistryCountOutOfRange'
  assert.is(revertOf(await suspendAll(items)), outOfRange)
  assert.is(revertOf(await suspendAll([])), outOfRange)
  const first = await suspendAll(items.slice(0, 3))
  assert.is(first.logs.length, 3)
  assert.is(BigInt(bytesToHex(first.returned)), 3n)
  const again = await suspendAll(items.slice(0, 5))
  assert.is(again.logs.length, 2, 'three were passed over')
  assert.is(revertOf(await suspendAll(items.slice(4, 6), 6)), 'DocumentRegistryForbiddenTransition')
  assert.is(await statusOf(registry, names[5] ?? A), 'none', 'all or nothing')
  const revokeAll = await act(
    registry,
    REVOKER,
    call.revokeMany({ schemaId: SCHEMA, reason: 7, items: items.slice(0, 32) }),
  )
  assert.is(revertOf(revokeAll), 'ok')
  assert.is(revokeAll.logs.length, 32)
  assert.ok(revokeAll.gasUsed < 3_000_000n, `less than half a genesis block: ${revokeAll.gasUsed}`)
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
