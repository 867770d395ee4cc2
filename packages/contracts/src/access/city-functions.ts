/**
 * Which function of which contract needs which role, and how long it is public before it may run:
 * the table that genesis writes into CityAccess. test/city-access.test.ts reads the syntax trees of
 * all contracts and fails for a `restricted` function that has no row, and for a row that nobody
 * asks. services.md 2.6.
 */
import { type Address, assert, type Hex } from '@veche/primitives'
import type { Abi, AbiStateMutability, ContractFunctionName } from 'viem'
import { toFunctionSelector } from 'viem/utils'
import {
  DOCUMENT_REGISTRY_ADDRESS,
  FAIR_OFFICE_ADDRESS,
  IDENTITY_REGISTRY_ADDRESS,
  QUOTA_POLICY_ADDRESS,
  RELEASE_REGISTRY_ADDRESS,
  SERVICE_POINTS_ADDRESS,
  TITLE_REGISTRY_ADDRESS,
} from '../addresses.ts'
import { documentRegistryAbi } from '../generated/document-registry.ts'
import { fairOfficeAbi } from '../generated/fair-office.ts'
import { fairSeasonAbi } from '../generated/fair-season.ts'
import { identityRegistryAbi } from '../generated/identity-registry.ts'
import { quotaPolicyAbi } from '../generated/quota-policy.ts'
import { releaseRegistryAbi } from '../generated/release-registry.ts'
import { servicePointsAbi } from '../generated/service-points.ts'
import { titleRegistryAbi } from '../generated/title-registry.ts'
import { type CityRoleName, DAY_SECONDS, HIGH_RISK_SECONDS, UPGRADE_SECONDS } from './city-roles.ts'

/** Who may call a function, and seconds from schedule to execute. */
export type CityPower = readonly [role: CityRoleName, delaySeconds: number]

/** The restricted functions of one contract. */
export interface CityContract {
  readonly name: string
  readonly address: Address
  readonly abi: Abi
  readonly functions: Readonly<Record<string, CityPower>>
}

/** The row of every contract on CityUpgradeable: spread it into its functions. */
export const UPGRADE_POWER = {
  upgradeToAndCall: ['UPGRADER', UPGRADE_SECONDS],
} as const satisfies Readonly<Record<string, CityPower>>

/** Binds the names to the ABI: a misspelt function does not compile. */
function contract<const abi extends Abi>(
  name: string,
  address: Address,
  abi: abi,
  functions: { readonly [f in ContractFunctionName<abi, AbiStateMutability>]?: CityPower },
): CityContract {
  return { name, address, abi, functions: functions as Readonly<Record<string, CityPower>> }
}

