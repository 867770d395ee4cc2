/**
 * FairSeason through our own executor: random seasons from the first application to the settlement,
 * with people who try what they may not. After each command the invariants of services.md
 * (FairAllocation) that the state shows; at the end the reference, which is written apart from the
 * contract, re-derives the season from its events and must find nothing. 10 is about deferred
 * acceptance, which the contract does not have.
 */
import { FAIR_OFFICE_ADDRESS } from '@veche/contracts'
import {
  auditSeason,
  fairOffice,
  fairSeason,
  remainingDraw,
  secretCommitment,
} from '@veche/contracts/fairs'
import { type Address, type Hash, type Hex, keccakHex, utf8ToBytes } from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  ARBITER,
  actOf,
  ask,
  auditOf,
  call,
  createFairCity,
  DAY,
  done,
  type FairSeasonWorld,
  HOUR,
  INSPECTOR,
  members,
  openSeason,
  RELAYER,
  REVIEWER,
  signAsGroup,
  submission,
  TRADERS,
} from '../support/fair-world.ts'

const RUNS = 6
const SLOTS = 8
const { encode, decode } = fairSeason
const city = await createFairCity()
const answers = new Map<string, number>()

const aWish = fc.record({
  trader: fc.nat(TRADERS.length - 1),
  stands: fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
  category: fc.constantFrom(0, 0, 1),
  before: fc.constantFrom('nothing', 'nothing', 'withdraw', 'steal', 'twice'),
})
const aPick = { id: fc.integer({ min: 1, max: 8 }), nth: fc.nat(3) }
const aCommand = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('decline', 'accept'), ...aPick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('lapse', 'check-in'), ...aPick }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('no-show', 'appeal'), ...aPick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('uphold', 'reject'), ...aPick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('promote'), ...aPick }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('hours', 'days'), ...aPick }) },
)
const aSeason = fc.record({
  mechanism: fc.nat(3),
  placesMax: fc.constantFrom(1, 2, 2),
  overflowMax: fc.nat(2),
  capacities: fc.array(fc.constantFrom(0, 1, 1, 2), { minLength: SLOTS, maxLength: SLOTS }),
  wishes: fc.array(aWish, { minLength: 5, maxLength: 10 }),
  verdicts: fc.array(
    fc.record({
      id: aPick.id,
      code: fc.nat(2),
      appeals: fc.boolean(),
      upheld: fc.constantFrom(true, false, undefined),
    }),
    { maxLength: 4 },
  ),
  reveals: fc.array(fc.boolean(), { minLength: 2, maxLength: 2 }),
  batch: fc.integer({ min: 1, max: 5 }),
  commands: fc.array(aCommand, { minLength: 10, maxLength: 24 }),
})
type Plan = typeof aSeason extends fc.Arbitrary<infer T> ? T : never

async function tell(world: FairSeasonWorld, from: Address, data: Hex): Promise<string> {
  const answer = await call(world, from, data)
  answers.set(answer, (answers.get(answer) ?? 0) + 1)
  return answer
}

const shown = (world: FairSeasonWorld, id: number) => {
  const data = fairOffice.encode.applicationOf(world.address, id)
  return ask(world, data, fairOffice.decode.applicationOf, FAIR_OFFICE_ADDRESS)
}

async function countOf(world: FairSeasonWorld): Promise<readonly [number, number]> {
  const [applied, eligible] = await ask(world, encode.counts(), decode.counts)
  return [applied, eligible]
}

/** 1, 2, 7, 8, 13, 14 as the state shows them. */
async function checkState(world: FairSeasonWorld, holders: Map<number, Address>): Promise<void> {
  const [applied] = await countOf(world)
  const taken = new Array<number>(SLOTS).fill(0)
  const people = new Set<Hash>()
  for (let id = 1; id <= applied; id++) {
    const one = await shown(world, id)
    const isLive = one.status !== 6
    assert.not.ok(isLive && people.has(one.person), '2: one live application each')
    if (isLive) people.add(one.person)
    if (isLive) assert.is(holders.get(id) ?? one.applicant, one.applicant, '13: for ever')
    if (isLive) holders.set(id, one.applicant)
    assert.ok(one.tier <= 3, '14: bounded')
    const weekends: number[] = []
    for (const [i, state] of one.states.entries()) {
      if (![1, 2, 5].includes(state)) continue
      const stand = Number((one.preferences >> BigInt(16 * i)) & 0xffffn)
      const category = one.overflowPreference === i + 1 ? one.overflowCategory : one.category
      const slot = (stand - 1) * 2 + category
      taken[slot] = (taken[slot] ?? 0) + 1
      weekends.push(stand > 2 ? 1 : 0)
    }
    assert.is(new Set(weekends).size, weekends.length, '8: one place a weekend')
    assert.is(weekends.length, one.places)
    assert.ok(one.places <= one.wanted && one.wanted <= world.rules.placesMax)
  }
  for (let slot = 0; slot < SLOTS; slot++) {
    const left = await ask(world, encode.leftOf(slot), decode.leftOf)
    assert.is((taken[slot] ?? 0) + left, world.capacities[slot], '7: given and left')
  }
  const [rulesHash] = await ask(world, encode.rules(), decode.rules)
  const fixed = world.log.find(({ name }) => name === 'RulesFixed')
  assert.ok(fixed?.name === 'RulesFixed' && fixed.args.rulesHash === rulesHash, '1')
}

