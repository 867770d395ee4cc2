/** Transactions that a node has lost are offered again; refused ones are told. */
import { mock } from 'node:test'
import type { Hash } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { LOST_AFTER_MS } from '../src/limits.ts'
import { createLostAndFound } from '../src/load/lost.ts'

const HASH: Hash = `0x${'ab'.repeat(32)}`

/** A node that knows these hashes and takes, or does not take, what is offered. */
async function look(known: readonly Hash[], takes = true, done = false) {
  const asked: string[] = []
  const refused: Hash[] = []
  const request = async (method: string, params: readonly unknown[]): Promise<unknown> => {
    asked.push(method)
    if (method === 'eth_getTransactionByHash') return known.includes(params[0] as Hash) ? {} : null
    if (takes) return HASH
    return Promise.reject(new RangeError('banned'))
  }
  let nowMs = 0
  const clock = mock.method(performance, 'now', () => nowMs)
  mock.timers.enable({ apis: ['setInterval'] })
  const lost = createLostAndFound({ request }, (hash) => void refused.push(hash))
  lost.sent(HASH, '0x01')
  if (done) lost.done(HASH)
  nowMs += LOST_AFTER_MS + 1
  mock.timers.tick(LOST_AFTER_MS)
  // the answers are promises that are settled: a few turns of the loop are enough
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  lost.stop()
  mock.timers.reset()
  clock.mock.restore()
  return { asked, refused }
}

test('asks about what is long under way, and leaves alone what the node knows', async () => {
  assert.equal(await look([HASH]), { asked: ['eth_getTransactionByHash'], refused: [] })
})

test('asks nothing about what is final', async () => {
  assert.equal(await look([], true, true), { asked: [], refused: [] })
})

test('offers again what the node does not know', async () => {
  const { asked, refused } = await look([])
  assert.equal(asked, ['eth_getTransactionByHash', 'eth_sendRawTransaction'])
  assert.equal(refused, [])
})

test('tells what the node does not take again', async () => {
  assert.equal((await look([], false)).refused, [HASH])
})

test.run()
