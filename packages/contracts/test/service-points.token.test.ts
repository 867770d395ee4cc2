/** ServicePoints as ERC-20 in a closed loop; the lives of points: ages, expiry, earnings. */
import { type Hash, ZERO_HASH } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeAbiParameters, keccak256, toHex } from 'viem/utils'
import { servicePoints as call, createBinding, servicePointsAbi } from '../src/index.ts'
import { advance, storageWord } from './support/chain.ts'
import {
  ANNA,
  act,
  ask,
  attempt,
  BORIS,
  balanceOf,
  CLINIC,
  COMPLIANCE,
  createPoints,
  done,
  flows,
  give,
  MUSEUM,
  type Points,
  purseOf,
  REASON,
  STRANGER,
  schedule,
  TREASURY,
  totalSupply,
  YEAR_SECONDS,
} from './support/points.ts'

const { encode, decode } = call
const binding = createBinding(servicePointsAbi)

async function openPeers(points: Points): Promise<void> {
  assert.is(await schedule(points, TREASURY, encode.setPeerTransfers(true)), 'ok')
  advance(points.chain, { seconds: 7 * 86_400 })
  await done(points, TREASURY, encode.setPeerTransfers(true))
}

test("name, symbol and decimals are the city's", async () => {
  const points = await createPoints()
  assert.is(await ask(points, encode.name(), decode.name), 'City Service Points')
  assert.is(await ask(points, encode.symbol(), decode.symbol), 'CSP')
  assert.is(await ask(points, encode.decimals(), decode.decimals), 2)
})

test('ERC-20: a citizen transfers to a payee, with the event', async () => {
  const points = await createPoints()
  await give(points, ANNA.address, 500n)
  const outcome = await done(points, ANNA.address, encode.transfer(MUSEUM, 200n))
  const [event] = binding.decodeLogs(outcome.logs)
  assert.equal(event, {
    name: 'Transfer',
    args: { from: ANNA.address, to: MUSEUM, value: 200n },
  })
  assert.is(await balanceOf(points, ANNA.address), 300n)
  assert.is(await balanceOf(points, MUSEUM), 200n)
  assert.is(await totalSupply(points), 500n)
})

test('ERC-20: more than the balance, the zero address and a foreign purse are refused', async () => {
  const points = await createPoints()
  await give(points, ANNA.address, 500n)
  const { address } = ANNA
  assert.is(
    await attempt(points, address, encode.transfer(MUSEUM, 501n)),
    'ERC20InsufficientBalance',
  )
  const zero = `0x${'00'.repeat(20)}` as const
  assert.is(await attempt(points, address, encode.transfer(zero, 1n)), 'ERC20InvalidReceiver')
  const steal = encode.transferFrom(address, MUSEUM, 1n)
  assert.is(await attempt(points, STRANGER, steal), 'ERC20InsufficientAllowance')
})

test('ERC-20: an allowance is spent, and not below zero', async () => {
  const points = await createPoints()
  await give(points, ANNA.address, 500n)
  await done(points, ANNA.address, encode.approve(STRANGER, 300n))
  await done(points, STRANGER, encode.transferFrom(ANNA.address, MUSEUM, 200n))
  const left = encode.allowance(ANNA.address, STRANGER)
  assert.is(await ask(points, left, decode.allowance), 100n)
  const more = encode.transferFrom(ANNA.address, MUSEUM, 101n)
  assert.is(await attempt(points, STRANGER, more), 'ERC20InsufficientAllowance')
})

test('a citizen cannot sell points to another while peer transfers are off, nor through an allowance', async () => {
  const points = await createPoints()
  await give(points, ANNA.address, 500n)
  const direct = encode.transfer(BORIS.address, 1n)
  assert.is(await attempt(points, ANNA.address, direct), 'ServicePointsOutsideLoop')
  await done(points, ANNA.address, encode.approve(STRANGER, 300n))
  const through = encode.transferFrom(ANNA.address, BORIS.address, 1n)
  assert.is(await attempt(points, STRANGER, through), 'ServicePointsOutsideLoop')
})

