/**
 * What the audit of the fairs found, each seen to go through before it was mended: an application
 * that comes back after it was withdrawn, a no-show that nobody could avoid, strikes and pardons
 * that run backwards (docs/audit/services-2026-11.md).
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as fairs from './support/season.ts'

const { act, ask, revertOf, season: call, office: officeCall, STRANGER, INSPECTOR } = fairs
const world = await fairs.createFairs()
const [anna, carla, dora, emma] = ['anna', 'carla', 'dora', 'emma'].map(fairs.keyOf) as [
  fairs.Key,
  fairs.Key,
  fairs.Key,
  fairs.Key,
]

/** A season of two weekends and one stand each whose times begin now. */
const seasonOf = (times: object = {}): Promise<fairs.Season> => {
  const now = world.chain.nowSeconds
  const usual = {
    ...{ opensAt: now + 2 * fairs.DAY, closesAt: now + 4 * fairs.DAY },
    ...{ reviewUntil: now + 5 * fairs.DAY, weekendsFrom: now + 30 * fairs.DAY },
  }
  const rules = { ...usual, ...times, fairs: 1, weekends: 2, categories: 1, placesMax: 2 }
  return fairs.createOpen({ rules }, world)
}

const { encode, decode } = officeCall
const standingOf = (key: fairs.Key) =>
  ask(world, world.office, encode.standingOf(fairs.personOf(key.address)), decode.standingOf)
const tierOf = (key: fairs.Key, number: number) =>
  ask(world, world.office, encode.tierOf(fairs.personOf(key.address), number), decode.tierOf)
const numberOf = (made: fairs.Season) =>
  ask(world, world.office, encode.numberOf(made.address), decode.numberOf)

/** One applicant for both weekends, drawn. */
async function drawn(made: fairs.Season, key: fairs.Key): Promise<void> {
  await fairs.apply(made, key, [1, 2])
  await fairs.freeze(made)
  await fairs.seed(made)
  await fairs.drawAll(made, [1])
}

const missed = async (made: fairs.Season, id: number, preference: number) =>
  revertOf(await act(made, INSPECTOR, call.encode.markNoShow(id, preference)))

/** Somebody misses the first weekend of a season that ran in time. */
async function strike(made: fairs.Season, key: fairs.Key): Promise<void> {
  await drawn(made, key)
  fairs.at(made, made.rules.weekendsFrom)
  await fairs.done(made, STRANGER, call.encode.run())
  fairs.at(made, made.chain.nowSeconds + made.rules.graceSeconds)
  assert.is(await missed(made, 1, 0), 'ok')
}

test('an application that was withdrawn is not submitted again by whoever kept its signature', async () => {
  const made = await seasonOf()
  const application = fairs.applicationOf(made, anna, [1])
  const data = call.encode.submit(application, fairs.signApplication(made, anna, application), '0x')
  assert.is(revertOf(await act(made, STRANGER, data)), 'ok')
  const withdraw = fairs.signAct(made, anna, 'Withdraw', { id: 1 })
  assert.is(revertOf(await act(made, STRANGER, call.encode.withdraw(...withdraw))), 'ok')
  assert.is(revertOf(await act(made, STRANGER, data)), 'ApplicationUsed')
  // her own next one is later than that, and takes its place
  assert.is(await fairs.apply(made, anna, [2], { deadline: application.deadline + 1 }), 2)
  const shown = await fairs.shown(made, 2)
  assert.equal([shown.until, shown.reason], [0, 0], 'no time to appeal before a verdict')
})

