/**
 * What happens to one title on the busiest day: the calls, with everybody's signatures, and the
 * cheats that must be refused.
 */
import {
  accountParty,
  type LegacyTree,
  ownerCommitment,
  SHARE_WHOLE,
  TITLE_REGISTRY_ADDRESS,
  type TitleDomain,
  titleRegistry,
} from '@veche/contracts'
import {
  assert,
  type Hash,
  hexToBytes,
  keccakHex,
  type Signer,
  utf8ToBytes,
  ZERO_HASH,
} from '@veche/primitives'
import type { FinalTransaction } from '../finality.ts'
import type { LegacyRegister } from '../titles/legacy-register.ts'
import { type SignedTitleAct, signTitleAct, type TitleSignature } from '../titles/sign-act.ts'
import type { LoadContext } from './profile.ts'

/** people who own and buy */
export const OWNERS = 512
const DEADLINE = 2 ** 40 - 1

const GAS = { materialise: 130_000n, transfer: 170_000n, lien: 190_000n, split: 300_000n }

/** What is done to one title. */
export interface Story {
  readonly index: number
  readonly buyer: number
  readonly kind: 'sale' | 'mortgaged' | 'split' | 'entered-twice' | 'sent-twice'
}

/** Who and what all stories share. */
export interface Stage {
  readonly context: LoadContext
  readonly domain: TitleDomain
  readonly register: LegacyRegister
  readonly tree: LegacyTree
  readonly owners: readonly Signer[]
  readonly couriers: readonly Signer[]
  readonly offices: Readonly<Record<'registrar' | 'notary' | 'bank', Signer>>
  /** refusals that were expected, by what was tried */
  readonly refused: Record<string, number>
  /** cheats that went through, in words */
  readonly cheated: string[]
}

/** The stories of a day: 6 % mortgaged, 2 % split, 2 % with a cheat. */
export function planStories({ random, count }: LoadContext, titles: number): Story[] {
  const order = random.shuffle(Array.from({ length: titles }, (_, i) => i)).slice(0, count)
  return order.map((index) => {
    const draw = random.below(100)
    const kind =
      draw < 6
        ? 'mortgaged'
        : draw < 8
          ? 'split'
          : draw < 9
            ? 'entered-twice'
            : draw < 10
              ? 'sent-twice'
              : 'sale'
    return { index, buyer: random.below(OWNERS), kind }
  })
}

/** A buyer's salt: any hash of seed and index, since invented people have no secrets. */
export const saltFor = (seed: string, index: number): Hash =>
  keccakHex(utf8ToBytes(`veche buyer salt ${seed} ${index}`))

/** The head that the only event of a call tells. */
function headTold({ logs }: FinalTransaction): Hash {
  const [event] = titleRegistry.decodeLogs(
    logs.map(({ topics, data }) => ({ topics, data: hexToBytes(data) })),
  )
  assert(event !== undefined && 'head' in event.args, 'a call that changes a title')
  return event.args.head
}

/** A call that must be refused: what went through is a difference. */
async function cheat(stage: Stage, what: string, sent: Promise<{ succeeded: boolean }>) {
  const { succeeded } = await sent
  if (succeeded) stage.cheated.push(`${what} went through`)
  else stage.refused[what] = (stage.refused[what] ?? 0) + 1
}

interface Deal {
  readonly id: Hash
  readonly opening: { readonly party: Hash; readonly salt: Hash }
  readonly seller: Signer
  readonly head: Hash
}

async function partiesOf(
  { domain, offices }: Stage,
  signedAct: SignedTitleAct,
  { opening, seller }: Pick<Deal, 'opening' | 'seller'>,
) {
  return {
    owner: opening,
    ownerSignature: await signTitleAct(seller, domain, signedAct),
    notary: await signTitleAct(offices.notary, domain, signedAct),
    consent: [],
    holders: [] as readonly TitleSignature['data'][],
  }
}

