/**
 * What the audit of the title register found, each seen to go through before it was mended: a
 * parent that lives beside its children, a freeze nobody can lift, one that is lost, and a notary
 * who attests an act of its own (docs/audit/services-2026-11.md).
 */
import { type Hash, ZERO_HASH } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  CITY_ROLES,
  cityAccess,
  consentCommitment,
  ownerCommitment,
  SHARE_WHOLE,
  titleRegistry,
} from '../src/index.ts'
import { advance, send } from './support/chain.ts'
import { deedOf, ORDER, objectionData, splitData } from './support/title-acts.ts'
import { BUYER_SALT, transfer, transferData } from './support/title-deeds.ts'
import {
  act,
  BUYER,
  bringIn,
  COURT,
  createTitleWorld,
  hash,
  manage,
  NOTARY,
  now,
  OBSERVER,
  PERSONNEL,
  person,
  REGISTRAR,
  STRANGER,
  saltOf,
  titleOf,
} from './support/titles.ts'

const world = await createTitleWorld()
const HOUR = 3_600
const newOwnerC = ownerCommitment({ party: person('heir').party, salt: hash('heir salt') })

async function propose(i: number): Promise<Hash> {
  const id = await bringIn(world, i)
  const data = titleRegistry.encode.proposeCorrection(await deedOf(world, id, { newOwnerC }))
  assert.is((await act(world, COURT, data)).name, 'ok')
  return id
}

const apply = async (id: Hash) =>
  (await act(world, COURT, titleRegistry.encode.applyCorrection(id))).name
const freezeUntil = async (id: Hash, until: number) =>
  (await act(world, COURT, titleRegistry.encode.freeze(id, ORDER, until))).name

test('9: a correction in the very second its freeze ends revives no parent beside its children', async () => {
  const id = await propose(0)
  advance(world.chain, { seconds: 144 * HOUR })
  const half = BigInt(SHARE_WHOLE) / 2n
  const data = await splitData(world, id, { salt: saltOf(0), shares: [half, half] })
  assert.is((await act(world, REGISTRAR, data)).name, 'ok', 'the freeze is over')
  assert.is(await apply(id), 'TooLate')
  assert.is((await titleOf(world, id)).status, 2)
})

test('a court applies its correction up to the last second of the freeze', async () => {
  const id = await propose(1)
  advance(world.chain, { seconds: 144 * HOUR - 1 })
  assert.is(await apply(id), 'ok')
})

test('a correction that lapsed keeps no freeze of the court from being lifted', async () => {
  const id = await propose(2)
  advance(world.chain, { seconds: 144 * HOUR })
  assert.is(await freezeUntil(id, now(world) + 100 * 24 * HOUR), 'ok')
  assert.is((await act(world, COURT, titleRegistry.encode.unfreeze(id, ORDER))).name, 'ok')
  assert.is((await transfer(world, id, { salt: saltOf(2) })).name, 'ok')
})

test("a court's own freeze outlives a correction that the owner delayed and observers ended", async () => {
  const id = await propose(3)
  const until = now(world) + 150 * HOUR
  assert.is(await freezeUntil(id, until), 'ok')
  const objection = await objectionData(world, id, { salt: saltOf(3) })
  assert.is((await act(world, STRANGER, objection)).name, 'ok')
  const end = titleRegistry.encode.objectCorrection(id, hash('reason'))
  assert.is((await act(world, OBSERVER, end)).name, 'ok')
  assert.is((await titleOf(world, id)).frozenUntil, until)
  assert.is((await transfer(world, id, { salt: saltOf(3) })).name, 'Frozen')
})

test('a notary who is a registrar as well signs for nobody, whoever sends it, also by way of execute', async () => {
  const double = person('registrar and notary')
  for (const role of [CITY_ROLES.REGISTRAR, CITY_ROLES.NOTARY])
    await manage(world, PERSONNEL, cityAccess.encode.grantRole(role.id, double.address, 0))
  advance(world.chain, { seconds: 24 * HOUR })
  const id = await bringIn(world, 4)
  const data = await transferData(world, id, { salt: saltOf(4), notary: double })
  assert.is((await act(world, double, data)).name, 'NotaryIsParty')
  assert.is((await act(world, REGISTRAR, data)).name, 'NotaryIsParty')
  const execute = cityAccess.encode.execute(world.registry, data)
  const outcome = await send(world.chain, { from: double.address, to: world.access, data: execute })
  assert.not.ok(outcome.ok)
  assert.is(titleRegistry.decodeError(outcome.returned).name, 'TitleRegistryNotaryIsParty')
  const honest = await transferData(world, id, { salt: saltOf(4) })
  assert.is((await act(world, double, honest)).name, 'ok', 'a registrar it may be')
})

test('a notary who is spouse or guardian attests no sale of the ward', async () => {
  const salt = hash('consent salt')
  for (const [i, who] of [
    [6, 'spouse'],
    [7, 'guardian'],
  ] as const) {
    const parties = { spouse: ZERO_HASH, guardian: ZERO_HASH, salt, [who]: NOTARY.party }
    const id = await bringIn(world, i)
    const flagged = { salt: saltOf(i), deed: { newConsentC: consentCommitment(parties) } }
    assert.is((await transfer(world, id, flagged)).name, 'ok')
    const consent = [{ ...parties, [`${who}Signer`]: NOTARY }]
    const onward = { salt: BUYER_SALT, owner: BUYER, buyer: STRANGER, consent }
    assert.is((await transfer(world, id, onward)).name, 'NotaryIsParty', who)
  }
})

test.run()
