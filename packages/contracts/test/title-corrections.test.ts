/**
 * Corrections by the court and by the parties: windows, objections, quorum, and who tries early.
 */
import { type Hash, ZERO_HASH } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { consentCommitment, ownerCommitment, titleRegistry } from '../src/index.ts'
import { advance } from './support/chain.ts'
import { ALL_OFFICES, deedOf, ORDER, objectionData, urgentData } from './support/title-acts.ts'
import { BUYER_SALT, transfer, transferDeed } from './support/title-deeds.ts'
import {
  act,
  BUYER,
  bringIn,
  COURT,
  createTitleWorld,
  hash,
  NOTARY,
  OBSERVER,
  type Person,
  person,
  REGISTRAR,
  SELLER,
  STRANGER,
  saltOf,
  sign,
  titleOf,
} from './support/titles.ts'

const world = await createTitleWorld()
const HOUR = 3_600
const HEIR = person('heir')
const HEIR_SALT = hash('heir salt')
const newOwnerC = ownerCommitment({ party: HEIR.party, salt: HEIR_SALT })

async function propose(i: number): Promise<Hash> {
  const id = await bringIn(world, i)
  const data = titleRegistry.encode.proposeCorrection(await deedOf(world, id, { newOwnerC }))
  assert.is((await act(world, COURT, data)).name, 'ok')
  return id
}

const apply = (id: Hash, who: Person = COURT) =>
  act(world, who, titleRegistry.encode.applyCorrection(id))

test('8: a court that corrects before the window ends is refused, after it goes', async () => {
  const id = await propose(0)
  assert.is((await apply(id)).name, 'TooEarly')
  assert.is((await transfer(world, id, { salt: saltOf(0) })).name, 'Frozen', 'a flight from it')
  const again = titleRegistry.encode.proposeCorrection(await deedOf(world, id, { newOwnerC }))
  assert.is((await act(world, COURT, again)).name, 'CorrectionPending')
  const thaw = titleRegistry.encode.unfreeze(id, ORDER)
  assert.is((await act(world, COURT, thaw)).name, 'CorrectionPending')
  advance(world.chain, { seconds: 72 * HOUR - 1 })
  assert.is((await apply(id)).name, 'TooEarly')
  advance(world.chain, { seconds: 1 })
  assert.is((await apply(id, REGISTRAR)).name, 'AccessManagedUnauthorized')
  const before = await titleOf(world, id)
  const { name, events } = await apply(id)
  assert.is(name, 'ok')
  const after = await titleOf(world, id)
  assert.is(after.ownerC, newOwnerC)
  assert.is(after.version, before.version + 1)
  const [event] = events
  assert.ok(event?.name === 'Corrected')
  assert.is(event.args.before, before.head)
  assert.is(event.args.head, after.head)
  assert.is((await apply(id)).name, 'NoCorrection')
  const sale = { salt: HEIR_SALT, owner: HEIR }
  assert.is((await transfer(world, id, sale)).name, 'ok', '12: the heir sells without the old salt')
})

test('observers end a correction in its window, and the freeze that came with it', async () => {
  const id = await propose(2)
  const object = titleRegistry.encode.objectCorrection(id, hash('reason'))
  assert.is((await act(world, REGISTRAR, object)).name, 'AccessManagedUnauthorized')
  assert.is((await act(world, OBSERVER, object)).name, 'ok')
  advance(world.chain, { seconds: 72 * HOUR })
  assert.is((await apply(id)).name, 'NoCorrection')
  assert.is((await transfer(world, id, { salt: saltOf(2) })).name, 'ok')
})

test('the owner gains one more window by objecting, once', async () => {
  const id = await propose(3)
  const forged = await objectionData(world, id, { salt: saltOf(3), owner: STRANGER })
  assert.is((await act(world, STRANGER, forged)).name, 'NotOpened')
  const data = await objectionData(world, id, { salt: saltOf(3) })
  assert.is((await act(world, STRANGER, data)).name, 'ok')
  assert.is((await act(world, STRANGER, data)).name, 'AlreadyObjected')
  advance(world.chain, { seconds: 72 * HOUR })
  assert.is((await apply(id)).name, 'TooEarly')
  advance(world.chain, { seconds: 72 * HOUR })
  const late = titleRegistry.encode.objectCorrection(id, hash('late'))
  assert.is((await act(world, OBSERVER, late)).name, 'TooLate')
  assert.is((await apply(id)).name, 'ok')
})

