/** Splits, merges, demolition: shares are conserved, owners stay, nobody squats an id. */
import type { Hash } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ownerCommitment, SHARE_WHOLE, titleRegistry } from '../src/index.ts'
import { advance } from './support/chain.ts'
import { deedOf, demolishData, lienOf, mergeData, ORDER, splitData } from './support/title-acts.ts'
import { transfer } from './support/title-deeds.ts'
import {
  type Acted,
  act,
  bringIn,
  COURT,
  createTitleWorld,
  REGISTRAR,
  SELLER,
  STRANGER,
  saltOf,
  titleOf,
} from './support/titles.ts'

const world = await createTitleWorld()
const WHOLE = BigInt(SHARE_WHOLE)

const created = ({ events }: Acted): Hash[] =>
  events.flatMap((event) => (event.name === 'TitleCreated' ? [event.args.propertyId] : []))

test('9: a split gives children of the same owner whose shares sum to the parent, which ends', async () => {
  const id = await bringIn(world, 0)
  const salt = saltOf(0)
  const split = async (shares: readonly bigint[], options: object = {}) =>
    act(world, REGISTRAR, await splitData(world, id, { salt, shares, ...options }))
  assert.is((await split([WHOLE / 2n, WHOLE / 2n + 1n])).name, 'SharesDoNotSum')
  assert.is((await split([WHOLE / 2n, WHOLE / 2n - 1n])).name, 'SharesDoNotSum')
  assert.is((await split([WHOLE])).name, 'CountOutOfRange')
  assert.is((await split([WHOLE, 0n])).name, 'ZeroValue', 'a child of nothing')
  const wrap = [WHOLE + 1n, (1n << 256n) - 1n]
  assert.is((await split(wrap)).name, 'Panic', 'shares that sum around 2^256')
  assert.is((await split([WHOLE / 2n, WHOLE / 2n], { owner: STRANGER })).name, 'NotOpened')
  const done = await split([WHOLE / 3n, WHOLE / 3n, WHOLE / 3n])
  assert.is(done.name, 'ok')
  const parent = await titleOf(world, id)
  assert.is(parent.status, 2)
  let sum = 0
  for (const child of created(done)) {
    const title = await titleOf(world, child)
    assert.is(title.ownerC, parent.ownerC)
    assert.is(title.version, 1)
    sum += title.share
  }
  assert.is(sum, SHARE_WHOLE)
  assert.is((await transfer(world, id, { salt })).name, 'NotActive', 'a sale of the parent')
  const [first] = created(done)
  assert.is((await transfer(world, first as Hash, { salt })).name, 'ok')
})

test('a merge joins titles of one owner; of two owners, or one title twice, it is refused', async () => {
  const ids = [await bringIn(world, 2), await bringIn(world, 3)] as const
  const salts = [saltOf(2), saltOf(3)]
  const merge = async (which: readonly Hash[], options: { salts: readonly Hash[] }) =>
    act(world, REGISTRAR, await mergeData(world, which, options))
  assert.is((await merge([ids[0], ids[0]], { salts: [saltOf(2), saltOf(2)] })).name, 'NotActive')
  assert.is((await merge(ids, { salts: [saltOf(2), saltOf(4)] })).name, 'NotOpened')
  assert.is((await merge([ids[0]], { salts: [saltOf(2)] })).name, 'CountOutOfRange')
  const foreign = await bringIn(world, 4)
  assert.is((await transfer(world, foreign, { salt: saltOf(4) })).name, 'ok')
  const theft = await merge([ids[0], foreign], { salts: [saltOf(2), saltOf(4)] })
  assert.is(theft.name, 'NotOpened', "a neighbour's title in the bag")
  const done = await merge(ids, { salts })
  assert.is(done.name, 'ok')
  const [into] = created(done)
  const title = await titleOf(world, into as Hash)
  assert.is(title.share, 2 * SHARE_WHOLE)
  assert.is(title.ownerC, ownerCommitment({ party: SELLER.party, salt: saltOf(2) }))
  for (const id of ids) assert.is((await titleOf(world, id)).status, 3)
})

test('a burdened title is neither split, merged nor demolished', async () => {
  const id = await bringIn(world, 5)
  const salt = saltOf(5)
  const lien = titleRegistry.encode.addCourtLien(id, lienOf(), ORDER)
  assert.is((await act(world, COURT, lien)).name, 'ok')
  const split = await splitData(world, id, { salt, shares: [WHOLE / 2n, WHOLE / 2n] })
  assert.is((await act(world, REGISTRAR, split)).name, 'HasLiens')
  const other = await bringIn(world, 6)
  const merge = await mergeData(world, [other, id], { salts: [saltOf(6), salt] })
  assert.is((await act(world, REGISTRAR, merge)).name, 'HasLiens')
  assert.is((await act(world, REGISTRAR, await demolishData(world, id, { salt }))).name, 'HasLiens')
})

test('a demolished title takes no sale, and only the court brings it back', async () => {
  const id = await bringIn(world, 7)
  const salt = saltOf(7)
  const forged = await demolishData(world, id, { salt, owner: STRANGER })
  assert.is((await act(world, REGISTRAR, forged)).name, 'NotOpened')
  assert.is((await act(world, REGISTRAR, await demolishData(world, id, { salt }))).name, 'ok')
  assert.is((await transfer(world, id, { salt })).name, 'NotActive')
  const { ownerC } = await titleOf(world, id)
  const deed = await deedOf(world, id, { newOwnerC: ownerC })
  assert.is((await act(world, COURT, titleRegistry.encode.proposeCorrection(deed))).name, 'ok')
  advance(world.chain, { seconds: 72 * 3_600 })
  assert.is((await act(world, COURT, titleRegistry.encode.applyCorrection(id))).name, 'ok')
  assert.is((await titleOf(world, id)).status, 1)
  assert.is((await transfer(world, id, { salt })).name, 'ok')
})

test.run()
