/**
 * What anybody may know of an identity: its record, the requests to bind other keys, and its story,
 * which adds up to the record's head or the node does not tell the truth.
 */
import {
  accepted,
  IDENTITY_STATUSES,
  type IdentityRecord,
  identityRegistry,
  nextIdentityHead,
} from '@veche/contracts'
import { type Address, type Hash, type Hex, VecheError, ZERO_HASH } from '@veche/primitives'
import { readContract } from '../act/act.ts'
import { IDENTITY_REGISTRY } from '../act/contracts.ts'
import { REBINDINGS_SHOWN_MAX } from '../limits.ts'
import { readLogs } from '../load/logs.ts'
import { readHead } from '../roles/ask.ts'
import { operationName } from './reference-identities.ts'

const { encode, decode } = identityRegistry

/** Bits of an evidence, and what each is. */
const EVIDENCES = [
  [1, 'office'],
  [2, 'eid'],
  [4, 'recovery'],
] as const

const ask = (rpcUrl: string, data: Hex): Promise<Uint8Array> =>
  readContract(rpcUrl, { contract: IDENTITY_REGISTRY, data })

/** The record; all zero for one that was never registered. Throws as `readContract`. */
export async function readIdentity(rpcUrl: string, idC: Hash): Promise<IdentityRecord> {
  return accepted(decode.identityOf(await ask(rpcUrl, encode.identityOf(idC))))
}

/** The record of somebody who is registered. Throws `IDENTITY_UNKNOWN`. */
export async function readRegistered(rpcUrl: string, idC: Hash): Promise<IdentityRecord> {
  const record = await readIdentity(rpcUrl, idC)
  if (record.status !== 0) return record
  throw new VecheError('IDENTITY_UNKNOWN', `no identity ${idC} is registered`)
}

/** The name of a status. */
export function statusName({ status }: Pick<IdentityRecord, 'status'>): string {
  return IDENTITY_STATUSES[status] ?? `${status}`
}

/** A request to bind other keys, as it stands. */
export interface RebindingState {
  readonly requestId: Hash
  readonly newKeyHash: Hash
  readonly newRecoveryHash: Hash
  readonly evidence: readonly string[]
  readonly objected: boolean
  /** unix seconds */
  readonly openedAt: number
  /** unix seconds from which it can be completed; 0: too few evidences */
  readonly noticeEndsAt: number
}

/** One operation of a record's story. */
export interface IdentityStep {
  readonly operation: string
  readonly blockNumber: number
  readonly actor: Address
  readonly version: number
  readonly status: string
}

/** What the events say of one identity. */
export interface IdentityStory {
  readonly steps: readonly IdentityStep[]
  /** the head that the events add up to; zero before the first */
  readonly head: Hash
  /** whether each event's head follows from the one before */
  readonly unbroken: boolean
  /** keys that were ever asked for in the present epoch, the latest first */
  readonly requested: readonly Pick<
    RebindingState,
    'requestId' | 'newKeyHash' | 'newRecoveryHash'
  >[]
}

/** Reads every event of the register and folds those of one identity. Throws `RPC_FAILED`. */
export async function readStory(rpcUrl: string, idC: Hash): Promise<IdentityStory> {
  const { number } = await readHead(rpcUrl)
  const logs = await readLogs(rpcUrl, IDENTITY_REGISTRY.address, { from: 0, to: number })
  const steps: IdentityStep[] = []
  const requested = new Map<Hash, IdentityStory['requested'][number]>()
  let head: Hash = ZERO_HASH
  let epoch = 0
  let unbroken = true
  for (const log of logs) {
    const event = identityRegistry.decodeLog(log)
    if (!event.ok) continue
    const { name, args } = event.value
    if (name === 'RebindingEvidence' && args.idC === idC) {
      const { requestId, newKeyHash, newRecoveryHash } = args
      requested.set(requestId, { requestId, newKeyHash, newRecoveryHash })
    }
    if (name !== 'IdentityChanged' || args.idC !== idC) continue
    const { operation, actor, record } = args
    head = nextIdentityHead(head, { idC, operation, record })
    unbroken &&= head === record.head
    // another epoch: every request of the one before is dead
    if (record.epoch !== epoch) requested.clear()
    epoch = record.epoch
    const { version } = record
    const { blockNumber } = log
    const status = statusName(record)
    const done = operationName(operation)
    steps.push({ operation: done, blockNumber, actor, version, status })
  }
  return { steps, head, unbroken, requested: [...requested.values()].reverse() }
}

/** The requests of a story that still hold an evidence. Throws as `readContract`. */
export async function readRebindings(
  rpcUrl: string,
  { requested }: IdentityStory,
): Promise<RebindingState[]> {
  const found: RebindingState[] = []
  for (const request of requested.slice(0, REBINDINGS_SHOWN_MAX)) {
    const state = accepted(
      decode.rebindingOf(await ask(rpcUrl, encode.rebindingOf(request.requestId))),
    )
    if (state.evidence === 0) continue
    const { objected, openedAt, noticeEndsAt } = state
    const evidence = EVIDENCES.filter(([bit]) => (state.evidence & bit) !== 0).map(
      ([, name]) => name,
    )
    found.push({ ...request, evidence, objected, openedAt, noticeEndsAt })
  }
  return found
}
