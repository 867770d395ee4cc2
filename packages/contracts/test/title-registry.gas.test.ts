/**
 * Gas of the register of titles, as receipts show it, with CityAccess and through the proxy. The
 * budget is the issue's: a transfer with three signatures at most 140,000.
 */
import type { Hash } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { consentCommitment, ownerCommitment, SHARE_WHOLE, titleRegistry } from '../src/index.ts'
import { advance } from './support/chain.ts'
import { gasSnapshot } from './support/gas.ts'
import {
  addLienData,
  deedOf,
  demolishData,
  lienOf,
  mergeData,
  ORDER,
  releaseData,
  splitData,
  urgentData,
} from './support/title-acts.ts'
import { BUYER_SALT, transfer } from './support/title-deeds.ts'
import {
  type Acted,
  act,
  BANK,
  BUYER,
  bringIn,
  COURT,
  createTitleWorld,
  hash,
  materialiseData,
  now,
  OBSERVER,
  person,
  REGISTRAR,
  SELLER,
  STRANGER,
  saltOf,
} from './support/titles.ts'

const world = await createTitleWorld()
const book = gasSnapshot('TitleRegistry')

async function note(name: string, acted: Promise<Acted>, max?: number): Promise<Acted> {
  const done = await acted
  assert.is(done.name, 'ok', name)
  book.note(name, done.outcome.gasUsed, max === undefined ? undefined : { max })
  return done
}

test('transfers keep to their budget', async () => {
  await note('materialise', act(world, STRANGER, materialiseData(world, 0)))
  await note('materialise with a lien', act(world, STRANGER, materialiseData(world, 1)))
  const id = world.legacy[0]?.propertyId as Hash
  await note('transfer with three signatures', transfer(world, id, { salt: saltOf(0) }), 140_000)
  const spouse = person('spouse')
  const who = { spouse: spouse.party, guardian: `0x${'00'.repeat(32)}`, salt: hash('c') } as const
  const sale = { salt: BUYER_SALT, owner: BUYER, buyer: SELLER, buyerSalt: hash('back') }
  const deed = { newConsentC: consentCommitment(who) }
  await note('transfer that flags a spouse', transfer(world, id, { ...sale, deed }))
  const consent = [{ ...who, spouseSigner: spouse }]
  const next = { salt: hash('back'), consent, buyerSalt: hash('third') }
  await note('transfer with a spouse', transfer(world, id, next))
  const mortgaged = world.legacy[1]?.propertyId as Hash
  await note(
    'transfer with a lien',
    transfer(world, mortgaged, { salt: saltOf(1), holders: [BANK] }),
  )
})

test('liens, freezes and corrections', async () => {
  const id = await bringIn(world, 2)
  const salt = saltOf(2)
  await note('addLien', act(world, REGISTRAR, await addLienData(world, id, { salt })))
  const order = titleRegistry.encode.addCourtLien(id, lienOf(), ORDER)
  await note('addCourtLien', act(world, COURT, order))
  await note('releaseLien', act(world, REGISTRAR, await releaseData(world, id, { lienId: 1 })))
  await note('satisfyLien', act(world, BANK, titleRegistry.encode.satisfyLien(id, 2)))
  await note(
    'freeze',
    act(world, COURT, titleRegistry.encode.freeze(id, ORDER, now(world) + 9_999)),
  )
  await note('unfreeze', act(world, COURT, titleRegistry.encode.unfreeze(id, ORDER)))
  const newOwnerC = ownerCommitment({ party: BUYER.party, salt: hash('court') })
  const deed = await deedOf(world, id, { newOwnerC })
  await note('proposeCorrection', act(world, COURT, titleRegistry.encode.proposeCorrection(deed)))
  advance(world.chain, { seconds: 72 * 3_600 })
  await note('applyCorrection', act(world, COURT, titleRegistry.encode.applyCorrection(id)))
  const urgent = urgentData(world, await deedOf(world, id, { newOwnerC }), {
    court: COURT,
    observer: OBSERVER,
  })
  await note('applyUrgentCorrection', act(world, COURT, urgent))
})

test('splits, merges, demolition', async () => {
  const [a, b, c] = [await bringIn(world, 3), await bringIn(world, 4), await bringIn(world, 5)]
  const half = BigInt(SHARE_WHOLE) / 2n
  const split = await splitData(world, a, { salt: saltOf(3), shares: [half, half] })
  await note('split in two', act(world, REGISTRAR, split))
  const merge = await mergeData(world, [b, c], { salts: [saltOf(4), saltOf(5)] })
  await note('merge of two', act(world, REGISTRAR, merge))
  const id = await bringIn(world, 6)
  const gone = await demolishData(world, id, { salt: saltOf(6) })
  await note('demolish', act(world, REGISTRAR, gone))
})

test('gas is as committed', () => book.check())

test.run()
