/** Applications and their review: what applicants, relayers and the city may do and not. */
import { keccakHex, utf8ToBytes, ZERO_HASH } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { nullifierOf, packCapacities, packPreferences } from '../src/fairs/season.ts'
import * as fairs from './support/season.ts'

const { act, revertOf, season: call, STRANGER, REVIEWER, ARBITER, ORGANISER } = fairs
const [anna, boris, clara, dora] = ['anna', 'boris', 'clara', 'dora'].map(fairs.keyOf) as [
  fairs.Key,
  fairs.Key,
  fairs.Key,
  fairs.Key,
]
const made = await fairs.createOpen()
const world = made as fairs.Fairs
const tried = async (data: `0x${string}`, from = STRANGER) => revertOf(await act(made, from, data))

/** Submits what a key signed, perhaps changed on the way. */
function submit(application: ReturnType<typeof fairs.applicationOf>, key: fairs.Key, altered = {}) {
  const signature = fairs.signApplication(made, key, application)
  return call.encode.submit({ ...application, ...altered }, signature, '0x')
}

test('a relayer cannot alter preferences, category, text or the person of an application', async () => {
  const application = fairs.applicationOf(made, anna, [1, 4])
  for (const altered of [
    { preferences: packPreferences([4, 1]) },
    { category: 1 },
    { contentC: ZERO_HASH },
    { person: fairs.personOf(boris.address) },
    { deadline: application.deadline + 1 },
  ])
    assert.is(await tried(submit(application, anna, altered)), 'SignatureInvalid')
})

test('a relayer cannot claim an application for its own key', async () => {
  const application = fairs.applicationOf(made, anna, [1, 4])
  const stolen = submit(application, anna, { applicant: boris.address })
  assert.is(await tried(stolen), 'SignatureInvalid')
})

test('nobody applies in the name of another person', async () => {
  const person = fairs.personOf(boris.address)
  assert.is(
    await tried(submit(fairs.applicationOf(made, anna, [1], { person }), anna)),
    'PersonInvalid',
  )
})

test('a signature of another season or another chain is worth nothing here', async () => {
  const application = fairs.applicationOf(made, anna, [1, 4])
  for (const place of [
    { chainId: fairs.CHAIN_ID + 1, season: made.address },
    { chainId: fairs.CHAIN_ID, season: made.office },
  ]) {
    const signature = fairs.signApplication(made, anna, application, place)
    assert.is(await tried(call.encode.submit(application, signature, '0x')), 'SignatureInvalid')
  }
})

test('preferences are stands that exist, each once, at least one, at most preferencesMax', async () => {
  for (const stands of [[], [7], [1, 1], [1, 2, 3, 4, 5]]) {
    const application = fairs.applicationOf(made, anna, stands)
    assert.is(await tried(submit(application, anna)), 'PreferencesInvalid', String(stands))
  }
  // a gap ends no list
  const preferences = 1n | (2n << 32n)
  assert.is(
    await tried(submit(fairs.applicationOf(made, anna, [], { preferences }), anna)),
    'PreferencesInvalid',
  )
  const foreign = fairs.applicationOf(made, anna, [1], { category: 2 })
  assert.is(await tried(submit(foreign, anna)), 'CategoryInvalid')
})

test('an application is in with its block, its nullifier and what it can bring; 2: once a person', async () => {
  const application = fairs.applicationOf(made, anna, [1, 4, 2])
  const outcome = await act(made, STRANGER, submit(application, anna))
  const [event] = call.decodeLogs(outcome.logs)
  assert.ok(event?.name === 'Applied')
  assert.is(event.args.nullifier, nullifierOf(made.address, application.person))
  const one = await fairs.shown(made, 1)
  assert.is(one.appliedAt, made.chain.height)
  assert.equal([one.status, one.wanted, one.places], [1, 2, 0])
  assert.is(await tried(submit(application, anna)), 'AlreadyApplied')
  const second = fairs.applicationOf(made, anna, [5])
  assert.is(await tried(submit(second, anna)), 'AlreadyApplied')
})

test('an application that nobody submitted by its deadline is void', async () => {
  const application = fairs.applicationOf(made, boris, [1], { deadline: made.chain.nowSeconds })
  const data = submit(application, boris)
  fairs.at(made, made.chain.nowSeconds + 1)
  assert.is(await tried(data), 'TooLate')
})

test('an applicant takes the application back and applies again; nobody else can', async () => {
  const withdraw = fairs.signAct(made, boris, 'Withdraw', { id: 1 })
  assert.is(await tried(call.encode.withdraw(...withdraw)), 'SignatureInvalid')
  const own = call.encode.withdraw(...fairs.signAct(made, anna, 'Withdraw', { id: 1 }))
  assert.is(await tried(own), 'ok')
  assert.is(await tried(own), 'WrongStatus')
  assert.is(await fairs.apply(made, anna, [4, 1]), 2)
  assert.is(await fairs.apply(made, boris, [1]), 3)
  assert.is(await fairs.apply(made, clara, [1], { category: 1 }), 4)
})

test('1: rules and capacities do not change once they are frozen', async () => {
  assert.is(
    await tried(fairs.season.encode.addCapacities(packCapacities([9])), ORGANISER),
    'WrongStage',
  )
  const { rules: old } = made
  const later = 40 * fairs.DAY
  const changed = {
    ...old,
    placesMax: 1,
    ...{ opensAt: old.opensAt + later, closesAt: old.closesAt + later },
    ...{ reviewUntil: old.reviewUntil + later, weekendsFrom: old.weekendsFrom + later },
  }
  const again = await act(
    made,
    ORGANISER,
    fairs.freezeCall({ ...made, rules: changed }),
    made.office,
  )
  assert.is(revertOf(again), 'WrongStage')
  const rules = call.encode.fixRules(ZERO_HASH, ZERO_HASH, [0n, 0n, 0n], [])
  assert.is(await tried(rules, ORGANISER), 'Unauthorized')
})