async function applyAll(world: FairSeasonWorld, plan: Plan): Promise<void> {
  const sent = new Map<number, Hex>()
  for (const { trader, before, ...wish } of plan.wishes) {
    const by = TRADERS[trader] as Address
    // the next application's deadline is later than those before
    world.chain.nowSeconds++
    const id = await ask(world, encode.idOf(`0x${by.slice(2).padStart(64, '0')}`), decode.idOf)
    if (before === 'withdraw' && id !== 0) {
      const act = await actOf(world, 'Withdraw', { by, id })
      assert.is(await tell(world, RELAYER, encode.withdraw(...act)), 'ok')
      const old = sent.get(trader) as Hex
      assert.is(await tell(world, RELAYER, old), 'ApplicationUsed', '2: a withdrawn one comes back')
    }
    if (before === 'steal' && id !== 0) {
      const thief = TRADERS[(trader + 1) % TRADERS.length] as Address
      const theft = await actOf(world, 'Withdraw', { by: thief, id })
      assert.is(await tell(world, RELAYER, encode.withdraw(...theft)), 'SignatureInvalid')
    }
    const data = await submission(world, by, wish)
    const first = await tell(world, RELAYER, data)
    if (first === 'ok') sent.set(trader, data)
    if (before === 'twice' || first !== 'ok')
      assert.is(await tell(world, RELAYER, data), 'AlreadyApplied', '2')
  }
  world.chain.nowSeconds = world.rules.closesAt
  const late = await submission(world, TRADERS[0] as Address, { stands: [1], category: 0 })
  assert.is(await tell(world, RELAYER, late), 'TooLate', '3')
  await done(world, RELAYER, encode.close())
}

async function review(world: FairSeasonWorld, plan: Plan, keys: Map<number, Address>) {
  for (const { id, code, appeals, upheld } of plan.verdicts) {
    await tell(world, REVIEWER, encode.review([{ id, code }]))
    const by = keys.get(id)
    if (!appeals || by === undefined) continue
    const appeal = await actOf(world, 'AppealRefusal', { by, id })
    const answer = await tell(world, RELAYER, encode.appeal(...appeal))
    if (answer === 'ok' && upheld !== undefined)
      await tell(world, ARBITER, encode.decideAppeal(id, upheld))
  }
}

async function freezeAndSeed(world: FairSeasonWorld, plan: Plan): Promise<void> {
  const secrets = members().map((_, i) => keccakHex(utf8ToBytes(`${world.address} ${i}`)))
  for (const [i, member] of members().entries()) {
    const commitment = secretCommitment(world.address, member, secrets[i] as Hash)
    await done(world, member, encode.commitSecret(commitment))
  }
  world.chain.nowSeconds = world.rules.reviewUntil + 2 * world.rules.appealSeconds
  await done(world, RELAYER, encode.freeze())
  const [applied, eligible] = await countOf(world)
  let counted = 0
  for (let id = 1; id <= applied; id++)
    if ([1, 2, 4].includes((await shown(world, id)).status)) counted++
  assert.is(eligible, counted, '4: eligible are counted')
  await done(world, RELAYER, encode.captureFreezeBlock())
  for (const [i, member] of members().entries())
    if (plan.reveals[i]) await done(world, RELAYER, encode.revealSecret(member, secrets[i] as Hash))
  world.chain.nowSeconds += world.rules.revealSeconds
  const [groupKey] = [world.log.find(({ name }) => name === 'RulesFrozen')]
  assert.ok(groupKey?.name === 'RulesFrozen')
  const key = groupKey.args.beacon.groupKey
  const wrong = signAsGroup(world, keccakHex(utf8ToBytes('another message')))
  assert.is(await tell(world, RELAYER, encode.submitSeed(key, wrong)), 'BlsInvalid', '5')
  const message = await ask(world, encode.seedMessage(), decode.seedMessage)
  await done(world, RELAYER, encode.submitSeed(key, signAsGroup(world, message)))
  assert.is(await tell(world, RELAYER, encode.submitSeed(key, wrong)), 'WrongStage', '5')
}