test('a correction that is not applied lapses with its freeze', async () => {
  const id = await propose(4)
  advance(world.chain, { seconds: 144 * HOUR + 1 })
  assert.is((await apply(id)).name, 'TooLate')
  assert.is((await transfer(world, id, { salt: saltOf(4) })).name, 'ok')
  const again = titleRegistry.encode.proposeCorrection(await deedOf(world, id, { newOwnerC }))
  assert.is((await act(world, COURT, again)).name, 'ok')
})

test('8: an urgent correction needs two of three offices, by two accounts, over this head', async () => {
  const id = await bringIn(world, 5)
  const deed = await deedOf(world, id, { newOwnerC })
  const { court, registrar, observer } = ALL_OFFICES
  const name = async (offices: Parameters<typeof urgentData>[2], who = COURT) =>
    (await act(world, who, urgentData(world, deed, offices))).name
  assert.is(await name({ court }), 'NoQuorum')
  assert.is(await name({ registrar }), 'NoQuorum')
  assert.is(await name({ court, registrar: STRANGER }), 'NotInRole')
  assert.is(await name({ court, observer: COURT }), 'NotInRole')
  assert.is(await name({ registrar, observer }, REGISTRAR), 'AccessManagedUnauthorized')
  const stale = { ...deed, prevHead: hash('old') }
  assert.is(
    (await act(world, COURT, urgentData(world, stale, { court, observer }))).name,
    'StaleHead',
  )
  assert.is(await name({ court, observer }), 'ok')
  assert.is(await name({ court, observer }), 'StaleHead')
  assert.is((await titleOf(world, id)).ownerC, newOwnerC)
})

/** The call by which both parties of the last transfer put it right. */
async function selfCorrection(
  id: Hash,
  last: Awaited<ReturnType<typeof transferDeed>>,
  options: {
    readonly salt: Hash
    readonly owner: { readonly party: Hash; readonly salt: Hash }
    readonly seller?: Person
    readonly buyer?: Person
    readonly newConsentC?: Hash
  },
) {
  const { seller = SELLER, buyer = BUYER, owner, newConsentC = ZERO_HASH } = options
  const deed = await deedOf(world, id, { newOwnerC: ownerCommitment(owner), newConsentC })
  return titleRegistry.encode.selfCorrect(deed, {
    deed: last,
    oldConsentC: ZERO_HASH,
    seller: { party: SELLER.party, salt: options.salt },
    sellerSignature: sign<'SelfCorrection'>(world, seller, ['SelfCorrection', deed]),
    buyer: { party: BUYER.party, salt: BUYER_SALT },
    buyerSignature: sign<'SelfCorrection'>(world, buyer, ['SelfCorrection', deed]),
    consent: [],
    owner,
  })
}

test('both parties put the last transfer right within 24 hours; nobody else, no third owner', async () => {
  const id = await bringIn(world, 6)
  const salt = saltOf(6)
  const last = await transferDeed(world, id)
  assert.is((await transfer(world, id, { salt })).name, 'ok')
  const back = { party: SELLER.party, salt: hash('back') }
  const refuse = async (options: object) =>
    (await act(world, REGISTRAR, await selfCorrection(id, last, { salt, owner: back, ...options })))
      .name
  assert.is(await refuse({ seller: STRANGER }), 'NotController')
  assert.is(await refuse({ buyer: STRANGER }), 'NotController')
  assert.is(await refuse({ owner: { party: STRANGER.party, salt: hash('x') } }), 'NotOpened')
  assert.is(
    await refuse({ salt: hash('no seller') }),
    'StaleHead',
    'not the seller of that transfer',
  )
  const shake = consentCommitment({ spouse: NOTARY.party, guardian: ZERO_HASH, salt: hash('s') })
  assert.is(await refuse({ newConsentC: shake }), 'ConsentsDiffer')
  const wrongDeed = { ...last, docC: hash('other') }
  const forged = await selfCorrection(id, wrongDeed, { salt, owner: back })
  assert.is((await act(world, REGISTRAR, forged)).name, 'StaleHead')
  advance(world.chain, { seconds: 24 * HOUR })
  assert.is(await refuse({}), 'ok')
  assert.is((await titleOf(world, id)).ownerC, ownerCommitment(back))
})

test('a day later both parties are refused', async () => {
  const id = await bringIn(world, 7)
  const salt = saltOf(7)
  const last = await transferDeed(world, id)
  assert.is((await transfer(world, id, { salt })).name, 'ok')
  advance(world.chain, { seconds: 24 * HOUR + 1 })
  const owner = { party: SELLER.party, salt: hash('back') }
  const data = await selfCorrection(id, last, { salt, owner })
  assert.is((await act(world, REGISTRAR, data)).name, 'TooLate')
})

test.run()
