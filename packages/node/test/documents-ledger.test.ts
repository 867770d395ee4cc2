/**
 * The observers' ledger and the load's reference see every way in which a register could lie: each
 * rule is broken once in a history that is otherwise true.
 */
import {
  type BatchProof,
  type BatchRecord,
  batchRecordHash,
  documentRegistry as call,
  createBatchTree,
  type DocumentRegistryEvent,
  EMPTY_BATCH_PROOF,
  nextDocumentHead,
  schemaId,
} from '@veche/contracts'
import {
  type Address,
  type Hash,
  type Hex,
  keccakHex,
  utf8ToBytes,
  ZERO_HASH,
} from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Ledger, type LedgerEntry } from '../src/documents/ledger.ts'
import { DocumentsReference, referenceRoot } from '../src/load/reference-documents.ts'

const SCHEMA = schemaId('city-document/1')
const ISSUER: Address = `0x${'15'.repeat(20)}`
const REVOKER: Address = `0x${'4e'.repeat(20)}`
const COURT: Address = `0x${'c0'.repeat(20)}`
const NOBODY: Address = `0x${'66'.repeat(20)}`
const hash = (text: string): Hash => keccakHex(utf8ToBytes(text))
const [A, B, C] = [hash('a'), hash('b'), hash('c')] as const
const TIME = 1_800_000_000
const TREE = createBatchTree([A, B])

type Change = Extract<DocumentRegistryEvent, { kind: 'status-changed' }>

function change(head: Hash, fields: Partial<Change> & Pick<Change, 'to'>): Change {
  const whole = {
    ...{ kind: 'status-changed' as const, commitment: A, schemaId: SCHEMA, actor: ISSUER },
    ...{ from: 'issued' as const, reason: 1, successor: ZERO_HASH },
    ...fields,
  }
  return { head: nextDocumentHead(head, { ...whole, timestamp: TIME }), ...whole }
}

const FIRST: BatchRecord = {
  ...{ previous: ZERO_HASH, root: TREE.root, count: TREE.count },
  ...{ schemaId: SCHEMA, issuer: ISSUER, issuedAt: TIME },
}
const SECOND: BatchRecord = { ...FIRST, previous: batchRecordHash(FIRST), root: C }
const suspended = change(ZERO_HASH, { to: 'suspended' })
const revoked = change(suspended.head, { from: 'suspended', to: 'revoked', actor: REVOKER })

/** a true history */
const TRUE: readonly DocumentRegistryEvent[] = [
  { kind: 'batch-issued', index: 1, record: FIRST, uri: '' },
  {
    kind: 'document-issued',
    commitment: C,
    schemaId: SCHEMA,
    issuer: ISSUER,
    index: 2,
    issuedAt: TIME,
  },
  { kind: 'batch-issued', index: 3, record: SECOND, uri: '' },
  suspended,
  revoked,
  change(ZERO_HASH, { commitment: B, to: 'superseded', successor: C }),
]

function faultsOf(events: readonly DocumentRegistryEvent[]): string[] {
  const ledger = new Ledger()
  const place = { blockNumber: 1, timestamp: TIME, transaction: A }
  for (const event of events) ledger.add({ event, ...place } as LedgerEntry)
  return [...new Set(ledger.faults.map(({ code }) => code))]
}

const replaced = (at: number, event: DocumentRegistryEvent): string[] =>
  faultsOf(TRUE.map((one, i) => (i === at ? event : one)))

test('a true history has no fault', () => assert.equal(faultsOf(TRUE), []))

test('a register that drops, reorders, doubles or rewrites an event is found out', () => {
  const [first, single, second, ...changes] = TRUE as readonly [
    DocumentRegistryEvent,
    DocumentRegistryEvent,
    DocumentRegistryEvent,
    ...DocumentRegistryEvent[],
  ]
  assert.ok(faultsOf([single, second, ...changes]).includes('INDEX_ORDER'), 'a batch is dropped')
  assert.ok(faultsOf([first, second, single, ...changes]).includes('INDEX_ORDER'), 'reordered')
  assert.ok(faultsOf([first, single, single]).includes('ISSUED_TWICE'))
  const other = { kind: 'batch-issued', index: 1, record: { ...FIRST, root: A }, uri: '' } as const
  assert.equal(replaced(0, other), ['BATCH_CHAIN'], 'a root is rewritten: the next word tells')
  const early = { ...other, record: { ...FIRST, issuedAt: TIME - 1 } }
  assert.ok(replaced(0, early).includes('ISSUE_TIME'), 'back-dated')
})

