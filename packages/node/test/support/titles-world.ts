/**
 * A city with six legacy titles for the model test: people, their keys, and the calls they sign.
 */
import {
  accountParty,
  CITY_ACCESS_ADDRESS,
  cityAccess,
  consentCommitment,
  createLegacyTree,
  type LegacyTitle,
  type LegacyTree,
  legacyLeaf,
  ownerCommitment,
  propertyId,
  SHARE_WHOLE,
  TITLE_REGISTRY_ADDRESS,
  type TitleEvent,
  type TitleLien,
  titleRegistry,
} from '@veche/contracts'
import {
  type Address,
  type Hash,
  type Hex,
  keccakHex,
  assert as must,
  utf8ToBytes,
  ZERO_HASH,
} from '@veche/primitives'
import { NO_SIGNATURE, type SignedTitleAct, signTitleAct } from '../../src/titles/sign-act.ts'
import { account, type Chain, createChain, keyOf, send } from './service-chain.ts'
import { signerOf } from './world.ts'

export const text = (name: string): Hash => keccakHex(utf8ToBytes(name))

export const REGISTRAR = account('title registrar')
export const COURT = account('title court')
export const NOTARIES = [account('notary one'), account('notary two')] as const
export const OVERSEER = account('title overseer')
export const PERSONNEL = account('title personnel')
export const BANKS = [account('bank one'), account('bank two')] as const
export const OWNERS = [account('owner one'), account('owner two'), account('owner three')] as const
export const SPOUSE = account('spouse')
export const STRANGER = account('stranger')
/** attests for the state's electronic identity */
export const EID = account('electronic identity')

export const DOC = text('paper')
export const LATE = 2 ** 40 - 1
export const LEGACY = 6
export const CONSENT = { spouse: accountParty(SPOUSE), guardian: ZERO_HASH, salt: text('consent') }
export const CONSENT_C = consentCommitment(CONSENT)

export const saltOf = (i: number): Hash => text(`legacy salt ${i}`)

const OLD_LIEN: TitleLien = {
  ...{ lienC: text('old lien'), holder: BANKS[0], priority: 2, kind: 1, until: 0, id: 1 },
}

/** Title 1 is mortgaged, title 2 has a spouse. */
export const legacyTitle = (i: number): LegacyTitle => ({
  propertyId: propertyId(`77:01:0000001:${i}`),
  ownerC: ownerCommitment({ party: accountParty(OWNERS[i % 3] as Address), salt: saltOf(i) }),
  consentC: i === 2 ? CONSENT_C : ZERO_HASH,
  share: SHARE_WHOLE,
  liens: i === 1 ? [OLD_LIEN] : [],
})

export interface TitlesWorld {
  readonly chain: Chain
  readonly tree: LegacyTree
  readonly events: TitleEvent[]
}

/** `ok`, or the refusal's name; events are kept. */
export async function call(world: TitlesWorld, from: Address, data: Hex): Promise<string> {
  const outcome = await send(world.chain, {
    from,
    to: TITLE_REGISTRY_ADDRESS,
    data,
    gas: 2_900_000n,
  })
  world.events.push(...titleRegistry.decodeLogs(outcome.logs))
  return outcome.ok ? 'ok' : titleRegistry.decodeError(outcome.returned).name
}

/** A city whose legacy root is set. */
export async function createTitlesWorld(): Promise<TitlesWorld> {
  const offices = {
    registrar: REGISTRAR,
    notary: NOTARIES[0],
    court: COURT,
    personnel: PERSONNEL,
    department: EID,
  }
  const chain = await createChain({ setup: { offices, overseer: OVERSEER } })
  const grower = createLegacyTree(LEGACY)
  for (let i = 0; i < LEGACY; i++) grower.add(legacyLeaf(legacyTitle(i)))
  const tree = grower.finish()
  const world = { chain, tree, events: [] }
  const open = titleRegistry.encode.openLegacy(tree.root, BigInt(LEGACY), ZERO_HASH)
  const schedule = cityAccess.encode.schedule(TITLE_REGISTRY_ADDRESS, open, 0)
  const grant = cityAccess.encode.grantRole(12n, NOTARIES[1], 0)
  must(
    (await send(chain, { from: REGISTRAR, to: CITY_ACCESS_ADDRESS, data: schedule })).ok,
    'scheduled',
  )
  must((await send(chain, { from: PERSONNEL, to: CITY_ACCESS_ADDRESS, data: grant })).ok, 'granted')
  chain.nowSeconds += 72 * 3_600
  must((await call(world, REGISTRAR, open)) === 'ok', 'a legacy root')
  return world
}

/** Takes the second notary's role away. */
export async function dismissNotary({ chain }: TitlesWorld): Promise<void> {
  const data = cityAccess.encode.revokeRole(12n, NOTARIES[1])
  must((await send(chain, { from: PERSONNEL, to: CITY_ACCESS_ADDRESS, data })).ok, 'revoked')
}

/** Signs for this chain's register. */
export function sign({ chain }: TitlesWorld, who: Address, act: SignedTitleAct) {
  const domain = { chainId: chain.genesis.chainId, contract: TITLE_REGISTRY_ADDRESS }
  return signTitleAct(signerOf(keyOf(who)), domain, act)
}

export interface Signers {
  /** who signs as the owner */
  readonly owner: Address
  readonly notary: Address
  readonly spouse: boolean
  readonly holders: readonly Address[]
  /** opens the ownerC */
  readonly opening: { readonly party: Hash; readonly salt: Hash }
}

/** Everybody's signatures but a buyer's. */
export async function partiesOf(world: TitlesWorld, act: SignedTitleAct, who: Signers) {
  const spouseSignature = await sign(world, SPOUSE, act)
  const holders: Hex[] = []
  for (const holder of who.holders) holders.push((await sign(world, holder, act)).data)
  return {
    owner: who.opening,
    ownerSignature: await sign(world, who.owner, act),
    notary: await sign(world, who.notary, act),
    consent: who.spouse ? [{ ...CONSENT, spouseSignature, guardianSignature: NO_SIGNATURE }] : [],
    holders,
  }
}
