/** Who holds which role, since when, and who could change that: read from CityAccess's state. */
import { cityRoleName } from '@veche/contracts'
import type { Address } from '@veche/primitives'
import type { AskAccess } from './ask.ts'

/** One account with a role, or with a grant that has not taken effect yet. */
export interface Holder {
  readonly account: Address
  /** unix seconds from which the role holds */
  readonly since: number
  readonly inForce: boolean
  /** seconds of notice for whatever this member does with the role, at least */
  readonly delaySeconds: number
}

export interface HeldRole {
  readonly id: bigint
  readonly name: string
  /** role that grants and revokes it */
  readonly admin: string
  /** role that cancels what its members schedule */
  readonly guardian: string
  readonly grantDelaySeconds: number
  readonly holders: readonly Holder[]
}

/** answers of one page: no city has more roles, and an office of more members takes pages */
const PAGE = 256n

async function readAll<T>(page: (from: bigint) => Promise<readonly T[]>): Promise<T[]> {
  const all: T[] = []
  for (;;) {
    const found = await page(BigInt(all.length))
    all.push(...found)
    if (found.length < Number(PAGE)) return all
  }
}

/** A role's name for people: its label on the chain, the table's, or its number. */
export async function roleName(ask: AskAccess, id: bigint): Promise<string> {
  const label = await ask('labelOf', id)
  if (label !== '') return label
  return cityRoleName(id) ?? `role ${id}`
}

async function readHolder(
  ask: AskAccess,
  id: bigint,
  { account, nowSeconds }: { readonly account: Address; readonly nowSeconds: number },
): Promise<Holder> {
  const [since, delaySeconds] = await ask('getAccess', id, account)
  return { account, since, delaySeconds, inForce: since <= nowSeconds }
}

async function readRole(ask: AskAccess, id: bigint, nowSeconds: number): Promise<HeldRole> {
  const accounts = await readAll((from) => ask('membersOf', id, from, PAGE))
  return {
    id,
    name: await roleName(ask, id),
    admin: await roleName(ask, await ask('getRoleAdmin', id)),
    // ADMIN's guardian cannot be set; observers cancel all the same
    guardian: await roleName(ask, id === 0n ? 1n : await ask('getRoleGuardian', id)),
    grantDelaySeconds: await ask('getRoleGrantDelay', id),
    holders: await Promise.all(
      accounts.map((account) => readHolder(ask, id, { account: account as Address, nowSeconds })),
    ),
  }
}

/** Every role that the contract knows, by number. */
export async function readRoles(ask: AskAccess, nowSeconds: number): Promise<HeldRole[]> {
  const ids = await readAll((from) => ask('roleIds', from, PAGE))
  const sorted = [...ids].sort((a, b) => (a < b ? -1 : 1))
  return Promise.all(sorted.map((id) => readRole(ask, id, nowSeconds)))
}
