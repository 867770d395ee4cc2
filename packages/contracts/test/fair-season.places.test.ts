/** Weekends: check-in, no-show, its appeal, the standing of the next season, settlement. */
import { keccakHex, utf8ToBytes } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as fairs from './support/season.ts'

const { act, ask, revertOf, season: call, office: officeCall, STRANGER, INSPECTOR, ARBITER } = fairs
const keys = Array.from({ length: 4 }, (_, i) => fairs.keyOf(`trader ${i}`))
const keyOf = (id: number): fairs.Key => keys[id - 1] as fairs.Key
const personOf = (id: number) => fairs.personOf(keyOf(id).address)
const made = await fairs.createOpen({ rules: { fairs: 2, weekends: 3 }, capacities: 1 })
const tried = async (data: `0x${string}`, from = STRANGER) => revertOf(await act(made, from, data))
const strikes = async (id: number) =>
  (
    await ask(
      made,
      made.office,
      officeCall.encode.standingOf(personOf(id)),
      officeCall.decode.standingOf,
    )
  ).strikes
const tier = (id: number, number: number) =>
  ask(made, made.office, officeCall.encode.tierOf(personOf(id), number), officeCall.decode.tierOf)

/** The preference of a weekend that is held. */
async function heldOn(id: number, weekend: number): Promise<fairs.Held> {
  const held = await fairs.heldPlaces(made, 4)
  const found = held.find((one) => one.id === id && one.weekend === weekend)
  assert.ok(found !== undefined, `a place of ${id} on weekend ${weekend}`)
  return found as fairs.Held
}

test('a season comes to its weekends', async () => {
  // 1 and 2 on stands of their own, 3 waits for the stands of 1
  await fairs.apply(made, keyOf(1), [1, 3])
  await fairs.apply(made, keyOf(2), [2, 4])
  await fairs.freeze(made)
  await fairs.seed(made)
  await fairs.drawAll(made, [1, 2])
  assert.is((await fairs.heldPlaces(made, 2)).length, 4)
  assert.is(await tried(call.encode.run()), 'TooEarly')
  const [one] = await fairs.heldPlaces(made, 2)
  const early = fairs.signAct(made, keyOf(1), 'CheckIn', (one as fairs.Held).act)
  assert.is(await tried(call.encode.checkIn(...early), INSPECTOR), 'WrongStage')
  fairs.at(made, made.rules.weekendsFrom)
  assert.is(await tried(call.encode.run()), 'ok')
})

test('check-in takes an inspector and the applicant, both, on the day', async () => {
  const { act: first } = await heldOn(1, 0)
  const { act: later } = await heldOn(1, 1)
  const signed = fairs.signAct(made, keyOf(1), 'CheckIn', first)
  assert.is(await tried(call.encode.checkIn(...signed), STRANGER), 'Unauthorized')
  const alone = fairs.signAct(made, keyOf(2), 'CheckIn', first)
  assert.is(await tried(call.encode.checkIn(...alone), INSPECTOR), 'SignatureInvalid')
  const stale = fairs.signAct(made, keyOf(1), 'CheckIn', {
    ...first,
    deadline: made.chain.nowSeconds + 2 * fairs.HOUR,
  })
  assert.is(await tried(call.encode.checkIn(...stale), INSPECTOR), 'TooEarly')
  const next = fairs.signAct(made, keyOf(1), 'CheckIn', later)
  assert.is(await tried(call.encode.checkIn(...next), INSPECTOR), 'TooEarly')
  assert.is(await tried(call.encode.checkIn(...signed), INSPECTOR), 'ok')
  assert.is(await tried(call.encode.checkIn(...signed), INSPECTOR), 'WrongPlace')
  const back = fairs.signAct(made, keyOf(1), 'Decline', first)
  assert.is(await tried(call.encode.decline(...back)), 'WrongPlace')
  assert.is(await tried(call.encode.markNoShow(1, first.preference), INSPECTOR), 'WrongPlace')
})

test('a no-show is said by an inspector alone, after the time of grace', async () => {
  const { act: first } = await heldOn(2, 0)
  assert.is(await tried(call.encode.markNoShow(2, first.preference), INSPECTOR), 'TooEarly')
  fairs.at(made, made.rules.weekendsFrom + made.rules.graceSeconds)
  const decline = fairs.signAct(made, keyOf(2), 'Decline', first)
  assert.is(await tried(call.encode.decline(...decline)), 'TooLate')
  for (const who of [STRANGER, fairs.ORGANISER, fairs.REVIEWER])
    assert.is(await tried(call.encode.markNoShow(2, first.preference), who), 'Unauthorized')
  assert.is(await tried(call.encode.markNoShow(2, first.preference), INSPECTOR), 'ok')
  assert.is(await strikes(2), 1)
  assert.is(await tier(2, 2), 0)
})

