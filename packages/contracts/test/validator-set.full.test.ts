/** ValidatorSet at its bound: the hundredth seat, the hundred-and-first, and what they cost. */
import { type Address, VALIDATORS_MAX, validatorSetHash } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { validatorSet as call, validatorSetInitCode } from '../src/index.ts'
import { account, advance, createChain, deploy } from './support/chain.ts'
import {
  act,
  type Council,
  confirm,
  DELAY_BLOCKS,
  LIFETIME_SECONDS,
  OBSERVERS,
  organisation,
  revertOf,
  STRANGER,
  VETO_SECONDS,
  validatorsOf,
} from './support/validators.ts'

/** EIP-7825: the largest transaction when Osaka's rules are on */
const TRANSACTION_GAS_MAX = 1n << 24n

async function createFullCouncil(members: number): Promise<Council> {
  const chain = await createChain()
  const validators = Array.from({ length: members }, (_, i) => ({
    address: account(i + 2),
    organisation: organisation(i),
  }))
  const initCode = validatorSetInitCode({
    validators,
    observers: OBSERVERS,
    vetoWindowSeconds: VETO_SECONDS,
    lifetimeSeconds: LIFETIME_SECONDS,
    activationDelayBlocks: DELAY_BLOCKS,
  })
  const { address, outcome } = await deploy(chain, initCode)
  assert.ok(outcome.gasUsed < TRANSACTION_GAS_MAX, `${outcome.gasUsed} gas to deploy`)
  return { chain, address, setupEvents: [] }
}

async function carry(
  council: Council,
  data: ReturnType<typeof call.setHash>,
  id: bigint,
  candidate?: Address,
): Promise<{ answer: string; gasUsed: bigint }> {
  const members = await validatorsOf(council)
  const [proposer = STRANGER, ...rest] = members
  assert.is(revertOf(await act(council, proposer, data)), 'ok')
  for (const from of rest.slice(0, 66)) await act(council, from, call.approve(id))
  advance(council.chain, { seconds: VETO_SECONDS })
  assert.is(revertOf(await act(council, STRANGER, call.schedule(id))), 'ok')
  advance(council.chain, { blocks: DELAY_BLOCKS })
  if (candidate !== undefined) assert.is(revertOf(await confirm(council, id, candidate)), 'ok')
  const outcome = await act(council, STRANGER, call.activate(id))
  return { answer: revertOf(outcome), gasUsed: outcome.gasUsed }
}

test('seats a hundred, refuses one more, and every call fits a transaction', async () => {
  const council = await createFullCouncil(VALIDATORS_MAX - 1)
  // the smallest address: every member moves by one place, the dearest case
  const added = await carry(council, call.proposeAdd(account(1), organisation(200)), 1n, account(1))
  assert.is(added.answer, 'ok')
  assert.ok(added.gasUsed < TRANSACTION_GAS_MAX, `${added.gasUsed} gas to add`)
  const hundred = await validatorsOf(council)
  assert.is(hundred.length, VALIDATORS_MAX)
  assert.is(hundred[0], account(1))
  assert.equal(
    (await act(council, STRANGER, call.setHash())).returned,
    Uint8Array.from(Buffer.from(validatorSetHash(hundred).slice(2), 'hex')),
  )
  const refused = await carry(
    council,
    call.proposeAdd(account(0xf0), organisation(201)),
    2n,
    account(0xf0),
  )
  assert.is(refused.answer, 'TooMany')
  const removed = await carry(council, call.proposeRemove(account(1)), 3n)
  assert.is(removed.answer, 'ok')
  assert.ok(removed.gasUsed < TRANSACTION_GAS_MAX, `${removed.gasUsed} gas to remove`)
})

test.run()