const pack = (ids: readonly number[]): Hex =>
  `0x${ids.map((id) => id.toString(16).padStart(8, '0')).join('')}`

async function drawAll(world: FairSeasonWorld, batch: number): Promise<void> {
  for (;;) {
    const [next] = remainingDraw(world.log, auditOf(world))
    if (next === undefined) break
    const ids = next.ids.slice(0, batch)
    const backwards = [...ids].reverse()
    if (ids.length > 1)
      assert.is(await tell(world, RELAYER, encode.draw(pack(backwards))), 'OutOfOrder', '6')
    await done(world, RELAYER, encode.draw(pack(ids)))
    const again = ids.at(-1)
    const more = remainingDraw(world.log, auditOf(world))[0]
    if (again !== undefined && more?.pass === next.pass)
      assert.is(await tell(world, RELAYER, encode.draw(pack([again]))), 'OutOfOrder', '6')
  }
}

async function step(
  world: FairSeasonWorld,
  command: Plan['commands'][number],
  keys: Map<number, Address>,
) {
  const { kind, id, nth: preference } = command
  const by = keys.get(id) ?? (TRADERS[0] as Address)
  const place = { by, id, preference }
  const relay = (data: Hex) => tell(world, RELAYER, data)
  if (kind === 'hours') world.chain.nowSeconds += preference * 3 * HOUR
  else if (kind === 'days') world.chain.nowSeconds += preference * 3 * DAY
  else if (kind === 'promote') await relay(encode.promote(id - 1, preference + 1))
  else if (kind === 'decline')
    await relay(encode.decline(...(await actOf(world, 'Decline', place))))
  else if (kind === 'accept') await relay(encode.accept(...(await actOf(world, 'Accept', place))))
  else if (kind === 'lapse') await relay(encode.lapse(id, preference))
  else if (kind === 'check-in') {
    const act = await actOf(world, 'CheckIn', place)
    assert.is(await relay(encode.checkIn(...act)), 'Unauthorized')
    await tell(world, INSPECTOR, encode.checkIn(...act))
  } else if (kind === 'no-show') await tell(world, INSPECTOR, encode.markNoShow(id, preference))
  else if (kind === 'appeal')
    await relay(encode.appealNoShow(...(await actOf(world, 'AppealNoShow', place))))
  else if (kind === 'uphold') await relay(encode.upholdBySilence(id, preference))
  else await tell(world, ARBITER, encode.decideNoShow(id, preference, false))
}

async function runSeason(plan: Plan): Promise<void> {
  const world = await openSeason(city, plan)
  const keys = new Map<number, Address>()
  await applyAll(world, plan)
  await checkState(world, keys)
  await review(world, plan, keys)
  await freezeAndSeed(world, plan)
  await drawAll(world, plan.batch)
  await checkState(world, keys)
  for (const [i, command] of plan.commands.entries()) {
    await step(world, command, keys)
    if (world.chain.nowSeconds >= world.rules.weekendsFrom && i % 3 === 0)
      await tell(world, RELAYER, encode.run())
    if (i % 4 === 3) await checkState(world, keys)
  }
  world.chain.nowSeconds = Math.max(world.chain.nowSeconds, world.rules.weekendsFrom + 12 * DAY)
  await tell(world, RELAYER, encode.run())
  await done(world, RELAYER, encode.settle())
  await checkState(world, keys)
  const audit = auditSeason(world.log, auditOf(world))
  assert.equal(audit.differences, [], '6, 9, 11, 12, 14, 15: the reference finds nothing')
  assert.is(audit.stage, 'settled')
}

test('invariants 1–9 and 11–15 hold in random seasons, and the reference re-derives each', async () => {
  await fc.assert(fc.asyncProperty(aSeason, runSeason), {
    numRuns: RUNS,
    endOnFailure: true,
    seed: 4,
  })
})

test('the random seasons met acts that succeed and refusals of many kinds', () => {
  assert.ok((answers.get('ok') ?? 0) > 30)
  assert.ok(answers.size >= 8, [...answers.keys()].join())
})

test.run()
