/**
 * The roles of the city: number in CityAccess, who grants them, how long a grant is public before
 * it takes effect. Which function needs which role: city-functions.ts. services.md 2.6.
 */

const HOUR = 3_600

export const DAY_SECONDS = 86_400
/** a change of the city's rules: three days in public, observers may cancel */
export const HIGH_RISK_SECONDS = 72 * HOUR
/** new code behind a proxy: a week in public */
export const UPGRADE_SECONDS = 7 * DAY_SECONDS
/** an office's new member: a day in public, observers may object */
const GRANT_SECONDS = DAY_SECONDS

/** One role; `admin` grants and revokes it. */
export interface CityRole {
  /** below 2^64 */
  readonly id: bigint
  readonly admin: CityRoleName
  /** seconds from a grant until it takes effect; genesis members have it at once */
  readonly grantDelaySeconds: number
  /** for people */
  readonly what: string
}

export type CityRoleName =
  | 'ADMIN'
  | 'OBSERVERS'
  | 'PERSONNEL'
  | 'RELEASER'
  | 'UPGRADER'
  | 'COURT'
  | 'REGISTRAR'
  | 'NOTARY'
  | 'DOCUMENT_OFFICE'
  | 'ORGANISER'
  | 'REVIEWER'
  | 'INSPECTOR'
  | 'ARBITER'
  | 'TREASURY'
  | 'COMPLIANCE'
  | 'IDENTITY_OFFICE'
  | 'EID'
  | 'QUOTA_KEEPER'

const office = (id: bigint, what: string): CityRole => ({
  id,
  admin: 'PERSONNEL',
  grantDelaySeconds: GRANT_SECONDS,
  what,
})

const power = (id: bigint, what: string): CityRole => ({
  id,
  admin: 'ADMIN',
  grantDelaySeconds: HIGH_RISK_SECONDS,
  what,
})

/**
 * Every role. ADMIN and OBSERVERS have the numbers that the contract knows. A new role gets a free
 * number; numbers are never used again.
 */
export const CITY_ROLES: Readonly<Record<CityRoleName, CityRole>> = {
  ADMIN: power(0n, 'changes roles, delays and the table of functions; always with delay'),
  OBSERVERS: power(1n, 'cancels what is scheduled, voids grants before they take effect'),
  PERSONNEL: power(2n, 'gives offices their members and takes them away'),
  RELEASER: power(3n, 'registers byte code with its sources in ReleaseRegistry'),
  UPGRADER: power(4n, 'puts registered code behind a proxy'),
  COURT: power(10n, 'freezes, corrects, revokes by order'),
  REGISTRAR: office(11n, 'keeps the title register'),
  NOTARY: office(12n, 'certifies transfers of titles'),
  DOCUMENT_OFFICE: office(13n, 'registers document schemas and who issues under them'),
  ORGANISER: office(20n, 'makes and runs fair seasons'),
  REVIEWER: office(21n, 'reviews fair applications'),
  INSPECTOR: office(22n, 'checks stalls in at fairs'),
  ARBITER: office(23n, 'decides appeals against refusals and no-shows at fairs'),
  TREASURY: office(30n, 'opens budgets of service points and sets quotas'),
  COMPLIANCE: office(31n, 'registers payees of service points, pauses minting'),
  IDENTITY_OFFICE: office(40n, 'registers identities and attests visits'),
  EID: office(41n, 'attests for the state electronic identity'),
  QUOTA_KEEPER: office(50n, 'sets quotas of transaction gas'),
}

/** Name of a role number; undefined for one that the table does not have. */
export function cityRoleName(id: bigint): CityRoleName | undefined {
  const found = Object.entries(CITY_ROLES).find(([, role]) => role.id === id)
  return found?.[0] as CityRoleName | undefined
}
