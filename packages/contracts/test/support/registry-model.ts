/**
 * What DocumentRegistry should do, written again in plain TypeScript: the model of the model tests.
 */
import type { Address, Hash } from '@veche/primitives'
import { ZERO_HASH } from '@veche/primitives'
import {
  type BatchRecord,
  batchRecordHash,
  COURT_REASON_MIN,
  type DocumentRecord,
  type DocumentStatus,
  nextDocumentHead,
} from '../../src/index.ts'
import { COURT, ISSUER, OTHER_ISSUER, OTHER_SCHEMA, REVOKER, SCHEMA } from './registry.ts'

export interface ModelBatch {
  readonly index: number
  readonly record: BatchRecord
  readonly members: readonly Hash[]
}

export interface ModelChange {
  readonly from: Address
  readonly document: Hash
  readonly schemaId: Hash
  readonly reason: number
  /** the batch whose true proof is given; undefined for the empty proof */
  readonly batch: ModelBatch | undefined
}

export type Act = 'suspend' | 'reinstate' | 'revoke' | 'supersede'

const TARGET: Readonly<Record<Act, DocumentStatus>> = {
  suspend: 'suspended',
  reinstate: 'issued',
  revoke: 'revoked',
  supersede: 'superseded',
}

const FROM: Readonly<Record<Act, readonly DocumentStatus[]>> = {
  suspend: ['issued'],
  reinstate: ['suspended'],
  revoke: ['issued', 'suspended'],
  supersede: ['issued', 'suspended'],
}

const ORDERS: Readonly<Partial<Record<DocumentStatus, Act>>> = {
  suspended: 'suspend',
  issued: 'reinstate',
  revoked: 'revoke',
}

export class RegistryModel {
  issues = 0
  lastBatch = 0
  batched = 0n
  singles = 0n
  readonly batches: ModelBatch[] = []
  readonly records = new Map<string, DocumentRecord>()
  readonly frozen = new Set<Hash>()

  static key(document: Hash, schemaId: Hash): string {
    return `${schemaId}/${document}`
  }

