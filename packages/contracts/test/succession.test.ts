/**
 * How a key follows another: the candidate's own word that it is in step, a successor of the same
 * organisation, and the replacement of a suspended member where no seat may be lost.
 */
import { type Address, ZERO_HASH } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { validatorSet as call, decodeProposal } from '../src/index.ts'
import { account, advance, blockHashAt, view } from './support/chain.ts'
import {
  act,
  type Council,
  confirm,
  createCouncil,
  DELAY_BLOCKS,
  guilt,
  LIFETIME_SECONDS,
  member,
  organisation,
  revertOf,
  STRANGER,
  VETO_SECONDS,
  validatorsOf,
} from './support/validators.ts'

const FOUR = [0, 1, 2, 3]
const CANDIDATE = account(0x05)

type Data = ReturnType<typeof call.setHash>

async function answer(council: Council, from: Address, data: Data): Promise<string> {
  return revertOf(await act(council, from, data))
}

/** Proposal `id` by the first voter, approved by the others, scheduled, at its height. */
async function carry(
  council: Council,
  data: Data,
  vote: { id: bigint; voters: readonly number[] },
) {
  const [proposer = 0, ...others] = vote.voters
  assert.is(await answer(council, member(proposer), data), 'ok')
  for (const i of others) assert.is(await answer(council, member(i), call.approve(vote.id)), 'ok')
  advance(council.chain, { seconds: VETO_SECONDS })
  assert.is(await answer(council, STRANGER, call.schedule(vote.id)), 'ok')
  advance(council.chain, { blocks: DELAY_BLOCKS })
}

const add = call.proposeAdd(CANDIDATE, organisation(9))

test('an addition waits for the candidate’s own word, which is good for an hour', async () => {
  const council = await createCouncil(FOUR)
  await carry(council, add, { id: 1n, voters: [0, 1, 2] })
  assert.is(await answer(council, STRANGER, call.activate(1n)), 'NotReady')
  assert.is(revertOf(await confirm(council, 1n, CANDIDATE)), 'ok')
  advance(council.chain, { seconds: 3_600, blocks: 1 })
  assert.is(await answer(council, STRANGER, call.activate(1n)), 'NotReady')
  assert.is(revertOf(await confirm(council, 1n, CANDIDATE)), 'ok')
  advance(council.chain, { seconds: 3_599, blocks: 1 })
  assert.is(await answer(council, STRANGER, call.activate(1n)), 'ok')
})

test('the word is the candidate’s, about an approved addition and a recent block', async () => {
  const council = await createCouncil([0, 1, 2, 3, 4])
  advance(council.chain, { blocks: 300 })
  const number = council.chain.height - 1
  const say = (id: bigint, block: { number: number; hash: Data }, from = CANDIDATE) =>
    answer(council, from, call.confirmReady(id, block))
  const block = { number, hash: blockHashAt(number) }
  assert.is(await say(1n, block), 'WrongStage')
  await act(council, member(0), add)
  assert.is(await say(1n, block), 'ApprovalsMissing')
  for (const i of [1, 2, 3]) await act(council, member(i), call.approve(1n))
  assert.is(await say(1n, block, STRANGER), 'NotCandidate')
  assert.is(await say(1n, { number, hash: blockHashAt(number - 1) }), 'BlockUnknown')
  assert.is(await say(1n, { number, hash: ZERO_HASH }), 'BlockUnknown')
  assert.is(await say(1n, { number: number + 1, hash: blockHashAt(number + 1) }), 'BlockUnknown')
  assert.is(await say(1n, { number: number - 256, hash: ZERO_HASH }), 'BlockUnknown')
  assert.is(await say(1n, { number: 40, hash: blockHashAt(40) }), 'BlockUnknown')
  assert.is(await say(1n, block), 'ok')
  await act(council, member(0), call.proposeRemove(member(4)))
  for (const i of [1, 2, 3]) await act(council, member(i), call.approve(2n))
  assert.is(await say(2n, block, member(4)), 'NotCandidate')
  advance(council.chain, { seconds: LIFETIME_SECONDS })
  assert.is(await say(1n, block), 'Expired')
})

