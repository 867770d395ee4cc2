/**
 * A validator of four that loses a part of its disk, in real processes under load: its chain, its
 * log, or its certainty after a restored backup. The others go on, and it comes back by itself.
 */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { assertEqualChains } from '../support/compare.ts'
import { type Drill, withDrill } from '../support/drill.ts'
import { startLoad } from '../support/load.ts'
import { tell, until } from '../support/until.ts'
import { runVeche } from '../support/veche.ts'

const TIMEOUT_MS = 90_000
const FOURTH = 'validator-4'
const REST = ['validator-1', 'validator-2', 'validator-3', 'observer-1']

const data = (drill: Drill, ...names: readonly string[]): string =>
  join(drill.dir, FOURTH, 'data', ...names)

const count = (drill: Drill, word: string): number => drill.log(FOURTH).split(word).length - 1

/** The fourth one comes back after `change`, is silent first and then signs. */
async function forgets(drill: Drill, change: () => unknown): Promise<void> {
  const said = count(drill, 'code=AMNESIA ')
  const over = count(drill, 'code=AMNESIA_OVER')
  await drill.stop(FOURTH)
  await change()
  await drill.start(FOURTH)
  const isSaid = async () => count(drill, 'code=AMNESIA ') > said
  await until('the beginning of its silence', isSaid, TIMEOUT_MS)
  assert.is(count(drill, 'code=AMNESIA '), said + 1)
  assert.ok(existsSync(data(drill, 'log', 'amnesia.json')))
  const isOver = async () => count(drill, 'code=AMNESIA_OVER') > over
  await until('the end of its silence', isOver, TIMEOUT_MS)
  assert.not.ok(existsSync(data(drill, 'log', 'amnesia.json')))
}

test('a validator that lost its chain, its log or its certainty comes back by itself', () =>
  withDrill({ observers: 1 }, async (drill) => {
    await Promise.all([...REST, FOURTH].map((name) => drill.start(name)))
    const load = await startLoad(drill)
    try {
      await load.progress(30, TIMEOUT_MS)
      await drill.kill(FOURTH)
      rmSync(data(drill, 'chain'), { recursive: true })
      await drill.start(FOURTH)
      await drill.reaches(FOURTH, await drill.head('observer-1'))
      assert.is(count(drill, 'code=AMNESIA '), 0, 'its log knows')
      tell('without its chain: fetched, no amnesia')

      await forgets(drill, () => rmSync(data(drill, 'log'), { recursive: true }))
      tell('without its log: silent, then it signs')

      const config = join(drill.dir, FOURTH, 'config.json')
      await forgets(drill, async () => {
        const { code, stdout } = await runVeche(['amnesia', '--config', config])
        assert.is(code, 0, stdout)
        assert.match(stdout, /silent/)
      })
      tell('after veche amnesia: silent, then it signs')
      await load.progress(20, TIMEOUT_MS)
      // three of four are a quorum only with the one that came back
      await drill.kill('validator-1')
      await load.progress(10, TIMEOUT_MS)
      await drill.start('validator-1')
      await load.finish(TIMEOUT_MS)
    } catch (error) {
      await load.abort()
      throw error
    }
    await assertEqualChains(drill)
  }))

test.run()
