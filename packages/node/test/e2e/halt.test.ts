/**
 * Validators die one after the other: with one dead the chain goes on, with two dead it halts and
 * does not fork, and when one returns it goes on by itself.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { assertEqualChains, settledHead } from '../support/compare.ts'
import { type Drill, withDrill } from '../support/drill.ts'
import { type Load, startLoad } from '../support/load.ts'
import { pause, tell } from '../support/until.ts'

const TIMEOUT_MS = 90_000
/** how long the halted chain is watched; several steps of one second */
const WATCH_MS = 5_000

const survivors = (drill: Drill): Promise<number[]> =>
  Promise.all(drill.running().map((name) => drill.head(name)))

async function drillHalt(drill: Drill, load: Load): Promise<void> {
  await load.progress(10, TIMEOUT_MS)
  const lastSeen = await drill.head('validator-1')
  await drill.kill('validator-1')
  await load.progress(60, TIMEOUT_MS)
  const without = Math.max(...(await survivors(drill)))
  assert.ok(without > lastSeen + 1, 'blocks go on that the dead validator never saw')
  tell(`one validator dead: blocks ${lastSeen} to ${without}`)

  await drill.kill('validator-2')
  const halted = await settledHead(drill, drill.running())
  const finalBefore = load.final.length
  const end = performance.now() + WATCH_MS
  while (performance.now() < end) {
    for (const head of await survivors(drill)) assert.ok(head <= halted, 'no block without quorum')
    await pause()
  }
  await assertEqualChains(drill)
  tell(`two validators dead: block ${halted} stays the head for ${WATCH_MS} ms`)

  const startedMs = performance.now()
  await drill.start('validator-1')
  await load.progress(20, TIMEOUT_MS)
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  tell(`one returns: ${load.final.length - finalBefore} more final after ${seconds} s`)
  await drill.reaches('validator-1', halted + 1)
  await drill.start('validator-2')
  await load.finish(TIMEOUT_MS)
}

test('one dead validator stops nothing, two halt the chain, one that returns revives it', () =>
  withDrill({}, async (drill) => {
    await drill.startAll()
    const load = await startLoad(drill)
    try {
      await drillHalt(drill, load)
    } catch (error) {
      await load.abort()
      throw error
    }
    const chain = await assertEqualChains(drill)
    assert.is(drill.running().length, 5)
    for (const { hash, blockHash, blockNumber } of load.final)
      assert.is(chain[blockNumber]?.hash, blockHash, `block of ${hash} stays final`)
    assert.is(new Set(load.final.map(({ hash }) => hash)).size, load.sent())
    tell(`${chain.length - 1} blocks, ${load.sent()} transactions, five equal chains`)
  }))

test.run()
