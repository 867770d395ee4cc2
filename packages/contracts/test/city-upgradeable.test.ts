/** CityUpgradeable on its smallest heir: who may change the code behind a proxy, to what, when. */
import type { Address, Hex } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeAbiParameters, keccak256, toHex } from 'viem/utils'
import {
  cityAccess,
  createBinding,
  releaseArguments,
  releaseRegistry,
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
  RELEASER,
  STRANGER,
  schedule,
  UPGRADER,
} from './support/access.ts'
import { advance, storageWord } from './support/chain.ts'

const WEEK = UPGRADE_SECONDS
const HASH = `0x${'5e'.repeat(32)}` as const

/** Registers a copy's code, with the notice that it needs. */
async function release(world: AccessWorld, at: Address): Promise<void> {
  const codehash = await codeHashOf(world, at)
  const record = { codehash, name: 'ExampleRegistry', sourcesHash: HASH, recipeHash: HASH }
  const data = releaseRegistry.encode.register(releaseArguments(record))
  const call = { to: world.releases, data }
  assert.is(await schedule(world, RELEASER, call), 'ok')
  advance(world.chain, { seconds: 72 * 3_600 })
  assert.is((await attempt(world, RELEASER, call)).name, 'ok')
}

const upgradeTo = (world: AccessWorld, to: Address): { to: Address; data: Hex } => ({
  to: world.example,
  data: exampleCall('upgradeToAndCall', to, '0x'),
})

async function createUpgrade() {
  const world = await createAccessWorld()
  const next = await deployFixture(world, 'ExampleRegistry2')
  return { world, next, call: upgradeTo(world, next) }
}

test('ReleaseRegistry 6: a registered upgrade goes after seven days, with both code hashes in its event', async () => {
  const { world, next, call } = await createUpgrade()
  await release(world, next)
  const before = await codeHashOf(world, world.implementation)
  assert.is(await exampleValue(world, 'release'), 1n)
  assert.is(await schedule(world, UPGRADER, call), 'ok')
  advance(world.chain, { seconds: WEEK })
  const { name, outcome } = await attempt(world, UPGRADER, call)
  assert.is(name, 'ok')
  assert.is(await exampleValue(world, 'release'), 2n)
  const [event] = createBinding(world.fixture('ExampleRegistry').abi)
    .decodeLogs(outcome.logs)
    .filter((each) => each.name === 'CityUpgraded')
  assert.equal(event?.args, {
    implementation: next,
    oldCodehash: before,
    newCodehash: await codeHashOf(world, next),
  })
  assert.is((await attempt(world, UPGRADER, call)).name, 'AccessManagerNotScheduled')
})

test('an upgrade one second early is refused, through the proxy and through CityAccess', async () => {
  const { world, next, call } = await createUpgrade()
  await release(world, next)
  assert.is((await attempt(world, UPGRADER, call)).name, 'AccessManagerNotScheduled')
  assert.is(await schedule(world, UPGRADER, call), 'ok')
  advance(world.chain, { seconds: WEEK - 1 })
  assert.is((await attempt(world, UPGRADER, call)).name, 'AccessManagerNotReady')
  const execute = cityAccess.encode.execute(call.to, call.data)
  assert.is(await manage(world, UPGRADER, execute), 'AccessManagerNotReady')
  assert.is(await exampleValue(world, 'release'), 1n)
})

test('code that is not registered is refused after any notice', async () => {
  const { world, call } = await createUpgrade()
  assert.is(await schedule(world, UPGRADER, call), 'ok')
  advance(world.chain, { seconds: WEEK })
  assert.is((await attempt(world, UPGRADER, call)).name, 'CityUpgradeableNotReleased')
})

test('code that was withdrawn while the upgrade waited is refused', async () => {
  const { world, next, call } = await createUpgrade()
  await release(world, next)
  assert.is(await schedule(world, UPGRADER, call), 'ok')
  advance(world.chain, { seconds: WEEK })
  const data = releaseRegistry.encode.withdraw(await codeHashOf(world, next), 7)
  assert.is((await attempt(world, RELEASER, { to: world.releases, data })).name, 'ok')
  assert.is((await attempt(world, UPGRADER, call)).name, 'CityUpgradeableNotReleased')
})

test('observers cancel an upgrade, also in its last second', async () => {
  const { world, next, call } = await createUpgrade()
  await release(world, next)
  assert.is(await schedule(world, UPGRADER, call), 'ok')
  advance(world.chain, { seconds: WEEK })
  const cancel = cityAccess.encode.cancel(UPGRADER, call.to, call.data)
  assert.is(await manage(world, STRANGER, cancel), 'AccessManagerUnauthorizedCancel')
  assert.is(await manage(world, OBSERVER, cancel), 'ok')
  assert.is((await attempt(world, UPGRADER, call)).name, 'AccessManagerNotScheduled')
})

test('neither the city nor a releaser nor a stranger upgrades', async () => {
  const { world, next, call } = await createUpgrade()
  await release(world, next)
  for (const who of [CITY, RELEASER, OBSERVER, STRANGER]) {
    assert.is((await attempt(world, who, call)).name, 'AccessManagedUnauthorized')
    assert.is(await schedule(world, who, call), 'AccessManagerUnauthorizedCall')
  }
})

test('registered code that is no CityUpgradeable does not get behind a proxy', async () => {
  const world = await createAccessWorld()
  for (const name of ['ExampleStranger', 'proxy']) {
    const at = name === 'proxy' ? world.example : await deployFixture(world, name)
    await release(world, at)
    const call = upgradeTo(world, at)
    assert.is(await schedule(world, UPGRADER, call), 'ok')
    advance(world.chain, { seconds: WEEK })
    assert.is((await attempt(world, UPGRADER, call)).name, 'ERC1967InvalidImplementation')
  }
})

test('the code behind a proxy cannot be initialised, nor a proxy twice, nor upgraded directly', async () => {
  const { world, next } = await createUpgrade()
  const start = exampleCall('initialize', world.access, world.releases)
  for (const to of [world.implementation, world.example])
    assert.is((await attempt(world, STRANGER, { to, data: start })).name, 'InvalidInitialization')
  const direct = { to: world.implementation, data: exampleCall('upgradeToAndCall', next, '0x') }
  assert.is((await attempt(world, UPGRADER, direct)).name, 'UUPSUnauthorizedCallContext')
})

test('state of the base stands in the namespace that ERC-7201 computes', async () => {
  const world = await createAccessWorld()
  const outer = BigInt(keccak256(toHex('veche.storage.CityUpgradeable'))) - 1n
  const inner = BigInt(keccak256(encodeAbiParameters([{ type: 'uint256' }], [outer]))) & ~0xffn
  const word = await storageWord(
    world.chain,
    world.example,
    `0x${inner.toString(16).padStart(64, '0')}`,
  )
  assert.is(word, BigInt(world.releases))
})

test.run()