  #isIssuer(from: Address, schemaId: Hash): boolean {
    return from === (schemaId === SCHEMA ? ISSUER : OTHER_ISSUER)
  }

  #isRevoker(from: Address, schemaId: Hash): boolean {
    return from === REVOKER && schemaId === SCHEMA
  }

  #refuseIssue(from: Address, schemaId: Hash): string | undefined {
    if (this.frozen.has(schemaId)) return 'SchemaFrozen'
    return this.#isIssuer(from, schemaId) ? undefined : 'Unauthorized'
  }

  issueBatch(from: Address, batch: Omit<ModelBatch, 'index'>): string {
    const { record, members } = batch
    const refused = this.#refuseIssue(from, record.schemaId)
    if (refused !== undefined) return refused
    this.issues++
    this.lastBatch = this.issues
    this.batched += BigInt(record.count)
    this.batches.push({ index: this.issues, record, members })
    return 'ok'
  }

  /** `previous` of the next batch */
  previous(): Hash {
    const last = this.batches.at(-1)
    return last === undefined ? ZERO_HASH : batchRecordHash(last.record)
  }

  issue(from: Address, document: Hash, schemaId: Hash, issuedAt: number): string {
    const refused = this.#refuseIssue(from, schemaId)
    if (refused !== undefined) return refused
    const key = RegistryModel.key(document, schemaId)
    if (this.records.has(key)) return 'AlreadyIssued'
    this.issues++
    this.singles++
    this.#create(key, this.issues, issuedAt, from)
    return 'ok'
  }

  #create(key: string, index: number, issuedAt: number, issuer: Address): DocumentRecord {
    const record: DocumentRecord = {
      status: 'issued',
      reason: 0,
      index,
      issuedAt,
      issuer,
      head: ZERO_HASH,
      successor: ZERO_HASH,
    }
    this.records.set(key, record)
    return record
  }

  /** The record, or the one that the proof would create, or undefined. Does not store. */
  #peek(document: Hash, schemaId: Hash, batch: ModelBatch | undefined): DocumentRecord | undefined {
    const found = this.records.get(RegistryModel.key(document, schemaId))
    if (found !== undefined) return found
    if (batch === undefined || batch.record.schemaId !== schemaId) return undefined
    if (!batch.members.includes(document)) return undefined
    const { issuedAt, issuer } = batch.record
    const rest = { reason: 0, head: ZERO_HASH, successor: ZERO_HASH }
    return { status: 'issued', index: batch.index, issuedAt, issuer, ...rest }
  }

  /** A department's call. */
  change(
    act: Act,
    change: ModelChange,
    context: { now: number; successor?: { document: Hash; batch: ModelBatch | undefined } },
  ): string {
    const { from, document, schemaId, reason } = change
    const allowed =
      (act !== 'revoke' && this.#isIssuer(from, schemaId)) ||
      (act !== 'supersede' && this.#isRevoker(from, schemaId))
    if (!allowed) return 'Unauthorized'
    const record = this.#peek(document, schemaId, act === 'reinstate' ? undefined : change.batch)
    if (record === undefined && act !== 'reinstate') return 'NotProven'
    const refused = this.#refuseDepartment(record, reason)
    if (refused !== undefined) return refused
    const { successor } = context
    const next =
      successor?.document === document
        ? record
        : successor && this.#peek(successor.document, schemaId, successor.batch)
    if (successor !== undefined && next === undefined) return 'NotProven'
    if (record === undefined || !FROM[act].includes(record.status)) return 'ForbiddenTransition'
    if (next !== undefined && next.status !== 'issued') return 'SuccessorNotLive'
    if (next !== undefined && next.index <= record.index) return 'SuccessorNotLater'
    this.#store(TARGET[act], change, record, context)
    return 'ok'
  }

  #refuseDepartment(record: DocumentRecord | undefined, reason: number): string | undefined {
    if (reason === 0 || reason >= COURT_REASON_MIN) return 'ReasonOutOfRange'
    const isHeld = record?.status === 'suspended' && record.reason >= COURT_REASON_MIN
    return isHeld ? 'CourtHold' : undefined
  }

  /** A department's list: all or nothing. */
  changeMany(
    act: 'suspend' | 'revoke',
    changes: readonly ModelChange[],
    context: { now: number },
  ): string {
    const before = new Map(this.records)
    for (const change of changes) {
      const { from, document, schemaId, reason, batch } = change
      const mayIssue = act === 'suspend' && this.#isIssuer(from, schemaId)
      if (!mayIssue && !this.#isRevoker(from, schemaId)) return 'Unauthorized'
      const record = this.#peek(document, schemaId, batch)
      if (record?.status === TARGET[act] && record.reason === reason) continue
      const answer = this.change(act, change, context)
      if (answer === 'ok') continue
      this.records.clear()
      for (const [key, value] of before) this.records.set(key, value)
      return answer
    }
    return 'ok'
  }

  /** The court's order. */
  order(to: DocumentStatus, change: ModelChange, context: { now: number }): string {
    const { from, document, schemaId, reason, batch } = change
    if (from !== COURT) return 'AccessManagedUnauthorized'
    if (reason < COURT_REASON_MIN) return 'ReasonOutOfRange'
    const record = this.#peek(document, schemaId, batch)
    if (record === undefined) return 'NotProven'
    const act = ORDERS[to]
    if (act === undefined || !FROM[act].includes(record.status)) return 'ForbiddenTransition'
    this.#store(to, change, record, context)
    return 'ok'
  }

  #store(
    to: DocumentStatus,
    change: ModelChange,
    record: DocumentRecord,
    context: { now: number; successor?: { document: Hash; batch: ModelBatch | undefined } },
  ): void {
    const { document, schemaId, reason, from: actor } = change
    const successor = context.successor?.document ?? ZERO_HASH
    const step = { from: record.status, to, reason, successor, actor, timestamp: context.now }
    const head = nextDocumentHead(record.head, step)
    if (context.successor !== undefined) {
      const next = this.#peek(successor, schemaId, context.successor.batch)
      if (next !== undefined) this.records.set(RegistryModel.key(successor, schemaId), next)
    }
    const changed = { ...record, status: to, reason, head, successor }
    this.records.set(RegistryModel.key(document, schemaId), changed)
  }
}

export const SCHEMAS: readonly Hash[] = [SCHEMA, OTHER_SCHEMA]
