/**
 * The register of identities told again from its events alone, by rules written from
 * IIdentityRegistry's promises and apart from the contract's code: what each operation may follow
 * and change, which evidences a re-binding had, and for how long everybody could see it.
 */
import {
  type EventOf,
  type IdentityRecord,
  type identityRegistryAbi,
  nextIdentityHead,
  rebindingRequestId,
} from '@veche/contracts'
import { type Address, type Hash, ZERO_HASH } from '@veche/primitives'

export interface IdentityEvent {
  readonly event: EventOf<typeof identityRegistryAbi>
  readonly blockNumber: number
  /** unix seconds of its block */
  readonly timeSeconds: number
}

/** What the events add up to. */
export interface IdentityLedger {
  readonly records: ReadonlyMap<Hash, IdentityRecord>
  /** operations by name */
  readonly counts: Readonly<Record<string, number>>
  /** broken rules, in words */
  readonly differences: readonly string[]
}

const NOTICE_SECONDS = 24 * 3_600
const REQUEST_SECONDS = 30 * 86_400
const [NONE, ACTIVE, SUSPENDED, CLOSED] = [0, 1, 2, 3]
const [OFFICE, EID, ALL] = [1, 2, 7]

type Field = keyof IdentityRecord

interface Rule {
  readonly name: string
  readonly from: readonly number[]
  readonly to: (before: IdentityRecord) => number
  /** beside head, version and updatedAt */
  readonly changes: readonly Field[]
  /** of the record after it */
  readonly reason: 'zero' | 'some' | 'kept'
}

/** a holder's own suspension ends with other keys, an office's does not */
const bound = ({ status, reason }: IdentityRecord): number =>
  status === SUSPENDED && reason === 0 ? ACTIVE : status

const KEYS = ['keyHash', 'recoveryHash', 'epoch', 'status'] as const

/** Operations by their number in the events. */
const RULES: readonly (Rule | undefined)[] = [
  undefined,
  {
    name: 'register',
    ...{ from: [NONE], to: () => ACTIVE, reason: 'zero' },
    changes: [...KEYS, 'assurance'],
  },
  {
    name: 'set assurance',
    ...{ from: [ACTIVE], to: () => ACTIVE, reason: 'kept', changes: ['assurance'] },
  },
  {
    name: 'suspend',
    ...{ from: [ACTIVE], to: () => SUSPENDED, reason: 'some', changes: ['status', 'reason'] },
  },
  {
    name: 'suspend by holder',
    ...{ from: [ACTIVE], to: () => SUSPENDED, reason: 'zero', changes: ['status', 'reason'] },
  },
  {
    name: 'reinstate',
    ...{ from: [SUSPENDED], to: () => ACTIVE, reason: 'zero', changes: ['status', 'reason'] },
  },
  {
    name: 'close',
    ...{ from: [ACTIVE, SUSPENDED], to: () => CLOSED, reason: 'some' },
    changes: ['status', 'reason'],
  },
  {
    name: 'rotate',
    ...{ from: [ACTIVE, SUSPENDED], to: bound, reason: 'kept', changes: KEYS },
  },
  {
    name: 'rebind',
    ...{ from: [ACTIVE, SUSPENDED], to: bound, reason: 'kept', changes: KEYS },
  },
]
const [REGISTER, ROTATE, REBIND] = [1, 7, 8]

/** The name of an operation in events. */
export function operationName(operation: number): string {
  return RULES[operation]?.name ?? `operation ${operation}`
}

const NOBODY: IdentityRecord = {
  ...{ keyHash: ZERO_HASH, recoveryHash: ZERO_HASH, head: ZERO_HASH },
  ...{ status: NONE, assurance: 0, reason: 0, epoch: 0, version: 0, updatedAt: 0 },
}

interface Request {
  readonly evidence: number
  readonly objected: boolean
  readonly openedAt: number
  readonly noticeEndsAt: number
  readonly attester: Address | undefined
}

const NO_REQUEST: Request = {
  ...{ evidence: 0, objected: false, openedAt: 0, noticeEndsAt: 0, attester: undefined },
}

const bits = (evidence: number): number => [1, 2, 4].filter((bit) => evidence & bit).length

class Replay {
  readonly records = new Map<Hash, IdentityRecord>()
  readonly counts: Record<string, number> = {}
  readonly differences: string[] = []
  readonly #requests = new Map<Hash, Request>()
  #place = ''

  run({ event, blockNumber, timeSeconds }: IdentityEvent): void {
    if (!('idC' in event.args)) return
    this.#place = `block ${blockNumber}: ${event.args.idC}`
    if (event.name === 'IdentityChanged') this.#change(event.args, timeSeconds)
    if (event.name === 'RebindingEvidence') this.#evidence(event.args, timeSeconds)
    if (event.name === 'RebindingObjected') {
      const request = this.#requests.get(event.args.requestId) ?? NO_REQUEST
      this.#hold(request.evidence !== 0, 'an objection to nothing')
      this.#requests.set(event.args.requestId, { ...request, objected: true })
    }
  }

