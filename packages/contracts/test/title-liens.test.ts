/** Liens and freezes: what binds a title, in which order, until when, and who may end it. */
import type { Hash } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { titleRegistry } from '../src/index.ts'
import { advance } from './support/chain.ts'
import { addLienData, lienOf, ORDER, releaseData } from './support/title-acts.ts'
import { transfer } from './support/title-deeds.ts'
import {
  act,
  BANK,
  BUYER,
  bringIn,
  COURT,
  createTitleWorld,
  liensOf,
  now,
  REGISTRAR,
  SELLER,
  STRANGER,
  saltOf,
  scheduled,
  type TitleWorld,
  titleOf,
} from './support/titles.ts'

const world = await createTitleWorld()
const DAY = 86_400

const court = (w: TitleWorld, id: Hash, lien: ReturnType<typeof lienOf>) =>
  act(w, COURT, titleRegistry.encode.addCourtLien(id, lien, ORDER))

test('10: liens stand by rank, equal ranks by arrival, and the count is the length', async () => {
  const id = await bringIn(world, 0)
  const salt = saltOf(0)
  for (const priority of [2, 4, 4]) {
    const data = await addLienData(world, id, { salt, lien: { priority } })
    assert.is((await act(world, REGISTRAR, data)).name, 'ok')
  }
  const before = await addLienData(world, id, { salt, lien: { priority: 3 } })
  assert.is((await act(world, REGISTRAR, before)).name, 'LienOutOfOrder', 'who overtakes a lien')
  assert.is((await court(world, id, lienOf({ priority: 2 }))).name, 'ok')
  assert.is((await court(world, id, lienOf({ priority: 1 }))).name, 'ok')
  const list = await liensOf(world, id)
  assert.equal(
    list.map((each) => [each.priority, each.id]),
    [
      [1, 5],
      [2, 1],
      [2, 4],
      [4, 2],
      [4, 3],
    ],
  )
  assert.is((await titleOf(world, id)).liens, list.length)
  assert.is((await act(world, REGISTRAR, await releaseData(world, id, { lienId: 4 }))).name, 'ok')
  const rest = await liensOf(world, id)
  assert.equal(
    rest.map((each) => each.id),
    [5, 1, 2, 3],
  )
  assert.is((await titleOf(world, id)).liens, 4)
})

test('a ninth lien is refused', async () => {
  const id = await bringIn(world, 2)
  for (let i = 0; i < 8; i++) assert.is((await court(world, id, lienOf())).name, 'ok')
  assert.is((await court(world, id, lienOf())).name, 'TooManyLiens')
  const holders = Array.from({ length: 8 }, () => BANK)
  assert.is(
    (await transfer(world, id, { salt: saltOf(2), holders })).name,
    'ok',
    'eight fit a call',
  )
})

test('a lien without the owner, the notary or an order is refused', async () => {
  const id = await bringIn(world, 3)
  const salt = saltOf(3)
  const refuse = async (options: object) =>
    (await act(world, REGISTRAR, await addLienData(world, id, { salt, ...options }))).name
  assert.is(await refuse({ owner: STRANGER }), 'NotOpened')
  assert.is(await refuse({ notary: STRANGER }), 'NotInRole')
  assert.is(await refuse({ lien: { lienC: `0x${'00'.repeat(32)}` } }), 'ZeroValue')
  assert.is(await refuse({ lien: { until: 1 } }), 'TimeOutOfRange')
  const noOrder = titleRegistry.encode.addCourtLien(id, lienOf(), `0x${'00'.repeat(32)}`)
  assert.is((await act(world, COURT, noOrder)).name, 'ZeroValue')
  const byRegistrar = titleRegistry.encode.addCourtLien(id, lienOf(), ORDER)
  assert.is((await act(world, REGISTRAR, byRegistrar)).name, 'AccessManagedUnauthorized')
})

test('a lien ends by its holder, its time or the court after 72 hours, and by nobody else', async () => {
  const id = await bringIn(world, 4)
  const until = now(world) + 10 * DAY
  for (const lien of [lienOf(), lienOf({ until }), lienOf()]) await court(world, id, lien)
  const forged = await releaseData(world, id, { lienId: 1, holder: SELLER })
  assert.is((await act(world, REGISTRAR, forged)).name, 'BadSignature', 'a debtor releases himself')
  const satisfy = titleRegistry.encode.satisfyLien(id, 1)
  assert.is((await act(world, REGISTRAR, satisfy)).name, 'NotHolder')
  assert.is((await act(world, BANK, satisfy)).name, 'ok')
  assert.is((await act(world, BANK, satisfy)).name, 'LienUnknown')
  const expire = titleRegistry.encode.expireLien(id, 2)
  assert.is((await act(world, SELLER, expire)).name, 'TooEarly')
  assert.is((await act(world, SELLER, titleRegistry.encode.expireLien(id, 3))).name, 'TooEarly')
  const strike = titleRegistry.encode.strikeLien(id, 3, ORDER)
  assert.is((await act(world, COURT, strike)).name, 'AccessManagerNotScheduled')
  assert.is(await scheduled(world, COURT, strike), 'ok')
  advance(world.chain, { seconds: 10 * DAY })
  assert.is((await act(world, STRANGER, expire)).name, 'ok')
  assert.is((await titleOf(world, id)).liens, 0)
  assert.is((await transfer(world, id, { salt: saltOf(4) })).name, 'ok')
})

test('6: while frozen nobody but the court acts; the freeze ends by time or by order', async () => {
  const id = await bringIn(world, 5)
  const salt = saltOf(5)
  await court(world, id, lienOf())
  const freeze = (until: number) => titleRegistry.encode.freeze(id, ORDER, until)
  assert.is(
    (await act(world, REGISTRAR, freeze(now(world) + DAY))).name,
    'AccessManagedUnauthorized',
  )
  assert.is((await act(world, COURT, freeze(now(world)))).name, 'TimeOutOfRange')
  assert.is((await act(world, COURT, freeze(now(world) + 181 * DAY))).name, 'TimeOutOfRange')
  assert.is((await act(world, COURT, freeze(now(world) + DAY))).name, 'ok')
  assert.is((await transfer(world, id, { salt, holders: [BANK] })).name, 'Frozen')
  assert.is((await act(world, REGISTRAR, await addLienData(world, id, { salt }))).name, 'Frozen')
  assert.is(
    (await act(world, REGISTRAR, await releaseData(world, id, { lienId: 1 }))).name,
    'Frozen',
  )
  assert.is((await act(world, BANK, titleRegistry.encode.satisfyLien(id, 1))).name, 'Frozen')
  assert.is((await court(world, id, lienOf())).name, 'ok')
  assert.is((await act(world, COURT, freeze(now(world) + 100))).name, 'TimeOutOfRange', 'shorter')
  assert.is((await act(world, COURT, freeze(now(world) + 2 * DAY))).name, 'ok', 'renewed')
  advance(world.chain, { seconds: 2 * DAY - 1 })
  assert.is((await transfer(world, id, { salt, holders: [BANK, BANK] })).name, 'Frozen')
  advance(world.chain, { seconds: 1 })
  assert.is((await transfer(world, id, { salt, holders: [BANK, BANK] })).name, 'ok')
  const again = { salt: saltOf(5), owner: BUYER }
  assert.is((await act(world, COURT, freeze(now(world) + DAY))).name, 'ok')
  assert.is((await act(world, COURT, titleRegistry.encode.unfreeze(id, ORDER))).name, 'ok')
  assert.is((await transfer(world, id, again)).name, 'NotOpened', 'thawed: only the salt is wrong')
})

test.run()
