/**
 * The chain of the CityAccess model test: an authority, a release register and ServicePoints behind
 * a proxy, beside the city's own, with keys that the test holds and the operations they try.
 */
import {
  CITY_ACCESS_ADDRESS,
  CITY_ROLES,
  type CityFunction,
  type CityRoleName,
  cityAccess,
  cityAccessInitCode,
  cityFunctions,
  RELEASE_REGISTRY_ADDRESS,
  releaseArguments,
  releaseRegistry,
  releaseRegistryInitCode,
  SERVICE_POINTS_ADDRESS,
  servicePoints,
  servicePointsBytecode,
  servicePointsStart,
} from '@veche/contracts'
import { type Address, type Hash, type Hex, assert as holds, keccakHex } from '@veche/primitives'
import { plain, upgradable } from '../../src/genesis-services.ts'
import { AuthorityModel, type ModelOperation } from './authority.ts'
import { account, type Chain, createChain } from './service-chain.ts'

export const ACCESS: Address = `0x${'2003'.padStart(40, '0')}`
export const RELEASES: Address = `0x${'2004'.padStart(40, '0')}`
export const POINTS: Address = `0x${'2009'.padStart(40, '0')}`
const CODE: Address = `0x${'2109'.padStart(40, '0')}`
export const NEXT: Address = `0x${'2209'.padStart(40, '0')}`

export const CITY = account('city')
export const OBSERVER = account('observer')
export const PERSONNEL = account('personnel')
const RELEASER = account('releaser')
const UPGRADER = account('upgrader')
const TREASURY = account('treasury')
export const COMPLIANCE = account('compliance')
export const NEWCOMER = account('newcomer')
const STRANGER = account('stranger')
export const PEOPLE = [CITY, OBSERVER, RELEASER, UPGRADER, TREASURY, COMPLIANCE, NEWCOMER, STRANGER]

export const MEMBERS = {
  OBSERVERS: OBSERVER,
  PERSONNEL,
  RELEASER,
  UPGRADER,
  TREASURY,
  COMPLIANCE,
} as const

const PLACES = new Map<Address, Address>([
  [RELEASE_REGISTRY_ADDRESS, RELEASES],
  [SERVICE_POINTS_ADDRESS, POINTS],
  [CITY_ACCESS_ADDRESS, ACCESS],
])

/** The city's own table, at the addresses of this test. */
const FUNCTIONS: readonly CityFunction[] = cityFunctions().flatMap((row) => {
  const target = PLACES.get(row.target)
  return target === undefined ? [] : [{ ...row, target }]
})

/** A world's operation: what the model knows and how it is called. */
export interface Operation extends ModelOperation {
  readonly to: Address
  data(now: number): Hex
}

/** One chain and its model. */
export interface World {
  readonly chain: Chain
  readonly model: AuthorityModel
  readonly operations: readonly Operation[]
  readonly next: Hash
  /** calldata of the next pause of minting */
  pause(now: number): Hex
}

const HASH: Hash = `0x${'5e'.repeat(32)}`

/** Code hash of a genesis account. */
export function codehashAt(chain: Chain, address: Address): Hash {
  const found = chain.genesis.alloc.get(address)
  holds(found !== undefined, `code at ${address}`)
  return keccakHex(found.code)
}

const release = (codehash: Hash) => ({
  ...{ codehash, name: 'ServicePoints' },
  ...{ sourcesHash: HASH, recipeHash: HASH },
})

function powerOf(name: string): { role: CityRoleName; delaySeconds: number } {
  const row = FUNCTIONS.find(({ signature }) => signature.startsWith(`${name}(`))
  holds(row !== undefined, `a row of ${name}`)
  return row
}

/** Calldata of a pause that is longer than every one before: no other is taken. */
function createPauses(): World['pause'] {
  let until = 0
  return (now) => {
    until = Math.max(now + 60, until + 1)
    return servicePoints.encode.pauseMint(until)
  }
}

function operationsOn(next: Hash, pause: World['pause']): Operation[] {
  const { role, delaySeconds } = powerOf('upgradeToAndCall')
  return [
    {
      ...{ key: 'register', ...powerOf('register'), to: RELEASES },
      data: () => releaseRegistry.encode.register(releaseArguments(release(next))),
      effect: (model) => !model.released.has(next) && model.released.add(next) !== undefined,
    },
    {
      ...{ key: 'withdraw', ...powerOf('withdraw'), to: RELEASES },
      data: () => releaseRegistry.encode.withdraw(next, 1),
      effect: (model) => model.inForce(next) && model.withdrawn.add(next) !== undefined,
    },
    {
      ...{ key: 'upgrade', role, delaySeconds, to: POINTS },
      data: () => servicePoints.encode.upgradeToAndCall(NEXT, '0x'),
      effect(model) {
        if (!model.inForce(next)) return false
        model.codehash = next
        model.upgrades++
        return true
      },
    },
    {
      ...{ key: 'quota', ...powerOf('setQuota'), to: POINTS },
      data: () => servicePoints.encode.setQuota(STRANGER, 5n),
      effect: () => true,
    },
    {
      ...{ key: 'pause', ...powerOf('pauseMint'), to: POINTS },
      data: pause,
      effect: () => true,
    },
    {
      ...{ key: 'appoint', role: 'ADMIN', delaySeconds: 0, to: ACCESS },
      data: () => cityAccess.encode.grantRole(CITY_ROLES.UPGRADER.id, NEWCOMER, 0),
      effect(model, now) {
        model.grant('UPGRADER', NEWCOMER, now)
        return true
      },
    },
  ]
}

function deployments() {
  const members = Object.fromEntries(Object.entries(MEMBERS).map(([role, who]) => [role, [who]]))
  const access = cityAccessInitCode({ admins: [CITY], members, functions: FUNCTIONS })
  const initializer = servicePointsStart({ access: ACCESS, releases: RELEASES })
  const bytecode = servicePointsBytecode
  const proxied = upgradable({ address: POINTS, bytecode, initializer })
  return [
    ...plain(ACCESS, access),
    ...plain(RELEASES, releaseRegistryInitCode(ACCESS, [])),
    ...proxied,
    ...plain(NEXT, bytecode),
  ]
}

/** A fresh chain and a model that agrees with it. */
export async function createWorld(): Promise<World> {
  const chain = await createChain({ deployments })
  const next = codehashAt(chain, NEXT)
  const model = new AuthorityModel(codehashAt(chain, CODE), { ADMIN: CITY, ...MEMBERS })
  const pause = createPauses()
  return { chain, model, operations: operationsOn(next, pause), next, pause }
}
