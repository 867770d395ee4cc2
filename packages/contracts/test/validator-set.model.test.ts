/**
 * ValidatorSet against its model: random command sequences on the real byte code, every invariant
 * of services.md ("Invariants", ValidatorSet) after each command.
 */
import { type Address, bytesToHex, validatorSetHash, ZERO_HASH } from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { validatorSet as call, type ValidatorSetEvent } from '../src/index.ts'
import { advance, blockHashAt, view } from './support/chain.ts'
import { CouncilModel, changesMax, seatsMax } from './support/council-model.ts'
import {
  accuse,
  act,
  CHAIN_ID,
  type Council,
  createCouncil,
  DELAY_BLOCKS,
  eventsOf,
  LIFETIME_SECONDS,
  member,
  OBSERVERS,
  organisation,
  prevote,
  revertOf,
  STRANGER,
  VETO_SECONDS,
  validatorsOf,
} from './support/validators.ts'

const MEMBERS = 10
const ORGANISATIONS = 9

const anAddress = fc.nat(MEMBERS - 1).map(member)
const anId = fc.nat(4)

/**
 * a whole procedure in one command, so that sets really change; single steps go wrong in every way
 */
const aCommand = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('carry' as const),
      seat: fc.nat(MEMBERS - 1),
      organisation: fc.nat(ORGANISATIONS - 1),
      removal: fc.boolean(),
      isReady: fc.constantFrom(true, true, true, false),
      until: fc.constantFrom('proposed', 'approved', 'scheduled', 'activated', 'activated'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      from: anAddress,
      member: anAddress,
      organisation: fc.nat(ORGANISATIONS - 1),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('remove' as const),
      from: anAddress,
      member: anAddress,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('replace' as const),
      from: anAddress,
      member: anAddress,
      by: anAddress,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('accuse' as const),
      seat: fc.nat(MEMBERS - 1),
      lie: fc.constantFrom('none', 'none', 'equal', 'round', 'chain', 'signer'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('unseat' as const), member: anAddress }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('confirm' as const), from: anAddress, back: anId }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('approve' as const), from: anAddress, back: anId }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('veto' as const),
      from: fc.constantFrom(...OBSERVERS, STRANGER),
      back: anId,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('schedule' as const, 'activate' as const),
      back: anId,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('advance' as const),
      seconds: fc.constantFrom(0, 1, 1, VETO_SECONDS, VETO_SECONDS, LIFETIME_SECONDS),
      blocks: fc.constantFrom(0, 1, DELAY_BLOCKS),
    }),
  },
)

type Command = typeof aCommand extends fc.Arbitrary<infer T> ? T : never

interface Run {
  readonly council: Council
  readonly model: CouncilModel
  readonly events: ValidatorSetEvent[]
  readonly answers: Set<string>
}

async function both(
  run: Run,
  from: Address,
  data: ReturnType<typeof call.setHash>,
  expected: string,
) {
  const outcome = await act(run.council, from, data)
  const got = revertOf(outcome)
  assert.is(got, expected)
  run.answers.add(got)
  if (outcome.ok) run.events.push(...eventsOf(outcome))
  return got
}

function now(run: Run): { seconds: number; height: number } {
  return { seconds: run.council.chain.nowSeconds, height: run.council.chain.height }
}

async function propose(run: Run, from: Address, seat: number, seatOf: number | undefined) {
  const target = member(seat)
  if (seatOf === undefined) {
    const expected = run.model.propose(from, { member: target }, now(run))
    return both(run, from, call.proposeRemove(target), expected)
  }
  const owner = organisation(seatOf)
  const expected = run.model.propose(from, { member: target, organisation: owner }, now(run))
  return both(run, from, call.proposeAdd(target, owner), expected)
}

