/**
 * ValidatorSet on its real byte code: a replacement from start to end, and every rule broken once.
 */
import {
  type Address,
  type Hex,
  validatorSetHash,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeDeployData } from 'viem/utils'
import {
  validatorSet as call,
  decodeProposal,
  decodeValidatorSetLog,
  decodeValidatorSetRevert,
  decodeValidators,
  validatorSetAbi,
  validatorSetBytecode,
  validatorSetInitCode,
} from '../src/index.ts'
import { account, advance, createChain, send, view } from './support/chain.ts'
import {
  act,
  type Council,
  confirm,
  createCouncil,
  DELAY_BLOCKS,
  eventsOf,
  LIFETIME_SECONDS,
  member,
  OBSERVERS,
  organisation,
  revertOf,
  STRANGER,
  VETO_SECONDS,
  validatorsOf,
} from './support/validators.ts'

const FOUR = [0, 1, 2, 3]
const FIVE = [0, 1, 2, 3, 4]

async function answer(council: Council, from: Address, data: Hex): Promise<string> {
  return revertOf(await act(council, from, data))
}

/** Proposes by member 0 and approves by members 1 and 2 (and 3 where five need four). */
async function carry(council: Council, data: Hex, approvers = [1, 2]): Promise<bigint> {
  const [proposed] = eventsOf(await act(council, member(0), data))
  assert.is(proposed?.eventName, 'Proposed')
  const id = proposed?.eventName === 'Proposed' ? proposed.args.id : 0n
  for (const i of approvers) assert.is(await answer(council, member(i), call.approve(id)), 'ok')
  return id
}

async function carryToHeight(council: Council, data: Hex, approvers?: number[]): Promise<bigint> {
  const id = await carry(council, data, approvers)
  advance(council.chain, { seconds: VETO_SECONDS })
  assert.is(await answer(council, STRANGER, call.schedule(id)), 'ok')
  advance(council.chain, { blocks: DELAY_BLOCKS })
  await makeReady(council, id)
  return id
}

/** The candidate's word where the proposal is an addition. */
async function makeReady(council: Council, id: bigint): Promise<void> {
  const proposal = decodeProposal(await view(council.chain, council.address, call.proposalOf(id)))
  const { kind, member: candidate } = (proposal.ok && proposal.value) || {}
  if (kind === 'add' && candidate !== undefined)
    assert.is(revertOf(await confirm(council, id, candidate)), 'ok')
}

test('answers getValidators as AuRa and QBFT engines ask', async () => {
  const council = await createCouncil(FOUR)
  assert.is(call.getValidators(), '0xb7ab4db5')
  assert.equal(await validatorsOf(council), FOUR.map(member))
})

test('a replacement is an addition, then a removal', async () => {
  const council = await createCouncil(FOUR)
  const joined = account(0x05)
  const added = await carryToHeight(council, call.proposeAdd(joined, organisation(9)))
  const [activated, changed] = eventsOf(await act(council, STRANGER, call.activate(added)))
  assert.is(activated?.eventName, 'Activated')
  const five = [joined, ...FOUR.map(member)]
  assert.equal(await validatorsOf(council), five)
  assert.equal(changed, {
    eventName: 'SetChanged',
    args: { setHash: validatorSetHash(five), size: 5n },
  })
  const removed = await carryToHeight(council, call.proposeRemove(member(3)), [1, 2, 3])
  assert.is(await answer(council, STRANGER, call.activate(removed)), 'ok')
  assert.equal(await validatorsOf(council), [joined, ...FOUR.slice(0, 3).map(member)])
})

test('only members propose and approve, only observers veto', async () => {
  const council = await createCouncil(FOUR)
  const add = call.proposeAdd(account(0x05), organisation(9))
  for (const from of [STRANGER, OBSERVERS[0] as Address]) {
    assert.is(await answer(council, from, add), 'NotValidator')
    assert.is(await answer(council, from, call.proposeRemove(member(0))), 'NotValidator')
    assert.is(await answer(council, from, call.approve(1n)), 'NotValidator')
  }
  await act(council, member(0), add)
  assert.is(await answer(council, member(1), call.veto(1n, ZERO_HASH)), 'NotObserver')
  assert.is(await answer(council, member(0), call.replaceObserver(STRANGER)), 'NotObserver')
})

