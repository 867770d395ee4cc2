/** What IdentityRegistry should do with one person, written again in plain TypeScript. */
import { type Address, ZERO_ADDRESS } from '@veche/primitives'

const DAY = 86_400

interface Request {
  openedAt: number
  noticeEndsAt: number
  evidence: number
  objected: boolean
}

/** What the model knows of a person. */
export interface Person {
  key: Address
  status: 'active' | 'suspended' | 'closed'
  byHolder: boolean
  epoch: number
  version: number
  requests: Map<Address, Request>
}

const BITS = { office: 1, eid: 2, recovery: 4 } as const
const weigh = (evidence: number): number => [1, 2, 4].filter((bit) => (evidence & bit) !== 0).length

/** One person with the keys of a test; each method answers `ok` or the name of the refusal. */
export class IdentityModel {
  readonly person: Person = {
    key: ZERO_ADDRESS,
    status: 'active',
    byHolder: false,
    epoch: 1,
    version: 1,
    requests: new Map(),
  }

  constructor(key: Address) {
    this.person.key = key
  }

  attest(kind: 'office' | 'eid' | 'recovery', key: Address, now: number): string {
    if (key === this.person.key) return 'IdentityRegistryZeroValue'
    let request = this.person.requests.get(key)
    if (request === undefined || now >= request.openedAt + 30 * DAY)
      request = { openedAt: 0, noticeEndsAt: 0, evidence: 0, objected: false }
    if ((request.evidence & BITS[kind]) !== 0) return 'IdentityRegistryEvidenceGiven'
    const next = { ...request, openedAt: request.evidence === 0 ? now : request.openedAt }
    next.evidence |= BITS[kind]
    const second = next.noticeEndsAt === 0 && weigh(next.evidence) === 2
    if (second || (next.objected && next.evidence === 7)) next.noticeEndsAt = now + DAY
    this.person.requests.set(key, next)
    return 'ok'
  }

  withdraw(bit: number, key: Address): string {
    const request = this.person.requests.get(key)
    if (request === undefined || (request.evidence & bit) === 0)
      return 'IdentityRegistryEvidenceMissing'
    this.person.requests.set(key, { ...request, evidence: 0, noticeEndsAt: 0 })
    return 'ok'
  }

  object(key: Address, by: Address, now: number): string {
    const request = this.person.requests.get(key)
    if (request === undefined || request.evidence === 0) return 'IdentityRegistryEvidenceMissing'
    if (now >= request.openedAt + 30 * DAY) return 'IdentityRegistryRequestExpired'
    if (by !== this.person.key) return 'IdentityRegistryKeyDiffers'
    request.objected = true
    return 'ok'
  }

  complete(key: Address, now: number): string {
    const request = this.person.requests.get(key)
    if (request === undefined || request.noticeEndsAt === 0)
      return 'IdentityRegistryEvidenceMissing'
    if (request.objected && request.evidence !== 7) return 'IdentityRegistryObjected'
    if (now < request.noticeEndsAt) return 'IdentityRegistryNoticeRunning'
    if (now >= request.openedAt + 30 * DAY) return 'IdentityRegistryRequestExpired'
    this.#bind(key)
    return 'ok'
  }

  rotate(key: Address, by: Address): string {
    if (by !== this.person.key) return 'IdentityRegistryKeyDiffers'
    this.#bind(key)
    return 'ok'
  }

  move(kind: 'suspend' | 'reinstate' | 'selfSuspend'): string {
    const needed = kind === 'reinstate' ? 'suspended' : 'active'
    if (this.person.status !== needed) return 'IdentityRegistryStatus'
    this.person.status = kind === 'reinstate' ? 'active' : 'suspended'
    this.person.byHolder = kind === 'selfSuspend'
    this.person.version++
    return 'ok'
  }

  #bind(key: Address): void {
    const { person } = this
    if (person.status === 'suspended' && person.byHolder) person.status = 'active'
    Object.assign(person, { key, epoch: person.epoch + 1, version: person.version + 1 })
    person.requests.clear()
  }
}
