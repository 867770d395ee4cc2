/**
 * Late joiners: an observer with an empty directory and one bootnode, and a fifth validator that
 * the ValidatorSet contract admits while the chain runs.
 */
import { organisationId, validatorSet } from '@veche/contracts'
import {
  type Address,
  decodeExtraData,
  type ExtraData,
  hexToBytes,
  validatorSetHash,
} from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { assertEqualChains, type BlockFacts } from '../support/compare.ts'
import { addMember, editConfig, makeValidator } from '../support/council.ts'
import { type Drill, withDrill } from '../support/drill.ts'
import { openKey, startLoad } from '../support/load.ts'
import { tell, until } from '../support/until.ts'

const TIMEOUT_MS = 90_000

function knowOnly(drill: Drill, name: string, bootnode: number): void {
  editConfig(drill, name, ({ p2p }) => {
    p2p['bootnodes'] = [drill.files.validators[bootnode]?.dial]
  })
}

/** Proposal, approvals, schedule, readiness, activation; the height whose state has the new set. */
async function admit(drill: Drill, member: Address): Promise<number> {
  const voters = await Promise.all([1, 2, 3].map((n) => openKey(drill, `validator-${n}`)))
  const organisation = organisationId('data centre 5')
  return addMember(drill.url('observer-1'), voters, validatorSet.proposeAdd(member, organisation))
}

function extraOf(chain: readonly BlockFacts[], number: number): ExtraData {
  const block = chain[number]
  assert.ok(block, `block ${number} exists`)
  const extra = decodeExtraData(hexToBytes(block.extraData as Address))
  if (!extra.ok) throw new SyntaxError(extra.reason)
  return extra.value
}

test('an observer and a fifth validator join late, each with one bootnode', () =>
  withDrill({ observers: 2 }, async (drill) => {
    const old = ['validator-1', 'validator-2', 'validator-3', 'validator-4']
    await Promise.all(old.map((name) => drill.start(name)))
    const load = await startLoad(drill)
    try {
      await load.progress(60, TIMEOUT_MS)
      knowOnly(drill, 'observer-1', 2)
      const ahead = await drill.head('validator-1')
      await drill.start('observer-1')
      const began = async () => /node is up .*head=0/.test(drill.log('observer-1'))
      await until('the observer says that it began with nothing', began, TIMEOUT_MS)
      await drill.reaches('observer-1', ahead)
      await assertEqualChains(drill)
      tell(`an observer with one bootnode has ${ahead} blocks equal to all others`)

      const fifth = await makeValidator(drill, 'observer-2')
      knowOnly(drill, 'observer-2', 3)
      await drill.start('observer-2')
      await drill.reaches('observer-2', ahead)
      const height = await admit(drill, fifth)
      await drill.reaches('observer-1', height + 2)
      const chain = await assertEqualChains(drill)
      assert.is(extraOf(chain, height + 1).validators.length, 4)
      const { validators } = extraOf(chain, height + 2)
      assert.is(validators.length, 5)
      assert.ok(validators.includes(fifth))
      assert.is(extraOf(chain, height + 1).vanity, validatorSetHash(validators))
      tell(`the change of block ${height} is in force at block ${height + 2}`)

      await until(
        'every validator knows the fifth',
        async () =>
          (await Promise.all(old.map((name) => drill.rpc(name, 'net_peerCount')))).every(
            (count) => Number(count) >= 5,
          ),
        TIMEOUT_MS,
      )
      // of five, four make a quorum: with an old one dead, nothing is final without the fifth
      await drill.kill('validator-1')
      await load.progress(60, TIMEOUT_MS)
      await until(
        'a block that the fifth proposed',
        async () => (await assertEqualChains(drill)).some(({ miner }) => miner === fifth),
        TIMEOUT_MS,
      )
      tell('with one of the old dead the chain goes on, and the fifth proposes')
      await drill.start('validator-1')
      await load.finish(TIMEOUT_MS)
    } catch (error) {
      await load.abort()
      throw error
    }
    const chain = await assertEqualChains(drill)
    tell(`${chain.length - 1} blocks, ${load.sent()} transactions, six equal chains`)
  }))

test.run()
