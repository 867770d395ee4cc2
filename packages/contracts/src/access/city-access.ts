/**
 * CityAccess and ReleaseRegistry for TypeScript: bindings, and the creation code that genesis runs,
 * which writes the tables of city-roles.ts and city-functions.ts into the state.
 */
import { type Address, assert, type Hash, type Hex } from '@veche/primitives'
import { encodeDeployData, stringToHex } from 'viem/utils'
import { createBinding } from '../binding.ts'
import { cityAccessAbi, cityAccessBytecode } from '../generated/city-access.ts'
import { releaseRegistryAbi, releaseRegistryBytecode } from '../generated/release-registry.ts'
import { type CityFunction, cityFunctions } from './city-functions.ts'
import {
  CITY_ROLES,
  type CityRoleName,
  DAY_SECONDS,
  HIGH_RISK_SECONDS,
  UPGRADE_SECONDS,
} from './city-roles.ts'

/** CityAccess: `encode`, `decode`, `decodeLog`, `decodeError`. */
export const cityAccess = createBinding(cityAccessAbi)
/** ReleaseRegistry. */
export const releaseRegistry = createBinding(releaseRegistryAbi)

/** OpenZeppelin's five days: a shorter delay does not arrive before the longer one could be used */
const SETBACK_SECONDS = 5 * DAY_SECONDS

/** Who holds which role from the first block on. */
export interface CityAccessSetup {
  /** one at least */
  readonly admins: readonly Address[]
  readonly members: Readonly<Partial<Record<Exclude<CityRoleName, 'ADMIN'>, readonly Address[]>>>
  /**
   * divides every delay, at least 1 s is left of each: 1 for a city; a network on one machine,
   * where a week cannot be waited for, takes {@link LOCAL_HASTE}
   */
  readonly haste?: number
  /** default {@link cityFunctions} */
  readonly functions?: readonly CityFunction[]
}

/** A week is seven seconds. */
export const LOCAL_HASTE = 86_400

/** Seconds of a table in a network with this haste: 0 stays 0, all else is 1 at least. */
export function hastened(seconds: number, haste = 1): number {
  assert(Number.isSafeInteger(haste) && haste >= 1, 'a whole haste from 1')
  return Math.ceil(seconds / haste)
}

function functionRows(functions: readonly CityFunction[], haste: number) {
  const groups = Map.groupBy(functions, (each) =>
    [each.target, each.role, each.delaySeconds].join(),
  )
  return [...groups.values()].map((rows) => {
    const [first] = rows
    assert(first !== undefined, 'a group is not empty')
    const { target, role, delaySeconds } = first
    const selectors = rows.map(({ selector }) => selector)
    return { target, selectors, role: CITY_ROLES[role].id, delay: hastened(delaySeconds, haste) }
  })
}

function roleRows(members: CityAccessSetup['members'], haste: number) {
  return Object.entries(CITY_ROLES)
    .filter(([name]) => name !== 'ADMIN')
    .map(([name, { id, admin, grantDelaySeconds }]) => ({
      id,
      admin: CITY_ROLES[admin].id,
      grantDelay: hastened(grantDelaySeconds, haste),
      executionDelay: 0,
      label: name,
      members: members[name as keyof typeof members] ?? [],
    }))
}

/** Creation code of CityAccess with all its tables. */
export function cityAccessInitCode(setup: CityAccessSetup): Hex {
  const { admins, members, haste = 1, functions = cityFunctions() } = setup
  return encodeDeployData({
    abi: cityAccessAbi,
    bytecode: cityAccessBytecode,
    args: [
      {
        admins,
        adminDelay: hastened(HIGH_RISK_SECONDS, haste),
        setback: hastened(SETBACK_SECONDS, haste),
        targetDelay: hastened(UPGRADE_SECONDS, haste),
        roles: roleRows(members, haste),
        functions: functionRows(functions, haste),
      },
    ],
  })
}

/** A release as ReleaseRegistry takes it; a generated `…Release` beside its code hash. */
export interface ReleaseRecord {
  readonly codehash: Hash
  readonly name: string
  readonly sourcesHash: Hash
  readonly recipeHash: Hash
}

/** bytes of a contract's name in a release */
const RELEASE_NAME_BYTES = 32

/** The release as `register` takes it. The name is ASCII, 32 characters at most. */
export function releaseArguments({ codehash, name, sourcesHash, recipeHash }: ReleaseRecord) {
  assert(/^[\x21-\x7e]{1,32}$/.test(name), 'a short name of ASCII')
  return {
    codehash,
    sourcesHash,
    recipeHash,
    name: stringToHex(name, { size: RELEASE_NAME_BYTES }),
  }
}

/** Creation code of ReleaseRegistry with the releases of genesis. */
export function releaseRegistryInitCode(
  authority: Address,
  releases: readonly ReleaseRecord[],
): Hex {
  return encodeDeployData({
    abi: releaseRegistryAbi,
    bytecode: releaseRegistryBytecode,
    args: [authority, releases.map(releaseArguments)],
  })
}
