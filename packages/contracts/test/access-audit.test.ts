/**
 * What the audit of access, identities and points found, each seen to go through before it was
 * mended (docs/audit/services-2026-11.md).
 */
import { type Address, keccakHex, utf8ToBytes } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  cityAccess,
  HIGH_RISK_SECONDS,
  releaseArguments,
  releaseRegistry,
  servicePoints,
  UPGRADE_SECONDS,
} from '../src/index.ts'
import {
  type AccessWorld,
  attempt,
  CITY,
  codeHashOf,
  createAccessWorld,
  deployFixture,
  exampleCall,
  exampleValue,
  manage,
  OBSERVER,
  OBSERVER_2,
  RELEASER,
  roleId,
  schedule,
  UPGRADER,
} from './support/access.ts'
import { account, advance } from './support/chain.ts'
import * as points from './support/points.ts'

const { encode } = cityAccess
const HASH = keccakHex(utf8ToBytes('sources'))
const NEWCOMER = account(0x77)

/** As the city, after the administrator's notice. */
async function govern(world: AccessWorld, data: `0x${string}`): Promise<string> {
  assert.is(await schedule(world, CITY, { to: world.access, data }), 'ok')
  advance(world.chain, { seconds: HIGH_RISK_SECONDS })
  return manage(world, CITY, data)
}

test('the last observer in force stays, also while another grant waits', async () => {
  const world = await createAccessWorld()
  const role = roleId('OBSERVERS')
  const renounce = (who: Address) => manage(world, who, encode.renounceRole(role, who))
  assert.is(await renounce(OBSERVER), 'ok')
  assert.is(await govern(world, encode.grantRole(role, NEWCOMER, 0)), 'ok')
  assert.is(await renounce(OBSERVER_2), 'CityAccessLastObserver')
  advance(world.chain, { seconds: HIGH_RISK_SECONDS - 1 })
  assert.is(await renounce(OBSERVER_2), 'CityAccessLastObserver')
  advance(world.chain, { seconds: 1 })
  assert.is(await renounce(OBSERVER_2), 'ok')
  assert.is(await renounce(NEWCOMER), 'CityAccessLastObserver')
})

async function release(world: AccessWorld, at: Address, name: string): Promise<void> {
  const record = {
    ...{ codehash: await codeHashOf(world, at), name, sourcesHash: HASH, recipeHash: HASH },
  }
  const data = releaseRegistry.encode.register(releaseArguments(record))
  const call = { to: world.releases, data }
  assert.is(await schedule(world, RELEASER, call), 'ok')
  advance(world.chain, { seconds: HIGH_RISK_SECONDS })
  assert.is((await attempt(world, RELEASER, call)).name, 'ok')
}

test("an upgrader puts no released code of another contract behind a register's proxy", async () => {
  const world = await createAccessWorld()
  await release(world, world.implementation, 'ExampleRegistry')
  const upgrade = async (to: Address) => {
    const call = { to: world.example, data: exampleCall('upgradeToAndCall', to, '0x') }
    assert.is(await schedule(world, UPGRADER, call), 'ok')
    advance(world.chain, { seconds: UPGRADE_SECONDS })
    return (await attempt(world, UPGRADER, call)).name
  }
  const foreign = await deployFixture(world, 'ExampleRegistry2')
  await release(world, foreign, 'QuotaPolicy')
  assert.is(await upgrade(foreign), 'CityUpgradeableNotReleased')
  assert.is(await exampleValue(world, 'release'), 1n)
  const own = await deployFixture(world, 'ExampleRegistry2')
  await release(world, own, 'ExampleRegistry')
  assert.is(await upgrade(own), 'ok')
  assert.is(await exampleValue(world, 'release'), 2n)
})

test('a pause of minting is made longer at once and never shorter: that takes a day of notice', async () => {
  const city = await points.createPoints()
  const now = city.chain.nowSeconds
  const pause = (until: number) =>
    points.attempt(city, points.COMPLIANCE, servicePoints.encode.pauseMint(until))
  assert.is(await pause(now + 20 * 86_400), 'ok')
  assert.is(await pause(now + 1), 'ServicePointsPauseOutOfRange')
  assert.is(await pause(now + 20 * 86_400), 'ServicePointsPauseOutOfRange')
  assert.is(await pause(now + 21 * 86_400), 'ok')
})

test.run()