test('refuses proposals that make no sense', async () => {
  const council = await createCouncil(FOUR)
  const add = (address: Address, seat = organisation(9)) =>
    answer(council, member(0), call.proposeAdd(address, seat))
  assert.is(await add(ZERO_ADDRESS), 'ZeroValue')
  assert.is(await add(account(0x05), ZERO_HASH), 'ZeroValue')
  assert.is(await add(member(2)), 'AlreadyMember')
  assert.is(await answer(council, member(0), call.proposeRemove(STRANGER)), 'NotMember')
})

test('schedules only with ceil(2n/3) approvals, each counted once', async () => {
  const council = await createCouncil(FOUR)
  const id = await carry(council, call.proposeAdd(account(0x05), organisation(9)), [1])
  assert.is(await answer(council, member(0), call.approve(id)), 'AlreadyApproved')
  assert.is(await answer(council, member(1), call.approve(id)), 'AlreadyApproved')
  advance(council.chain, { seconds: VETO_SECONDS })
  assert.is(await answer(council, STRANGER, call.schedule(id)), 'ApprovalsMissing')
  assert.is(await answer(council, member(2), call.approve(id)), 'ok')
  assert.is(await answer(council, STRANGER, call.schedule(id)), 'ok')
  assert.is(await answer(council, member(3), call.approve(id)), 'WrongStage')
  assert.is(await answer(council, STRANGER, call.schedule(id)), 'WrongStage')
})

test('waits for the veto window and the height, and does not wait for ever', async () => {
  const council = await createCouncil(FOUR)
  const id = await carry(council, call.proposeAdd(account(0x05), organisation(9)))
  assert.is(await answer(council, STRANGER, call.activate(id)), 'WrongStage')
  advance(council.chain, { seconds: VETO_SECONDS - 1 })
  assert.is(await answer(council, STRANGER, call.schedule(id)), 'VetoWindowOpen')
  advance(council.chain, { seconds: 1 })
  assert.is(await answer(council, STRANGER, call.schedule(id)), 'ok')
  advance(council.chain, { blocks: DELAY_BLOCKS - 1 })
  assert.is(await answer(council, STRANGER, call.activate(id)), 'BeforeHeight')
  advance(council.chain, { blocks: 1, seconds: LIFETIME_SECONDS - VETO_SECONDS })
  assert.is(await answer(council, STRANGER, call.activate(id)), 'Expired')
  assert.equal(await validatorsOf(council), FOUR.map(member))
})

test('one observer’s veto ends a proposal until it is scheduled', async () => {
  const council = await createCouncil(FOUR)
  const [observer = ZERO_ADDRESS, other = ZERO_ADDRESS] = OBSERVERS
  const id = await carry(council, call.proposeAdd(account(0x05), organisation(9)))
  assert.is(await answer(council, observer, call.veto(id, ZERO_HASH)), 'ok')
  advance(council.chain, { seconds: VETO_SECONDS })
  assert.is(await answer(council, STRANGER, call.schedule(id)), 'WrongStage')
  assert.is(await answer(council, member(3), call.approve(id)), 'WrongStage')
  assert.is(await answer(council, other, call.veto(id, ZERO_HASH)), 'WrongStage')
  const next = await carryToHeight(council, call.proposeAdd(account(0x05), organisation(9)))
  assert.is(await answer(council, observer, call.veto(next, ZERO_HASH)), 'WrongStage')
})

test('an observer moves its right to a new key', async () => {
  const council = await createCouncil(FOUR)
  const [observer = ZERO_ADDRESS, other = ZERO_ADDRESS] = OBSERVERS
  assert.is(await answer(council, observer, call.replaceObserver(ZERO_ADDRESS)), 'ZeroValue')
  assert.is(await answer(council, observer, call.replaceObserver(other)), 'AlreadyObserver')
  assert.is(await answer(council, observer, call.replaceObserver(STRANGER)), 'ok')
  const isObserver = async (who: Address) =>
    (await view(council.chain, council.address, call.isObserver(who))).at(-1) === 1
  assert.equal([await isObserver(observer), await isObserver(STRANGER)], [false, true])
})

test('never shrinks below four members', async () => {
  const council = await createCouncil(FOUR)
  const id = await carryToHeight(council, call.proposeRemove(member(3)))
  assert.is(await answer(council, STRANGER, call.activate(id)), 'TooFew')
})

