/**
 * DocumentRegistry told again from its events, apart from the contract: the fold that an observer
 * runs from block 0 on. Every event is judged by the rules of services.md (indices, the chain of
 * batch hashes, the state graph, the chain of each document's changes); what breaks one is a fault
 * that names its transaction. Pure; knows no server.
 */
import {
  type BatchRecord,
  batchRecordHash,
  COURT_REASON_MIN,
  type DocumentPower,
  type DocumentRegistryEvent,
  type DocumentStatus,
  nextDocumentHead,
  type RegistryTotals,
} from '@veche/contracts'
import { type Address, type Hash, ZERO_HASH } from '@veche/primitives'

/** One event with its place. */
export interface LedgerEntry {
  readonly event: DocumentRegistryEvent
  readonly blockNumber: number
  /** unix seconds of the block */
  readonly timestamp: number
  readonly transaction: Hash
}

/** A rule that an event breaks, or a place where events and state differ. */
export interface Fault {
  readonly code: string
  readonly text: string
  readonly blockNumber?: number
  readonly transaction?: Hash
}

/** What the events say of one document. */
export interface LedgerDocument {
  readonly commitment: Hash
  readonly schemaId: Hash
  readonly status: DocumentStatus
  /** code of the last change, 0 before the first */
  readonly reason: number
  /** of its single issue; undefined for a batched one, whose batch no event names */
  readonly issue:
    | { readonly index: number; readonly issuedAt: number; readonly issuer: Address }
    | undefined
  readonly head: Hash
  readonly successor: Hash
  readonly changes: number
  /** the transaction that touched a batched document first: its calldata holds the proof */
  readonly touchedBy: Hash | undefined
}

export interface LedgerSchema {
  readonly version: number
  readonly frozen: boolean
  readonly succeeded: boolean
}

/** A power that was used, of which no event told. */
export interface Presumed {
  readonly schemaId: Hash
  readonly account: Address
  /** one of them is enough */
  readonly powers: readonly DocumentPower[]
}

const EITHER: readonly DocumentPower[] = ['issue', 'revoke']
const ISSUE: readonly DocumentPower[] = ['issue']
const REVOKE: readonly DocumentPower[] = ['revoke']

/** The whole state that events add up to. */
export class Ledger {
  readonly faults: Fault[] = []
  readonly batches = new Map<number, BatchRecord>()
  readonly documents = new Map<string, LedgerDocument>()
  readonly schemas = new Map<Hash, LedgerSchema>()
  /** `schema/account/power` → held, as the last event says */
  readonly powers = new Map<string, boolean>()
  /** used before any event told of them: one of the powers must stand in genesis */
  readonly presumed = new Map<string, Presumed>()
  events = 0
  #issues = 0
  #lastBatch = 0
  #lastHash: Hash = ZERO_HASH
  #batched = 0n
  #singles = 0n

  totals(): RegistryTotals {
    return {
      issues: this.#issues,
      lastBatch: this.#lastBatch,
      batched: this.#batched,
      singles: this.#singles,
    }
  }

  /** The stored word of the last batch, which commits to every batch before it. */
  get lastBatchHash(): Hash {
    return this.#lastHash
  }

  /** Takes the next event, in the order of the chain. */
  add(entry: LedgerEntry): void {
    this.events++
    const { event } = entry
    switch (event.kind) {
      case 'batch-issued':
        this.#batch(entry, event)
        return
      case 'document-issued':
        this.#single(entry, event)
        return
      case 'status-changed':
        this.#change(entry, event)
        return
      case 'schema-registered':
        this.#schema(entry, event)
        return
      case 'schema-frozen': {
        const schema = this.#schemaOf(event.schemaId)
        if (schema.frozen) this.#fault(entry, 'SCHEMA_FROZEN', 'a schema is frozen once')
        this.schemas.set(event.schemaId, { ...schema, frozen: true })
        return
      }
      case 'power-changed': {
        const key = powerKey(event.schemaId, event.account, event.power)
        if (this.powers.get(key) === event.granted)
          this.#fault(entry, 'POWER_UNCHANGED', `${key} is ${event.granted} already`)
        this.powers.set(key, event.granted)
        return
      }
      case 'upkeep':
        return
    }
  }

