/** Gas of ValidatorSet against its committed snapshot. */
import type { Address, Hex } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { validatorSet } from '../src/index.ts'
import { account, advance, blockHashAt } from './support/chain.ts'
import { gasSnapshot } from './support/gas.ts'
import * as councils from './support/validators.ts'

const gas = gasSnapshot('ValidatorSet')

function readyBlock({ chain }: councils.Council) {
  const number = chain.height - 1
  return { number, hash: blockHashAt(number) }
}

test('measures the way of a proposal, reports and replacement', async () => {
  const council = await councils.createCouncil([0, 1, 2, 3])
  const { member, STRANGER } = councils
  const note = async (name: string, from: Address, data: Hex) => {
    const outcome = await councils.act(council, from, data)
    assert.is(councils.revertOf(outcome), 'ok', name)
    gas.note(name, outcome.gasUsed)
  }
  await note('proposeAdd', member(0), validatorSet.proposeAdd(account(5), councils.organisation(9)))
  await note('approve', member(1), validatorSet.approve(1n))
  await councils.act(council, member(2), validatorSet.approve(1n))
  advance(council.chain, { seconds: councils.VETO_SECONDS })
  await note('schedule', STRANGER, validatorSet.schedule(1n))
  advance(council.chain, { blocks: councils.DELAY_BLOCKS })
  await note('confirmReady', account(5), validatorSet.confirmReady(1n, readyBlock(council)))
  await note('activate the fifth member', STRANGER, validatorSet.activate(1n))
  advance(council.chain, { blocks: 1 })
  await note('reportMalicious, unseated', STRANGER, councils.guilt(3))
  advance(council.chain, { blocks: 1 })
  await note('reportMalicious, still seated', STRANGER, councils.guilt(2))
  await note('proposeReplace', member(0), validatorSet.proposeReplace(member(2), account(6)))
})

test('gas is as in gas/ValidatorSet.json', () => gas.check())

test.run()