test('changes at most max(1, f) members in one block', async () => {
  const council = await createCouncil(FOUR)
  const first = await carry(council, call.proposeAdd(account(0x05), organisation(8)))
  const second = await carry(council, call.proposeAdd(account(0x06), organisation(9)))
  advance(council.chain, { seconds: VETO_SECONDS })
  for (const id of [first, second]) await act(council, STRANGER, call.schedule(id))
  advance(council.chain, { blocks: DELAY_BLOCKS })
  for (const id of [first, second]) await makeReady(council, id)
  assert.is(await answer(council, STRANGER, call.activate(first)), 'ok')
  assert.is(await answer(council, STRANGER, call.activate(second)), 'TooManyChanges')
  advance(council.chain, { blocks: 1 })
  assert.is(await answer(council, STRANGER, call.activate(second)), 'ok')
})

test('seven members may change two in one block', async () => {
  const council = await createCouncil([0, 1, 2, 3, 4, 5, 6])
  const approvers = [1, 2, 3, 4]
  const ids: bigint[] = []
  for (const i of [5, 6, 7])
    ids.push(await carry(council, call.proposeAdd(account(i), organisation(10 + i)), approvers))
  advance(council.chain, { seconds: VETO_SECONDS })
  for (const id of ids) await act(council, STRANGER, call.schedule(id))
  advance(council.chain, { blocks: DELAY_BLOCKS })
  for (const id of ids) await makeReady(council, id)
  const answers: string[] = []
  for (const id of ids) answers.push(await answer(council, STRANGER, call.activate(id)))
  assert.equal(answers, ['ok', 'ok', 'TooManyChanges'])
})

test('one organisation holds less than a third of the seats', async () => {
  const five = await createCouncil(FIVE)
  const second = await carryToHeight(
    five,
    call.proposeAdd(account(0x05), organisation(0)),
    [1, 2, 3],
  )
  assert.is(await answer(five, STRANGER, call.activate(second)), 'SeatsExceeded')
  // seven members allow two seats, six would not: a removal may not raise anybody's share
  const seven = await createCouncil([0, 0, 1, 2, 3, 4, 5])
  const removal = await carryToHeight(seven, call.proposeRemove(member(6)), [1, 2, 3, 4])
  assert.is(await answer(seven, STRANGER, call.activate(removal)), 'SeatsExceeded')
})

test('a member seated after a proposal does not approve it', async () => {
  const council = await createCouncil(FOUR)
  const waiting = await carry(council, call.proposeAdd(account(0x06), organisation(8)), [])
  const id = await carryToHeight(council, call.proposeAdd(account(0x05), organisation(9)))
  await act(council, STRANGER, call.activate(id))
  assert.is(await answer(council, account(0x05), call.approve(waiting)), 'JoinedLater')
})

test('a removed member neither proposes nor approves', async () => {
  const council = await createCouncil(FIVE)
  const id = await carryToHeight(council, call.proposeRemove(member(4)), [1, 2, 3])
  await act(council, STRANGER, call.activate(id))
  const waiting = await carry(council, call.proposeAdd(account(0x06), organisation(8)), [])
  assert.is(await answer(council, member(4), call.approve(waiting)), 'NotValidator')
})

test('a second proposal about the same seat finds it taken or gone', async () => {
  const council = await createCouncil(FIVE)
  const adds = [
    await carry(council, call.proposeAdd(account(0x05), organisation(8)), [1, 2, 3]),
    await carry(council, call.proposeAdd(account(0x05), organisation(9)), [1, 2, 3]),
    await carry(council, call.proposeRemove(member(4)), [1, 2, 3]),
    await carry(council, call.proposeRemove(member(4)), [1, 2, 3]),
  ]
  advance(council.chain, { seconds: VETO_SECONDS })
  for (const id of adds) await act(council, STRANGER, call.schedule(id))
  advance(council.chain, { blocks: DELAY_BLOCKS })
  for (const id of adds) await makeReady(council, id)
  const answers: string[] = []
  for (const id of adds) {
    advance(council.chain, { blocks: 1 })
    answers.push(await answer(council, STRANGER, call.activate(id)))
  }
  assert.equal(answers, ['ok', 'AlreadyMember', 'ok', 'NotMember'])
})