  #hold(condition: boolean, otherwise: string): void {
    if (!condition) this.differences.push(`${this.#place}: ${otherwise}`)
  }

  #change(
    args: { readonly idC: Hash; readonly operation: number; readonly record: IdentityRecord },
    timeSeconds: number,
  ): void {
    const { idC, operation, record } = args
    const before = this.records.get(idC) ?? NOBODY
    const name = operationName(operation)
    this.counts[name] = (this.counts[name] ?? 0) + 1
    const head = nextIdentityHead(before.head, { idC, operation, record })
    this.#hold(head === record.head, `${name}: head ${head} expected, got ${record.head}`)
    this.#hold(record.version === before.version + 1, `${name}: an operation is missing`)
    this.#hold(record.updatedAt === timeSeconds, `${name}: the time of its block expected`)
    this.#rule(operation, before, record)
    if (operation === REBIND) this.#rebound(idC, before, record)
    this.records.set(idC, record)
  }

  #rule(operation: number, before: IdentityRecord, after: IdentityRecord): void {
    const rule = RULES[operation]
    this.#hold(rule !== undefined, operationName(operation))
    if (rule === undefined) return
    const { name, from, to, changes, reason } = rule
    this.#hold(from.includes(before.status), `${name} from status ${before.status}`)
    this.#hold(after.status === to(before), `${name} leads to status ${after.status}`)
    const kept: readonly Field[] = ['keyHash', 'recoveryHash', 'epoch', 'assurance', 'reason']
    for (const field of kept)
      if (!changes.includes(field))
        this.#hold(after[field] === before[field], `${name} changes ${field}`)
    if (reason !== 'kept')
      this.#hold((after.reason === 0) === (reason === 'zero'), `${name} for reason ${after.reason}`)
    if (operation !== REGISTER && operation !== ROTATE && operation !== REBIND) return
    this.#hold(after.epoch === before.epoch + 1, `${name} without another epoch`)
    this.#hold(after.keyHash !== after.recoveryHash, `${name}: key and recovery key are one`)
    this.#hold(after.keyHash !== ZERO_HASH, `${name} without a key`)
  }

  /** two of three, in public for a day; all three where the present key objected */
  #rebound(
    idC: Hash,
    before: IdentityRecord,
    { keyHash, recoveryHash, updatedAt }: IdentityRecord,
  ) {
    const keys = { newKeyHash: keyHash, newRecoveryHash: recoveryHash }
    const id = rebindingRequestId({ idC, epoch: before.epoch, ...keys })
    const { evidence, objected, openedAt, noticeEndsAt } = this.#requests.get(id) ?? NO_REQUEST
    this.#hold(bits(evidence) >= 2, 'rebind with fewer than two evidences')
    this.#hold(!objected || evidence === ALL, 'rebind against an objection')
    this.#hold(noticeEndsAt !== 0 && updatedAt >= noticeEndsAt, 'rebind before its notice is over')
    this.#hold(updatedAt < openedAt + REQUEST_SECONDS, 'rebind by evidences that are too old')
  }

  #evidence(
    args: Extract<IdentityEvent['event'], { name: 'RebindingEvidence' }>['args'],
    timeSeconds: number,
  ): void {
    const { idC, requestId, actor, newKeyHash, newRecoveryHash, request } = args
    const { epoch } = this.records.get(idC) ?? NOBODY
    const id = rebindingRequestId({ idC, epoch, newKeyHash, newRecoveryHash })
    this.#hold(id === requestId, 'an evidence under a request of other keys')
    const { evidence, objected, openedAt, noticeEndsAt, attester } = request
    this.#expected(this.#next(requestId, { actor, evidence, timeSeconds }), {
      ...{ evidence, objected, openedAt, noticeEndsAt },
    })
    const known = BigInt(attester) === 0n ? undefined : attester
    this.#requests.set(requestId, { evidence, objected, openedAt, noticeEndsAt, attester: known })
  }

  #expected(expected: Partial<Request>, got: Partial<Request>): void {
    for (const [field, value] of Object.entries(expected))
      this.#hold(got[field as keyof Request] === value, `request: ${field} ${value} expected`)
  }

  /** what a request must be after this evidence, or after its withdrawal */
  #next(
    requestId: Hash,
    said: { readonly actor: Address; readonly evidence: number; readonly timeSeconds: number },
  ): Partial<Request> {
    const { actor, evidence, timeSeconds } = said
    const known = this.#requests.get(requestId) ?? NO_REQUEST
    const { openedAt } = known
    if (evidence === 0) return { noticeEndsAt: 0, objected: known.objected, openedAt }
    const isOld = openedAt !== 0 && timeSeconds >= openedAt + REQUEST_SECONDS
    const before = isOld ? NO_REQUEST : known
    const added = evidence & ~before.evidence
    this.#hold(
      bits(added) === 1 && (evidence | before.evidence) === evidence,
      'one evidence a time',
    )
    const isOffice = added === OFFICE || added === EID
    this.#hold(!isOffice || before.attester !== actor, 'one account is office and identity')
    const isSecond = before.noticeEndsAt === 0 && bits(evidence) === 2
    const begins = isSecond || (before.objected && evidence === ALL)
    return {
      objected: before.objected,
      openedAt: before.evidence === 0 ? timeSeconds : before.openedAt,
      noticeEndsAt: begins ? timeSeconds + NOTICE_SECONDS : before.noticeEndsAt,
    }
  }
}

/** Tells the register again. Pure and total: what breaks a rule is named and taken as it is. */
export function replayIdentities(events: Iterable<IdentityEvent>): IdentityLedger {
  const replay = new Replay()
  for (const event of events) replay.run(event)
  const { records, counts, differences } = replay
  return { records, counts, differences }
}
