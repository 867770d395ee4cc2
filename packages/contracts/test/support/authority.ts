/**
 * CityAccess and ReleaseRegistry for tests of one service: the city's own table for its functions,
 * in which the notice periods are those the test asks for.
 */
import { type Address, assert, type Hash, type Hex } from '@veche/primitives'
import { encodeDeployData } from 'viem/utils'
import { erc1967ProxyAbi, erc1967ProxyBytecode } from '../../src/generated/erc1967-proxy.ts'
import {
  type CityAccessSetup,
  type CityFunction,
  cityAccess,
  cityAccessInitCode,
  cityFunctions,
  RELEASE_REGISTRY_ADDRESS,
  releaseArguments,
  releaseRegistry,
  releaseRegistryInitCode,
} from '../../src/index.ts'
import { type Chain, createChain, deploy, type Outcome, send } from './chain.ts'

/** A service under its authority. */
export interface Governed {
  readonly chain: Chain
  readonly access: Address
  readonly releases: Address
  /** the service's proxy */
  readonly proxy: Address
  readonly implementation: Address
  /** schedules a call of the service, to run as early as it may */
  schedule(from: Address, data: Hex): Promise<Outcome>
  /** an observer's objection to a scheduled call */
  cancel(observer: Address, caller: Address, data: Hex): Promise<Outcome>
  /** makes code with this hash a release */
  release(releaser: Address, codehash: Hash): Promise<Outcome>
}

export interface GovernedOptions {
  readonly chain: Chain
  /** where the city's table names the service: its rows are taken over */
  readonly service: Address
  readonly bytecode: Hex
  initializer(access: Address, releases: Address): Hex
  readonly setup: Omit<CityAccessSetup, 'functions'>
  /** functions that have no notice period here, for tests of other things */
  readonly atOnce: readonly string[]
}

/** Addresses of the next creations: the table names targets before they exist. */
async function foreseen(count: number): Promise<readonly Address[]> {
  const chain = await createChain()
  const made: Address[] = []
  for (let i = 0; i < count; i++) made.push((await deploy(chain, '0x')).address)
  return made
}

/** Deploys authority, releases, the service's code and its proxy, in that order. */
export async function deployGoverned(options: GovernedOptions): Promise<Governed> {
  const { chain, service, bytecode, setup, atOnce } = options
  const [access, releases, implementation, proxy] = await foreseen(4)
  assert(access && releases && implementation && proxy, 'four addresses')
  const place = new Map([
    [service, proxy],
    [RELEASE_REGISTRY_ADDRESS, releases],
  ])
  const functions = cityFunctions().flatMap((row): CityFunction[] => {
    const target = place.get(row.target)
    const isAtOnce = atOnce.includes(row.signature.split('(')[0] ?? '')
    if (target === undefined) return []
    return [{ ...row, target, delaySeconds: isAtOnce ? 0 : row.delaySeconds }]
  })
  const args = [implementation, options.initializer(access, releases)] as const
  const abi = erc1967ProxyAbi
  const codes: readonly (readonly [Address, Hex])[] = [
    [access, cityAccessInitCode({ ...setup, functions })],
    [releases, releaseRegistryInitCode(access, [])],
    [implementation, bytecode],
    [proxy, encodeDeployData({ abi, bytecode: erc1967ProxyBytecode, args })],
  ]
  for (const [expected, code] of codes)
    assert((await deploy(chain, code)).address === expected, `creation at ${expected}`)
  const { schedule, cancel } = cityAccess.encode
  return {
    ...{ chain, access, releases, proxy, implementation },
    schedule: (from, data) => send(chain, { from, to: access, data: schedule(proxy, data, 0) }),
    cancel: (from, caller, data) =>
      send(chain, { from, to: access, data: cancel(caller, proxy, data) }),
    release(from, codehash) {
      const hashes = { sourcesHash: codehash, recipeHash: codehash }
      const record = releaseArguments({ codehash, name: 'test', ...hashes })
      return send(chain, { from, to: releases, data: releaseRegistry.encode.register(record) })
    },
  }
}
