/**
 * The city loses its power ten times under load: all five processes get SIGKILL at once and start
 * again. No fork, no final block lost, nobody has to do anything, equal state everywhere.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { assertEqualChains } from '../support/compare.ts'
import { withDrill } from '../support/drill.ts'
import { startLoad } from '../support/load.ts'
import { tell } from '../support/until.ts'

const CRASHES = 10
/** so many more are final before the next crash: it comes at other moments each time */
const moreBefore = (crash: number): number => 1 + ((crash * 7) % 24)
const TIMEOUT_MS = 90_000

test('ten SIGKILLs of all nodes at once under load lose nothing and fork nothing', () =>
  withDrill({}, async (drill) => {
    await drill.startAll()
    const load = await startLoad(drill)
    try {
      await load.progress(moreBefore(0), TIMEOUT_MS)
      for (let crash = 1; crash <= CRASHES; crash++) {
        await Promise.all(drill.names.map((name) => drill.kill(name)))
        assert.is(drill.running().length, 0)
        const before = load.final.length
        await drill.startAll()
        await load.progress(moreBefore(crash), TIMEOUT_MS)
        tell(`crash ${crash}: ${before} final before, ${load.final.length} after`)
      }
      await load.finish(TIMEOUT_MS)
    } catch (error) {
      await load.abort()
      throw error
    }
    const chain = await assertEqualChains(drill)
    for (const { hash, blockHash, blockNumber } of load.final) {
      assert.is(chain[blockNumber]?.hash, blockHash, `block of ${hash} stays final`)
      assert.ok(chain[blockNumber]?.transactions.includes(hash), `${hash} stays in its block`)
    }
    assert.is(new Set(load.final.map(({ hash }) => hash)).size, load.sent())
    tell(`${chain.length - 1} blocks, ${load.sent()} transactions, five equal chains`)
  }))

test.run()