test('a payee pays no payee while peer transfers are off', async () => {
  const points = await createPoints()
  await give(points, ANNA.address, 500n)
  await done(points, ANNA.address, encode.transfer(MUSEUM, 200n))
  const between = encode.transfer(CLINIC, 1n)
  assert.is(await attempt(points, MUSEUM, between), 'ServicePointsOutsideLoop')
})

test('with peer transfers on, points keep their dates from citizen to citizen', async () => {
  const points = await createPoints()
  await give(points, ANNA.address, 500n)
  advance(points.chain, { seconds: YEAR_SECONDS })
  await give(points, ANNA.address, 50n)
  await openPeers(points)
  await done(points, ANNA.address, encode.transfer(BORIS.address, 520n))
  const purse = await purseOf(points, BORIS.address)
  assert.equal([purse.oldest, purse.older, purse.fresh, purse.earned], [0n, 500n, 20n, 0n])
  assert.is(await totalSupply(points), 550n)
})

test('a citizen who sends to himself gains nothing', async () => {
  const points = await createPoints()
  await give(points, ANNA.address, 500n)
  await openPeers(points)
  await done(points, ANNA.address, encode.transfer(ANNA.address, 500n))
  assert.is(await balanceOf(points, ANNA.address), 500n)
  assert.is(await totalSupply(points), 500n)
})

test('points live in their year and the two after, and are gone in the second that follows', async () => {
  const points = await createPoints()
  await give(points, ANNA.address, 500n)
  advance(points.chain, { seconds: 3 * YEAR_SECONDS - 1 })
  assert.is(await balanceOf(points, ANNA.address), 500n)
  assert.is(await totalSupply(points), 500n)
  advance(points.chain, { seconds: 1 })
  assert.is(await balanceOf(points, ANNA.address), 0n)
  assert.is(await totalSupply(points), 0n)
  assert.equal([...(await flows(points))], [500n, 0n, 500n])
  const late = encode.transfer(MUSEUM, 1n)
  assert.is(await attempt(points, ANNA.address, late), 'ERC20InsufficientBalance')
})

test('spending takes the oldest points first', async () => {
  const points = await createPoints()
  for (const amount of [100n, 20n, 3n]) {
    await give(points, ANNA.address, amount)
    if (amount > 3n) advance(points.chain, { seconds: YEAR_SECONDS })
  }
  const before = await purseOf(points, ANNA.address)
  assert.equal([before.oldest, before.older, before.fresh], [100n, 20n, 3n])
  await done(points, ANNA.address, encode.transfer(MUSEUM, 110n))
  const purse = await purseOf(points, ANNA.address)
  assert.equal([purse.oldest, purse.older, purse.fresh], [0n, 10n, 3n])
  assert.is((await purseOf(points, MUSEUM)).earned, 110n)
})

test("expiry is published once, by anyone, with ERC-20's event for indexers, and changes no balance", async () => {
  const points = await createPoints()
  await give(points, ANNA.address, 500n)
  advance(points.chain, { seconds: 3 * YEAR_SECONDS })
  const outcome = await done(points, STRANGER, encode.expire([ANNA.address, BORIS.address]))
  assert.equal(binding.decodeLogs(outcome.logs), [
    { name: 'Expired', args: { account: ANNA.address, year: 3, amount: 500n } },
    { name: 'Transfer', args: { from: ANNA.address, to: `0x${'00'.repeat(20)}`, value: 500n } },
  ])
  const again = await done(points, STRANGER, encode.expire([ANNA.address]))
  assert.is(again.logs.length, 0)
  assert.is(await totalSupply(points), 0n)
  const many = Array.from({ length: 201 }, () => ANNA.address)
  assert.is(await attempt(points, STRANGER, encode.expire(many)), 'ServicePointsBatchOutOfRange')
})

