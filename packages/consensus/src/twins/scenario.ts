/**
 * What a network can do in one round of a Twins scenario (arXiv:2004.10617): who is with whom, and
 * which votes get lost on the way. Five machines: four members, and the twin of one of them, which
 * has the same key and knows nothing of its brother.
 */

/** machines 0–3 are the members, machine 4 is the twin */
export const UNITS = 5
export const TWIN_UNIT = 4
const ALL = (1 << UNITS) - 1

/** one round's network; sets of machines are bits */
export interface Choice {
  /** machine 0 and those with it; the others are the second group */
  readonly group: number
  /** machines that prevotes of others reach */
  readonly prevotes: number
  /** machines that precommits of others reach */
  readonly precommits: number
}

const single = Array.from({ length: UNITS }, (_, unit) => 1 << unit)

/** Who hears which votes: all, none, or prevotes or precommits by one machine alone. */
const CUTS: readonly Omit<Choice, 'group'>[] = [
  { prevotes: ALL, precommits: ALL },
  { prevotes: ALL, precommits: 0 },
  { prevotes: 0, precommits: 0 },
  ...single.map((unit) => ({ prevotes: ALL, precommits: unit })),
  ...single.map((unit) => ({ prevotes: unit, precommits: ALL })),
]

/** All 16 ways to part five machines into at most two groups × 13 ways to lose votes: 208. */
export const CHOICES: readonly Choice[] = Array.from({ length: 1 << (UNITS - 1) }, (_, rest) =>
  CUTS.map((cut) => ({ group: (rest << 1) | 1, ...cut })),
).flat()

/** Whether a message of a type gets from one machine to another in a round. */
export function isHeard(
  choice: Choice,
  kind: string,
  at: { readonly from: number; readonly to: number },
): boolean {
  const { group } = choice
  if (((group >> at.from) & 1) !== ((group >> at.to) & 1)) return false
  if (kind === 'prevote') return ((choice.prevotes >> at.to) & 1) === 1
  if (kind === 'precommit') return ((choice.precommits >> at.to) & 1) === 1
  return true
}

function swapBits(bits: number, a: number, b: number): number {
  const differ = ((bits >> a) ^ (bits >> b)) & 1
  return differ === 0 ? bits : bits ^ (1 << a) ^ (1 << b)
}

/**
 * For each choice the number of the one in which member `member` and its twin change places: two
 * scenarios that are each other's mirror are one.
 */
export function mirrorsOf(member: number): readonly number[] {
  const numbers = new Map<string, number>()
  const keyOf = ({ group, prevotes, precommits }: Choice): string =>
    `${(group & 1) === 1 ? group : ALL ^ group}/${prevotes}/${precommits}`
  for (const [i, choice] of CHOICES.entries()) numbers.set(keyOf(choice), i)
  return CHOICES.map(({ group, prevotes, precommits }) => {
    const swap = (bits: number): number => swapBits(bits, member, TWIN_UNIT)
    const mirror = { group: swap(group), prevotes: swap(prevotes), precommits: swap(precommits) }
    return numbers.get(keyOf(mirror)) as number
  })
}

function unitsText(bits: number, names: readonly string[]): string {
  return names.filter((_, unit) => ((bits >> unit) & 1) === 1).join('')
}

/** `ABC | DA'; precommits reach B` */
export function describeChoice(choice: Choice, member: number): string {
  const names = ['A', 'B', 'C', 'D', `${String.fromCharCode(65 + member)}'`]
  const { group, prevotes, precommits } = choice
  const groups = [group, ALL ^ group].filter((bits) => bits !== 0)
  const parts = [groups.map((bits) => unitsText(bits, names)).join(' | ')]
  if (prevotes !== ALL) parts.push(`prevotes reach ${unitsText(prevotes, names) || 'nobody'}`)
  if (precommits !== ALL) parts.push(`precommits reach ${unitsText(precommits, names) || 'nobody'}`)
  return parts.join('; ')
}
