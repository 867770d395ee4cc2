import {
  AssertionError,
  accept,
  assertNever,
  assert as assertThat,
  refuse,
  VecheError,
} from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

test('a failure keeps its code, cause and facts', () => {
  const cause = new TypeError('below')
  const error = new VecheError('LOG_IO', 'disk failed', { cause, facts: { path: '/x' } })
  assert.is(error.code, 'LOG_IO')
  assert.is(error.cause, cause)
  assert.equal(error.facts, { path: '/x' })
  assert.ok(error instanceof Error && error.name === 'VecheError')
  assert.not('cause' in new VecheError('A', 'b'))
})

test('an assertion says what must hold', () => {
  assertThat(1, 'fine')
  assert.throws(() => assertThat(0, 'round never decreases'), /assertion failed: round never/)
  assert.throws(
    () => assertNever({ kind: 'new' } as never),
    (error: Error) => error instanceof AssertionError,
  )
})

test('verdicts are values', () => {
  assert.equal(accept(5), { ok: true, value: 5 })
  assert.equal(refuse('BAD', 'why'), { ok: false, code: 'BAD', reason: 'why' })
})

test.run()