for (const years of [1, 2, 3, 4, 9])
  test(`three ages, ${years} years later: what lapsed and what lives are the whole`, async () => {
    const points = await createPoints()
    const amounts = [100n, 20n, 3n]
    for (const amount of amounts) {
      await give(points, ANNA.address, amount)
      if (amount > 3n) advance(points.chain, { seconds: YEAR_SECONDS })
    }
    advance(points.chain, { seconds: years * YEAR_SECONDS })
    const gone = amounts.slice(0, years).reduce((sum, amount) => sum + amount, 0n)
    assert.is(await balanceOf(points, ANNA.address), 123n - gone)
    const { logs } = await done(points, STRANGER, encode.expire([ANNA.address]))
    const told = binding.decodeLogs(logs).find(({ name }) => name === 'Expired')
    assert.equal(told?.args, { account: ANNA.address, year: 2 + years, amount: gone })
    assert.equal([...(await flows(points))], [123n, 0n, gone])
  })

test('what a payee earned does not expire, and is dated anew when it reaches a citizen', async () => {
  const points = await createPoints()
  await give(points, ANNA.address, 500n)
  await done(points, ANNA.address, encode.transfer(MUSEUM, 500n))
  advance(points.chain, { seconds: 10 * YEAR_SECONDS })
  assert.is(await balanceOf(points, MUSEUM), 500n)
  await done(points, MUSEUM, encode.transfer(BORIS.address, 100n))
  const purse = await purseOf(points, BORIS.address)
  assert.equal([purse.year, purse.fresh], [10, 100n])
  assert.is(await totalSupply(points), 500n)
})

test('a payee redeems what it earned and no more; a citizen has nothing to redeem', async () => {
  const points = await createPoints()
  await give(points, ANNA.address, 500n)
  await give(points, MUSEUM, 40n)
  await done(points, ANNA.address, encode.transfer(MUSEUM, 300n))
  const citizen = encode.redeem(1n, REASON)
  assert.is(await attempt(points, ANNA.address, citizen), 'ServicePointsEarnedTooLow')
  const dated = encode.redeem(301n, REASON)
  assert.is(await attempt(points, MUSEUM, dated), 'ServicePointsEarnedTooLow')
  assert.is(await attempt(points, MUSEUM, encode.redeem(300n, ZERO_HASH)), 'ServicePointsZeroValue')
  await done(points, MUSEUM, encode.redeem(300n, REASON))
  assert.equal([...(await flows(points))], [540n, 300n, 0n])
  assert.is(await totalSupply(points), 240n)
})

test('a removed payee keeps what it earned and may redeem it', async () => {
  const points = await createPoints()
  await give(points, ANNA.address, 500n)
  await done(points, ANNA.address, encode.transfer(MUSEUM, 300n))
  const remove = encode.removePayee(MUSEUM)
  assert.is(await schedule(points, COMPLIANCE, remove), 'ok')
  advance(points.chain, { seconds: 86_400 })
  await done(points, COMPLIANCE, remove)
  const late = encode.transfer(MUSEUM, 1n)
  assert.is(await attempt(points, ANNA.address, late), 'ServicePointsOutsideLoop')
  await done(points, MUSEUM, encode.redeem(300n, REASON))
  assert.is(await totalSupply(points), 200n)
})

test('the storage stands in the namespace that ERC-7201 computes', async () => {
  const points = await createPoints()
  const outer = BigInt(keccak256(toHex('veche.storage.ServicePoints'))) - 1n
  const inner = BigInt(keccak256(encodeAbiParameters([{ type: 'uint256' }], [outer]))) & ~0xffn
  const slot: Hash = `0x${inner.toString(16).padStart(64, '0')}`
  const word = await storageWord(points.chain, points.contract, slot)
  assert.is(word & 0xff_ffff_ffffn, 1_767_225_600n)
})

test("the code behind the proxy is nobody's contract, and the proxy starts once", async () => {
  const points = await createPoints()
  const start = encode.initialize(points.access, points.releases, 0, 12, [], [])
  assert.is(await attempt(points, STRANGER, start), 'InvalidInitialization')
  const direct = { ...points, contract: points.implementation }
  assert.is(await attempt(direct, STRANGER, start), 'InvalidInitialization')
  const outcome = await act(direct, STRANGER, encode.transfer(MUSEUM, 1n))
  assert.not.ok(outcome.ok)
})

test.run()