/** Every contract with restricted functions, in the order of addresses. Add yours here. */
export const CITY_CONTRACTS: readonly CityContract[] = [
  contract('DocumentRegistry', DOCUMENT_REGISTRY_ADDRESS, documentRegistryAbi, {
    registerSchema: ['DOCUMENT_OFFICE', DAY_SECONDS],
    freezeSchema: ['DOCUMENT_OFFICE', HIGH_RISK_SECONDS],
    grantPower: ['DOCUMENT_OFFICE', DAY_SECONDS],
    // at once: a stolen key must not wait for a day
    withdrawPower: ['DOCUMENT_OFFICE', 0],
    // at once: a court's order is its own notice
    order: ['COURT', 0],
    ...UPGRADE_POWER,
  }),
  contract('ReleaseRegistry', RELEASE_REGISTRY_ADDRESS, releaseRegistryAbi, {
    register: ['RELEASER', HIGH_RISK_SECONDS],
    // at once: it only stops
    withdraw: ['RELEASER', 0],
  }),
  contract('IdentityRegistry', IDENTITY_REGISTRY_ADDRESS, identityRegistryAbi, {
    // the key signs for it; a person waits at the counter
    register: ['IDENTITY_OFFICE', 0],
    setAssurance: ['IDENTITY_OFFICE', 0],
    // at once: a stolen key must not wait for a day
    suspend: ['IDENTITY_OFFICE', 0],
    reinstate: ['IDENTITY_OFFICE', 0],
    close: ['IDENTITY_OFFICE', HIGH_RISK_SECONDS],
    // one of two evidences, then a notice of 24 hours of its own
    attestOffice: ['IDENTITY_OFFICE', 0],
    withdrawOffice: ['IDENTITY_OFFICE', 0],
    attestEid: ['EID', 0],
    withdrawEid: ['EID', 0],
    ...UPGRADE_POWER,
  }),
  contract('QuotaPolicy', QUOTA_POLICY_ADDRESS, quotaPolicyAbi, {
    setQuota: ['QUOTA_KEEPER', HIGH_RISK_SECONDS],
    setAdmitter: ['QUOTA_KEEPER', HIGH_RISK_SECONDS],
    // a new clerk, a new service: a day in public
    setClass: ['QUOTA_KEEPER', DAY_SECONDS],
    ...UPGRADE_POWER,
  }),
  contract('FairOffice', FAIR_OFFICE_ADDRESS, fairOfficeAbi, {
    createSeason: ['ORGANISER', 0],
    // its own notice: no application is taken before a day has passed, and observers may object
    freezeRules: ['ORGANISER', 0],
    cancelSeason: ['ORGANISER', HIGH_RISK_SECONDS],
    objectToSeason: ['OBSERVERS', 0],
    setSeasonImplementation: ['UPGRADER', UPGRADE_SECONDS],
  }),
  // every season asks with its office as the target: a clone's address is not known in advance
  contract('FairSeason', FAIR_OFFICE_ADDRESS, fairSeasonAbi, {
    addCapacities: ['ORGANISER', 0],
    // a refusal has its appeal, and nothing decided in time is an approval
    review: ['REVIEWER', 0],
    decideAppeal: ['ARBITER', 0],
    checkIn: ['INSPECTOR', 0],
    markNoShow: ['INSPECTOR', 0],
    decideNoShow: ['ARBITER', 0],
  }),
  contract('ServicePoints', SERVICE_POINTS_ADDRESS, servicePointsAbi, {
    openBudget: ['TREASURY', DAY_SECONDS],
    setBudgetLimit: ['TREASURY', HIGH_RISK_SECONDS],
    setQuota: ['TREASURY', HIGH_RISK_SECONDS],
    // at once: it only stops
    closeBudget: ['TREASURY', 0],
    // the loop opens or closes: as grave as new code
    setPeerTransfers: ['TREASURY', UPGRADE_SECONDS],
    registerPayee: ['COMPLIANCE', DAY_SECONDS],
    removePayee: ['COMPLIANCE', DAY_SECONDS],
    // at once: it stops minting alone, and ends by itself
    pauseMint: ['COMPLIANCE', 0],
    resumeMint: ['COMPLIANCE', DAY_SECONDS],
    ...UPGRADE_POWER,
  }),
  contract('TitleRegistry', TITLE_REGISTRY_ADDRESS, titleRegistryAbi, {
    ...UPGRADE_POWER,
    openLegacy: ['REGISTRAR', HIGH_RISK_SECONDS],
    // the registrar submits what others signed, and can change no owner
    proposeTransfer: ['REGISTRAR', 0],
    transfer: ['REGISTRAR', 0],
    recommit: ['REGISTRAR', 0],
    selfCorrect: ['REGISTRAR', 0],
    addLien: ['REGISTRAR', 0],
    releaseLien: ['REGISTRAR', 0],
    split: ['REGISTRAR', 0],
    merge: ['REGISTRAR', 0],
    demolish: ['REGISTRAR', 0],
    // a freeze that waits freezes nothing; a correction has its own window
    freeze: ['COURT', 0],
    unfreeze: ['COURT', 0],
    addCourtLien: ['COURT', 0],
    strikeLien: ['COURT', HIGH_RISK_SECONDS],
    proposeCorrection: ['COURT', 0],
    applyCorrection: ['COURT', 0],
    applyUrgentCorrection: ['COURT', 0],
    objectCorrection: ['OBSERVERS', 0],
  }),
]

/** One function of the table. */
export interface CityFunction {
  readonly contract: string
  readonly target: Address
  readonly signature: string
  readonly selector: Hex
  readonly role: CityRoleName
  readonly delaySeconds: number
}

function typeText(input: { type: string; components?: readonly { type: string }[] }): string {
  if (input.components === undefined) return input.type
  return `(${input.components.map(typeText).join(',')})${input.type.slice('tuple'.length)}`
}

function rowsOf({ name, address, abi, functions }: CityContract): CityFunction[] {
  return Object.entries(functions).flatMap(([functionName, [role, delaySeconds]]) => {
    const items = abi.filter((item) => item.type === 'function' && item.name === functionName)
    assert(items.length > 0, `${name} has ${functionName}`)
    return items.map((item) => {
      assert(item.type === 'function', 'only functions are kept')
      const signature = `${item.name}(${item.inputs.map(typeText).join(',')})`
      const selector = toFunctionSelector(item)
      return { contract: name, target: address, signature, selector, role, delaySeconds }
    })
  })
}

/** The table, function by function; an overloaded name gives a row for each. */
export function cityFunctions(
  contracts: readonly CityContract[] = CITY_CONTRACTS,
): readonly CityFunction[] {
  return contracts.flatMap(rowsOf)
}
