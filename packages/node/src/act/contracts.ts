/**
 * The city's contracts as a person meets them: name, address and binding. Shown calls, events and
 * reverts are put into words with this list, whichever of them they come from.
 */
import {
  type Binding,
  CITY_ACCESS_ADDRESS,
  cityAccessAbi,
  createBinding,
  createErrorTable,
  DEPARTMENT_FACTORY_ADDRESS,
  type DecodedRevert,
  DOCUMENT_REGISTRY_ADDRESS,
  decodeRevertWith,
  departmentFactoryAbi,
  documentRegistryAbi,
  FAIR_OFFICE_ADDRESS,
  fairOfficeAbi,
  fairSeasonAbi,
  IDENTITY_REGISTRY_ADDRESS,
  identityRegistryAbi,
  type NamedValue,
  QUOTA_POLICY_ADDRESS,
  quotaPolicyAbi,
  RELEASE_REGISTRY_ADDRESS,
  releaseRegistryAbi,
  SERVICE_POINTS_ADDRESS,
  servicePointsAbi,
  TITLE_REGISTRY_ADDRESS,
  titleRegistryAbi,
  VALIDATOR_SET_ADDRESS,
  validatorSetAbi,
} from '@veche/contracts'
import type { Address, Hash } from '@veche/primitives'
import type { Abi } from 'viem'

/** A contract to act on. */
export interface CityContract<abi extends Abi = Abi> {
  readonly name: string
  readonly address: Address
  readonly binding: Binding<abi>
}

/** A contract by its ABI: `contractAt('TitleRegistry', address, titleRegistryAbi)`. */
export function contractAt<const abi extends Abi>(
  name: string,
  address: Address,
  abi: abi,
): CityContract<abi> {
  return { name, address, binding: createBinding(abi) }
}

export const VALIDATOR_SET = contractAt('ValidatorSet', VALIDATOR_SET_ADDRESS, validatorSetAbi)
export const DOCUMENT_REGISTRY = contractAt(
  'DocumentRegistry',
  DOCUMENT_REGISTRY_ADDRESS,
  documentRegistryAbi,
)
export const CITY_ACCESS = contractAt('CityAccess', CITY_ACCESS_ADDRESS, cityAccessAbi)
export const RELEASE_REGISTRY = contractAt(
  'ReleaseRegistry',
  RELEASE_REGISTRY_ADDRESS,
  releaseRegistryAbi,
)

export const SERVICE_POINTS = contractAt('ServicePoints', SERVICE_POINTS_ADDRESS, servicePointsAbi)

export const TITLE_REGISTRY = contractAt('TitleRegistry', TITLE_REGISTRY_ADDRESS, titleRegistryAbi)

/** Seasons are clones at addresses of their own; the office tells which. */
export const FAIR_OFFICE = contractAt('FairOffice', FAIR_OFFICE_ADDRESS, fairOfficeAbi)

export const IDENTITY_REGISTRY = contractAt(
  'IdentityRegistry',
  IDENTITY_REGISTRY_ADDRESS,
  identityRegistryAbi,
)
export const QUOTA_POLICY = contractAt('QuotaPolicy', QUOTA_POLICY_ADDRESS, quotaPolicyAbi)
export const DEPARTMENT_FACTORY = contractAt(
  'DepartmentFactory',
  DEPARTMENT_FACTORY_ADDRESS,
  departmentFactoryAbi,
)

/** What is known of a contract when only its answers are to be put into words. */
export type KnownContract = Pick<CityContract, 'name' | 'address'> & {
  readonly binding: Pick<Binding<Abi>, 'abi' | 'decodeLog' | 'decodeCall'>
}

/** Every contract of genesis that people act on. A service adds its line. */
export const CITY_CONTRACTS: readonly KnownContract[] = [
  VALIDATOR_SET,
  DOCUMENT_REGISTRY,
  CITY_ACCESS,
  RELEASE_REGISTRY,
  IDENTITY_REGISTRY,
  QUOTA_POLICY,
  DEPARTMENT_FACTORY,
  TITLE_REGISTRY,
  FAIR_OFFICE,
  SERVICE_POINTS,
]

const errors = createErrorTable([
  ...CITY_CONTRACTS.map(({ binding }) => binding.abi),
  fairSeasonAbi,
])

/** The contract at an address; undefined for one that is none of the city's. */
export function contractOf(address: Address): KnownContract | undefined {
  const plain = address.toLowerCase()
  return CITY_CONTRACTS.find((each) => each.address === plain)
}

/** `0x… (TitleRegistry)`, or the address alone. */
export function nameAddress(address: Address): string {
  const found = contractOf(address)
  return found === undefined ? address : `${address} (${found.name})`
}

/** Why a call reverted, whichever of the city's contracts said so. */
export function revertInWords(returned: Uint8Array, abi: Abi = []): DecodedRevert {
  const own = createErrorTable([abi])
  const found = decodeRevertWith(own, returned)
  return found.name === 'unknown' ? decodeRevertWith(errors, returned) : found
}

/** An event in words. */
export interface NamedEvent {
  readonly contract: string
  readonly event: string
  readonly args: readonly NamedValue[]
}

/** The events of the city's contracts, and of `more`, among the logs of a receipt. */
export function eventsInWords(
  logs: readonly {
    readonly address: Address
    readonly topics: readonly Hash[]
    data: Uint8Array
  }[],
  more: readonly KnownContract[] = [],
): NamedEvent[] {
  return logs.flatMap((log) => {
    const plain = log.address.toLowerCase()
    const known = more.find(({ address }) => address === plain) ?? contractOf(log.address)
    const event = known?.binding.decodeLog(log)
    if (known === undefined || event === undefined || !event.ok) return []
    const { name, args } = event.value as { name: string; args: Readonly<Record<string, unknown>> }
    const values = Object.entries(args).map(([field, value]) => ({ name: field, type: '', value }))
    return [{ contract: known.name, event: name, args: values }]
  })
}