/** Proposes, approves by all, waits, schedules, waits, and activates; or stops on the way. */
async function carry(run: Run, command: Extract<Command, { kind: 'carry' }>): Promise<void> {
  const members = run.model.members()
  const [proposer = STRANGER, ...rest] = members
  const seatOf = command.removal ? undefined : command.organisation
  if ((await propose(run, proposer, command.seat, seatOf)) !== 'ok') return
  const id = run.model.proposals.length
  if (command.until === 'proposed') return
  for (const from of rest)
    await both(run, from, call.approve(BigInt(id)), run.model.approve(from, id, now(run)))
  if (command.until === 'approved') return
  advance(run.council.chain, { seconds: VETO_SECONDS })
  await both(run, STRANGER, call.schedule(BigInt(id)), run.model.schedule(id, now(run)))
  if (command.until === 'scheduled') return
  advance(run.council.chain, { blocks: DELAY_BLOCKS })
  if (command.isReady) await sayReady(run, member(command.seat), id)
  await both(run, STRANGER, call.activate(BigInt(id)), run.model.activate(id, now(run)))
}

async function sayReady(run: Run, from: Address, id: number): Promise<void> {
  const number = run.council.chain.height - 1
  const data = call.confirmReady(BigInt(id), { number, hash: blockHashAt(number) })
  await both(run, from, data, run.model.confirm(from, id, now(run)))
}

/** Two messages of a member, in conflict unless `lie` says what is wrong with them (8, 9). */
async function blame(run: Run, { seat, lie }: Extract<Command, { kind: 'accuse' }>): Promise<void> {
  const who = member(seat)
  const vote = { height: 7, round: 3, value: 1 }
  const second = {
    none: () => prevote(seat, { ...vote, value: 2 }),
    equal: () => prevote(seat, vote),
    round: () => prevote(seat, { ...vote, round: 4, value: 2 }),
    chain: () => prevote(seat, { ...vote, value: 2 }, CHAIN_ID + 1),
    signer: () => prevote((seat + 1) % MEMBERS, { ...vote, value: 2 }),
  }[lie as 'none']()
  const judged = { equal: 'NoConflict', round: 'RoundsDiffer', chain: '', signer: 'SignerDiffers' }
  const data = accuse(who, vote.height, { first: prevote(seat, vote), second })
  if (lie === 'none') await both(run, STRANGER, data, run.model.accuse(who, now(run)))
  else {
    const wrong = judged[lie as 'equal']
    const expected = !run.model.seats.has(who)
      ? 'NotMember'
      : run.model.suspended.has(who)
        ? 'Suspended'
        : `Equivocation${wrong === '' ? 'SignerDiffers' : wrong}`
    await both(run, STRANGER, data, expected)
  }
}

async function execute(run: Run, command: Command): Promise<void> {
  const { model } = run
  if (command.kind === 'advance') return advance(run.council.chain, command)
  if (command.kind === 'carry') return carry(run, command)
  if (command.kind === 'accuse') return blame(run, command)
  if (command.kind === 'unseat') {
    const expected = model.unseat(command.member, now(run))
    await both(run, STRANGER, call.unseat(command.member), expected)
    return
  }
  if (command.kind === 'replace') {
    const { from, member: replaces, by } = command
    const expected = model.propose(from, { member: by, replaces }, now(run))
    await both(run, from, call.proposeReplace(replaces, by), expected)
    return
  }
  if (command.kind === 'add' || command.kind === 'remove') {
    const seat = Number.parseInt(command.member.slice(2, 4), 16) - 0xa1
    const seatOf = command.kind === 'add' ? command.organisation : undefined
    await propose(run, command.from, seat, seatOf)
    return
  }
  const id = Math.max(0, model.proposals.length - command.back)
  const at = now(run)
  switch (command.kind) {
    case 'approve':
      await both(run, command.from, call.approve(BigInt(id)), model.approve(command.from, id, at))
      return
    case 'confirm':
      return sayReady(run, command.from, id)
    case 'veto': {
      const expected = model.veto(command.from, id, at)
      await both(run, command.from, call.veto(BigInt(id), ZERO_HASH), expected)
      return
    }
    case 'schedule':
      await both(run, STRANGER, call.schedule(BigInt(id)), model.schedule(id, at))
      return
    case 'activate':
      await both(run, STRANGER, call.activate(BigInt(id)), model.activate(id, at))
  }
}

