/**
 * The genesis of a city: forks, parameters and the services of packages/contracts, deployed by
 * running their constructors. Deterministic: the same setup gives the same genesis hash on every
 * machine.
 */
import {
  type Quota,
  type ServicePointsSetup,
  VALIDATOR_SET_ADDRESS,
  type ValidatorSetSetup,
} from '@veche/contracts'
import type { Genesis, GenesisAccount } from '@veche/execution'
import { type Address, EMPTY_BYTES } from '@veche/primitives'
import { cityDeployments, type Office, predeployed } from './genesis-services.ts'
import { GENESIS_GAS_LIMIT } from './limits.ts'

export { CITY_SCHEMA } from './genesis-services.ts'

export type Delays = Pick<
  ValidatorSetSetup,
  'vetoWindowSeconds' | 'lifetimeSeconds' | 'activationDelayBlocks'
>

export interface CityGenesisSetup {
  readonly chainId: number
  /** unix seconds, a multiple of stepSeconds */
  readonly timestamp: number
  readonly stepSeconds: number
  readonly emptyBlockIntervalSeconds: number
  /** in the order of their organisations */
  readonly validators: readonly Address[]
  /** grants roles and registers schemas in DocumentRegistry */
  readonly admin: Address
  /** may veto changes of the validator set */
  readonly overseer: Address
  /** departments that issue under {@link CITY_SCHEMA} from the first block on */
  readonly issuers: readonly Address[]
  readonly delays: Delays
  /** keys of the offices that hold roles of the services; default: the administrator for each */
  readonly offices?: Readonly<Partial<Record<Office, Address>>>
  /** divides the delays of CityAccess, default 1; LOCAL_HASTE makes a week seven seconds */
  readonly haste?: number
  /**
   * the calendar of service points, lines and payees; default: the city's calendar and none of
   * both. Genesis has no events: an observer's replay knows only what offices open afterwards
   */
  readonly points?: Omit<ServicePointsSetup, 'access' | 'releases'>
  /** what senders outside every class may send; default: no bounds */
  readonly quotas?: Quota
  /** wei by address */
  readonly balances: ReadonlyMap<Address, bigint>
}

/** services.md 2.8: two days to veto, two weeks to live */
export const CITY_DELAYS: Delays = {
  vetoWindowSeconds: 48 * 3_600,
  lifetimeSeconds: 14 * 86_400,
  activationDelayBlocks: 2,
}

/**
 * Senders outside every class of a real city: 100,000 gas a second each and one full block at once,
 * so that whatever fits a block can be sent; all of them together 3 M gas a second, which is what
 * the machines carry beside the city's own work, and twenty seconds of it at once.
 */
export const CITY_QUOTA: Quota = {
  senderRate: 100_000n,
  senderBucket: GENESIS_GAS_LIMIT,
  sharedRate: 3_000_000n,
  sharedBucket: 60_000_000n,
}

/** A city on one machine: a change of the set can be tried at once. */
export const LOCAL_DELAYS: Delays = {
  vetoWindowSeconds: 0,
  lifetimeSeconds: 86_400,
  activationDelayBlocks: 1,
}

function toAccounts(balances: ReadonlyMap<Address, bigint>): Map<Address, GenesisAccount> {
  const account = (balance: bigint): GenesisAccount => ({
    balance,
    nonce: 0n,
    code: EMPTY_BYTES,
    storage: new Map(),
  })
  return new Map([...balances].map(([address, balance]) => [address, account(balance)]))
}

/** The genesis with every service of genesis-services.ts in place. Throws `PREDEPLOY_FAILED`. */
export async function createCityGenesis(setup: CityGenesisSetup): Promise<Genesis> {
  const { chainId, timestamp, stepSeconds, emptyBlockIntervalSeconds, validators } = setup
  const alloc = await predeployed(
    { alloc: toAccounts(setup.balances), chainId, timestamp },
    cityDeployments(setup),
  )
  return {
    chainId,
    forks: { berlin: 0, prague: 0 },
    parameters: {
      chainId,
      stepSeconds,
      emptyBlockIntervalSeconds,
      blockIntervalMinMs: 50,
      blocksPerStepMax: 0,
      windowMax: 15,
    },
    validatorContract: VALIDATOR_SET_ADDRESS,
    baseFeeRule: 'constant',
    timestamp,
    gasLimit: GENESIS_GAS_LIMIT,
    baseFeePerGas: 0n,
    validators: [...validators].sort(),
    alloc,
  }
}
