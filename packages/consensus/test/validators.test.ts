import { type Address, ZERO_ADDRESS } from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isSortedSet } from '../src/header.ts'
import { validatorsAfterChange } from '../src/validators.ts'
import { setOf } from './support.ts'

const four = setOf(4)
const seven = setOf(7)
const five = setOf(5)

function alarmOf(current: readonly Address[], called: readonly Address[] | undefined): unknown {
  const change = validatorsAfterChange(current, called)
  if (change.alarm !== undefined) assert.is(change.validators, current)
  return change.alarm
}

test('takes an addition and sorts it', () => {
  const change = validatorsAfterChange(four, [...five].reverse())
  assert.equal(change, { validators: five })
})

test('takes a removal down to four', () => {
  assert.equal(validatorsAfterChange(five, four), { validators: four })
})

test('takes upper-case spelling of the same set', () => {
  const upper = four.map((each) => `0x${each.slice(2).toUpperCase()}` as Address)
  assert.equal(validatorsAfterChange(four, upper), { validators: four })
})

test('keeps the set when the call failed', () => {
  assert.is(alarmOf(four, undefined), 'VALIDATORS_CALL_FAILED')
})

test('keeps the set when the answer is empty', () => {
  assert.is(alarmOf(four, []), 'VALIDATORS_EMPTY')
})

test('keeps the set when the answer has a zero or something that is no address', () => {
  assert.is(alarmOf(four, [...four, ZERO_ADDRESS]), 'VALIDATORS_MALFORMED')
  assert.is(alarmOf(four, [...four, '0x12']), 'VALIDATORS_MALFORMED')
  assert.is(alarmOf(four, [...four, 7 as unknown as Address]), 'VALIDATORS_MALFORMED')
})

test('keeps the set when the answer has a duplicate', () => {
  assert.is(alarmOf(four, [...four, four[0] as Address]), 'VALIDATORS_DUPLICATE')
})

test('keeps four when the answer has three', () => {
  assert.is(alarmOf(four, four.slice(1)), 'VALIDATORS_TOO_FEW')
})

test('keeps the set when more than max(1, f) members change: a replacement at n = 4 is two', () => {
  const replaced = [...four.slice(1), ...five.filter((each) => !four.includes(each))]
  assert.is(alarmOf(four, replaced), 'VALIDATORS_CHANGE_TOO_LARGE')
  assert.is(alarmOf(four, setOf(6)), 'VALIDATORS_CHANGE_TOO_LARGE')
  assert.is(alarmOf(seven, setOf(9)), undefined)
  assert.is(alarmOf(seven, setOf(10)), 'VALIDATORS_CHANGE_TOO_LARGE')
})

test('keeps the set when the answer has more members than a header holds', () => {
  assert.is(alarmOf(four, setOf(101)), 'VALIDATORS_TOO_MANY')
})

test('is total, and always gives an ascending set that is not empty', () => {
  const any = fc.oneof(fc.constantFrom(...setOf(8)), fc.string(), fc.constant(null))
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.array(any), (n, called) => {
      const { validators } = validatorsAfterChange(setOf(n), called as Address[])
      assert.ok(validators.length > 0 && isSortedSet(validators))
    }),
  )
})

test.run()