/** Invariant 11: the members that the events alone tell, ascending. */
function replay(events: readonly ValidatorSetEvent[]): readonly Address[] {
  const members = new Set<Address>()
  for (const event of events) {
    if (event.eventName !== 'Activated') continue
    const address = event.args.member.toLowerCase() as Address
    if (event.args.kind === 0) members.add(address)
    else members.delete(address)
  }
  return [...members].sort()
}

async function check(run: Run, founders: number): Promise<readonly Address[]> {
  const { council, model, events } = run
  const validators = await validatorsOf(council)
  const n = validators.length
  assert.equal(validators, model.members())
  assert.ok(n >= Math.min(4, founders), '1: at least min(4, n) members')
  const isAscending = validators.every((one, i) => i === 0 || one > (validators[i - 1] ?? one))
  assert.ok(isAscending && !validators.includes(`0x${'00'.repeat(20)}`), '3: ascending, unique')
  for (const { organisation: owner } of model.seats.values())
    assert.ok(model.seatsOf(owner) <= seatsMax(n), '4: less than a third of the seats')
  const hash = validatorSetHash(validators)
  const answer = await view(council.chain, council.address, call.setHash())
  assert.is(bytesToHex(answer), hash, '7: the hash of the set')
  const told = events.findLast((event) => event.eventName === 'SetChanged')
  assert.is(told?.eventName === 'SetChanged' ? told.args.setHash : '', hash, '7: and its event')
  assert.equal(replay(events), validators, '11: the events tell the set')
  return validators
}

async function checkSuspensions({ council, model }: Run): Promise<void> {
  for (let i = 0; i < MEMBERS; i++) {
    const word = await view(council.chain, council.address, call.suspensionOf(member(i)))
    const isSuspended = word.some((byte) => byte !== 0)
    assert.is(isSuspended, model.suspended.has(member(i)), '8: suspended by evidence only')
  }
}

test('keeps every invariant under random commands', async () => {
  const answers = new Set<string>()
  const lists = fc.array(aCommand, { minLength: 20, maxLength: 50, size: 'max' })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(1, 2, 4, 4, 7), lists, async (founders, commands) => {
      const organisations = Array.from({ length: founders }, (_, i) => i)
      const council = await createCouncil(organisations)
      const model = new CouncilModel(organisations)
      const run: Run = { council, model, events: [...council.setupEvents], answers }
      let last = await check(run, founders)
      let begin = { height: council.chain.height, members: last }
      for (const command of commands) {
        await execute(run, command)
        const members = await check(run, founders)
        const { height } = council.chain
        // a command changes the set in the last block it reaches, so `last` is what that block
        // began with
        if (height !== begin.height) begin = { height, members: last }
        const isSame = members.filter((one) => begin.members.includes(one)).length
        const changed = members.length + begin.members.length - 2 * isSame
        assert.ok(changed <= changesMax(begin.members.length), '2: max(1, f) change at once')
        last = members
      }
      await checkSuspensions(run)
    }),
    { numRuns: 60, seed: 20_190_908 },
  )
  // the generator reaches the rules, or the test would prove little
  for (const name of [
    'ok',
    'NotValidator',
    'JoinedLater',
    'ApprovalsMissing',
    'VetoWindowOpen',
    'BeforeHeight',
    'Expired',
    'TooFew',
    'SeatsExceeded',
    'AlreadyMember',
    'NotMember',
    'WrongStage',
    'NotReady',
    'NotCandidate',
    'Leaving',
    'NotLeaving',
    'Suspended',
    'EquivocationNoConflict',
    'EquivocationRoundsDiffer',
    'EquivocationSignerDiffers',
  ])
    assert.ok(answers.has(name), `${name} among ${[...answers]}`)
})

test.run()
