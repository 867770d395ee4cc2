/** The draw and the waiting list: what an office or an applicant may try to win by. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { slotCount, unpackPreferences } from '../src/fairs/season.ts'
import * as fairs from './support/season.ts'

const { act, ask, revertOf, season: call, STRANGER, packIds } = fairs
const keys = Array.from({ length: 9 }, (_, i) => fairs.keyOf(`trader ${i}`))
const keyOf = (id: number): fairs.Key => keys[id - 1] as fairs.Key
/** everybody wants the same two stands, one a weekend, of one place each for his category */
const made = await fairs.createOpen({ rules: { fairs: 1 }, capacities: [2, 1, 2, 1] })
const tried = async (data: `0x${string}`, from = STRANGER) => revertOf(await act(made, from, data))
const draw = (...ids: number[]) => tried(call.encode.draw(packIds(ids)))
let order: number[] = []

test('nothing is drawn before the seed', async () => {
  for (const [i, key] of keys.entries())
    await fairs.apply(made, key, i === 8 ? [2] : [1, 2], { category: i === 7 ? 1 : 0 })
  assert.is(await draw(1), 'WrongStage')
  fairs.at(made, made.rules.closesAt)
  await fairs.done(made, STRANGER, call.encode.close())
  await fairs.done(made, fairs.REVIEWER, call.encode.review([{ id: 5, code: 2 }]))
  await fairs.freeze(made)
  assert.is(await draw(1), 'WrongStage')
  await fairs.seed(made)
  order = await fairs.orderOf(made, [1, 2, 3, 4, 6, 7, 8, 9])
})

test('6: the office cannot reorder the queue, repeat or put in anybody', async () => {
  const [a, b, c] = order as [number, number, number]
  assert.is(await draw(b, a), 'OutOfOrder')
  assert.is(await draw(a, a), 'OutOfOrder')
  assert.is(await draw(a, 5), 'NotInPass')
  assert.is(await draw(a, 99), 'NotInPass')
  assert.is(await tried(call.encode.draw('0x000000')), 'BatchInvalid')
  assert.is(await tried(call.encode.draw('0x')), 'BatchInvalid')
  assert.is(await draw(a, b), 'ok')
  assert.is(await draw(b), 'OutOfOrder')
  assert.is(await draw(a, c), 'OutOfOrder')
})

test('6: an eligible application that was passed over keeps the pass open for ever', async () => {
  const before = await ask(made, made.address, call.encode.drawState(), call.decode.drawState)
  const rest = order.slice(3)
  // the third is left out: the others fit, but the pass does not end
  const state = await fairs.onCopy(made, async () => {
    assert.is(await draw(...rest), 'ok')
    assert.is(await draw(order[2] as number), 'OutOfOrder')
    return ask(made, made.address, call.encode.drawState(), call.decode.drawState)
  })
  assert.is(state.pass, 1)
  assert.is(state.processed, state.expected - 1)
  assert.is(before.processed, 2)
})

test('places are given to the last pass in order; 8: one a weekend; second places come after first ones', async () => {
  assert.is(await draw(...order.slice(2)), 'ok')
  const state = await ask(made, made.address, call.encode.drawState(), call.decode.drawState)
  assert.is(state.pass, 2)
  const served = await fairs.heldPlaces(made, 9)
  const live = order.filter((id) => served.some((one) => one.id === id && id !== 9))
  // whoever has nothing is not in the second pass
  const without = order.find((id) => !served.some((one) => one.id === id))
  if (without !== undefined) assert.is(await draw(without), 'NotInPass')
  assert.is(await draw(...live), 'ok')
  const held = await fairs.heldPlaces(made, 9)
  for (const { id } of held) {
    const own = held.filter((one) => one.id === id)
    assert.is(new Set(own.map(({ weekend }) => weekend)).size, own.length)
  }
})

test('7: places given and left are the capacity', async () => {
  const held = await fairs.heldPlaces(made, 9)
  for (let slot = 0; slot < slotCount(made.rules); slot++) {
    const left = await ask(made, made.address, call.encode.leftOf(slot), call.decode.leftOf)
    const given = held.filter((one) => one.slot === slot).length
    assert.is(given + left, made.capacities[slot])
  }
})

test('9: nobody without a place sees a free one of his category', async () => {
  for (const id of order) {
    const one = await fairs.shown(made, id)
    if (one.places > 0) continue
    for (const stand of unpackPreferences(one.preferences)) {
      const slot = (stand - 1) * made.rules.categories + one.category
      assert.is(await ask(made, made.address, call.encode.leftOf(slot), call.decode.leftOf), 0)
    }
  }
})

test('the draw is over and does not begin again', async () => {
  assert.is(await draw(order[0] as number), 'WrongStage')
})

test('12: a free place goes to the next in order with nothing, whoever asks, and lapses in time', async () => {
  const held = await fairs.heldPlaces(made, 9)
  const waiting = order.filter((id) => id !== 8 && !held.some((one) => one.id === id))
  const one = held.find(({ slot }) => slot === 0) as fairs.Held
  assert.is(await tried(call.encode.promote(0, 10)), 'NoPlaceFree')
  const wants = await Promise.all(
    waiting.map(async (id) => unpackPreferences((await fairs.shown(made, id)).preferences)),
  )
  const next = waiting.find((_, i) => wants[i]?.includes(1))
  const foreign = fairs.signAct(made, fairs.keyOf('thief'), 'Decline', one.act)
  assert.is(await tried(call.encode.decline(...foreign)), 'SignatureInvalid')
  const signed = fairs.signAct(made, keyOf(one.id), 'Decline', one.act)
  const outcome = await act(made, STRANGER, call.encode.decline(...signed))
  const offer = call.decodeLogs(outcome.logs).find(({ name }) => name === 'Promoted')
  assert.ok(offer?.name === 'Promoted')
  assert.is(offer.args.id, next)
  assert.is(offer.args.until, made.chain.nowSeconds + made.rules.offerSeconds)
  assert.is(await tried(call.encode.decline(...signed)), 'WrongPlace')
  const { id, preference } = offer.args
  assert.is(await tried(call.encode.lapse(id, preference)), 'TooEarly')
  const accept = fairs.signAct(made, keyOf(id), 'Accept', {
    ...{ id, preference },
    deadline: offer.args.until + fairs.DAY,
  })
  fairs.at(made, offer.args.until)
  assert.is(await tried(call.encode.accept(...accept)), 'TooLate')
  const lapsed = await act(made, STRANGER, call.encode.lapse(id, preference))
  const names = call.decodeLogs(lapsed.logs).map(({ name }) => name)
  assert.equal(names.slice(0, 1), ['Lapsed'])
  assert.is((await fairs.shown(made, id)).states[preference], 4)
})

test('13: there is no function by which a place changes hands', () => {
  const names = call.abi.flatMap((item) => (item.type === 'function' ? [item.name] : []))
  assert.not.ok(names.some((name) => /transfer|assign|swap|sell/i.test(name)))
})

test.run()
