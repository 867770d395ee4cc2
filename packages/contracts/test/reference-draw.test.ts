/** What the mechanisms promise, tried on many small seasons; and the reference's own arithmetic. */
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type DrawOutcome,
  type DrawRules,
  drawPlaces,
  type Entrant,
  wantedOf,
} from '../src/fairs/reference-draw.ts'
import { measureShares } from '../src/fairs/reference-metrics.ts'
import { slotCount, slotOf, weekendOfStand } from '../src/fairs/season.ts'

const RSD = 1
const BY_WEEKEND = 2
const RESERVED = 3

const rulesOf = (mechanism: number, overflowMax = 0): DrawRules => ({
  mechanism,
  weekends: 2,
  fairs: 2,
  categories: 2,
  placesMax: 2,
  overflowMax,
})

const list = fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 })
const entrants = fc
  .array(fc.record({ category: fc.integer({ min: 0, max: 1 }), stands: list }), { maxLength: 9 })
  .map((all) => all.map((one, at): Entrant => ({ id: at + 1, ...one })))
const capacities = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 8, maxLength: 8 })
const mechanism = fc.integer({ min: 0, max: 3 })
const overflow = fc.integer({ min: 0, max: 2 })

function slotsOf(outcome: DrawOutcome, id: number): number[] {
  return outcome.allocations.filter((one) => one.id === id).map(({ slot }) => slot)
}

test('7, 8: places given and left are the capacity, at most one a weekend and placesMax', () => {
  fc.assert(
    fc.property(mechanism, overflow, capacities, entrants, (kind, overflowMax, places, order) => {
      const rules = rulesOf(kind, kind === RESERVED ? overflowMax : 0)
      const outcome = drawPlaces(rules, places, order)
      for (let slot = 0; slot < slotCount(rules); slot++) {
        const given = outcome.allocations.filter((one) => one.slot === slot).length
        assert.is(given + (outcome.left[slot] as number), places[slot])
        assert.ok((outcome.left[slot] as number) >= 0)
      }
      for (const entrant of order) {
        const weekends = slotsOf(outcome, entrant.id).map((slot) => Math.floor(slot / 4))
        assert.is(new Set(weekends).size, weekends.length)
        assert.ok(weekends.length <= wantedOf(rules, entrant))
      }
    }),
  )
})

test('9: nobody goes without a place that stays free in his category', () => {
  fc.assert(
    fc.property(mechanism, capacities, entrants, (kind, places, order) => {
      const rules = rulesOf(kind)
      const outcome = drawPlaces(rules, places, order)
      for (const entrant of order) {
        const had = slotsOf(outcome, entrant.id)
        const weekends = new Set(had.map((slot) => Math.floor(slot / 4)))
        if (had.length >= wantedOf(rules, entrant)) continue
        for (const stand of entrant.stands)
          if (!weekends.has(weekendOfStand(rules, stand)))
            assert.is(outcome.left[slotOf(rules, stand, entrant.category)], 0)
      }
    }),
  )
})

test('11: other categories get places only in the overflow step, within its limit', () => {
  fc.assert(
    fc.property(overflow, capacities, entrants, (overflowMax, places, order) => {
      const rules = rulesOf(RESERVED, overflowMax)
      const outcome = drawPlaces(rules, places, order)
      const own = drawPlaces({ ...rules, mechanism: BY_WEEKEND, overflowMax: 0 }, places, order)
      const category = new Map(order.map((entrant) => [entrant.id, entrant.category]))
      const foreign = outcome.allocations.filter(({ id, slot }) => slot % 2 !== category.get(id))
      assert.equal(
        outcome.allocations.filter((one) => !foreign.includes(one)),
        own.allocations,
      )
      for (const one of foreign) assert.is(one.pass, rules.placesMax + 1)
      for (let stand = 1; stand <= 4; stand++) {
        const used = foreign.filter(({ slot }) => Math.floor(slot / 2) + 1 === stand)
        assert.ok(used.length <= overflowMax)
      }
      for (const { id } of foreign) assert.is(slotsOf(outcome, id).length, 1)
    }),
  )
})

