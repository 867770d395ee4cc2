/**
 * The services that stand in the first block: a row for each, in the order of their deployment.
 * What is upgradable is two contracts: its first code at 0x…11xx and an ERC-1967 proxy at 0x…10xx
 * whose constructor calls the initializer. Later rows see the earlier ones.
 */
import {
  CITY_ACCESS_ADDRESS,
  cityAccessInitCode,
  DEPARTMENT_ACCOUNT_CODE_ADDRESS,
  DEPARTMENT_FACTORY_ADDRESS,
  DOCUMENT_REGISTRY_ADDRESS,
  departmentAccountBytecode,
  departmentFactoryInitCode,
  documentRegistryBytecode,
  documentRegistryInitializer,
  erc1967ProxyAbi,
  erc1967ProxyBytecode,
  FAIR_OFFICE_ADDRESS,
  FAIR_SEASON_CODE_ADDRESS,
  fairOfficeInitCode,
  fairSeasonInitCode,
  GENESIS_RELEASES,
  IDENTITY_REGISTRY_ADDRESS,
  identityRegistry,
  identityRegistryBytecode,
  implementationAddress,
  organisationId,
  P256_VERIFIER_ADDRESS,
  p256VerifierBytecode,
  QUOTA_POLICY_ADDRESS,
  type QuotaClass,
  quotaPolicyBytecode,
  quotaPolicyInitializer,
  RELEASE_REGISTRY_ADDRESS,
  releaseRegistryInitCode,
  SERVICE_POINTS_ADDRESS,
  schemaId,
  servicePointsBytecode,
  servicePointsStart,
  TITLE_REGISTRY_ADDRESS,
  titleRegistryBytecode,
  titleRegistryInitializer,
  UNLIMITED_QUOTA,
  VALIDATOR_SET_ADDRESS,
  validatorSetInitCode,
  WEBAUTHN_VERIFIER_ADDRESS,
  webAuthnVerifierBytecode,
} from '@veche/contracts'
import { type Deployment, type Genesis, type GenesisAlloc, predeploy } from '@veche/execution'
import { type Address, type Hex, hexToBytes } from '@veche/primitives'
import { encodeDeployData } from 'viem/utils'
import type { CityGenesisSetup } from './genesis-city.ts'

/** the schema of a new network; departments register further ones */
export const CITY_SCHEMA = 'city-document/1'

/**
 * Keys of the city's offices that `veche genesis create` and `veche city` make beside admin,
 * overseer and issuers: `keys/<office>`. A service's row gives them their roles.
 */
export const OFFICES = [
  'personnel',
  'releaser',
  'upgrader',
  'registrar',
  'notary',
  'court',
  'organiser',
  'reviewer',
  'inspector',
  'treasury',
  'department',
] as const

export type Office = (typeof OFFICES)[number]

/** The address of an office; the administrator's where the setup names none. */
export function officeOf({ admin, offices }: CityGenesisSetup, office: Office): Address {
  return offices?.[office] ?? admin
}

/** A contract as it is: creation code with its arguments. */
export function plain(address: Address, initCode: Hex): Deployment[] {
  return [{ address, initCode: hexToBytes(initCode) }]
}

export interface Upgradable {
  /** of the proxy: where everybody calls it */
  readonly address: Address
  /** creation code of the code behind it; its constructor takes no arguments */
  readonly bytecode: Hex
  /** calldata of the initializer */
  readonly initializer: Hex
}

/** A proxy with its first code. */
export function upgradable({ address, bytecode, initializer }: Upgradable): Deployment[] {
  const implementation = implementationAddress(address)
  const proxy = encodeDeployData({
    abi: erc1967ProxyAbi,
    bytecode: erc1967ProxyBytecode,
    args: [implementation, initializer],
  })
  return [...plain(implementation, bytecode), ...plain(address, proxy)]
}

/** One service: what it puts into the first block. */
export interface Service {
  readonly name: string
  deployments(setup: CityGenesisSetup): readonly Deployment[]
}

const validatorSet: Service = {
  name: 'ValidatorSet',
  deployments({ validators, overseer, delays }) {
    const seats = validators.map((address, i) => ({
      address,
      organisation: organisationId(`data centre ${i + 1}`),
    }))
    const initCode = validatorSetInitCode({ validators: seats, observers: [overseer], ...delays })
    return plain(VALIDATOR_SET_ADDRESS, initCode)
  },
}

/** Before all that asks it. The offices' roles: a service's helper adds its line to `members`. */
const cityAccess: Service = {
  name: 'CityAccess',
  deployments(setup) {
    const office = (name: Office): readonly Address[] => [officeOf(setup, name)]
    const members = {
      OBSERVERS: [setup.overseer],
      PERSONNEL: office('personnel'),
      RELEASER: office('releaser'),
      UPGRADER: office('upgrader'),
      COURT: office('court'),
      REGISTRAR: office('registrar'),
      NOTARY: office('notary'),
      DOCUMENT_OFFICE: [setup.admin],
      ORGANISER: office('organiser'),
      REVIEWER: office('reviewer'),
      INSPECTOR: office('inspector'),
      ARBITER: office('court'),
      TREASURY: office('treasury'),
      COMPLIANCE: office('treasury'),
      IDENTITY_OFFICE: office('registrar'),
      EID: office('department'),
      QUOTA_KEEPER: [setup.admin],
    }
    const { admin, haste = 1 } = setup
    return plain(CITY_ACCESS_ADDRESS, cityAccessInitCode({ admins: [admin], members, haste }))
  },
}

