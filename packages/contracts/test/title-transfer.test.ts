/** Transfers of titles: who must sign, what a signature is good for, who cannot cheat. */
import { type Hash, ZERO_HASH } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeFunctionData } from 'viem/utils'
import {
  CITY_ROLES,
  cityAccess,
  consentCommitment,
  ownerCommitment,
  titleRegistry,
} from '../src/index.ts'
import { advance, deploy, send } from './support/chain.ts'
import { addLienData, releaseData } from './support/title-acts.ts'
import { BUYER_SALT, parties, transfer, transferData, transferDeed } from './support/title-deeds.ts'
import {
  act,
  BANK,
  BUYER,
  bringIn,
  COURT,
  createTitleWorld,
  fixture,
  hash,
  identityBook,
  LATE,
  manage,
  materialiseData,
  NOTARY,
  now,
  OBSERVER,
  OLD_LIEN,
  PERSONNEL,
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
const NOTARY_ID = CITY_ROLES.NOTARY.id

test('a transfer signed by seller, buyer and notary gives the title to the buyer', async () => {
  const id = await bringIn(world, 0)
  const before = await titleOf(world, id)
  const { name, events } = await transfer(world, id, { salt: saltOf(0) })
  assert.is(name, 'ok')
  const after = await titleOf(world, id)
  assert.is(after.ownerC, ownerCommitment({ party: BUYER.party, salt: BUYER_SALT }))
  assert.is(after.version, before.version + 1)
  assert.is.not(after.head, before.head)
  assert.is(events[0]?.name, 'Transferred')
})

test('3: a legacy title enters once, by exactly its leaf', async () => {
  const again = await act(world, STRANGER, materialiseData(world, 0))
  assert.is(again.name, 'Exists')
  const title = world.legacy[2]
  assert.ok(title)
  const path = world.tree.pathOf(2)
  const forged = { ...title, ownerC: ownerCommitment({ party: STRANGER.party, salt: saltOf(2) }) }
  const cheat = await act(world, STRANGER, titleRegistry.encode.materialise(forged, path))
  assert.is(cheat.name, 'NotInLegacy')
  const share = { ...title, share: title.share - 1 }
  assert.is(
    (await act(world, STRANGER, titleRegistry.encode.materialise(share, path))).name,
    'NotInLegacy',
  )
  const lien = world.legacy[1]
  assert.ok(lien)
  const shed = titleRegistry.encode.materialise({ ...lien, liens: [] }, world.tree.pathOf(1))
  assert.is((await act(world, SELLER, shed)).name, 'NotInLegacy', 'an owner who sheds a mortgage')
  const long = Array.from({ length: 33 }, () => ZERO_HASH)
  assert.is(
    (await act(world, STRANGER, titleRegistry.encode.materialise(title, long))).name,
    'PathTooLong',
  )
  const wrong = titleRegistry.encode.materialise(title, world.tree.pathOf(3))
  assert.is((await act(world, STRANGER, wrong)).name, 'NotInLegacy')
})

/** The name of the refusal of a transfer of a fresh title. */
async function refusal(
  i: number,
  options: Partial<Parameters<typeof transfer>[2]>,
): Promise<string> {
  const id = world.legacy[i]?.propertyId as Hash
  if ((await titleOf(world, id)).version === 0) await bringIn(world, i)
  return (await transfer(world, id, { salt: saltOf(i), ...options })).name
}

test('4: a registrar who forges a party is refused: seller, buyer, notary', async () => {
  const i = 2
  const opening = { party: SELLER.party, salt: saltOf(i) }
  assert.is(await refusal(i, { owner: STRANGER }), 'NotOpened')
  assert.is(await refusal(i, { owner: STRANGER, ownerOpening: opening }), 'NotController')
  assert.is(await refusal(i, { salt: saltOf(3) }), 'NotOpened', 'a wrong salt')
  const deed = { newOwnerC: ownerCommitment({ party: STRANGER.party, salt: BUYER_SALT }) }
  assert.is(await refusal(i, { deed }), 'NotOpened', 'a buyer who is somebody else')
  assert.is(await refusal(i, { notary: STRANGER }), 'NotInRole')
  assert.is(await refusal(i, { notary: COURT }), 'NotInRole')
  assert.is(await refusal(i, { registrar: STRANGER }), 'AccessManagedUnauthorized')
  assert.is(await refusal(i, { registrar: NOTARY }), 'AccessManagedUnauthorized')
})

test('13: a registrar who is a notary too cannot attest for himself, nor a party', async () => {
  const grant = cityAccess.encode.grantRole(NOTARY_ID, REGISTRAR.address, 0)
  await manage(world, PERSONNEL, grant)
  await manage(world, PERSONNEL, cityAccess.encode.grantRole(NOTARY_ID, SELLER.address, 0))
  await manage(world, PERSONNEL, cityAccess.encode.grantRole(NOTARY_ID, BUYER.address, 0))
  advance(world.chain, { seconds: 86_400 })
  for (const notary of [REGISTRAR, SELLER, BUYER])
    assert.is(await refusal(2, { notary }), 'NotaryIsParty')
  for (const { address } of [REGISTRAR, SELLER, BUYER])
    await manage(world, PERSONNEL, cityAccess.encode.revokeRole(NOTARY_ID, address))
})

test('7: a signature for another title, chain, contract, price of time or state is refused', async () => {
  const i = 2
  const id = world.legacy[i]?.propertyId as Hash
  await bringIn(world, 3)
  const elsewhere = { ...world, domain: { ...world.domain, chainId: 2 } }
  assert.is(await refusal(i, { signedFor: elsewhere }), 'BadSignature')
  const copy = { ...world, domain: { ...world.domain, contract: STRANGER.address } }
  assert.is(await refusal(i, { signedFor: copy }), 'BadSignature')
  const other = await transferDeed(world, world.legacy[3]?.propertyId as Hash)
  assert.is(await refusal(i, { signedDeed: other }), 'BadSignature', 'another title')
  assert.is(await refusal(i, { deed: { prevHead: hash('old') } }), 'StaleHead')
  assert.is(await refusal(i, { deed: { deadline: now(world) - 1 } }), 'Expired')
  const deed = await transferDeed(world, id)
  assert.is(
    await refusal(i, { signedDeed: { ...deed, docC: hash('other paper') } }),
    'BadSignature',
  )
  const data = await transferData(world, id, { salt: saltOf(i) })
  assert.is((await act(world, REGISTRAR, data)).name, 'ok')
  assert.is((await act(world, REGISTRAR, data)).name, 'StaleHead', 'sent twice')
})

test('11: a notary revoked before the transfer is refused; revoked after it, the transfer stands', async () => {
  const extra = person('second notary')
  await manage(world, PERSONNEL, cityAccess.encode.grantRole(NOTARY_ID, extra.address, 0))
  advance(world.chain, { seconds: 86_400 })
  const id = world.legacy[3]?.propertyId as Hash
  const data = await transferData(world, id, { salt: saltOf(3), notary: extra })
  const snapshot = await titleOf(world, id)
  await manage(world, PERSONNEL, cityAccess.encode.revokeRole(NOTARY_ID, extra.address))
  assert.is((await act(world, REGISTRAR, data)).name, 'NotInRole')
  assert.equal(await titleOf(world, id), snapshot)
  assert.is((await transfer(world, id, { salt: saltOf(3) })).name, 'ok')
  const done = await titleOf(world, id)
  await manage(world, PERSONNEL, cityAccess.encode.revokeRole(NOTARY_ID, NOTARY.address))
  assert.equal(await titleOf(world, id), done)
  await manage(world, PERSONNEL, cityAccess.encode.grantRole(NOTARY_ID, NOTARY.address, 0))
  advance(world.chain, { seconds: 86_400 })
})

test('an identity signs with its present key; after re-binding the old key is refused', async () => {
  const w = await createTitleWorld()
  const id = await bringIn(w, 0)
  const idC = hash('identity of the buyer')
  const [oldKey, newKey] = [person('old key'), person('new key')]
  const bind = async (key: Person) => {
    const data = identityBook.encode['bind']?.(idC, key.address) ?? '0x'
    assert.ok((await send(w.chain, { from: STRANGER.address, to: w.identities, data })).ok)
  }
  await bind(oldKey)
  const buyer = { ...oldKey, party: idC }
  assert.is((await transfer(w, id, { salt: saltOf(0), buyer })).name, 'ok')
  await bind(newKey)
  const back = { salt: BUYER_SALT, buyer: SELLER, buyerSalt: hash('back') }
  assert.is(
    (await transfer(w, id, { ...back, owner: buyer })).name,
    'NotController',
    'who found the old key',
  )
  assert.is((await transfer(w, id, { ...back, owner: { ...newKey, party: idC } })).name, 'ok')
})

test('a department signs as a contract (ERC-1271)', async () => {
  const w = await createTitleWorld()
  const id = await bringIn(w, 0)
  const office = createOffice(await deploy(w.chain, fixture('OfficeAccount').bytecode))
  const { abi } = fixture('OfficeAccount')
  const data = encodeFunctionData({ abi, functionName: 'setKey', args: [BUYER.address] })
  await send(w.chain, { from: STRANGER.address, to: office.address, data })
  assert.is((await transfer(w, id, { salt: saltOf(0), buyer: office })).name, 'ok')
  const title = await titleOf(w, id)
  assert.is(title.ownerC, ownerCommitment({ party: office.party, salt: BUYER_SALT }))
})

function createOffice({ address }: { address: Person['address'] }): Person {
  return { secret: BUYER.secret, address, party: `0x${address.slice(2).padStart(64, '0')}` }
}

test('a lienholder who would change the register while asked to sign is refused', async () => {
  const w = await createTitleWorld()
  const id = await bringIn(w, 0)
  const { address } = await deploy(w.chain, fixture('MeddlingAccount').bytecode)
  const lien = { ...OLD_LIEN, holder: address }
  const add = titleRegistry.encode.addCourtLien(id, lien, hash('order'))
  assert.is((await act(w, COURT, add)).name, 'ok')
  const args = [w.registry, titleRegistry.encode.satisfyLien(id, 1)]
  const data = encodeFunctionData({
    abi: fixture('MeddlingAccount').abi,
    functionName: 'arm',
    args,
  })
  assert.ok((await send(w.chain, { from: STRANGER.address, to: address, data })).ok)
  assert.is((await transfer(w, id, { salt: saltOf(0), holders: [BANK] })).name, 'BadSignature')
  assert.is((await titleOf(w, id)).liens, 1)
})

test('5: a live lien stops a transfer until every holder has signed', async () => {
  const w = await createTitleWorld()
  const id = await bringIn(w, 1)
  assert.is((await titleOf(w, id)).liens, 1)
  assert.is((await transfer(w, id, { salt: saltOf(1) })).name, 'HoldersMissing')
  assert.is((await transfer(w, id, { salt: saltOf(1), holders: [STRANGER] })).name, 'BadSignature')
  assert.is(
    (await transfer(w, id, { salt: saltOf(1), holders: [BANK, BANK] })).name,
    'HoldersMissing',
  )
  assert.is((await transfer(w, id, { salt: saltOf(1), holders: [BANK] })).name, 'ok')
  assert.is((await titleOf(w, id)).liens, 1, 'the lien follows the property')
})

test('a flagged spouse and guardian must sign; a seller cannot leave them out', async () => {
  const w = await createTitleWorld()
  const id = await bringIn(w, 0)
  const [spouse, guardian] = [person('spouse'), person('guardian')]
  const who = { spouse: spouse.party, guardian: guardian.party, salt: hash('consent') }
  const newConsentC = consentCommitment(who)
  assert.is((await transfer(w, id, { salt: saltOf(0), deed: { newConsentC } })).name, 'ok')
  const sale = { salt: BUYER_SALT, owner: BUYER, buyer: SELLER, buyerSalt: hash('again') }
  const name = async (options: object) => (await transfer(w, id, { ...sale, ...options })).name
  assert.is(await name({}), 'ConsentMissing')
  const both = { ...who, spouseSigner: spouse, guardianSigner: guardian }
  assert.is(await name({ consent: [{ ...both, spouse: ZERO_HASH }] }), 'NotOpened')
  assert.is(await name({ consent: [{ ...both, spouseSigner: STRANGER }] }), 'NotController')
  assert.is(await name({ consent: [{ ...both, guardianSigner: undefined }] }), 'NotController')
  assert.is(await name({ consent: [both] }), 'ok')
  assert.not((await titleOf(w, id)).hasConsent)
})

test('a reservation holds the title for one buyer until its time', async () => {
  const w = await createTitleWorld()
  const id = await bringIn(w, 0)
  const { head } = await titleOf(w, id)
  const newOwnerC = ownerCommitment({ party: BUYER.party, salt: BUYER_SALT })
  const until = now(w) + 86_400
  const proposal = { propertyId: id, prevHead: head, newOwnerC, until, deadline: LATE }
  const opening = { party: SELLER.party, salt: saltOf(0) }
  const propose = (by: Person, body = proposal) =>
    titleRegistry.encode.proposeTransfer(body, opening, sign(w, by, ['Proposal', body]))
  assert.is((await act(w, REGISTRAR, propose(STRANGER))).name, 'NotController')
  const long = { ...proposal, until: now(w) + 31 * 86_400 }
  assert.is((await act(w, REGISTRAR, propose(SELLER, long))).name, 'TimeOutOfRange')
  assert.is((await act(w, REGISTRAR, propose(SELLER))).name, 'ok')
  const other = { salt: saltOf(0), buyer: STRANGER }
  assert.is((await transfer(w, id, other)).name, 'Reserved', 'a seller who sells twice')
  const lien = { salt: saltOf(0) }
  assert.is((await act(w, REGISTRAR, await addLienData(w, id, lien))).name, 'Reserved')
  const order = titleRegistry.encode.addCourtLien(id, OLD_LIEN, hash('order'))
  assert.is((await act(w, COURT, order)).name, 'ok')
  assert.is((await act(w, REGISTRAR, await releaseData(w, id, { lienId: 1 }))).name, 'ok')
  assert.is((await transfer(w, id, { salt: saltOf(0) })).name, 'ok')
  assert.is((await titleOf(w, id)).reservedUntil, 0)
})

test('12: a fresh salt by re-commitment: same owner, old salt destroyed, sale goes on', async () => {
  const w = await createTitleWorld()
  const id = await bringIn(w, 0)
  const { head } = await titleOf(w, id)
  const newSalt = hash('fresh')
  const deed = {
    propertyId: id,
    prevHead: head,
    newOwnerC: ownerCommitment({ party: SELLER.party, salt: newSalt }),
    newConsentC: ZERO_HASH,
    docC: ZERO_HASH,
    deadline: LATE,
  }
  const signed = parties(w, ['Recommit', deed], { salt: saltOf(0) })
  const gift = { ...deed, newOwnerC: ownerCommitment({ party: STRANGER.party, salt: newSalt }) }
  const giftSigned = parties(w, ['Recommit', gift], { salt: saltOf(0) })
  const cheat = titleRegistry.encode.recommit(gift, giftSigned, newSalt)
  assert.is((await act(w, REGISTRAR, cheat)).name, 'NotOpened', 'a gift dressed as a re-commitment')
  assert.is(
    (await act(w, REGISTRAR, titleRegistry.encode.recommit(deed, signed, newSalt))).name,
    'ok',
  )
  assert.is((await transfer(w, id, { salt: saltOf(0) })).name, 'NotOpened')
  assert.is((await transfer(w, id, { salt: newSalt })).name, 'ok')
})

test('observers, court and notaries change no owner by themselves', async () => {
  const w = await createTitleWorld()
  const id = await bringIn(w, 0)
  for (const who of [OBSERVER, COURT, NOTARY])
    assert.is(
      (await transfer(w, id, { salt: saltOf(0), registrar: who })).name,
      'AccessManagedUnauthorized',
    )
})

test.run()
