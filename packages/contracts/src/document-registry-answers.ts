/**
 * What DocumentRegistry says: events, return data and custom errors, decoded totally. Logs and
 * return data may come from any server, so misfits are refusals, not exceptions.
 */
import { type Address, accept, bytesToHex, type Hash, type Result, refuse } from '@veche/primitives'
import { decodeErrorResult, decodeEventLog, decodeFunctionResult } from 'viem/utils'
import type { BatchRecord } from './batch.ts'
import { DOCUMENT_POWERS, type DocumentPower } from './document-registry.ts'
import { documentRegistryAbi as abi } from './generated/document-registry.ts'
import {
  DOCUMENT_STATUSES,
  type DocumentState,
  type DocumentStatus,
  type RegistryTotals,
} from './storage-slots.ts'

/** A log as receipts hold it. */
export interface LogLike {
  readonly topics: readonly Hash[]
  readonly data: Uint8Array
}

export type DocumentRegistryEvent =
  | {
      readonly kind: 'batch-issued'
      readonly index: number
      readonly record: BatchRecord
      readonly uri: string
    }
  | {
      readonly kind: 'document-issued'
      readonly commitment: Hash
      readonly schemaId: Hash
      readonly issuer: Address
      readonly index: number
      /** unix seconds */
      readonly issuedAt: number
    }
  | {
      readonly kind: 'status-changed'
      readonly commitment: Hash
      readonly schemaId: Hash
      readonly actor: Address
      readonly from: DocumentStatus
      readonly to: DocumentStatus
      readonly reason: number
      /** zero unless superseded */
      readonly successor: Hash
      /** the document's hash chain after this change */
      readonly head: Hash
    }
  | {
      readonly kind: 'schema-registered'
      readonly schemaId: Hash
      /** the version before it, zero for the first */
      readonly previous: Hash
      readonly version: number
      /** keccak256 of its published definition, or zero */
      readonly definition: Hash
      readonly uri: string
    }
  | { readonly kind: 'schema-frozen'; readonly schemaId: Hash }
  | {
      readonly kind: 'power-changed'
      readonly schemaId: Hash
      readonly account: Address
      readonly power: DocumentPower
      readonly granted: boolean
    }
  /** of the proxy, the initializer or the authority */
  | { readonly kind: 'upkeep'; readonly name: string }

function lower(address: Address): Address {
  return address.toLowerCase() as Address
}

function statusName(value: number): DocumentStatus {
  return DOCUMENT_STATUSES[value] ?? 'none'
}

type Decoded = ReturnType<typeof decodeEventLog<typeof abi>>

function toEvent(log: Decoded): DocumentRegistryEvent {
  switch (log.eventName) {
    case 'BatchIssued': {
      const { index, uri, issuer, ...rest } = log.args
      return { kind: 'batch-issued', index, record: { ...rest, issuer: lower(issuer) }, uri }
    }
    case 'DocumentIssued': {
      const { document, schemaId, issuer, index, issuedAt } = log.args
      return {
        kind: 'document-issued',
        commitment: document,
        schemaId,
        issuer: lower(issuer),
        index,
        issuedAt,
      }
    }
    case 'StatusChanged': {
      const { document, actor, from, to, ...rest } = log.args
      return {
        kind: 'status-changed',
        ...rest,
        commitment: document,
        actor: lower(actor),
        from: statusName(from),
        to: statusName(to),
      }
    }
    case 'SchemaRegistered':
      return { kind: 'schema-registered', ...log.args }
    case 'SchemaFrozen':
      return { kind: 'schema-frozen', ...log.args }
    case 'PowerGranted':
    case 'PowerWithdrawn': {
      const { schemaId, account, power } = log.args
      const granted = log.eventName === 'PowerGranted'
      const name = DOCUMENT_POWERS[power] ?? 'issue'
      return { kind: 'power-changed', schemaId, account: lower(account), power: name, granted }
    }
    default:
      return { kind: 'upkeep', name: log.eventName }
  }
}

/** Decodes one log of the registry. Refuses with `LOG_UNKNOWN` what is none of its events. */
export function decodeDocumentRegistryLog(log: LogLike): Result<DocumentRegistryEvent> {
  try {
    const topics = [...log.topics] as [Hash, ...Hash[]]
    return accept(toEvent(decodeEventLog({ abi, topics, data: bytesToHex(log.data) })))
  } catch {
    return refuse('LOG_UNKNOWN', 'an event of DocumentRegistry expected')
  }
}

/** The whole state of a document, as `documentOf` returns it. */
export interface DocumentRecord extends DocumentState {
  readonly head: Hash
  readonly successor: Hash
}

/** Decodes the answer of `documentOf`. Refuses with `RETURN_MALFORMED`. */
export function decodeDocumentRecord(data: Uint8Array): Result<DocumentRecord> {
  try {
    const record = decodeFunctionResult({ abi, functionName: 'documentOf', data: bytesToHex(data) })
    const { status, issuer, ...rest } = record
    return accept({ ...rest, status: statusName(status), issuer: lower(issuer) })
  } catch {
    return refuse('RETURN_MALFORMED', 'the answer of documentOf expected')
  }
}

/** Decodes the answer of `totals`. Refuses with `RETURN_MALFORMED`. */
export function decodeRegistryTotals(data: Uint8Array): Result<RegistryTotals> {
  try {
    const hex = bytesToHex(data)
    const [issues, lastBatch, batched, singles] = decodeFunctionResult({
      abi,
      functionName: 'totals',
      data: hex,
    })
    return accept({ issues, lastBatch, batched, singles })
  } catch {
    return refuse('RETURN_MALFORMED', 'the answer of totals expected')
  }
}

/** A custom error by name with its arguments, in the order of the Solidity interface. */
export interface Revert {
  readonly name: string
  readonly args: readonly unknown[]
}

/** Decodes the return data of a reverted call. Refuses with `REVERT_UNKNOWN` any other data. */
export function decodeDocumentRegistryRevert(data: Uint8Array): Result<Revert> {
  try {
    const { errorName, args } = decodeErrorResult({ abi, data: bytesToHex(data) })
    return accept({ name: errorName, args: args ?? [] })
  } catch {
    return refuse('REVERT_UNKNOWN', 'a custom error of DocumentRegistry expected')
  }
}

/** A schema as it stands. */
export interface SchemaRecord {
  /** 1 for the first of its line, 0 when it is not registered */
  readonly version: number
  readonly frozen: boolean
  /** a later version names it */
  readonly succeeded: boolean
  readonly previous: Hash
  readonly definition: Hash
}

/** Decodes the answer of `schemaOf`. Refuses with `RETURN_MALFORMED`. */
export function decodeSchemaRecord(data: Uint8Array): Result<SchemaRecord> {
  try {
    const hex = bytesToHex(data)
    return accept(decodeFunctionResult({ abi, functionName: 'schemaOf', data: hex }))
  } catch {
    return refuse('RETURN_MALFORMED', 'the answer of schemaOf expected')
  }
}