const call = (data: `0x${string}`, gas: bigint) => ({ to: TITLE_REGISTRY_ADDRESS, data, gas })

async function mortgage(stage: Stage, deal: Deal): Promise<Hash> {
  const { context, offices } = stage
  const addition = {
    ...{ propertyId: deal.id, prevHead: deal.head, lienC: deal.opening.salt },
    ...{ holder: offices.bank.address, priority: 1, kind: 1, until: 0, deadline: DEADLINE },
  }
  const parties = await partiesOf(stage, ['LienAddition', addition], deal)
  const data = titleRegistry.encode.addLien(addition, parties)
  return headTold(await context.must(offices.registrar, call(data, GAS.lien)))
}

/** Gives the head afterwards. */
async function sell(stage: Stage, deal: Deal, story: Story): Promise<Hash> {
  const { context, domain, offices, owners } = stage
  const buyer = owners[story.buyer] as Signer
  const opening = { party: accountParty(buyer.address), salt: saltFor(context.seed, story.index) }
  const deed = {
    ...{ propertyId: deal.id, prevHead: deal.head, newOwnerC: ownerCommitment(opening) },
    ...{ newConsentC: ZERO_HASH, docC: deal.opening.salt, deadline: DEADLINE },
  }
  const signedAct = ['Transfer', deed] as const
  const parties = await partiesOf(stage, signedAct, deal)
  const signature = await signTitleAct(buyer, domain, signedAct)
  const bare = call(titleRegistry.encode.transfer(deed, parties, opening, signature), GAS.transfer)
  const { registrar, bank } = offices
  if (story.kind !== 'mortgaged') {
    const head = headTold(await context.must(registrar, bare))
    if (story.kind === 'sent-twice')
      await cheat(stage, 'a transfer sent twice', context.send(registrar, bare))
    return head
  }
  await cheat(stage, 'a sale without the bank', context.send(registrar, bare))
  const agreed = await signTitleAct(bank, domain, signedAct)
  const whole = { ...parties, holders: [agreed.data] }
  const data = titleRegistry.encode.transfer(deed, whole, opening, signature)
  return headTold(await context.must(registrar, call(data, GAS.transfer)))
}

async function splitAfter(stage: Stage, deal: Deal, story: Story): Promise<void> {
  const { context, offices, owners } = stage
  const third = BigInt(SHARE_WHOLE) / 3n
  const deed = {
    ...{ propertyId: deal.id, prevHead: deal.head, shares: [third, third * 2n] },
    ...{ docC: deal.opening.salt, deadline: DEADLINE },
  }
  const seller = owners[story.buyer] as Signer
  const opening = { party: accountParty(seller.address), salt: saltFor(context.seed, story.index) }
  const parties = await partiesOf(stage, ['Split', deed], { opening, seller })
  const data = titleRegistry.encode.split(deed, parties)
  await context.must(offices.registrar, call(data, GAS.split))
}

/**
 * One title's day: it enters, perhaps is mortgaged, is sold, perhaps is split; cheats are tried.
 */
export async function play(stage: Stage, story: Story): Promise<void> {
  const { context, register, tree, owners, couriers } = stage
  const { title, opening, owner } = register.recordAt(story.index)
  const courier = couriers[story.index % couriers.length] as Signer
  const enter = titleRegistry.encode.materialise(title, tree.pathOf(story.index))
  const head = headTold(await context.must(courier, call(enter, GAS.materialise)))
  if (story.kind === 'entered-twice')
    await cheat(stage, 'a title entered twice', context.send(courier, call(enter, GAS.materialise)))
  const id = title.propertyId
  const seller = owners[owner] as Signer
  const deal = { id, opening, seller, head }
  const next = story.kind === 'mortgaged' ? await mortgage(stage, deal) : head
  const sold = await sell(stage, { ...deal, head: next }, story)
  if (story.kind === 'split') await splitAfter(stage, { ...deal, head: sold }, story)
}
