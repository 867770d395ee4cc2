/** Deeds that tests sign: every party where it belongs, each replaceable to cheat. */
import { type Address, type Hash, type Hex, ZERO_HASH } from '@veche/primitives'
import {
  type OwnerOpening,
  ownerCommitment,
  type TitleAct,
  type TitleActKind,
  titleDigest,
  titleRegistry,
} from '../../src/index.ts'
import {
  type Acted,
  act,
  BUYER,
  DOC,
  hash,
  LATE,
  NOTARY,
  type Person,
  REGISTRAR,
  SELLER,
  sign,
  signRaw,
  type TitleWorld,
  titleOf,
} from './titles.ts'

export interface Signed {
  readonly account: Address
  readonly data: Hex
}

/** Who signs a deed of a title. */
export interface DeedParties {
  readonly owner?: Person
  readonly ownerOpening?: OwnerOpening
  readonly notary?: Person
  /** holders of live liens, in order */
  readonly holders?: readonly Person[]
  readonly consent?: readonly ConsentParties[]
}

export interface ConsentParties {
  readonly spouse: Hash
  readonly guardian: Hash
  readonly salt: Hash
  readonly spouseSigner?: Person
  readonly guardianSigner?: Person
}

const NOBODY: Signed = { account: `0x${'00'.repeat(20)}`, data: '0x' }

/** The `Parties` of a call: everybody signs this act. */
export function parties<kind extends TitleActKind>(
  world: TitleWorld,
  signedAct: readonly [kind, TitleAct<kind>],
  who: DeedParties & { readonly salt: Hash },
) {
  const { owner = SELLER, notary = NOTARY, holders = [], consent = [] } = who
  const by = (signer: Person | undefined): Signed =>
    signer === undefined ? NOBODY : sign(world, signer, signedAct)
  const digest = titleDigest(world.domain, ...signedAct)
  return {
    owner: who.ownerOpening ?? { party: owner.party, salt: who.salt },
    ownerSignature: by(owner),
    notary: by(notary),
    consent: consent.map((each) => ({
      spouse: each.spouse,
      guardian: each.guardian,
      salt: each.salt,
      spouseSignature: by(each.spouseSigner),
      guardianSignature: by(each.guardianSigner),
    })),
    holders: holders.map((holder) => signRaw(digest, holder)),
  }
}

export interface TransferCase extends DeedParties {
  /** opens the present ownerC */
  readonly salt: Hash
  readonly buyer?: Person
  readonly buyerSalt?: Hash
  readonly deed?: Partial<TitleAct<'Transfer'>>
  readonly registrar?: Person
  /** signatures are made for this world instead */
  readonly signedFor?: TitleWorld
  /** and for this deed instead */
  readonly signedDeed?: TitleAct<'Transfer'>
}

export const BUYER_SALT = hash('buyer salt')

/** The deed of a transfer from the title's present state. */
export async function transferDeed(
  world: TitleWorld,
  id: Hash,
  options: Pick<TransferCase, 'buyer' | 'buyerSalt' | 'deed'> = {},
): Promise<TitleAct<'Transfer'>> {
  const { buyer = BUYER, buyerSalt = BUYER_SALT } = options
  const { head } = await titleOf(world, id)
  return {
    propertyId: id,
    prevHead: head,
    newOwnerC: ownerCommitment({ party: buyer.party, salt: buyerSalt }),
    newConsentC: ZERO_HASH,
    docC: DOC,
    deadline: LATE,
    ...options.deed,
  }
}

/** Calldata of a transfer, everybody's signatures in it. */
export async function transferData(
  world: TitleWorld,
  id: Hash,
  options: TransferCase,
): Promise<Hex> {
  const { buyer = BUYER, buyerSalt = BUYER_SALT } = options
  const deed = await transferDeed(world, id, options)
  const signedAct = ['Transfer', options.signedDeed ?? deed] as const
  const signedFor = options.signedFor ?? world
  return titleRegistry.encode.transfer(
    deed,
    parties(signedFor, signedAct, options),
    { party: buyer.party, salt: buyerSalt },
    sign(signedFor, buyer, signedAct),
  )
}

/** A transfer, submitted. */
export async function transfer(world: TitleWorld, id: Hash, options: TransferCase): Promise<Acted> {
  const data = await transferData(world, id, options)
  return act(world, options.registrar ?? REGISTRAR, data)
}
