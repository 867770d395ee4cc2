/**
 * The words of a season of the fairs in TypeScript: rules, beacon, numbering of stands and slots,
 * and everything that is hashed or signed. The texts are those of IFairTypes.sol and
 * IFairSeason.sol; nothing here reads the contract's code.
 */
import {
  type Address,
  assert,
  bytesToHex,
  type Hash,
  type Hex,
  hexToBytes,
  keccak256,
  utf8ToBytes,
} from '@veche/primitives'
import { encodeAbiParameters } from 'viem/utils'
import type { G2Words } from './bls.ts'

/** Mechanisms by number: how places are given. */
export const MECHANISMS = ['fcfs', 'rsd', 'rsd-by-weekend', 'reserved-rsd'] as const
export type Mechanism = (typeof MECHANISMS)[number]

/** Stages of a season by number. */
export const SEASON_STAGES = [
  'draft',
  'rules-frozen',
  'open',
  'closed',
  'review',
  'frozen',
  'seeded',
  'drawing',
  'offered',
  'running',
  'settled',
  'cancelled',
] as const
export type SeasonStage = (typeof SEASON_STAGES)[number]

/** Rules as the contract takes them; see IFairTypes.Rules. Times in unix seconds. */
export interface SeasonRules {
  /** number in {@link MECHANISMS} */
  readonly mechanism: number
  readonly weekends: number
  readonly fairs: number
  readonly categories: number
  readonly preferencesMax: number
  readonly placesMax: number
  readonly overflowMax: number
  readonly opensAt: number
  readonly closesAt: number
  readonly reviewUntil: number
  readonly appealSeconds: number
  readonly revealSeconds: number
  readonly offerSeconds: number
  readonly weekendsFrom: number
  readonly weekendEverySeconds: number
  readonly weekendSeconds: number
  readonly graceSeconds: number
  readonly attester: Address
  readonly capacitiesHash: Hash
  readonly detailsHash: Hash
}

/** The beacon as the contract takes it; see IFairTypes.Beacon. */
export interface SeasonBeacon {
  readonly threshold: number
  readonly members: readonly Address[]
  readonly groupKey: G2Words
  readonly shareKeys: readonly G2Words[]
}

/** A stand of the list: one fair on one weekend, both from 0. Stands count from 1. */
export function standOf(rules: Pick<SeasonRules, 'fairs'>, weekend: number, fair: number): number {
  return weekend * rules.fairs + fair + 1
}

/** The weekend of a stand, from 0. */
export function weekendOfStand(rules: Pick<SeasonRules, 'fairs'>, stand: number): number {
  return Math.floor((stand - 1) / rules.fairs)
}

/** The slot of a stand for one category, from 0. */
export function slotOf(
  rules: Pick<SeasonRules, 'categories'>,
  stand: number,
  category: number,
): number {
  return (stand - 1) * rules.categories + category
}

/** How many slots a season has. */
export function slotCount(rules: Pick<SeasonRules, 'weekends' | 'fairs' | 'categories'>): number {
  return rules.weekends * rules.fairs * rules.categories
}

/** The longest list of an applicant. */
export const PREFERENCES_MAX = 8

/** Packs a list of stands (at most 8 of 1 to 65,535), the best in the lowest 16 bits. */
export function packPreferences(stands: readonly number[]): bigint {
  assert(stands.length <= PREFERENCES_MAX, `at most ${PREFERENCES_MAX} stands expected`)
  assert(
    stands.every((stand) => Number.isInteger(stand) && stand > 0 && stand < 65_536),
    'stands of 16 bits expected',
  )
  return stands.reduceRight((packed, stand) => (packed << 16n) | BigInt(stand), 0n)
}

/** The stands of a packed list; a 0 ends it. */
export function unpackPreferences(packed: bigint): number[] {
  const stands: number[] = []
  for (let rest = packed; (rest & 0xffffn) !== 0n; rest >>= 16n) stands.push(Number(rest & 0xffffn))
  return stands
}

/** Packs capacities (0 to 65,535 each) into words of 16 slots, the lowest in the lowest bits. */
export function packCapacities(capacities: readonly number[]): bigint[] {
  const words: bigint[] = []
  for (let from = 0; from < capacities.length; from += 16)
    words.push(
      capacities
        .slice(from, from + 16)
        .reduceRight((word, places) => (word << 16n) | BigInt(places), 0n),
    )
  return words
}

/** The capacities of words; `count` slots of them. */
export function unpackCapacities(words: readonly bigint[], count: number): number[] {
  return Array.from({ length: count }, (_, slot) =>
    Number(((words[slot >> 4] ?? 0n) >> BigInt((slot & 15) * 16)) & 0xffffn),
  )
}

const hashHex = (hex: Hex): Hash => bytesToHex(keccak256(hexToBytes(hex))) as Hash
const typeHash = (text: string): Hash => bytesToHex(keccak256(utf8ToBytes(text))) as Hash
const words = (types: readonly string[], values: readonly unknown[]): Hash =>
  hashHex(
    encodeAbiParameters(
      types.map((type) => ({ type })),
      values,
    ),
  )