test('3: nothing is taken from closesAt on, even before anybody closes', async () => {
  assert.is(await tried(call.encode.close()), 'TooEarly')
  const application = fairs.applicationOf(made, dora, [1], {
    deadline: made.rules.closesAt + fairs.DAY,
  })
  const data = submit(application, dora)
  fairs.at(made, made.rules.closesAt)
  assert.is(await tried(data), 'TooLate')
  const back = fairs.signAct(made, anna, 'Withdraw', { id: 2 })
  assert.is(await tried(call.encode.withdraw(...back)), 'TooLate')
  assert.is(await tried(call.encode.close()), 'ok')
  assert.is(await tried(data), 'WrongStage')
})

test('the city refuses by its reviewers alone, and each application once', async () => {
  const verdict = call.encode.review([{ id: 2, code: 7 }])
  for (const who of [STRANGER, ORGANISER, ARBITER, fairs.CITY])
    assert.is(await tried(verdict, who), 'Unauthorized')
  assert.is(await tried(verdict, REVIEWER), 'ok')
  assert.is(await tried(verdict, REVIEWER), 'WrongStatus')
  const withdrawn = call.encode.review([{ id: 1, code: 7 }])
  assert.is(await tried(withdrawn, REVIEWER), 'WrongStatus')
  assert.is(await tried(call.encode.review([]), REVIEWER), 'BatchInvalid')
  assert.is(
    await tried(
      call.encode.review([
        { id: 3, code: 1 },
        { id: 4, code: 0 },
      ]),
      REVIEWER,
    ),
    'ok',
  )
})

test('what a reviewer found no objection to stays eligible', async () => {
  assert.is(await tried(call.encode.review([{ id: 4, code: 1 }]), REVIEWER), 'WrongStatus')
})

test('an applicant appeals in time, and the arbiter decides, not the reviewer', async () => {
  const note = keccakHex(utf8ToBytes('grounds'))
  const appeal = fairs.signAct(made, anna, 'AppealRefusal', { id: 2, note })
  const [signed, signature] = appeal
  assert.is(
    await tried(call.encode.appeal({ ...signed, note: ZERO_HASH }, signature)),
    'SignatureInvalid',
  )
  assert.is(await tried(call.encode.appeal(...appeal)), 'ok')
  assert.is(await tried(call.encode.appeal(...appeal)), 'WrongStatus')
  assert.is(await tried(call.encode.decideAppeal(2, false), REVIEWER), 'Unauthorized')
  assert.is(await tried(call.encode.decideAppeal(3, true), ARBITER), 'WrongStatus')
})

test('silence is consent: an appeal not decided in time cannot be refused any more', async () => {
  const late = fairs.signAct(made, boris, 'AppealRefusal', { id: 3, deadline: 2 ** 40 - 1 })
  fairs.at(made, made.chain.nowSeconds + made.rules.appealSeconds)
  assert.is(await tried(call.encode.decideAppeal(2, false), ARBITER), 'TooLate')
  assert.is(await tried(call.encode.appeal(...late)), 'TooLate')
  fairs.at(made, made.rules.reviewUntil)
  assert.is(await tried(call.encode.review([{ id: 3, code: 1 }]), REVIEWER), 'TooLate')
})

test('4: the freeze counts who is eligible: neither withdrawn nor refused', async () => {
  assert.is(await tried(call.encode.freeze()), 'TooEarly')
  fairs.at(made, made.rules.reviewUntil + 2 * made.rules.appealSeconds)
  const outcome = await act(made, STRANGER, call.encode.freeze())
  const event = call.decodeLogs(outcome.logs).find(({ name }) => name === 'Frozen')
  assert.ok(event?.name === 'Frozen')
  // anna's appeal was not decided, clara found no objection; boris was refused
  assert.is(event.args.count, 2)
  assert.is(await tried(call.encode.freeze()), 'WrongStage')
  assert.is(await tried(call.encode.review([{ id: 2, code: 1 }]), REVIEWER), 'WrongStage')
})

test('with an attester, a person is who the attester says, and one only', async () => {
  const attester = fairs.keyOf('attester')
  const person = keccakHex(utf8ToBytes('a person'))
  const now = world.chain.nowSeconds
  const shift = (days: number) => now + days * fairs.DAY
  const times = {
    opensAt: shift(2),
    closesAt: shift(5),
    reviewUntil: shift(6),
    weekendsFrom: shift(20),
  }
  const own = await fairs.createOpen({ rules: { ...times, attester: attester.address } }, world)
  const application = fairs.applicationOf(own, anna, [1], { person })
  const signature = fairs.signApplication(own, anna, application)
  const word = (who: fairs.Key, of = anna) => fairs.signAdmission(own, who, person, of.address)
  const admitted = async (admission: `0x${string}`) =>
    revertOf(await act(own, STRANGER, call.encode.submit(application, signature, admission)))
  assert.is(await admitted('0x'), 'SignatureInvalid')
  assert.is(await admitted(word(anna)), 'SignatureInvalid')
  assert.is(await admitted(word(attester, boris)), 'SignatureInvalid')
  assert.is(await admitted(word(attester)), 'ok')
  assert.is(await admitted(word(attester)), 'AlreadyApplied')
})

test.run()