test('14: two no-shows cost a tier in the next season, which decays; never in this one', async () => {
  const { act: second } = await heldOn(2, 1)
  fairs.at(made, made.rules.weekendsFrom + 8 * fairs.DAY)
  assert.is(await tried(call.encode.markNoShow(2, second.preference), INSPECTOR), 'ok')
  assert.equal([await tier(2, 1), await tier(2, 2), await tier(2, 3)], [0, 1, 0])
})

test('14: an upheld appeal takes the strike back; silence upholds, and the city cannot decide late', async () => {
  const [, one] = [0, await fairs.shown(made, 2)]
  const first = one.states.indexOf(6)
  const second = one.states.lastIndexOf(6)
  const note = keccakHex(utf8ToBytes('grounds'))
  const late = fairs.signAct(made, keyOf(2), 'AppealNoShow', { id: 2, preference: first, note })
  assert.is(await tried(call.encode.appealNoShow(...late)), 'TooLate')
  const foreign = fairs.signAct(made, keyOf(1), 'AppealNoShow', { id: 2, preference: second, note })
  assert.is(await tried(call.encode.appealNoShow(...foreign)), 'SignatureInvalid')
  assert.is(await tried(call.encode.decideNoShow(2, second, false), ARBITER), 'WrongPlace')
  const signed = fairs.signAct(made, keyOf(2), 'AppealNoShow', { id: 2, preference: second, note })
  assert.is(await tried(call.encode.appealNoShow(...signed)), 'ok')
  assert.is(await tried(call.encode.appealNoShow(...signed)), 'WrongPlace')
  assert.is(await tried(call.encode.decideNoShow(2, second, false), INSPECTOR), 'Unauthorized')
  assert.is(await tried(call.encode.upholdBySilence(2, second)), 'TooEarly')
  fairs.at(made, made.chain.nowSeconds + made.rules.appealSeconds)
  assert.is(await tried(call.encode.decideNoShow(2, second, false), ARBITER), 'TooLate')
  assert.is(await tried(call.encode.upholdBySilence(2, second)), 'ok')
  assert.is(await tried(call.encode.upholdBySilence(2, second)), 'WrongPlace')
  assert.equal([await strikes(2), await tier(2, 2)], [1, 0])
})

test('14: strikes are counted by seasons of the office alone', async () => {
  for (const who of [STRANGER, fairs.CITY, INSPECTOR]) {
    const strike = await act(made, who, officeCall.encode.strike(personOf(1)), made.office)
    assert.is(revertOf(strike), 'NotSeason')
    const pardon = await act(made, who, officeCall.encode.pardon(personOf(1)), made.office)
    assert.is(revertOf(pardon), 'NotSeason')
  }
})

test('a season is settled after its last weekend, with the metric that the places give', async () => {
  assert.is(await tried(call.encode.settle()), 'TooEarly')
  fairs.at(made, made.rules.weekendsFrom + 16 * fairs.DAY + made.rules.appealSeconds)
  const outcome = await act(made, STRANGER, call.encode.settle())
  const event = call.decodeLogs(outcome.logs).find(({ name }) => name === 'Settled')
  assert.ok(event?.name === 'Settled')
  // one has two places, the other lost both: nothing against two of two
  assert.equal(
    { ...event.args.metrics },
    { eligible: 2, nothing: 1, places: 2, envyFreePpm: 500_000, giniPpm: 500_000 },
  )
  assert.is(await tried(call.encode.settle()), 'WrongStage')
})

test('who accepts an offer on the day itself has the time of grace from then on', async () => {
  const now = made.chain.nowSeconds
  const times = {
    ...{ opensAt: now + 2 * fairs.DAY, closesAt: now + 3 * fairs.DAY },
    ...{ reviewUntil: now + 4 * fairs.DAY, weekendsFrom: now + 30 * fairs.DAY },
  }
  const own = await fairs.createOpen({ rules: { ...times, fairs: 1, weekends: 2 } }, made)
  for (const id of [1, 2]) await fairs.apply(own, keyOf(id), [1])
  await fairs.freeze(own)
  await fairs.seed(own)
  await fairs.drawAll(own, [1, 2])
  const [first] = (await fairs.heldPlaces(own, 2)) as [fairs.Held]
  const other = { id: 3 - first.id, preference: 0 }
  fairs.at(own, own.rules.weekendsFrom)
  await fairs.done(own, STRANGER, call.encode.run())
  fairs.at(own, own.rules.weekendsFrom + own.rules.graceSeconds)
  const marked = (id: number) => act(own, INSPECTOR, call.encode.markNoShow(id, 0)).then(revertOf)
  assert.is(await marked(first.id), 'ok')
  assert.is((await fairs.shown(own, other.id)).states[0], 2)
  const accept = fairs.signAct(own, keyOf(other.id), 'Accept', other)
  await fairs.done(own, STRANGER, call.encode.accept(...accept))
  assert.is(await marked(other.id), 'TooEarly')
  fairs.at(own, own.chain.nowSeconds + own.rules.graceSeconds)
  assert.is(await marked(other.id), 'ok')
})

test.run()
