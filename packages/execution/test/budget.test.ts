/** The clock of a run: on the wall where nothing else is said, on a processor in the builder. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Budget, OutOfTime } from '../src/evm/budget.ts'

function bench() {
  const at = { nowMs: 1_000, cpuMs: 50 }
  const budget = new Budget({ nowMs: () => at.nowMs, cpuMs: () => at.cpuMs })
  const pass = (wallMs: number, cpuMs: number): void => {
    at.nowMs += wallMs
    at.cpuMs += cpuMs
  }
  let starved = false
  const ends = (): boolean => {
    try {
      budget.look()
      return false
    } catch (error) {
      assert.instance(error, OutOfTime)
      starved = (error as OutOfTime).starved
      return true
    }
  }
  return { budget, pass, ends, wasStarved: () => starved }
}

test('without more said the clock on the wall ends a run, whatever the processor did', () => {
  const { budget, pass, ends } = bench()
  budget.start(200)
  pass(199, 0)
  assert.not(ends())
  pass(1, 0)
  assert.ok(ends())
})

test('a run that had the processor all the time ends at its time', () => {
  const { budget, pass, ends } = bench()
  budget.start(200, 1_000)
  pass(200, 200)
  assert.ok(ends())
})

test('a run that waited for the processor goes on for what it has left, not longer', () => {
  const { budget, pass, ends } = bench()
  budget.start(200, 1_000)
  pass(300, 120)
  assert.not(ends())
  pass(79, 79)
  assert.not(ends())
  pass(1, 1)
  assert.ok(ends())
})

test('a run that never gets the processor ends by the clock on the wall, and says so', () => {
  const { budget, pass, ends, wasStarved } = bench()
  budget.start(200, 1_000)
  for (let i = 0; i < 4; i++) {
    pass(240, 10)
    assert.not(ends())
  }
  pass(40, 0)
  assert.ok(ends())
  assert.ok(wasStarved())
  budget.start(200)
  pass(200, 0)
  assert.ok(ends())
  assert.not(wasStarved(), 'nobody looked at the processor')
})

test('each run begins with its whole time', () => {
  const { budget, pass, ends } = bench()
  budget.start(200, 1_000)
  pass(200, 200)
  assert.ok(ends())
  budget.start(200, 1_000)
  pass(199, 199)
  assert.not(ends())
})

test.run()
