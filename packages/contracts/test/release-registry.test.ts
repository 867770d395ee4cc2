/** ReleaseRegistry: what gets in, what leaves, and what nobody can do. */
import type { Hash } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  accepted,
  HIGH_RISK_SECONDS,
  type ReleaseRecord,
  releaseArguments,
  releaseRegistry,
} from '../src/index.ts'
import {
  type AccessWorld,
  attempt,
  CITY,
  createAccessWorld,
  OBSERVER,
  RELEASER,
  STRANGER,
  schedule,
  UPGRADER,
} from './support/access.ts'
import { advance, view } from './support/chain.ts'
import { gasSnapshot } from './support/gas.ts'

const { encode, decode } = releaseRegistry
const HASH: Hash = `0x${'5e'.repeat(32)}`
const ZERO: Hash = `0x${'00'.repeat(32)}`

const release = (byte: string, more: Partial<ReleaseRecord> = {}) =>
  releaseArguments({
    ...{ codehash: `0x${byte.repeat(32)}`, name: 'Example', sourcesHash: HASH, recipeHash: HASH },
    ...more,
  })

const call = (world: AccessWorld, data: `0x${string}`) => ({ to: world.releases, data })

/** Registers after the notice; the revert's name or `ok`. */
async function register(world: AccessWorld, what: ReturnType<typeof release>): Promise<string> {
  const act = call(world, encode.register(what))
  assert.is(await schedule(world, RELEASER, act), 'ok')
  advance(world.chain, { seconds: HIGH_RISK_SECONDS })
  return (await attempt(world, RELEASER, act)).name
}

test('a release is in force three days after its notice, and is readable in full', async () => {
  const world = await createAccessWorld()
  const what = release('01')
  const inForce = async () =>
    accepted(
      decode.isReleased(await view(world.chain, world.releases, encode.isReleased(what.codehash))),
    )
  assert.is(await inForce(), false)
  assert.is(await register(world, what), 'ok')
  assert.is(await inForce(), true)
  const found = accepted(
    decode.releaseOf(await view(world.chain, world.releases, encode.releaseOf(what.codehash))),
  )
  const { sourcesHash, recipeHash, name } = what
  const registeredAt = world.chain.nowSeconds
  assert.equal(found, { sourcesHash, recipeHash, name, registeredAt, withdrawnAt: 0 })
})

test('without notice, and by anybody else, nothing is registered or withdrawn', async () => {
  const world = await createAccessWorld()
  const act = call(world, encode.register(release('01')))
  assert.is((await attempt(world, RELEASER, act)).name, 'AccessManagerNotScheduled')
  for (const who of [CITY, UPGRADER, OBSERVER, STRANGER]) {
    assert.is((await attempt(world, who, act)).name, 'AccessManagedUnauthorized')
    const withdraw = call(world, encode.withdraw(HASH, 1))
    assert.is((await attempt(world, who, withdraw)).name, 'AccessManagedUnauthorized')
  }
})

test('a code hash is registered once, and a withdrawn one does not come back', async () => {
  const world = await createAccessWorld()
  const what = release('01')
  assert.is(await register(world, what), 'ok')
  assert.is(
    await register(world, release('01', { sourcesHash: `0x${'01'.repeat(32)}` })),
    'ReleaseRegistryKnown',
  )
  const withdraw = call(world, encode.withdraw(what.codehash, 3))
  assert.is((await attempt(world, RELEASER, withdraw)).name, 'ok')
  assert.is((await attempt(world, RELEASER, withdraw)).name, 'ReleaseRegistryNotInForce')
  assert.is(await register(world, what), 'ReleaseRegistryKnown')
  const found = accepted(
    decode.releaseOf(await view(world.chain, world.releases, encode.releaseOf(what.codehash))),
  )
  assert.is(found.withdrawnAt > 0, true)
})

test('zeros are refused: hashes, name, reason', async () => {
  const world = await createAccessWorld()
  for (const what of [
    release('00'),
    release('01', { sourcesHash: ZERO }),
    release('01', { recipeHash: ZERO }),
    { ...release('01'), name: ZERO },
  ])
    assert.is(await register(world, what), 'ReleaseRegistryZeroValue')
  assert.is(await register(world, release('02')), 'ok')
  const withdraw = call(world, encode.withdraw(release('02').codehash, 0))
  assert.is((await attempt(world, RELEASER, withdraw)).name, 'ReleaseRegistryZeroValue')
  const unknown = call(world, encode.withdraw(HASH, 1))
  assert.is((await attempt(world, RELEASER, unknown)).name, 'ReleaseRegistryNotInForce')
})

test('the register lists its code hashes in order, page by page', async () => {
  const world = await createAccessWorld()
  for (const byte of ['01', '02', '03']) assert.is(await register(world, release(byte)), 'ok')
  const ask = async (from: bigint, count: bigint) =>
    accepted(
      decode.codehashes(await view(world.chain, world.releases, encode.codehashes(from, count))),
    ).map((hash) => hash.slice(2, 4))
  assert.equal(await ask(0n, 2n), ['01', '02'])
  assert.equal(await ask(2n, 2n ** 256n - 1n), ['03'])
  assert.equal(await ask(7n, 2n), [])
  const count = decode.releaseCount(await view(world.chain, world.releases, encode.releaseCount()))
  assert.is(accepted(count), 3n)
})

test('gas of the register stays as committed', async () => {
  const book = gasSnapshot('ReleaseRegistry')
  const world = await createAccessWorld()
  const act = call(world, encode.register(release('01')))
  assert.is(await schedule(world, RELEASER, act), 'ok')
  advance(world.chain, { seconds: HIGH_RISK_SECONDS })
  book.note('register', (await attempt(world, RELEASER, act)).outcome.gasUsed)
  const withdraw = call(world, encode.withdraw(release('01').codehash, 1))
  book.note('withdraw', (await attempt(world, RELEASER, withdraw)).outcome.gasUsed)
  book.check()
})

test.run()