test('a successor takes the seat of its organisation, then the old key goes', async () => {
  const council = await createCouncil(FOUR)
  const replace = call.proposeReplace(member(3), CANDIDATE)
  await carry(council, replace, { id: 1n, voters: [0, 1, 2] })
  await confirm(council, 1n, CANDIDATE)
  assert.is(await answer(council, STRANGER, call.unseat(member(3))), 'NotLeaving')
  assert.is(await answer(council, STRANGER, call.activate(1n)), 'ok')
  assert.is((await validatorsOf(council)).length, 5)
  // it still signs, but votes no more: its organisation has one vote, the successor's
  assert.is(await answer(council, member(3), call.proposeRemove(member(0))), 'Leaving')
  assert.is(await answer(council, CANDIDATE, call.proposeRemove(member(0))), 'ok')
  assert.is(await answer(council, STRANGER, call.unseat(member(3))), 'TooManyChanges')
  advance(council.chain, { blocks: 1 })
  assert.is(await answer(council, STRANGER, call.unseat(member(3))), 'ok')
  assert.equal(await validatorsOf(council), [CANDIDATE, member(0), member(1), member(2)])
  const proposal = decodeProposal(await view(council.chain, council.address, call.proposalOf(1n)))
  assert.ok(proposal.ok && proposal.value)
  assert.is(proposal.value.replaces, member(3))
  assert.is(proposal.value.organisation, organisation(3))
  assert.is(proposal.value.stage, 'activated')
})

test('a successor is of a member, and no member or suspended key itself', async () => {
  const council = await createCouncil([0, 1, 2, 3, 4])
  const propose = (who: Address, by: Address, from = member(0)) =>
    answer(council, from, call.proposeReplace(who, by))
  assert.is(await propose(STRANGER, CANDIDATE), 'NotMember')
  assert.is(await propose(member(1), member(2)), 'AlreadyMember')
  assert.is(await propose(member(1), CANDIDATE, STRANGER), 'NotValidator')
  await act(council, STRANGER, guilt(4))
  assert.is(await propose(member(1), member(4)), 'Suspended')
})

test('a successor of a member that has gone meanwhile is not seated', async () => {
  const council = await createCouncil([0, 1, 2, 3, 4])
  const replace = call.proposeReplace(member(4), CANDIDATE)
  await carry(council, replace, { id: 1n, voters: [0, 1, 2, 3] })
  await confirm(council, 1n, CANDIDATE)
  await act(council, STRANGER, guilt(4))
  advance(council.chain, { blocks: 1 })
  assert.is(await answer(council, STRANGER, call.activate(1n)), 'NotMember')
})

test('of four, a suspended member goes when a successor of its organisation is in', async () => {
  const council = await createCouncil(FOUR)
  await act(council, STRANGER, guilt(3))
  const anew = call.proposeAdd(CANDIDATE, organisation(3))
  await carry(council, anew, { id: 1n, voters: [0, 1, 2] })
  await confirm(council, 1n, CANDIDATE)
  assert.is(await answer(council, STRANGER, call.activate(1n)), 'ok')
  advance(council.chain, { blocks: 1 })
  assert.is(await answer(council, STRANGER, call.unseat(member(3))), 'ok')
  assert.equal(await validatorsOf(council), [CANDIDATE, member(0), member(1), member(2)])
})

test('a candidate that was suspended after the vote is not seated', async () => {
  const council = await createCouncil([0, 1, 2, 3, 4])
  await act(council, member(0), call.proposeRemove(member(4)))
  for (const i of [1, 2, 3]) await act(council, member(i), call.approve(1n))
  advance(council.chain, { seconds: VETO_SECONDS })
  await act(council, STRANGER, call.schedule(1n))
  advance(council.chain, { blocks: DELAY_BLOCKS })
  assert.is(await answer(council, STRANGER, call.activate(1n)), 'ok')
  await carry(council, call.proposeAdd(member(4), organisation(4)), { id: 2n, voters: [0, 1, 2] })
  await carry(council, call.proposeAdd(member(4), organisation(4)), { id: 3n, voters: [0, 1, 2] })
  for (const id of [2n, 3n]) await confirm(council, id, member(4))
  assert.is(await answer(council, STRANGER, call.activate(2n)), 'ok')
  advance(council.chain, { blocks: 1 })
  assert.is(await answer(council, STRANGER, guilt(4)), 'ok')
  advance(council.chain, { blocks: 1 })
  assert.is(await answer(council, STRANGER, call.activate(3n)), 'Suspended')
})

test.run()
