/** The office of the fairs: seasons of registered code, rules in public, and who may stop what. */
import { type Address, keccakHex, utf8ToBytes, ZERO_HASH } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { g2Words } from '../src/fairs/bls.ts'
import { acceptanceMessage, rulesHash, type SeasonRules } from '../src/fairs/season.ts'
import { cityAccess } from '../src/index.ts'
import { deploy } from './support/chain.ts'
import * as fairs from './support/season.ts'

const { act, ask, office, revertOf, season: call, ORGANISER, OBSERVER, STRANGER } = fairs
const world = await fairs.createFairs()
const title = keccakHex(utf8ToBytes('spring'))
const reason = keccakHex(utf8ToBytes('a reason'))
const tried = async (from: Address, data: `0x${string}`, to = world.office) =>
  revertOf(await act(world, from, data, to))

/** What freezeRules answers to changed rules or beacon. */
async function frozenWith(made: fairs.Season, change: Partial<SeasonRules>, beacon = {}) {
  const rules = { ...made.rules, ...change }
  const full = { ...fairs.beaconOf(made.group), ...beacon }
  const place = { chainId: fairs.CHAIN_ID, season: made.address }
  const acceptance = fairs.signAsGroup(made.group, acceptanceMessage(place, rulesHash(rules, full)))
  const outcome = await act(
    world,
    ORGANISER,
    office.encode.freezeRules(made.address, rules, full, acceptance),
    world.office,
  )
  if (outcome.ok) return 'ok'
  return call.decodeError(outcome.returned).text
}

test('the organiser alone makes seasons, each a clone that is initialised and numbered', async () => {
  assert.is(await tried(STRANGER, office.encode.createSeason(title)), 'AccessManagedUnauthorized')
  const made = await fairs.createDraft(world)
  const [from, number] = await ask(world, made.address, call.encode.office(), call.decode.office)
  assert.equal([from.toLowerCase(), number], [world.office, 1])
  assert.is(await tried(STRANGER, call.encode.initialize(9), made.address), 'Unauthorized')
  assert.is(await tried(STRANGER, call.encode.initialize(9), world.code), 'WrongStage')
})

test('a foreign season gets no rules', async () => {
  const made = await fairs.createDraft(world)
  const outcome = await act(
    world,
    ORGANISER,
    fairs.freezeCall({ ...made, address: STRANGER }),
    world.office,
  )
  assert.is(revertOf(outcome), 'NotSeason')
})

test('rules that break a line are refused, with its number', async () => {
  const made = await fairs.createDraft(world)
  const { rules } = made
  const cases: readonly (readonly [number, Partial<SeasonRules>])[] = [
    [1, { weekends: 0 }],
    [2, { categories: 16 }],
    [3, { weekends: 255, fairs: 65_535 }],
    [4, { preferencesMax: 9 }],
    [5, { placesMax: 5 }],
    [6, { placesMax: 3 }],
    [7, { overflowMax: 1 }],
    [8, { fairs: 30 }],
    [9, { capacitiesHash: ZERO_HASH }],
    [10, { opensAt: world.chain.nowSeconds + fairs.DAY - 1 }],
    [11, { closesAt: rules.opensAt }],
    [12, { reviewUntil: rules.closesAt }],
    [13, { appealSeconds: 2 * fairs.DAY - 1 }],
    [14, { offerSeconds: 0 }],
    [15, { weekendsFrom: rules.reviewUntil }],
    [16, { weekendEverySeconds: 1 }],
    [17, { graceSeconds: rules.weekendSeconds }],
  ]
  for (const [line, change] of cases)
    assert.match(await frozenWith(made, change), `RulesInvalid(line ${line})`)
  const [first, second] = fairs.beaconOf(made.group).members as [Address, Address]
  assert.match(await frozenWith(made, {}, { members: [first, second] }), 'RulesInvalid(line 20)')
  assert.match(await frozenWith(made, {}, { threshold: 1 }), 'RulesInvalid(line 21)')
  assert.match(await frozenWith(made, {}, { threshold: 4 }), 'RulesInvalid(line 21)')
  const twice = { members: [first, first, second] }
  assert.match(await frozenWith(made, {}, twice), 'RulesInvalid(line 22)')
})

