/**
 * The validator set changes while transactions flow: a fifth is added, one key gets a successor,
 * one member is removed; the two that left are stopped for good. Nothing is lost, all chains are
 * equal.
 */
import { organisationId, validatorSet } from '@veche/contracts'
import type { Address } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { assertEqualChains } from '../support/compare.ts'
import { addMember, makeValidator, removeMember } from '../support/council.ts'
import { type Drill, withDrill } from '../support/drill.ts'
import { openKey, startLoad } from '../support/load.ts'
import { tell, until } from '../support/until.ts'

const TIMEOUT_MS = 90_000
const BETWEEN = 40

async function inForce(drill: Drill, expected: readonly Address[]): Promise<number> {
  const wanted = [...expected].sort().join()
  await until(
    `a set of ${expected.length} in force`,
    async () => String(await drill.rpc('observer-1', 'veche_validators')) === wanted,
    TIMEOUT_MS,
  )
  return drill.head('observer-1')
}

test('members are added, replaced and removed under load, and nothing is lost', () =>
  withDrill({ observers: 3 }, async (drill) => {
    const old = drill.files.validators.map(({ name }) => name)
    await Promise.all([...old, 'observer-1'].map((name) => drill.start(name)))
    const url = drill.url('observer-1')
    const [one, two, three, four] = drill.files.validators.map(({ address }) => address as Address)
    assert.ok(one && two && three && four)
    const votersOf = (...names: readonly string[]) =>
      Promise.all(names.map((name) => openKey(drill, name)))
    const load = await startLoad(drill)
    try {
      await load.progress(BETWEEN, TIMEOUT_MS)
      const fifth = await makeValidator(drill, 'observer-2')
      await drill.start('observer-2')
      const add = validatorSet.proposeAdd(fifth, organisationId('data centre 5'))
      await addMember(url, await votersOf('validator-1', 'validator-2', 'validator-3'), add)
      const five = [one, two, three, four, fifth] as Address[]
      tell(`five members at block ${await inForce(drill, five)}`)
      await load.progress(BETWEEN, TIMEOUT_MS)

      const successor = await makeValidator(drill, 'observer-3')
      await drill.start('observer-3')
      const four5 = await votersOf('validator-1', 'validator-2', 'validator-3', 'observer-2')
      await addMember(url, four5, validatorSet.proposeReplace(one as Address, successor))
      // the old key is unseated by the validators' nodes
      const next = [successor, two, three, four, fifth] as Address[]
      tell(`the first key has a successor at block ${await inForce(drill, next)}`)
      await drill.stop('validator-1')
      await load.progress(BETWEEN, TIMEOUT_MS)

      const voters = await votersOf('observer-3', 'validator-3', 'validator-4', 'observer-2')
      await removeMember(url, voters, two as Address)
      const last = [successor, three, four, fifth] as Address[]
      tell(`four members at block ${await inForce(drill, last)}`)
      await drill.stop('validator-2')
      await load.progress(BETWEEN, TIMEOUT_MS)
      await load.finish(TIMEOUT_MS)
    } catch (error) {
      await load.abort()
      throw error
    }
    const chain = await assertEqualChains(drill)
    const seen = new Set(chain.slice(1).map(({ miner }) => miner))
    assert.ok(seen.size >= 4, 'proposers of old and new sets')
    tell(`${chain.length - 1} blocks, ${load.sent()} transactions, none lost`)
  }))

test.run()