test('refuses a setup that breaks its own rules', async () => {
  const chain = await createChain()
  const good = {
    validators: FOUR.map(member),
    organisations: FOUR.map(organisation),
    observers: OBSERVERS,
    vetoWindowSeconds: 10,
    lifetimeSeconds: 20,
    activationDelayBlocks: 1,
  }
  const many = Array.from({ length: 101 }, (_, i) => account(i + 1))
  const deployed = async (change: Partial<typeof good>): Promise<string> => {
    const data = encodeDeployData({
      abi: validatorSetAbi,
      bytecode: validatorSetBytecode,
      args: [{ ...good, ...change }],
    })
    return revertOf(await send(chain, { from: STRANGER, data }))
  }
  const [a, b, c, d] = good.validators as [Address, Address, Address, Address]
  const expected: readonly [Partial<typeof good>, string][] = [
    [{}, 'ok'],
    [{ validators: [] }, 'SetupInvalid'],
    [{ validators: many, organisations: many.map(() => organisation(0)) }, 'SetupInvalid'],
    [{ organisations: [] }, 'SetupInvalid'],
    [{ observers: [] }, 'SetupInvalid'],
    [{ observers: Array.from({ length: 33 }, (_, i) => account(i + 1)) }, 'SetupInvalid'],
    [{ observers: [ZERO_ADDRESS] }, 'ZeroValue'],
    [{ observers: [STRANGER, STRANGER] }, 'AlreadyObserver'],
    [{ activationDelayBlocks: 0 }, 'SetupInvalid'],
    [{ lifetimeSeconds: 10 }, 'SetupInvalid'],
    [{ validators: [a, c, b, d] }, 'NotAscending'],
    [{ validators: [a, a, b, c] }, 'NotAscending'],
    [{ validators: [ZERO_ADDRESS, a, b, c] }, 'NotAscending'],
    [{ organisations: [0, 0, 1, 2].map(organisation) }, 'SeatsExceeded'],
    [{ organisations: [ZERO_HASH, ...[1, 2, 3].map(organisation)] }, 'ZeroValue'],
  ]
  for (const [change, name] of expected)
    assert.is(await deployed(change), name, JSON.stringify(Object.keys(change)))
})

test('sorts the validators of a setup', () => {
  const setup = {
    observers: OBSERVERS,
    vetoWindowSeconds: 1,
    lifetimeSeconds: 2,
    activationDelayBlocks: 1,
  }
  const validators = FOUR.map((i) => ({ address: member(i), organisation: organisation(i) }))
  const sorted = validatorSetInitCode({ ...setup, validators })
  assert.is(validatorSetInitCode({ ...setup, validators: [...validators].reverse() }), sorted)
  assert.throws(
    () => validatorSetInitCode({ ...setup, validators: [...validators, ...validators] }),
    /unique validators expected/,
  )
})

test('decodes exactly one list of addresses', () => {
  const word = (value: number) => {
    const bytes = new Uint8Array(32)
    new DataView(bytes.buffer).setUint32(28, value)
    return [...bytes]
  }
  const decode = (...words: number[][]) => decodeValidators(Uint8Array.from(words.flat()))
  const address = [...new Array<number>(12).fill(0), ...new Array<number>(20).fill(7)]
  assert.equal(decode(word(32), word(0)), { ok: true, value: [] })
  assert.equal(decode(word(32), word(1), address), { ok: true, value: [account(7)] })
  const dirty = [1, ...address.slice(1)]
  for (const bad of [
    [],
    [word(32)],
    [word(64), word(0)],
    [word(32), word(1)],
    [word(32), word(0), address],
    [word(32), word(1), dirty],
    [dirty, word(0)],
    [word(32), dirty],
    [word(32), word(101), ...new Array<number[]>(101).fill(address)],
  ])
    assert.is(decode(...bad).ok, false, JSON.stringify(bad.length))
  const log = decodeValidatorSetLog({ topics: [], data: new Uint8Array(0) })
  assert.is(log.ok ? 'ok' : log.code, 'LOG_UNKNOWN')
  const revert = decodeValidatorSetRevert(new Uint8Array(4))
  assert.is(revert.ok ? 'ok' : revert.code, 'REVERT_UNKNOWN')
})

test.run()