/** Fold of the capacity words, from 0: h' = keccak256(h, word). */
export function capacitiesHash(capacityWords: readonly bigint[]): Hash {
  return capacityWords.reduce<Hash>(
    (head, word) => words(['bytes32', 'uint256'], [head, word]),
    `0x${'00'.repeat(32)}`,
  )
}

const RULES_FIELDS = [
  ['mechanism', 'uint8'],
  ['weekends', 'uint8'],
  ['fairs', 'uint16'],
  ['categories', 'uint8'],
  ['preferencesMax', 'uint8'],
  ['placesMax', 'uint8'],
  ['overflowMax', 'uint16'],
  ['opensAt', 'uint40'],
  ['closesAt', 'uint40'],
  ['reviewUntil', 'uint40'],
  ['appealSeconds', 'uint32'],
  ['revealSeconds', 'uint32'],
  ['offerSeconds', 'uint32'],
  ['weekendsFrom', 'uint40'],
  ['weekendEverySeconds', 'uint32'],
  ['weekendSeconds', 'uint32'],
  ['graceSeconds', 'uint32'],
  ['attester', 'address'],
  ['capacitiesHash', 'bytes32'],
  ['detailsHash', 'bytes32'],
] as const

const BEACON_FIELDS = [
  ['threshold', 'uint8'],
  ['members', 'address[]'],
  ['groupKey', 'bytes32[8]'],
  ['shareKeys', 'bytes32[8][]'],
] as const

const tuple = (fields: readonly (readonly [string, string])[]) => ({
  type: 'tuple',
  components: fields.map(([name, type]) => ({ name, type })),
})

/** What a season is bound to: keccak256(abi.encode(type, rules, keccak256(abi.encode(beacon)))). */
export function rulesHash(rules: SeasonRules, beacon: SeasonBeacon): Hash {
  const beaconHash = hashHex(encodeAbiParameters([tuple(BEACON_FIELDS)], [beacon]))
  const types = [{ type: 'bytes32' }, tuple(RULES_FIELDS), { type: 'bytes32' }]
  return hashHex(encodeAbiParameters(types, [typeHash('VecheFairRules/1'), rules, beaconHash]))
}

/** Where a season lives. */
export interface SeasonPlace {
  readonly chainId: number
  readonly season: Address
}

/** What the group signs to accept the rules. */
export function acceptanceMessage({ chainId, season }: SeasonPlace, rules: Hash): Hash {
  return words(
    ['bytes32', 'uint256', 'address', 'bytes32'],
    [typeHash('VecheFairAcceptance/1'), BigInt(chainId), season, rules],
  )
}

/** What a member of the beacon commits itself to with a secret of 32 bytes. */
export function secretCommitment(season: Address, member: Address, secret: Hash): Hash {
  return words(
    ['bytes32', 'address', 'address', 'bytes32'],
    [typeHash('VecheFairSecret/1'), season, member, secret],
  )
}

/** Exclusive or of keccak256(abi.encode(member, secret)) over what was revealed. */
export function foldReveals(
  reveals: readonly { readonly member: Address; readonly secret: Hash }[],
): Hash {
  const sum = reveals.reduce(
    (total, { member, secret }) => total ^ BigInt(words(['address', 'bytes32'], [member, secret])),
    0n,
  )
  return `0x${sum.toString(16).padStart(64, '0')}`
}

/** What the group signs for the seed. */
export function seedMessage(
  { chainId, season }: SeasonPlace,
  frozen: { readonly blockHash: Hash; readonly root: Hash; readonly reveals: Hash },
): Hash {
  return words(
    ['bytes32', 'uint256', 'address', 'bytes32', 'bytes32', 'bytes32'],
    [
      typeHash('VecheFairSeedMessage/1'),
      BigInt(chainId),
      season,
      frozen.blockHash,
      frozen.root,
      frozen.reveals,
    ],
  )
}

/** The seed of a signature (four words of EIP-2537) and the folded reveals. */
export function seedOf(signature: readonly Hash[], reveals: Hash): Hash {
  return words(
    ['bytes32', 'bytes32[4]', 'bytes32'],
    [typeHash('VecheFairSeed/1'), signature, reveals],
  )
}

/** One live application each: keccak256(abi.encode(season, person)). */
export function nullifierOf(season: Address, person: Hash): Hash {
  return words(['address', 'bytes32'], [season, person])
}

/** Place in the order of the draw; lower is earlier. `appliedAt` counts in FCFS alone. */
export function drawKey(options: {
  readonly seed: Hash
  readonly id: number
  readonly tier: number
  /** block number; 0 for every mechanism but FCFS */
  readonly appliedAt: number
}): bigint {
  const { seed, id, tier, appliedAt } = options
  const lot = BigInt(words(['bytes32', 'uint32'], [seed, id])) >> 40n
  return (BigInt(tier) << 248n) + (BigInt(appliedAt) << 216n) + lot
}
