/**
 * Where genesis puts the city's services. Above the precompiles, readable in any explorer. The
 * upgradable ones are proxies; the code behind a proxy 0x…10xx stands at 0x…11xx.
 */
import type { Address } from '@veche/primitives'

/** ValidatorSet: the engine calls `getValidators()` here. */
export const VALIDATOR_SET_ADDRESS: Address = '0x0000000000000000000000000000000000001001'
/** DocumentRegistry. */
export const DOCUMENT_REGISTRY_ADDRESS: Address = '0x0000000000000000000000000000000000001002'
/** CityAccess: who may do what, after which delay. */
export const CITY_ACCESS_ADDRESS: Address = '0x0000000000000000000000000000000000001003'
/** ReleaseRegistry: which byte code was built from which sources. */
export const RELEASE_REGISTRY_ADDRESS: Address = '0x0000000000000000000000000000000000001004'
/** IdentityRegistry. */
export const IDENTITY_REGISTRY_ADDRESS: Address = '0x0000000000000000000000000000000000001005'
/** QuotaPolicy: pool admission reads it. */
export const QUOTA_POLICY_ADDRESS: Address = '0x0000000000000000000000000000000000001006'
/** TitleRegistry. */
export const TITLE_REGISTRY_ADDRESS: Address = '0x0000000000000000000000000000000000001007'
/** FairOffice: makes the seasons. */
export const FAIR_OFFICE_ADDRESS: Address = '0x0000000000000000000000000000000000001008'
/** FairSeason: the code that every season is a clone of. */
export const FAIR_SEASON_CODE_ADDRESS: Address = '0x0000000000000000000000000000000000001108'
/** ServicePoints. */
export const SERVICE_POINTS_ADDRESS: Address = '0x0000000000000000000000000000000000001009'
/** DepartmentFactory: makes the accounts of departments. */
export const DEPARTMENT_FACTORY_ADDRESS: Address = '0x000000000000000000000000000000000000100a'
/** DepartmentAccount: the code that every department's account is a clone of. */
export const DEPARTMENT_ACCOUNT_CODE_ADDRESS: Address = '0x000000000000000000000000000000000000110a'
/** The ERC-7913 verifier of P-256 signatures. */
export const P256_VERIFIER_ADDRESS: Address = '0x000000000000000000000000000000000000100b'
/** The ERC-7913 verifier of WebAuthn assertions. */
export const WEBAUTHN_VERIFIER_ADDRESS: Address = '0x000000000000000000000000000000000000100c'

/** Where genesis puts the first code behind a proxy of this list: 0x…1007 → 0x…1107. */
export function implementationAddress(proxy: Address): Address {
  return `0x${(BigInt(proxy) + 0x100n).toString(16).padStart(40, '0')}`
}
