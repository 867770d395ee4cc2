/**
 * The genesis of a city: forks, parameters and the services of packages/contracts, deployed by running
 * their constructors. Deterministic: the same setup gives the same genesis hash on every machine.
 */
import {
  DOCUMENT_REGISTRY_ADDRESS,
  documentRegistryInitCode,
  organisationId,
  type SchemaSetup,
  VALIDATOR_SET_ADDRESS,
  type ValidatorSetSetup,
  validatorSetInitCode,
} from '@veche/contracts'
import { type Genesis, type GenesisAccount, predeploy } from '@veche/execution'
import { type Address, EMPTY_BYTES, hexToBytes } from '@veche/primitives'
import { GENESIS_GAS_LIMIT } from './limits.ts'

export interface CityGenesisSetup {
  readonly chainId: number
  /** unix seconds, a multiple of stepSeconds */
  readonly timestamp: number
  readonly stepSeconds: number
  /** default {@link GENESIS_GAS_LIMIT} */
  readonly gasLimit?: bigint
  /** name of its organisation → validator */
  readonly validators: readonly { readonly address: Address; readonly organisation: string }[]
  /** grants roles in DocumentRegistry and may veto changes of the validator set */
  readonly admin: Address
  /** departments that issue and revoke under `schemas` from the first block on */
  readonly schemas: readonly SchemaSetup[]
  readonly courts?: readonly Address[]
  /** delays of ValidatorSet; default those of a city: two days to veto, two weeks to live */
  readonly delays?: Pick<
    ValidatorSetSetup,
    'vetoWindowSeconds' | 'lifetimeSeconds' | 'activationDelayBlocks'
  >
  /** wei by address */
  readonly balances?: ReadonlyMap<Address, bigint>
}

/** services.md 2.8 */
export const CITY_DELAYS = {
  vetoWindowSeconds: 48 * 3600,
  lifetimeSeconds: 14 * 24 * 3600,
  activationDelayBlocks: 10,
} as const

/** A city on one machine: a set change can be tried at once. */
export const LOCAL_DELAYS = {
  vetoWindowSeconds: 0,
  lifetimeSeconds: 24 * 3600,
  activationDelayBlocks: 1,
} as const

function toAccounts(balances: ReadonlyMap<Address, bigint>): Map<Address, GenesisAccount> {
  return new Map(
    [...balances].map(([address, balance]) => [
      address,
      { balance, nonce: 0n, code: EMPTY_BYTES, storage: new Map() },
    ]),
  )
}

/** The genesis with ValidatorSet and DocumentRegistry in place. Throws `PREDEPLOY_FAILED`. */
export async function createCityGenesis(setup: CityGenesisSetup): Promise<Genesis> {
  const { chainId, timestamp, stepSeconds, admin, schemas } = setup
  const validatorSet = validatorSetInitCode({
    validators: setup.validators.map(({ address, organisation }) => ({
      address,
      organisation: organisationId(organisation),
    })),
    observers: [admin],
    ...(setup.delays ?? CITY_DELAYS),
  })
  const registry = documentRegistryInitCode({ admin, courts: setup.courts ?? [], schemas })
  const alloc = await predeploy(
    toAccounts(setup.balances ?? new Map()),
    [
      { address: VALIDATOR_SET_ADDRESS, initCode: hexToBytes(validatorSet) },
      { address: DOCUMENT_REGISTRY_ADDRESS, initCode: hexToBytes(registry) },
    ],
    { chainId, timestamp },
  )
  return {
    chainId,
    forks: { berlin: 0, london: 0, paris: 0, shanghai: 0, cancun: 0, prague: 0 },
    parameters: {
      chainId,
      stepSeconds,
      emptyBlockIntervalSeconds: 60,
      blockIntervalMinMs: 50,
      blocksPerStepMax: 0,
      windowMax: 15,
    },
    validatorContract: VALIDATOR_SET_ADDRESS,
    baseFeeRule: 'constant',
    timestamp,
    gasLimit: setup.gasLimit ?? GENESIS_GAS_LIMIT,
    baseFeePerGas: 0n,
    validators: setup.validators.map(({ address }) => address).sort(),
    alloc,
  }
}
