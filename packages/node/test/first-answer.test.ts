/** Asking in a row without waiting for the slow. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { firstAnswer } from '../src/first-answer.ts'

const LONG_MS = 3_600_000

test('who has nothing passes the question on at once, and the rest is not asked', async () => {
  const asked: number[] = []
  const asks = [undefined, undefined, 'c', 'd'].map((answer, i) => async () => {
    asked.push(i)
    return answer
  })
  assert.is(await firstAnswer(asks, LONG_MS), 'c')
  assert.equal(asked, [0, 1, 2])
})

test('who is slow is still heard when nobody else has anything', async () => {
  const slow = Promise.withResolvers<string>()
  const answer = firstAnswer(
    [
      () => slow.promise,
      async () => {
        setImmediate(() => slow.resolve('late'))
        return undefined
      },
    ],
    1,
  )
  assert.is(await answer, 'late')
})

test('nobody has it, and nobody is there', async () => {
  assert.is(await firstAnswer([async () => undefined, async () => undefined], LONG_MS), undefined)
  assert.is(await firstAnswer([], LONG_MS), undefined)
})

test('a failure is no answer, and nobody else is asked', async () => {
  const fails = () => Promise.reject(new RangeError('broken'))
  let asked = 0
  const next = async () => void asked++
  const failure = await firstAnswer([fails, next], LONG_MS).then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.instance(failure, RangeError)
  // no timer is left: it would keep a process alive for an hour
  assert.not.ok(process.getActiveResourcesInfo().includes('Timeout'))
  assert.is(asked, 0)
})

test.run()