test('nobody is missed on a weekend that was over, or nearly, before the season ran', async () => {
  const made = await seasonOf()
  await drawn(made, anna)
  const { weekendsFrom, weekendSeconds, weekendEverySeconds, graceSeconds } = made.rules
  fairs.at(made, weekendsFrom + weekendSeconds - graceSeconds)
  await fairs.done(made, STRANGER, call.encode.run())
  for (const seconds of [0, graceSeconds, fairs.DAY]) {
    fairs.at(made, made.chain.nowSeconds + seconds)
    assert.is(await missed(made, 1, 0), 'WrongPlace')
  }
  fairs.at(made, weekendsFrom + weekendEverySeconds + graceSeconds - 1)
  assert.is(await missed(made, 1, 1), 'TooEarly')
  fairs.at(made, weekendsFrom + weekendEverySeconds + graceSeconds)
  assert.is(await missed(made, 1, 1), 'ok')
})

test('a season that runs late gives the whole time of grace from then on', async () => {
  const made = await seasonOf()
  await drawn(made, anna)
  fairs.at(made, made.rules.weekendsFrom + made.rules.graceSeconds + 1)
  await fairs.done(made, STRANGER, call.encode.run())
  assert.is(await missed(made, 1, 0), 'TooEarly')
  fairs.at(made, made.chain.nowSeconds + made.rules.graceSeconds)
  assert.is(await missed(made, 1, 0), 'ok')
})

test('14: a strike in an older season does not set the clock of decay back', async () => {
  const start = world.chain.nowSeconds
  const older = await seasonOf({
    closesAt: start + 6 * fairs.DAY,
    reviewUntil: start + 7 * fairs.DAY,
  })
  const newer = await seasonOf()
  const number = await numberOf(newer)
  for (const made of [older, newer]) await fairs.apply(made, carla, [1, 2])
  fairs.at(newer, start + 6 * fairs.DAY)
  for (const made of [older, newer]) await fairs.done(made, STRANGER, call.encode.close())
  for (const made of [older, newer]) await fairs.freeze(made)
  for (const made of [older, newer]) {
    await fairs.seed(made)
    await fairs.drawAll(made, [1])
  }
  fairs.at(older, older.rules.weekendsFrom)
  await fairs.done(older, STRANGER, call.encode.run())
  fairs.at(newer, newer.rules.weekendsFrom)
  await fairs.done(newer, STRANGER, call.encode.run())
  fairs.at(newer, newer.chain.nowSeconds + newer.rules.graceSeconds)
  assert.is(await missed(newer, 1, 0), 'ok')
  const { weekendsFrom, weekendEverySeconds, graceSeconds } = older.rules
  fairs.at(older, weekendsFrom + weekendEverySeconds + graceSeconds)
  assert.is(await missed(older, 1, 1), 'ok')
  assert.equal({ ...(await standingOf(carla)) }, { strikes: 2, season: number })
  assert.equal([await tierOf(carla, number + 1), await tierOf(carla, number + 2)], [1, 0])
})

test('14: a pardon that is kept for later takes no newer strike back', async () => {
  const first = await seasonOf()
  await strike(first, dora)
  const appeal = fairs.signAct(first, dora, 'AppealNoShow', { id: 1, preference: 0 })
  await fairs.done(first, STRANGER, call.encode.appealNoShow(...appeal))
  for (const _ of [1, 2]) await fairs.createDraft(world)
  const later = await seasonOf()
  await strike(later, dora)
  const number = await numberOf(later)
  assert.equal({ ...(await standingOf(dora)) }, { strikes: 1, season: number }, 'decayed, and one')
  await fairs.done(first, STRANGER, call.encode.upholdBySilence(1, 0))
  assert.equal({ ...(await standingOf(dora)) }, { strikes: 1, season: number })
})

test('14: a pardon in time takes the strike back, also after one in the next season', async () => {
  const first = await seasonOf()
  await strike(first, emma)
  const appeal = fairs.signAct(first, emma, 'AppealNoShow', { id: 1, preference: 0 })
  await fairs.done(first, STRANGER, call.encode.appealNoShow(...appeal))
  const next = await seasonOf()
  await strike(next, emma)
  assert.is((await standingOf(emma)).strikes, 2)
  await fairs.done(first, STRANGER, call.encode.upholdBySilence(1, 0))
  assert.is((await standingOf(emma)).strikes, 1)
})

test.run()
