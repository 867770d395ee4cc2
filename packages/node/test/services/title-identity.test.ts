/**
 * A home is not lost with a key: a title owned by an identity of the real IdentityRegistry, on our
 * own executor. The owner buys, loses the key, is bound to another by office and electronic
 * identity after the notice, and sells.
 */
import {
  accountParty,
  addressSigner,
  IDENTITY_REGISTRY_ADDRESS,
  type IdentityMessageKind,
  identityCommitment,
  identityMessage,
  identityRegistry,
  ownerCommitment,
  rebindingRequestId,
  signerKeyHash,
  titleRegistry,
} from '@veche/contracts'
import { type Address, type Hash, type Hex, ZERO_HASH } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { TypedDataDefinition } from 'viem'
import { signTyped } from '../../src/act/typed.ts'
import type { SignedTitleAct } from '../../src/titles/sign-act.ts'
import { account, keyOf, send } from '../support/service-chain.ts'
import {
  call,
  createTitlesWorld,
  DOC,
  EID,
  LATE,
  legacyTitle,
  NOTARIES,
  OWNERS,
  partiesOf,
  REGISTRAR,
  STRANGER,
  saltOf,
  sign,
  type TitlesWorld,
  text,
} from '../support/titles-world.ts'
import { signerOf } from '../support/world.ts'

const LOST = account('key that is lost')
const FOUND = account('key after it')
const idC = identityCommitment(text('a person'), text('salt of the person'))
const DEADLINE = 2n ** 40n

/** A holder's message, signed by one of the keys. */
async function proof(
  { chain }: TitlesWorld,
  key: Address,
  [kind, message]: readonly [IdentityMessageKind, Readonly<Record<string, unknown>>],
) {
  const typed = identityMessage(kind, message, { chainId: chain.genesis.chainId })
  const signature = await signTyped(signerOf(keyOf(key)), typed as unknown as TypedDataDefinition)
  return { signer: addressSigner(key), signature }
}

async function identity({ chain }: TitlesWorld, from: Address, data: Hex): Promise<void> {
  const outcome = await send(chain, { from, to: IDENTITY_REGISTRY_ADDRESS, data })
  const why = outcome.ok ? '' : identityRegistry.decodeError(outcome.returned).text
  assert.ok(outcome.ok, why)
}

interface Sale {
  readonly id: Hash
  readonly head: Hash
  readonly from: { readonly key: Address; readonly party: Hash; readonly salt: Hash }
  readonly to: { readonly key: Address; readonly party: Hash; readonly salt: Hash }
}

async function sell(world: TitlesWorld, { id, head, from, to }: Sale): Promise<string> {
  const deed = {
    ...{ propertyId: id, prevHead: head, newOwnerC: ownerCommitment(to) },
    ...{ newConsentC: ZERO_HASH, docC: DOC, deadline: LATE },
  }
  const act: SignedTitleAct = ['Transfer', deed]
  const opening = { party: from.party, salt: from.salt }
  const signers = { owner: from.key, notary: NOTARIES[0], spouse: false, holders: [], opening }
  const parties = await partiesOf(world, act, signers)
  const signature = await sign(world, to.key, act)
  const bought = { party: to.party, salt: to.salt }
  return call(world, REGISTRAR, titleRegistry.encode.transfer(deed, parties, bought, signature))
}

function headTold({ events }: TitlesWorld): Hash {
  const event = events.at(-1)
  assert.ok(event !== undefined && 'head' in event.args)
  return event.args.head
}

test('an owner whose key is lost sells with the key that was bound instead, the old one does not', async () => {
  const world = await createTitlesWorld()
  const keyHash = signerKeyHash(addressSigner(LOST))
  const registration = { idC, keyHash, recoveryHash: ZERO_HASH, assurance: 1, deadline: DEADLINE }
  const key = await proof(world, LOST, ['Registration', registration])
  const register = identityRegistry.encode.register(idC, ZERO_HASH, 1, DEADLINE, key)
  await identity(world, REGISTRAR, register)

  const title = legacyTitle(0)
  const enter = titleRegistry.encode.materialise(title, world.tree.pathOf(0))
  assert.is(await call(world, STRANGER, enter), 'ok')
  const id = title.propertyId
  const seller = { key: OWNERS[0], party: accountParty(OWNERS[0]), salt: saltOf(0) }
  const owner = { key: LOST, party: idC, salt: text('bought') }
  const stranger = { ...owner, key: STRANGER }
  const sale = { id, head: headTold(world), from: seller, to: owner }
  assert.is(await sell(world, { ...sale, to: stranger }), 'TitleRegistryNotController')
  assert.is(await sell(world, sale), 'ok')
  const head = headTold(world)

  const newKeyHash = signerKeyHash(addressSigner(FOUND))
  await identity(world, REGISTRAR, identityRegistry.encode.attestOffice(idC, newKeyHash, ZERO_HASH))
  await identity(world, EID, identityRegistry.encode.attestEid(idC, newKeyHash, ZERO_HASH))
  world.chain.nowSeconds += 25 * 3_600
  const request = { idC, epoch: 1, newKeyHash, newRecoveryHash: ZERO_HASH }
  const acceptance = { idC, requestId: rebindingRequestId(request), deadline: DEADLINE }
  const accepted = await proof(world, FOUND, ['Acceptance', acceptance])
  const complete = identityRegistry.encode.completeRebinding(idC, ZERO_HASH, DEADLINE, accepted)
  await identity(world, STRANGER, complete)

  const back = { id, head, from: owner, to: { ...seller, salt: text('again') } }
  assert.is(await sell(world, back), 'TitleRegistryNotController', 'who finds the lost key')
  assert.is(await sell(world, { ...back, from: { ...owner, key: FOUND } }), 'ok')
})

test.run()