test('a change off the graph, out of its chain or without power is found out', () => {
  const after = (event: DocumentRegistryEvent): string[] => faultsOf([...TRUE, event])
  const revive = change(revoked.head, { from: 'revoked', to: 'issued' })
  assert.ok(after(revive).includes('STATUS_EDGE'), 'a revoked document is revived')
  const asIf = change(revoked.head, { from: 'suspended', to: 'issued' })
  assert.ok(after(asIf).includes('STATUS_FROM'), 'as if it had not been revoked')
  assert.equal(replaced(3, { ...suspended, reason: 2 }), ['HEAD_CHAIN'], 'another reason')
  assert.ok(replaced(3, change(ZERO_HASH, { to: 'suspended', reason: 0 })).includes('REASON'))
  const none = change(ZERO_HASH, { commitment: B, to: 'superseded' })
  assert.equal(replaced(5, none), ['SUCCESSOR'])
  const dead = change(ZERO_HASH, { commitment: B, to: 'superseded', successor: A })
  assert.equal(replaced(5, dead), ['SUCCESSOR'], 'a successor that is not in force')
  const power = {
    kind: 'power-changed',
    schemaId: SCHEMA,
    account: ISSUER,
    power: 'issue',
  } as const
  const withdrawn = { ...power, granted: false }
  assert.ok(faultsOf([withdrawn, ...TRUE]).includes('POWER_MISSING'))
  assert.ok(faultsOf([withdrawn, withdrawn]).includes('POWER_UNCHANGED'))
  const frozen = { kind: 'schema-frozen', schemaId: SCHEMA } as const
  assert.ok(faultsOf([frozen, ...TRUE]).includes('SCHEMA_FROZEN'))
})

test('what the court holds, an office cannot have moved', () => {
  const hold = change(ZERO_HASH, { to: 'suspended', reason: 129, actor: COURT })
  const lift = change(hold.head, { from: 'suspended', to: 'issued', reason: 8 })
  assert.equal(faultsOf([...TRUE.slice(0, 3), hold, lift]), ['COURT_HOLD'])
  const lifted = change(hold.head, { from: 'suspended', to: 'issued', reason: 130, actor: COURT })
  assert.equal(faultsOf([...TRUE.slice(0, 3), hold, lifted]), [])
})

test('a schema’s versions are a line', () => {
  const next = (id: string, previous: Hash, version: number): DocumentRegistryEvent => ({
    ...{ kind: 'schema-registered', schemaId: hash(id), previous, version },
    ...{ definition: ZERO_HASH, uri: '' },
  })
  assert.equal(faultsOf([next('v2', SCHEMA, 2), next('v3', hash('v2'), 3)]), [])
  assert.equal(faultsOf([next('v2', SCHEMA, 2), next('fork', SCHEMA, 2)]), ['SCHEMA_FORK'])
  assert.equal(faultsOf([next('v2', SCHEMA, 3)]), ['SCHEMA_VERSION'])
  assert.equal(faultsOf([next('v', ZERO_HASH, 1), next('v', ZERO_HASH, 1)]), ['SCHEMA_EXISTS'])
})

function reference(): DocumentsReference {
  return new DocumentsReference({
    ...{ issues: 0, lastWord: ZERO_HASH, issuers: new Set([ISSUER]) },
    ...{ revokers: new Set([REVOKER]), courts: new Set([COURT]) },
  })
}

function differencesOf(from: Address, input: Hex, succeeded: boolean): number {
  const it = reference()
  it.take({ hash: A, from, input, succeeded, timestamp: TIME, logs: [] })
  return it.differences.length
}

test('the reference names what was accepted against the rules, or refused in spite of them', () => {
  const { root, count } = TREE
  const batch = call.issueBatch({ root, count, schemaId: SCHEMA, uri: '' })
  const proof: BatchProof = { ...EMPTY_BATCH_PROOF, index: 1, path: [B] }
  const revoke = call.revoke({ commitment: A, schemaId: SCHEMA, reason: 1, proof })
  assert.is(differencesOf(NOBODY, batch, true), 1, 'a stranger’s batch')
  assert.is(differencesOf(NOBODY, batch, false), 0)
  assert.is(differencesOf(ISSUER, batch, false), 1, 'an issuer’s batch refused')
  assert.is(differencesOf(ISSUER, batch, true), 1, 'a batch without its event')
  assert.is(differencesOf(REVOKER, revoke, true), 1, 'a false proof accepted')
  assert.is(differencesOf(REVOKER, revoke, false), 0)
})

test('the reference’s root is the root of the tree, by other code', () => {
  for (const count of [1, 2, 3, 5, 8, 13]) {
    const list = Array.from({ length: count }, (_, i) => hash(`leaf ${i}`))
    assert.is(referenceRoot(list), createBatchTree(list).root)
  }
})

test.run()
