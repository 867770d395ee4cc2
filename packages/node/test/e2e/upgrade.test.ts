/**
 * A fork is scheduled on a running network: four validators are upgraded one at a time under load,
 * the fork begins by its timestamp, an observer that was forgotten stops and says why.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { assertEqualChains } from '../support/compare.ts'
import { withDrill } from '../support/drill.ts'
import { startLoad } from '../support/load.ts'
import { tell } from '../support/until.ts'
import { rollingUpgrade } from '../support/upgrade.ts'

const TIMEOUT_MS = 90_000
const VALIDATORS = ['validator-1', 'validator-2', 'validator-3', 'validator-4']

test('a fork begins on a network that was upgraded one node at a time, and nothing is lost', () =>
  withDrill({}, async (drill) => {
    await drill.startAll()
    const load = await startLoad(drill, 2)
    try {
      await load.progress(10, TIMEOUT_MS)
      const options = { load, validators: VALIDATORS, sender: 'issuer-8' }
      const upgraded = await rollingUpgrade(drill, { ...options, forgotten: 'observer-1' })
      assert.match(upgraded.lastWords, 'validators follow a fork')
      tell(upgraded.lastWords)
      tell(`block ${upgraded.firstBlock} is the first of the fork`)
      await load.finish(TIMEOUT_MS)
    } catch (error) {
      await load.abort()
      throw error
    }
    const chain = await assertEqualChains(drill)
    assert.is(drill.running().length, 5)
    for (const { hash, blockHash, blockNumber } of load.final)
      assert.is(chain[blockNumber]?.hash, blockHash, `block of ${hash} stays final`)
    assert.is(new Set(load.final.map(({ hash }) => hash)).size, load.sent())
  }))

test.run()
