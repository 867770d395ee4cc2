/**
 * Acts on titles besides transfers, signed by the seller and the notary unless a test says other.
 */
import { type Hash, type Hex, ZERO_HASH } from '@veche/primitives'
import { type TitleAct, type TitleLien, titleDigest, titleRegistry } from '../../src/index.ts'
import { type DeedParties, parties } from './title-deeds.ts'
import {
  BANK,
  COURT,
  DOC,
  hash,
  LATE,
  OBSERVER,
  type Person,
  REGISTRAR,
  SELLER,
  sign,
  signRaw,
  type TitleWorld,
  titleOf,
} from './titles.ts'

type Who = DeedParties & { readonly salt: Hash }

export const ORDER = hash('order of the court')

/** A lien with holder, rank and id as given. */
export function lienOf(lien: Partial<TitleLien> = {}): TitleLien {
  const base = { lienC: hash('mortgage'), holder: BANK.address, priority: 1, kind: 1, until: 0 }
  return { ...base, id: 0, ...lien }
}

export async function addLienData(
  world: TitleWorld,
  id: Hash,
  options: Who & { readonly lien?: Partial<TitleLien> },
): Promise<Hex> {
  const { head } = await titleOf(world, id)
  const { lienC, holder, priority, kind, until } = lienOf(options.lien)
  const terms = { lienC, holder, priority, kind, until }
  const addition = { propertyId: id, prevHead: head, ...terms, deadline: LATE }
  const signed = parties(world, ['LienAddition', addition], options)
  return titleRegistry.encode.addLien(addition, signed)
}

export async function releaseData(
  world: TitleWorld,
  id: Hash,
  { lienId, holder = BANK }: { readonly lienId: number; readonly holder?: Person },
): Promise<Hex> {
  const { head } = await titleOf(world, id)
  const release = { propertyId: id, prevHead: head, lienId, deadline: LATE }
  const signature = signRaw(titleDigest(world.domain, 'LienRelease', release), holder)
  return titleRegistry.encode.releaseLien(release, signature)
}

/** A deed over the title's present head. */
export async function deedOf(
  world: TitleWorld,
  id: Hash,
  deed: Partial<TitleAct<'Correction'>> & { readonly newOwnerC: Hash },
): Promise<TitleAct<'Correction'>> {
  const { head } = await titleOf(world, id)
  const rest = { newConsentC: ZERO_HASH, docC: ORDER, deadline: LATE }
  return { propertyId: id, prevHead: head, ...rest, ...deed }
}

const ABSENT = { account: `0x${'00'.repeat(20)}`, data: '0x' } as const

/** An urgent correction signed by these offices. */
export function urgentData(
  world: TitleWorld,
  deed: TitleAct<'Correction'>,
  offices: { readonly court?: Person; readonly registrar?: Person; readonly observer?: Person },
): Hex {
  const by = (who: Person | undefined) =>
    who === undefined ? ABSENT : sign(world, who, ['Correction', deed])
  const { court, registrar, observer } = offices
  const quorum = { court: by(court), registrar: by(registrar), observer: by(observer) }
  return titleRegistry.encode.applyUrgentCorrection(deed, quorum)
}

export const ALL_OFFICES = { court: COURT, registrar: REGISTRAR, observer: OBSERVER }

export async function splitData(
  world: TitleWorld,
  id: Hash,
  options: Who & { readonly shares: readonly bigint[] },
): Promise<Hex> {
  const { head } = await titleOf(world, id)
  const { shares } = options
  const deed = { propertyId: id, prevHead: head, shares, docC: DOC, deadline: LATE }
  return titleRegistry.encode.split(deed, parties(world, ['Split', deed], options))
}

export async function mergeData(
  world: TitleWorld,
  ids: readonly Hash[],
  options: DeedParties & { readonly salts: readonly Hash[] },
): Promise<Hex> {
  const { salts } = options
  const prevHeads = await Promise.all(ids.map(async (id) => (await titleOf(world, id)).head))
  const deed = { propertyIds: ids, prevHeads, docC: DOC, deadline: LATE }
  const signed = parties(world, ['Merge', deed], { ...options, salt: salts[0] ?? ZERO_HASH })
  return titleRegistry.encode.merge(deed, signed, salts)
}

export async function demolishData(world: TitleWorld, id: Hash, options: Who): Promise<Hex> {
  const { head } = await titleOf(world, id)
  const deed = { propertyId: id, prevHead: head, docC: DOC, deadline: LATE }
  return titleRegistry.encode.demolish(deed, parties(world, ['Demolition', deed], options))
}

/** The owner's objection to a waiting correction. */
export async function objectionData(
  world: TitleWorld,
  id: Hash,
  { salt, owner = SELLER }: { readonly salt: Hash; readonly owner?: Person },
): Promise<Hex> {
  const { head } = await titleOf(world, id)
  const objection = { propertyId: id, prevHead: head, docC: hash('reason'), deadline: LATE }
  const signature = sign(world, owner, ['Objection', objection])
  return titleRegistry.encode.objectAsOwner(objection, { party: owner.party, salt }, signature)
}