test('a beacon whose group did not accept the rules is refused', async () => {
  const made = await fairs.createDraft(world)
  const other = { groupKey: g2Words(fairs.createGroup('other').groupKey) }
  assert.match(await frozenWith(made, {}, other), 'AcceptanceInvalid')
  const none = { groupKey: new Array<typeof ZERO_HASH>(8).fill(ZERO_HASH) }
  assert.match(await frozenWith(made, {}, none), 'AcceptanceInvalid')
  assert.is(await frozenWith(made, {}), 'ok')
  const shown = await ask(
    world,
    world.office,
    office.encode.rulesOf(made.address),
    office.decode.rulesOf,
  )
  const packed = { ...made.rules, capacitiesHash: ZERO_HASH }
  assert.equal({ ...shown, attester: shown.attester.toLowerCase() }, packed)
})

test('an observer stops a season before it opens, not afterwards; the organiser waits three days', async () => {
  const now = world.chain.nowSeconds
  const made = await fairs.createDraft(world)
  await fairs.done(world, ORGANISER, fairs.freezeCall(made), world.office)
  const objection = office.encode.objectToSeason(made.address, reason)
  assert.is(await tried(ORGANISER, objection), 'AccessManagedUnauthorized')
  const cancel = office.encode.cancelSeason(made.address, reason)
  assert.is(await tried(ORGANISER, cancel), 'AccessManagerNotScheduled')
  assert.is(await tried(ORGANISER, call.encode.cancel(reason), made.address), 'Unauthorized')
  const schedule = cityAccess.encode.schedule(world.office, cancel, 0)
  await fairs.done(world, ORGANISER, schedule, world.access)
  assert.is(await tried(ORGANISER, cancel), 'AccessManagerNotReady')
  fairs.at(world, now + 3 * fairs.DAY)
  await fairs.done(world, STRANGER, call.encode.open(), made.address)
  assert.is(await tried(OBSERVER, objection), 'WrongStage')
  assert.is(await tried(ORGANISER, cancel), 'ok')
  const stage = await ask(world, made.address, call.encode.stage(), call.decode.stage)
  assert.is(stage, 11)
})

test('an observer voids a scheduled cancellation', async () => {
  const rules = shifted(world.chain.nowSeconds)
  const made = await fairs.createDraft(world, { rules })
  const cancel = office.encode.cancelSeason(made.address, reason)
  const schedule = cityAccess.encode.schedule(world.office, cancel, 0)
  await fairs.done(world, ORGANISER, schedule, world.access)
  const stop = cityAccess.encode.cancel(ORGANISER, world.office, cancel)
  await fairs.done(world, OBSERVER, stop, world.access)
  fairs.at(world, world.chain.nowSeconds + 3 * fairs.DAY)
  assert.is(await tried(ORGANISER, cancel), 'AccessManagerNotScheduled')
})

const shifted = (now: number) => ({
  ...{ opensAt: now + 2 * fairs.DAY, closesAt: now + 3 * fairs.DAY },
  ...{ reviewUntil: now + 4 * fairs.DAY, weekendsFrom: now + 30 * fairs.DAY },
})

test('nobody cancels a season because of how the draw came out', async () => {
  const made = await fairs.createOpen({ rules: shifted(world.chain.nowSeconds) }, world)
  await fairs.apply(made, fairs.keyOf('anna'), [1])
  await fairs.freeze(made)
  const cancel = office.encode.cancelSeason(made.address, reason)
  await fairs.done(
    world,
    ORGANISER,
    cityAccess.encode.schedule(world.office, cancel, 0),
    world.access,
  )
  await fairs.seed(made)
  fairs.at(world, world.chain.nowSeconds + 3 * fairs.DAY)
  assert.is(await tried(ORGANISER, cancel), 'WrongStage')
})

test('AccessManager 5: code of seasons that nobody registered is refused', async () => {
  const { address } = await deploy(world.chain, '0x600160005260016000f3')
  const set = office.encode.setSeasonImplementation(address)
  assert.is(await tried(fairs.UPGRADER, set), 'AccessManagerNotScheduled')
  const schedule = cityAccess.encode.schedule(world.office, set, 0)
  await fairs.done(world, fairs.UPGRADER, schedule, world.access)
  fairs.at(world, world.chain.nowSeconds + 7 * fairs.DAY)
  assert.is(await tried(fairs.UPGRADER, set), 'CodeNotRegistered')
})

test.run()
