/** Commands against the title register, honest and not, and whom and what they name. */
import { accountParty, ownerCommitment, type TitleStory } from '@veche/contracts'
import { type Address, type Hash, type Hex, ZERO_HASH } from '@veche/primitives'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import type { Cheat, ModelTitle, TitlesModel } from './titles-model.ts'
import {
  COURT,
  call,
  LATE,
  LEGACY,
  NOTARIES,
  REGISTRAR,
  STRANGER,
  type TitlesWorld,
  text,
} from './titles-world.ts'

export interface Bench {
  readonly world: TitlesWorld
  readonly model: TitlesModel
  readonly stories: Map<Hash, TitleStory>
  /** events already folded */
  folded: number
  /** calls with signatures that went: none goes twice */
  readonly used: Hex[]
  salts: number
  /** units that demolished titles took with them, by title */
  readonly entered: Set<number>
}

export const kind = <const T extends string>(name: T) => fc.constant(name)
// few, so that commands meet on one title
export const pick = fc.nat(5)
export const owner = fc.nat(2)
export const notary = fc.constantFrom(...NOTARIES)
export const aCheat = fc.oneof(
  { weight: 7, arbitrary: fc.constant<Cheat>('none') },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Cheat>(
      ...(['owner', 'buyer', 'notary', 'holders', 'spouse', 'head', 'late'] as const),
    ),
  },
)
export const how = { pick, notary, cheat: aCheat }

export const aCommand = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: kind('materialise'), title: fc.nat(LEGACY - 1) }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: kind('transfer'), ...how, buyer: owner, spouse: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('recommit'), ...how }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('reserve'), pick, buyer: owner }) },
  {
    weight: 3,
    arbitrary: fc.record({
      ...{ kind: kind('lien'), ...how, priority: fc.integer({ min: 1, max: 4 }) },
      ...{ bank: fc.nat(1), court: fc.boolean() },
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: kind('satisfy'), pick, lien: fc.nat(4), bank: fc.nat(1) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      ...{ kind: kind('freeze'), pick, hours: fc.integer({ min: 1, max: 200 }) },
      by: fc.constantFrom(COURT, COURT, COURT, REGISTRAR),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('unfreeze'), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('correct'), pick, newOwner: owner }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('object'), pick, asOwner: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('apply'), pick }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: kind('urgent'), pick, newOwner: owner, alone: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: kind('split'), ...how, off: fc.constantFrom(0, 0, 0, 1, -1) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: kind('merge'), ...how, other: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('demolish'), ...how }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('replay'), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('dismiss') }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: kind('wait'), hours: fc.constantFrom(1, 24, 72, 73, 150) }),
  },
)

export type CommandOf<name extends string> = Extract<
  typeof aCommand extends fc.Arbitrary<infer C> ? C : never,
  { kind: name }
>
export type Command = typeof aCommand extends fc.Arbitrary<infer C> ? C : never

export const partyOf = (who: Address): Hash => accountParty(who)
export const commit = (who: Address, salt: Hash): Hash =>
  ownerCommitment({ party: partyOf(who), salt })
export const ownerC = (title: ModelTitle): Hash => commit(title.owner, title.salt)

export function chosen({ model }: Bench, index: number): ModelTitle | undefined {
  const all = [...model.titles.values()]
  return all[index % Math.max(1, all.length)]
}

export function freshSalt(bench: Bench): Hash {
  bench.salts++
  return text(`fresh salt ${bench.salts}`)
}

export const headOf = ({ stories }: Bench, title: ModelTitle, cheat: Cheat): Hash =>
  cheat === 'head' ? text('another head') : (stories.get(title.id)?.head ?? ZERO_HASH)

/** The signatures of a deed, one of them cheated. */
export function signersFor(
  title: ModelTitle,
  { notary: by, cheat }: { notary: Address; cheat: Cheat },
) {
  return {
    owner: cheat === 'owner' ? STRANGER : title.owner,
    notary: cheat === 'notary' ? STRANGER : by,
    spouse: title.spouse && cheat !== 'spouse',
    holders: [] as readonly Address[],
    opening: { party: partyOf(title.owner), salt: title.salt },
  }
}

export const deadlineOf = ({ model }: Bench, cheat: Cheat): number =>
  cheat === 'late' ? model.now - 1 : LATE

/** Sends a signed call: expects the model's verdict, remembers what went. */
export async function settle(bench: Bench, data: Hex, expected: boolean): Promise<void> {
  const told = await call(bench.world, REGISTRAR, data)
  assert.is(told === 'ok', expected, `${told}, expected ${expected ? 'ok' : 'a refusal'}`)
  if (expected) bench.used.push(data)
}
