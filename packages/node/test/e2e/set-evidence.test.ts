/**
 * A stolen key: a second process signs with the key of a running validator. The others report it to
 * the contract by themselves; of four, its seat goes when a successor is in.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { validatorSet } from '@veche/contracts'
import type { Address, Hash } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { assertEqualChains } from '../support/compare.ts'
import { addMember, makeValidator, type SetMemberJson } from '../support/council.ts'
import { type Drill, withDrill } from '../support/drill.ts'
import { openKey, startLoad } from '../support/load.ts'
import { tell, until } from '../support/until.ts'

const TIMEOUT_MS = 90_000

/** Starts the thief with the key of a node; it talks to the other validators. */
function startThief(drill: Drill, name: string): ChildProcess {
  const { files, dir } = drill
  const others = files.validators.filter((each) => each.name !== name).map(({ dial }) => dial)
  const script = join(import.meta.dirname, '..', 'support', 'double-signer.ts')
  const args = [files.genesisFile, join(dir, name), drill.url('validator-1'), ...others]
  return spawn(process.execPath, [script, ...args], { stdio: 'inherit' })
}

async function standing(drill: Drill, member: Address): Promise<SetMemberJson | undefined> {
  const members = (await drill.rpc('observer-1', 'veche_members')) as SetMemberJson[]
  return members.find(({ address }) => address === member)
}

test('a validator whose key signs twice is suspended, and goes with its replacement', () =>
  withDrill({ observers: 2 }, async (drill) => {
    const four = drill.files.validators.map(({ name }) => name)
    await Promise.all([...four, 'observer-1'].map((name) => drill.start(name)))
    const stolen = drill.files.validators[3]?.address as Address
    const load = await startLoad(drill)
    const thief = startThief(drill, 'validator-4')
    try {
      await until(
        'the stolen key is suspended',
        async () => (await standing(drill, stolen))?.suspended != null,
        TIMEOUT_MS,
      )
      const member = await standing(drill, stolen)
      assert.ok(member)
      assert.is(member?.leaving, true)
      tell(`evidence ${member?.suspended} stands in the contract, the seat waits`)
      thief.kill('SIGKILL')
      const before = (await drill.rpc('observer-1', 'veche_validators')) as Address[]
      assert.is(before.length, 4, 'of four no seat is lost')
      await load.progress(30, TIMEOUT_MS)

      const successor = await makeValidator(drill, 'observer-2')
      await drill.start('observer-2')
      const url = drill.url('observer-1')
      const voters = await Promise.all([1, 2, 3].map((n) => openKey(drill, `validator-${n}`)))
      const organisation = member?.organisation as Hash
      await addMember(url, voters, validatorSet.proposeAdd(successor, organisation))
      // nobody calls unseat here: the validators' nodes do
      const five = [...before.filter((address) => address !== stolen), successor].sort()
      await until(
        'the suspended one has left the set in force',
        async () => {
          const now = (await drill.rpc('observer-1', 'veche_validators')) as Address[]
          return now.join() === five.join()
        },
        TIMEOUT_MS,
      )
      tell('its successor is in and it is out')
      await load.progress(30, TIMEOUT_MS)
      await load.finish(TIMEOUT_MS)
    } catch (error) {
      await load.abort()
      throw error
    } finally {
      thief.kill('SIGKILL')
    }
    for (const name of ['validator-1', 'validator-2', 'validator-3'])
      assert.match(drill.log(name), /equivocation seen/)
    const chain = await assertEqualChains(drill)
    tell(`${chain.length - 1} blocks, ${load.sent()} transactions, equal chains`)
  }))

test.run()
