/**
 * The model of CityAccess and ReleaseRegistry: who holds what since when, what is scheduled, what
 * is released, which code stands behind the proxy. Written from the page, not from the contract.
 */
import { CITY_ROLES, type CityRoleName, HIGH_RISK_SECONDS } from '@veche/contracts'
import { type Address, assert, type Hash } from '@veche/primitives'

/** OpenZeppelin's grace: seconds from eta in which an operation may run */
const GRACE_SECONDS = 7 * 86_400

/** One thing that people try. */
export interface ModelOperation {
  readonly key: string
  readonly role: CityRoleName
  readonly delaySeconds: number
  /** what the contract itself allows and does, beside roles and delays */
  effect(model: AuthorityModel, now: number): boolean
}

export class AuthorityModel {
  /** role → account → unix seconds since when */
  readonly members = new Map<CityRoleName, Map<Address, number>>()
  /** caller and operation → eta */
  readonly scheduled = new Map<string, number>()
  readonly executed: string[] = []
  readonly released = new Set<Hash>()
  readonly withdrawn = new Set<Hash>()
  codehash: Hash
  upgrades = 0

  constructor(codehash: Hash, members: Readonly<Partial<Record<CityRoleName, Address>>>) {
    this.codehash = codehash
    this.released.add(codehash)
    for (const [role, account] of Object.entries(members))
      this.members.set(role as CityRoleName, new Map([[account, 0]]))
  }

  holds(role: CityRoleName, account: Address, now: number): boolean {
    const since = this.members.get(role)?.get(account)
    return since !== undefined && since <= now
  }

  /** Seconds of notice for this caller; undefined when the call is not theirs. */
  notice({ role, delaySeconds }: ModelOperation, caller: Address, now: number): number | undefined {
    if (!this.holds(role, caller, now)) return undefined
    return Math.max(delaySeconds, role === 'ADMIN' ? HIGH_RISK_SECONDS : 0)
  }

  schedule(operation: ModelOperation, caller: Address, now: number): boolean {
    const notice = this.notice(operation, caller, now)
    const key = `${caller} ${operation.key}`
    const eta = this.scheduled.get(key)
    const isWaiting = eta !== undefined && now < eta + GRACE_SECONDS
    if (notice === undefined || notice === 0 || isWaiting) return false
    this.scheduled.set(key, now + notice)
    return true
  }

  execute(operation: ModelOperation, caller: Address, now: number): boolean {
    const notice = this.notice(operation, caller, now)
    if (notice === undefined) return false
    const key = `${caller} ${operation.key}`
    if (notice > 0) {
      const eta = this.scheduled.get(key)
      if (eta === undefined || now < eta || now >= eta + GRACE_SECONDS) return false
    }
    if (!operation.effect(this, now)) return false
    if (notice > 0) this.scheduled.delete(key)
    this.executed.push(key)
    return true
  }

  /** `by` cancels what `caller` scheduled. */
  cancel(
    operation: ModelOperation,
    caller: Address,
    options: { by: Address; now: number },
  ): boolean {
    const { by, now } = options
    const key = `${caller} ${operation.key}`
    const may = by === caller || this.holds('ADMIN', by, now) || this.holds('OBSERVERS', by, now)
    return may && this.scheduled.delete(key)
  }

  /** The effect of a grant that its administrator made. */
  grant(role: CityRoleName, account: Address, now: number): void {
    const members = this.members.get(role) ?? new Map<Address, number>()
    this.members.set(role, members)
    if (!members.has(account)) members.set(account, now + CITY_ROLES[role].grantDelaySeconds)
  }

  revoke(role: CityRoleName, account: Address): void {
    this.members.get(role)?.delete(account)
  }

  object(role: CityRoleName, account: Address, options: { by: Address; now: number }): boolean {
    const since = this.members.get(role)?.get(account)
    const isPending = since !== undefined && since > options.now
    if (!isPending || !this.holds('OBSERVERS', options.by, options.now)) return false
    this.revoke(role, account)
    return true
  }

  inForce(codehash: Hash): boolean {
    return this.released.has(codehash) && !this.withdrawn.has(codehash)
  }

  check(): void {
    assert(this.released.has(this.codehash), 'the code behind the proxy was released')
  }
}
