/**
 * From a file of fairs (CSV with the columns kind, address, latitude, longitude; others are kept
 * out) to what a season needs: the fairs in the order of the file and a capacity for every slot,
 * made of a seed, because the city's file says where fairs are but not how many stalls they have.
 */
import {
  type Address,
  accept,
  bytesToHex,
  type Hash,
  keccak256,
  type Result,
  refuse,
  utf8ToBytes,
} from '@veche/primitives'
import { canonicalJson } from '../canonical-json.ts'
import { type CsvItem, readCsv } from '../csv.ts'
import { FAIRS_MAX } from '../limits.ts'
import { capacitiesHash, packCapacities, type SeasonRules, slotCount } from './season.ts'

/** One fair of the file. */
export interface Fair {
  /** from 0, in the order of the file */
  readonly number: number
  readonly kind: string
  readonly address: string
}

export interface FairsFile {
  readonly fairs: readonly Fair[]
  /** malformed or empty rows, each with its line */
  readonly skipped: readonly { readonly line: number; readonly reason: string }[]
}

/** Reads a file of fairs. `FAIRS_MALFORMED` when it has no column `address` or no fair. */
export async function readFairs(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Result<FairsFile>> {
  const fairs: Fair[] = []
  const skipped: { line: number; reason: string }[] = []
  let columns: readonly string[] = []
  for await (const item of readCsv(chunks)) {
    if (item.kind === 'header') columns = item.fields
    else if (item.kind === 'malformed') skipped.push({ line: item.line, reason: item.reason })
    else takeRow({ columns, fairs, skipped }, item)
    if (item.kind === 'header' && !columns.includes('address'))
      return refuse('FAIRS_MALFORMED', 'a column address expected')
  }
  if (fairs.length === 0 || fairs.length > FAIRS_MAX)
    return refuse('FAIRS_MALFORMED', `1 to ${FAIRS_MAX} fairs expected, got ${fairs.length}`)
  return accept({ fairs, skipped })
}

function takeRow(
  into: {
    readonly columns: readonly string[]
    readonly fairs: Fair[]
    readonly skipped: { line: number; reason: string }[]
  },
  item: Extract<CsvItem, { kind: 'row' }>,
): void {
  const field = (name: string): string => item.fields[into.columns.indexOf(name)]?.trim() ?? ''
  const address = field('address')
  if (address === '') into.skipped.push({ line: item.line, reason: 'an address expected' })
  else into.fairs.push({ number: into.fairs.length, kind: field('kind'), address })
}

/** A number below `below` out of a seed and a name: the same on every machine. */
export function seededNumber(seed: string, name: string, below: number): number {
  const hash = bytesToHex(keccak256(utf8ToBytes(`${seed}/${name}`)))
  return Number(BigInt(hash) % BigInt(below))
}

export interface CapacityPlan {
  readonly weekends: number
  readonly categories: number
  readonly seed: string
  /** least and most places of a slot */
  readonly from: number
  readonly to: number
}

/**
 * Capacities by slot: a fair has the same size on every weekend, its categories differ.
 */
export function planCapacities(fairs: readonly Fair[], plan: CapacityPlan): number[] {
  const { weekends, categories, seed, from, to } = plan
  const size = (fair: Fair, category: number): number =>
    from + seededNumber(seed, `${fair.address}/${category}`, to - from + 1)
  const weekend = fairs.flatMap((fair) =>
    Array.from({ length: categories }, (_, category) => size(fair, category)),
  )
  return Array.from({ length: weekends }, () => weekend).flat()
}

/** What the organiser publishes beside the rules: names behind the numbers. */
export interface SeasonDetails {
  readonly title: string
  readonly fairs: readonly string[]
  readonly categories: readonly string[]
}

/** Hash of the published details. */
export function detailsHash(details: SeasonDetails): Hash {
  const { title, fairs, categories } = details
  return bytesToHex(keccak256(utf8ToBytes(canonicalJson({ title, fairs, categories })))) as Hash
}

/** Rules with the hashes of capacities and details filled in, and the capacity words to send. */
export function completeRules(
  rules: Omit<SeasonRules, 'capacitiesHash' | 'detailsHash' | 'attester'> & {
    readonly attester: Address
  },
  capacities: readonly number[],
  details: SeasonDetails,
): Result<{ readonly rules: SeasonRules; readonly words: readonly bigint[] }> {
  const count = slotCount(rules)
  if (capacities.length !== count)
    return refuse('FAIRS_MALFORMED', `${count} capacities expected, got ${capacities.length}`)
  const words = packCapacities(capacities)
  return accept({
    rules: {
      ...rules,
      capacitiesHash: capacitiesHash(words),
      detailsHash: detailsHash(details),
    },
    words,
  })
}