const releaseRegistry: Service = {
  name: 'ReleaseRegistry',
  deployments: () =>
    plain(RELEASE_REGISTRY_ADDRESS, releaseRegistryInitCode(CITY_ACCESS_ADDRESS, GENESIS_RELEASES)),
}

const documentRegistry: Service = {
  name: 'DocumentRegistry',
  deployments(setup) {
    const { admin, issuers } = setup
    const schema = {
      schemaId: schemaId(CITY_SCHEMA),
      uri: CITY_SCHEMA,
      issuers: [...new Set([...issuers, admin])],
      revokers: [...new Set([admin, officeOf(setup, 'department')])],
    }
    const initializer = documentRegistryInitializer({
      cityAccess: CITY_ACCESS_ADDRESS,
      releases: RELEASE_REGISTRY_ADDRESS,
      schemas: [schema],
    })
    const bytecode = documentRegistryBytecode
    return upgradable({ address: DOCUMENT_REGISTRY_ADDRESS, bytecode, initializer })
  },
}

/** Asks IdentityRegistry only when somebody signs for an identity. */
const titleRegistry: Service = {
  name: 'TitleRegistry',
  deployments: () =>
    upgradable({
      address: TITLE_REGISTRY_ADDRESS,
      bytecode: titleRegistryBytecode,
      initializer: titleRegistryInitializer({
        access: CITY_ACCESS_ADDRESS,
        releases: RELEASE_REGISTRY_ADDRESS,
        identities: IDENTITY_REGISTRY_ADDRESS,
      }),
    }),
}

/** The code of the seasons, then the office that clones it. */
const fairOffice: Service = {
  name: 'FairOffice',
  deployments: ({ haste = 1 }) => [
    ...plain(FAIR_SEASON_CODE_ADDRESS, fairSeasonInitCode),
    ...plain(
      FAIR_OFFICE_ADDRESS,
      fairOfficeInitCode({
        access: CITY_ACCESS_ADDRESS,
        releases: RELEASE_REGISTRY_ADDRESS,
        implementation: FAIR_SEASON_CODE_ADDRESS,
        haste,
      }),
    ),
  ],
}

/** No lines, no payees: treasury and compliance open them in public. */
const servicePoints: Service = {
  name: 'ServicePoints',
  deployments({ points }) {
    const initializer = servicePointsStart({
      access: CITY_ACCESS_ADDRESS,
      releases: RELEASE_REGISTRY_ADDRESS,
      ...points,
    })
    return upgradable({
      address: SERVICE_POINTS_ADDRESS,
      bytecode: servicePointsBytecode,
      initializer,
    })
  },
}

/** The verifiers of P-256 keys and passkeys, and the accounts that departments hold together. */
const departments: Service = {
  name: 'DepartmentFactory',
  deployments: () => [
    ...plain(P256_VERIFIER_ADDRESS, p256VerifierBytecode),
    ...plain(WEBAUTHN_VERIFIER_ADDRESS, webAuthnVerifierBytecode),
    ...plain(DEPARTMENT_ACCOUNT_CODE_ADDRESS, departmentAccountBytecode),
    ...plain(
      DEPARTMENT_FACTORY_ADDRESS,
      departmentFactoryInitCode({
        implementation: DEPARTMENT_ACCOUNT_CODE_ADDRESS,
        releases: RELEASE_REGISTRY_ADDRESS,
      }),
    ),
  ],
}

const identities: Service = {
  name: 'IdentityRegistry',
  deployments: () =>
    upgradable({
      address: IDENTITY_REGISTRY_ADDRESS,
      bytecode: identityRegistryBytecode,
      initializer: identityRegistry.encode.initialize(
        CITY_ACCESS_ADDRESS,
        RELEASE_REGISTRY_ADDRESS,
      ),
    }),
}

/** The class of the city's own senders: offices, departments, validators. */
const SERVICE_CLASS = 1

/** Class 0, everybody else, and the city's own senders without bounds. */
function quotaClasses(setup: CityGenesisSetup): QuotaClass[] {
  const { admin, overseer, issuers, validators, offices = {}, quotas } = setup
  const members = [
    ...new Set([admin, overseer, ...issuers, ...validators, ...Object.values(offices)]),
  ]
  return [
    { class: 0, quota: quotas ?? UNLIMITED_QUOTA, members: [] },
    { class: SERVICE_CLASS, quota: UNLIMITED_QUOTA, members },
  ]
}

const quotaPolicy: Service = {
  name: 'QuotaPolicy',
  deployments: (setup) =>
    upgradable({
      address: QUOTA_POLICY_ADDRESS,
      bytecode: quotaPolicyBytecode,
      initializer: quotaPolicyInitializer({
        access: CITY_ACCESS_ADDRESS,
        releases: RELEASE_REGISTRY_ADDRESS,
        classes: quotaClasses(setup),
      }),
    }),
}

/** Every service of a city, in the order of deployment. */
export const SERVICES: readonly Service[] = [
  validatorSet,
  cityAccess,
  releaseRegistry,
  departments,
  identities,
  quotaPolicy,
  documentRegistry,
  titleRegistry,
  fairOffice,
  servicePoints,
]

/** The alloc of a genesis with further contracts. Throws `PREDEPLOY_FAILED`. */
export function predeployed(
  { alloc, chainId, timestamp }: Pick<Genesis, 'alloc' | 'chainId' | 'timestamp'>,
  deployments: readonly Deployment[],
): Promise<GenesisAlloc> {
  return predeploy(alloc, deployments, { chainId, timestamp })
}

/** All that goes into the first block of a city. */
export function cityDeployments(setup: CityGenesisSetup): Deployment[] {
  return SERVICES.flatMap((service) => service.deployments(setup))
}