test('by weekend nobody has two places while one who asked and fitted has none', () => {
  fc.assert(
    fc.property(capacities, entrants, (places, order) => {
      const rules = rulesOf(BY_WEEKEND)
      const outcome = drawPlaces(rules, places, order)
      const first = outcome.allocations.filter(({ pass }) => pass === 1)
      const second = outcome.allocations.filter(({ pass }) => pass === 2)
      assert.equal(outcome.allocations, [...first, ...second])
      const served = new Set(first.map(({ id }) => id))
      // whoever got nothing in the first pass found all he asked for full before any second place
      for (const { id, category, stands } of order) {
        if (served.has(id)) continue
        for (const stand of stands) {
          const slot = slotOf(rules, stand, category)
          assert.is(first.filter((one) => one.slot === slot).length, places[slot])
        }
      }
    }),
  )
})

test('RSD with one place each: no other list would have served an applicant better', () => {
  const single = (order: readonly Entrant[]) => ({
    rules: { ...rulesOf(RSD), placesMax: 1 },
    order,
  })
  fc.assert(
    fc.property(capacities, entrants, fc.nat(), list, (places, order, pick, lie) => {
      if (order.length === 0) return
      const { rules } = single(order)
      const liar = order[pick % order.length] as Entrant
      const rank = (stands: readonly number[]): number => {
        const changed = order.map((one) => (one === liar ? { ...one, stands } : one))
        const [slot] = slotsOf(drawPlaces(rules, places, changed), liar.id)
        if (slot === undefined) return liar.stands.length
        const at = liar.stands.indexOf(Math.floor(slot / 2) + 1)
        // a stand that was not asked for is worth nothing
        return at < 0 ? liar.stands.length : at
      }
      assert.ok(rank(liar.stands) <= rank(lie))
    }),
  )
})

test('who is earlier in the order is never served worse for somebody later', () => {
  fc.assert(
    fc.property(capacities, entrants, (places, order) => {
      const rules = rulesOf(RSD)
      const whole = drawPlaces(rules, places, order)
      const half = drawPlaces(rules, places, order.slice(0, Math.ceil(order.length / 2)))
      assert.equal(whole.allocations.slice(0, half.allocations.length), half.allocations)
    }),
  )
})

test('a small season by hand: three ask for one stand of two places', () => {
  const rules = { ...rulesOf(BY_WEEKEND), categories: 1 }
  const order = [
    { id: 3, category: 0, stands: [1, 3] },
    { id: 1, category: 0, stands: [1, 4] },
    { id: 2, category: 0, stands: [1] },
  ]
  const outcome = drawPlaces(rules, [2, 0, 1, 0], order)
  assert.equal(outcome.allocations, [
    { id: 3, slot: 0, preference: 0, pass: 1 },
    { id: 1, slot: 0, preference: 0, pass: 1 },
    { id: 3, slot: 2, preference: 1, pass: 2 },
  ])
  assert.equal(outcome.passes, [
    { pass: 1, ids: [3, 1, 2] },
    { pass: 2, ids: [3, 1] },
  ])
})

test('the metric is that of its definition, pair by pair', () => {
  const share = fc.record({
    places: fc.integer({ min: 0, max: 3 }),
    wanted: fc.integer({ min: 3, max: 4 }),
  })
  fc.assert(
    fc.property(fc.array(share, { maxLength: 12 }), (shares) => {
      const total = shares.reduce((sum, { places }) => sum + places, 0)
      let differences = 0
      for (const a of shares)
        for (const b of shares) differences += Math.abs(a.places - b.places) / 2
      const gini = total === 0 ? 0 : Math.floor((differences * 1e6) / (shares.length * total))
      assert.is(measureShares(shares).giniPpm, gini)
      assert.is(measureShares(shares).nothing, shares.filter(({ places }) => places === 0).length)
    }),
  )
  assert.is(measureShares([]).envyFreePpm, 1_000_000)
  const uneven = [
    { places: 0, wanted: 2 },
    { places: 2, wanted: 2 },
    { places: 1, wanted: 3 },
  ]
  assert.is(measureShares(uneven).envyFreePpm, 666_666)
})

test.run()