  #fault(entry: LedgerEntry, code: string, text: string): void {
    const { blockNumber, transaction } = entry
    this.faults.push({ code, text, blockNumber, transaction })
  }

  /** a schema of genesis has no event */
  #schemaOf(schemaId: Hash): LedgerSchema {
    return this.schemas.get(schemaId) ?? { version: 1, frozen: false, succeeded: false }
  }

  #schema(
    entry: LedgerEntry,
    event: Extract<DocumentRegistryEvent, { kind: 'schema-registered' }>,
  ): void {
    const { schemaId, previous, version } = event
    if (this.schemas.has(schemaId)) this.#fault(entry, 'SCHEMA_EXISTS', `${schemaId} again`)
    const before = previous === ZERO_HASH ? undefined : this.#schemaOf(previous)
    if (version !== (before?.version ?? 0) + 1)
      this.#fault(entry, 'SCHEMA_VERSION', `version ${version} follows ${before?.version ?? 0}`)
    if (before?.succeeded) this.#fault(entry, 'SCHEMA_FORK', `${previous} has a successor`)
    if (before !== undefined) this.schemas.set(previous, { ...before, succeeded: true })
    this.schemas.set(schemaId, { version, frozen: false, succeeded: false })
  }

  /** whether one of the powers is held; one that no event told of is presumed of genesis */
  #may(schemaId: Hash, account: Address, powers: readonly DocumentPower[]): boolean {
    const held = powers.map((power) => this.powers.get(powerKey(schemaId, account, power)))
    if (held.includes(true)) return true
    const untold = powers.filter((_, i) => held[i] === undefined)
    if (untold.length === 0) return false
    const key = `${schemaId}/${account}/${untold.join('|')}`
    this.presumed.set(key, { schemaId, account, powers: untold })
    return true
  }

  #issue(
    entry: LedgerEntry,
    issue: { index: number; schemaId: Hash; issuer: Address; issuedAt: number },
  ): void {
    const { index, schemaId, issuer, issuedAt } = issue
    if (index !== this.#issues + 1)
      this.#fault(entry, 'INDEX_ORDER', `issue ${this.#issues + 1} expected, got ${index}`)
    if (issuedAt !== entry.timestamp)
      this.#fault(entry, 'ISSUE_TIME', `block time ${entry.timestamp}, the event says ${issuedAt}`)
    if (this.#schemaOf(schemaId).frozen)
      this.#fault(entry, 'SCHEMA_FROZEN', `an issue under the frozen schema ${schemaId}`)
    if (!this.#may(schemaId, issuer, ['issue']))
      this.#fault(entry, 'POWER_MISSING', `${issuer} may not issue under ${schemaId}`)
    this.#issues = index
  }

  #batch(
    entry: LedgerEntry,
    { index, record }: Extract<DocumentRegistryEvent, { kind: 'batch-issued' }>,
  ): void {
    this.#issue(entry, { index, ...record })
    if (record.previous !== this.#lastHash)
      this.#fault(entry, 'BATCH_CHAIN', `batch ${index} follows ${this.#lastHash}`)
    this.batches.set(index, record)
    this.#lastHash = batchRecordHash(record)
    this.#lastBatch = index
    this.#batched += BigInt(record.count)
  }

  #single(
    entry: LedgerEntry,
    event: Extract<DocumentRegistryEvent, { kind: 'document-issued' }>,
  ): void {
    const { commitment, schemaId, index, issuedAt, issuer } = event
    const key = documentKey(schemaId, commitment)
    this.#issue(entry, event)
    if (this.documents.has(key)) this.#fault(entry, 'ISSUED_TWICE', `${commitment} has state`)
    this.documents.set(key, {
      ...{ commitment, schemaId, status: 'issued', reason: 0 },
      issue: { index, issuedAt, issuer },
      ...{ head: ZERO_HASH, successor: ZERO_HASH, changes: 0, touchedBy: undefined },
    })
    this.#singles++
  }

  #change(
    entry: LedgerEntry,
    event: Extract<DocumentRegistryEvent, { kind: 'status-changed' }>,
  ): void {
    const { commitment, schemaId, from, to, reason, successor, head } = event
    const key = documentKey(schemaId, commitment)
    const before = this.documents.get(key) ?? untouched(schemaId, commitment, entry.transaction)
    if (from !== before.status)
      this.#fault(entry, 'STATUS_FROM', `${commitment} stood ${before.status}, not ${from}`)
    if (!EDGES[from].includes(to))
      this.#fault(entry, 'STATUS_EDGE', `${commitment}: no way from ${from} to ${to}`)
    this.#authority(entry, event, before)
    if (to === 'superseded') this.#successor(entry, event)
    else if (successor !== ZERO_HASH)
      this.#fault(entry, 'SUCCESSOR', `${commitment} is ${to} and names a successor`)
    const expected = nextDocumentHead(before.head, { ...event, timestamp: entry.timestamp })
    if (expected !== head) this.#fault(entry, 'HEAD_CHAIN', `${commitment}: head ${expected}`)
    const changes = before.changes + 1
    this.documents.set(key, { ...before, status: to, reason, successor, head, changes })
  }

  #authority(
    entry: LedgerEntry,
    event: Extract<DocumentRegistryEvent, { kind: 'status-changed' }>,
    before: LedgerDocument,
  ): void {
    const { schemaId, actor, to, reason, commitment } = event
    if (reason === 0) this.#fault(entry, 'REASON', `${commitment}: a change without reason`)
    // the court's orders go through CityAccess; the audit asks it apart from this
    if (reason >= COURT_REASON_MIN) return
    if (before.status === 'suspended' && before.reason >= COURT_REASON_MIN)
      this.#fault(entry, 'COURT_HOLD', `${actor} moved ${commitment}, which the court holds`)
    const either = to === 'suspended' || to === 'issued'
    const powers = either ? EITHER : to === 'revoked' ? REVOKE : ISSUE
    if (!this.#may(schemaId, actor, powers))
      this.#fault(entry, 'POWER_MISSING', `${actor} may not make ${commitment} ${to}`)
  }

  #successor(
    entry: LedgerEntry,
    { commitment, schemaId, successor }: { commitment: Hash; schemaId: Hash; successor: Hash },
  ): void {
    const key = documentKey(schemaId, successor)
    const next = this.documents.get(key)
    if (successor === ZERO_HASH || successor === commitment)
      this.#fault(entry, 'SUCCESSOR', `${commitment} has no other as its successor`)
    else if (next === undefined)
      this.documents.set(key, { ...untouched(schemaId, successor, entry.transaction) })
    else if (next.status !== 'issued')
      this.#fault(entry, 'SUCCESSOR', `the successor ${successor} stood ${next.status}`)
  }
}

const EDGES: Readonly<Record<DocumentStatus, readonly DocumentStatus[]>> = {
  none: [],
  issued: ['suspended', 'superseded', 'revoked'],
  suspended: ['issued', 'superseded', 'revoked'],
  superseded: [],
  revoked: [],
}

/** a batched document before anything happened to it */
function untouched(schemaId: Hash, commitment: Hash, transaction: Hash): LedgerDocument {
  return {
    ...{ commitment, schemaId, status: 'issued', reason: 0, issue: undefined },
    ...{ head: ZERO_HASH, successor: ZERO_HASH, changes: 0, touchedBy: transaction },
  }
}

/** Key of a document in {@link Ledger.documents}. */
export function documentKey(schemaId: Hash, commitment: Hash): string {
  return `${schemaId}/${commitment}`
}

/** Key of a power in {@link Ledger.powers}. */
export function powerKey(schemaId: Hash, account: Address, power: DocumentPower): string {
  return `${schemaId}/${account}/${power}`
}
