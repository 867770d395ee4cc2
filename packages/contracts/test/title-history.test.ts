/** Heads folded from events, ids and commitments: TypeScript and the contract say the same. */
import type { Hash } from '@veche/primitives'
import { bytesToHex, merkleLevels, merklePath } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  accepted,
  childId,
  createLegacyTree,
  foldTitle,
  legacyLeaf,
  openLegacyTree,
  ownerCommitment,
  partyAccount,
  SHARE_WHOLE,
  type TitleEvent,
  type TitleStory,
  titleOfEvent,
  titleRegistry,
} from '../src/index.ts'
import { advance } from './support/chain.ts'
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
import { BUYER_SALT, transferData } from './support/title-deeds.ts'
import {
  act,
  BANK,
  BUYER,
  COURT,
  createTitleWorld,
  hash,
  liensOf,
  materialiseData,
  now,
  OBSERVER,
  REGISTRAR,
  SELLER,
  saltOf,
  titleOf,
} from './support/titles.ts'

const STATUSES = ['none', 'active', 'split', 'merged', 'demolished']

test('2: the events of every kind of act fold to the stored head, version, owner and liens', async () => {
  const w = await createTitleWorld()
  const log: TitleEvent[] = []
  const done = async (...[who, data]: [Parameters<typeof act>[1], Parameters<typeof act>[2]]) => {
    const acted = await act(w, who, data)
    assert.is(acted.name, 'ok')
    log.push(...acted.events)
  }
  for (const i of [0, 1, 2, 3, 4]) await done(SELLER, materialiseData(w, i))
  const [a, b, c, d, e] = w.legacy.map(({ propertyId }) => propertyId) as [
    Hash,
    Hash,
    Hash,
    Hash,
    Hash,
  ]
  await done(REGISTRAR, await addLienData(w, a, { salt: saltOf(0), lien: { priority: 3 } }))
  await done(COURT, titleRegistry.encode.addCourtLien(a, lienOf({ priority: 2 }), ORDER))
  await done(REGISTRAR, await releaseData(w, a, { lienId: 1 }))
  await done(BANK, titleRegistry.encode.satisfyLien(a, 2))
  await done(REGISTRAR, await transferData(w, a, { salt: saltOf(0) }))
  await done(COURT, titleRegistry.encode.freeze(a, ORDER, now(w) + 1_000))
  await done(COURT, titleRegistry.encode.unfreeze(a, ORDER))
  const newOwnerC = ownerCommitment({ party: BUYER.party, salt: BUYER_SALT })
  await done(COURT, titleRegistry.encode.proposeCorrection(await deedOf(w, b, { newOwnerC })))
  advance(w.chain, { seconds: 72 * 3_600 })
  await done(COURT, titleRegistry.encode.applyCorrection(b))
  const urgent = await deedOf(w, b, { newOwnerC: hash('other owner') })
  await done(COURT, urgentData(w, urgent, { court: COURT, observer: OBSERVER }))
  const half = BigInt(SHARE_WHOLE) / 2n
  await done(REGISTRAR, await splitData(w, c, { salt: saltOf(2), shares: [half, half] }))
  await done(REGISTRAR, await mergeData(w, [d, e], { salts: [saltOf(3), saltOf(4)] }))
  const merged = log.at(-1)
  assert.ok(merged?.name === 'TitleCreated')
  assert.is(merged.args.propertyId, childId(merged.args.deed, 0))
  const into = merged.args.propertyId
  await done(REGISTRAR, await demolishData(w, into, { salt: saltOf(3) }))

  const stories = new Map<Hash, TitleStory>()
  for (const event of log) {
    const id = titleOfEvent(event)
    if (id !== undefined) stories.set(id, accepted(foldTitle(stories.get(id), event)))
  }
  assert.is(stories.size, 8)
  for (const [id, story] of stories) {
    const title = await titleOf(w, id)
    assert.is(story.head, title.head)
    assert.is(story.version, title.version)
    assert.is(story.ownerC, title.ownerC)
    assert.is(story.share, title.share)
    assert.is(story.status, STATUSES[title.status])
    const liens = await liensOf(w, id)
    assert.equal(
      story.liens.map(({ id: lienId }) => lienId),
      liens.map(({ id: lienId }) => lienId),
    )
  }
  const [first, second] = log.filter((event) => titleOfEvent(event) === a)
  assert.ok(first !== undefined && second !== undefined)
  const broken = foldTitle(undefined, second)
  assert.is(broken.ok, false, 'a server that leaves an event out is found')
  const story = accepted(foldTitle(undefined, first))
  assert.is(foldTitle(story, first).ok, false, 'and one that tells it twice')
})

test('the legacy tree is the tree of primitives, for odd and even counts', () => {
  for (const count of [1, 2, 3, 5, 8, 13, 21]) {
    const leaves = Array.from({ length: count }, (_, i) =>
      legacyLeaf({
        propertyId: hash(`p${i}`),
        ownerC: hash(`o${i}`),
        consentC: hash('none'),
        share: SHARE_WHOLE,
        liens: [],
      }),
    )
    const grower = createLegacyTree(count)
    for (const leaf of leaves) grower.add(leaf)
    const tree = grower.finish()
    const levels = merkleLevels(leaves)
    assert.is(tree.root, bytesToHex(levels.at(-1)?.[0] as Uint8Array))
    const kept = openLegacyTree(tree.nodes, count)
    for (let i = 0; i < count; i++)
      assert.equal(kept.pathOf(i), merklePath(levels, i).map(bytesToHex))
  }
})

test('a party is an account or an identity', () => {
  assert.is(partyAccount(SELLER.party), SELLER.address)
  assert.is(partyAccount(hash('identity')), undefined)
})

test.run()
