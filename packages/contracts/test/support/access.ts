/**
 * A chain with CityAccess, ReleaseRegistry and an upgradable example behind a proxy, and the people
 * who play the roles. Delays are the city's, unhastened.
 */
import { createAddressFromString } from '@ethereumjs/util'
import {
  type Address,
  assert,
  bytesToBigint,
  type Hash,
  type Hex,
  keccakHex,
} from '@veche/primitives'
import { encodeDeployData, encodeFunctionData } from 'viem/utils'
import { type CityPower, UPGRADE_POWER } from '../../src/access/city-functions.ts'
import {
  CITY_ROLES,
  type CityFunction,
  type CityRoleName,
  cityAccess,
  cityAccessAbi,
  cityAccessInitCode,
  cityFunctions,
  createBinding,
  erc1967ProxyAbi,
  erc1967ProxyBytecode,
  RELEASE_REGISTRY_ADDRESS,
  releaseRegistryAbi,
  releaseRegistryInitCode,
} from '../../src/index.ts'
import { account, type Chain, createChain, deploy, type Outcome, send, view } from './chain.ts'
import { compileFixture, type Fixture } from './fixture.ts'

export const CITY = account(0xad)
export const OBSERVER = account(0x0b)
export const OBSERVER_2 = account(0x0c)
export const PERSONNEL = account(0x9e)
export const RELEASER = account(0x4e)
export const UPGRADER = account(0x09)
export const REGISTRAR = account(0x4a)
export const STRANGER = account(0x66)

export interface AccessWorld {
  readonly chain: Chain
  readonly access: Address
  readonly releases: Address
  /** proxy of ExampleRegistry */
  readonly example: Address
  /** ExampleRegistry's first code */
  readonly implementation: Address
  readonly fixture: (name: string) => Fixture
}

const fixture = await compileFixture('ExampleRegistry.sol', ['access/CityUpgradeable.sol'])

/** Row of the example: one function at once, one with a day's notice, the upgrade. */
const EXAMPLE_POWERS = {
  setValue: ['REGISTRAR', 0],
  setSlowly: ['REGISTRAR', 86_400],
  ...UPGRADE_POWER,
} satisfies Record<string, CityPower>

const MEMBERS = {
  OBSERVERS: [OBSERVER, OBSERVER_2],
  PERSONNEL: [PERSONNEL],
  RELEASER: [RELEASER],
  UPGRADER: [UPGRADER],
  REGISTRAR: [REGISTRAR],
} as const satisfies Partial<Record<CityRoleName, readonly Address[]>>

function functionsAt(releases: Address, example: Address): CityFunction[] {
  const { abi } = fixture('ExampleRegistry')
  const powers: Readonly<Record<string, CityPower>> = EXAMPLE_POWERS
  const rows = cityFunctions().filter(({ target }) => target === RELEASE_REGISTRY_ADDRESS)
  return [
    ...rows.map((row) => ({ ...row, target: releases })),
    ...cityFunctions([{ name: 'ExampleRegistry', address: example, abi, functions: powers }]),
  ]
}

/** Addresses that creations of the deployer will have: the table names targets before they are. */
async function foreseen(): Promise<{ access: Address; releases: Address; example: Address }> {
  const chain = await createChain()
  const made: Address[] = []
  for (let i = 0; i < 4; i++) made.push((await deploy(chain, '0x')).address)
  const [access, releases, , example] = made
  assert(access !== undefined && releases !== undefined && example !== undefined, 'four addresses')
  return { access, releases, example }
}

const PLACES = await foreseen()

/** A fresh world. Deployment order: CityAccess, ReleaseRegistry, the example's code, its proxy. */
export async function createAccessWorld(): Promise<AccessWorld> {
  const chain = await createChain()
  const { access, releases, example } = PLACES
  const functions = functionsAt(releases, example)
  await deployAt(chain, access, cityAccessInitCode({ admins: [CITY], members: MEMBERS, functions }))
  await deployAt(chain, releases, releaseRegistryInitCode(access, []))
  const { abi, bytecode } = fixture('ExampleRegistry')
  const { address: implementation } = await deploy(chain, bytecode)
  const start = encodeFunctionData({ abi, functionName: 'initialize', args: [access, releases] })
  await deployAt(
    chain,
    example,
    encodeDeployData({
      abi: erc1967ProxyAbi,
      bytecode: erc1967ProxyBytecode,
      args: [implementation, start],
    }),
  )
  return { chain, access, releases, example, implementation, fixture }
}

async function deployAt(chain: Chain, place: Address, initCode: Hex): Promise<void> {
  const { address } = await deploy(chain, initCode)
  assert(address === place, `creation at ${place}, got ${address}`)
}

/** Calldata of a function of the example. */
export function exampleCall(functionName: string, ...args: readonly unknown[]): Hex {
  return encodeFunctionData({ abi: fixture('ExampleRegistry').abi, functionName, args })
}

/** Deploys a contract of the fixture. */
export async function deployFixture({ chain }: AccessWorld, name: string): Promise<Address> {
  return (await deploy(chain, fixture(name).bytecode)).address
}

/** EXTCODEHASH as the chain sees it. */
export async function codeHashOf(world: AccessWorld, address: Address): Promise<Hash> {
  return keccakHex(await world.chain.vm.stateManager.getCode(createAddressFromString(address)))
}

/** A call; the name of its revert, or `ok`. */
export async function attempt(
  world: AccessWorld,
  from: Address,
  call: { readonly to: Address; readonly data: Hex },
): Promise<{ readonly name: string; readonly outcome: Outcome }> {
  const outcome = await send(world.chain, { from, ...call })
  return { name: outcome.ok ? 'ok' : errors.decodeError(outcome.returned).name, outcome }
}

/** A call of CityAccess. */
export async function manage(world: AccessWorld, from: Address, data: Hex): Promise<string> {
  return (await attempt(world, from, { to: world.access, data })).name
}

const errors = createBinding(cityAccessAbi, {
  errorsOf: [releaseRegistryAbi, fixture('ExampleRegistry').abi],
})

/** Schedules a call at the earliest time. */
export function schedule(
  world: AccessWorld,
  from: Address,
  call: { readonly to: Address; readonly data: Hex },
): Promise<string> {
  return manage(world, from, cityAccess.encode.schedule(call.to, call.data, 0))
}

/** Number of a role. */
export function roleId(name: CityRoleName): bigint {
  return CITY_ROLES[name].id
}

/** The value of a view of the example. */
export async function exampleValue(world: AccessWorld, functionName: string): Promise<bigint> {
  return bytesToBigint(await view(world.chain, world.example, exampleCall(functionName)))
}
