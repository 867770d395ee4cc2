/**
 * Calls of a season and of the office, ready to be shown, signed and sent. Everything that the
 * commands and the load do on chain goes through here.
 */
import { FAIR_OFFICE_ADDRESS } from '@veche/contracts'
import {
  fairOffice,
  fairSeason,
  packCapacities,
  type SeasonAct,
  type SeasonActName,
  type SeasonApplication,
  type SeasonBeacon,
  type SeasonRules,
  signatureWords,
} from '@veche/contracts/fairs'
import type { Address, Hash, Hex } from '@veche/primitives'
import type { Act } from '../act/act.ts'
import type { CityContract, KnownContract } from '../act/contracts.ts'
import { CAPACITY_WORDS_BATCH, DRAW_BATCH, REVIEW_BATCH } from '../limits.ts'

export const FAIR_OFFICE: CityContract<typeof fairOffice.abi> = {
  name: 'FairOffice',
  address: FAIR_OFFICE_ADDRESS,
  binding: fairOffice,
}

/** A season as a contract to act on. */
export function seasonContract(season: Address): CityContract<typeof fairSeason.abi> {
  return { name: 'FairSeason', address: season, binding: fairSeason }
}

const { encode } = fairSeason
const onSeason = (season: Address, data: Hex): Act => ({
  contract: seasonContract(season) as unknown as KnownContract,
  data,
})
const onOffice = (data: Hex): Act => ({
  contract: FAIR_OFFICE as unknown as KnownContract,
  data,
})

function inBatches<T>(items: readonly T[], size: number): (readonly T[])[] {
  const batches: (readonly T[])[] = []
  for (let from = 0; from < items.length; from += size) batches.push(items.slice(from, from + size))
  return batches
}

/** Opens a new season, as a draft. */
export const createSeason = (titleHash: Hash): Act =>
  onOffice(fairOffice.encode.createSeason(titleHash))

/** Capacities of a draft, from word `firstWord` on, in as many calls as they need. */
export function addCapacities(
  season: Address,
  capacities: readonly number[],
  firstWord = 0,
): Act[] {
  const words = packCapacities(capacities).slice(firstWord)
  return inBatches(words, CAPACITY_WORDS_BATCH).map((batch) =>
    onSeason(season, encode.addCapacities(batch)),
  )
}

/** Fixes rules and beacon, with the group's compressed signature over them. */
export function freezeRules(
  season: Address,
  options: {
    readonly rules: SeasonRules
    readonly beacon: SeasonBeacon
    readonly acceptance: Hex
  },
): Act {
  const { rules, beacon, acceptance } = options
  return onOffice(fairOffice.encode.freezeRules(season, rules, beacon, signatureWords(acceptance)))
}

/** Steps without arguments that anybody may take. */
export const SEASON_STEPS = [
  'open',
  'close',
  'freeze',
  'captureFreezeBlock',
  'run',
  'settle',
] as const
export type SeasonStep = (typeof SEASON_STEPS)[number]

export const stepSeason = (season: Address, step: SeasonStep): Act =>
  onSeason(season, encode[step]())

/** Relays a signed application. */
export function submitApplication(
  season: Address,
  application: SeasonApplication,
  signatures: { readonly signature: Hex; readonly admission: Hex },
): Act {
  const { signature, admission } = signatures
  return onSeason(season, encode.submit(application, signature, admission))
}

/** Relays a signed act of an applicant. */
export function submitAct(
  season: Address,
  name: SeasonActName,
  signed: { readonly act: SeasonAct; readonly signature: Hex },
): Act {
  const { act, signature } = signed
  const calls: Readonly<Record<SeasonActName, () => Hex>> = {
    Withdraw: () => encode.withdraw(act, signature),
    AppealRefusal: () => encode.appeal(act, signature),
    Accept: () => encode.accept(act, signature),
    Decline: () => encode.decline(act, signature),
    CheckIn: () => encode.checkIn(act, signature),
    AppealNoShow: () => encode.appealNoShow(act, signature),
  }
  return onSeason(season, calls[name]())
}

/** Verdicts of a reviewer, in as many calls as they need. */
export function review(
  season: Address,
  verdicts: readonly { readonly id: number; readonly code: number }[],
): Act[] {
  return inBatches(verdicts, REVIEW_BATCH).map((batch) => onSeason(season, encode.review(batch)))
}

export const decideAppeal = (season: Address, id: number, upheld: boolean): Act =>
  onSeason(season, encode.decideAppeal(id, upheld))

/** Has an applicant's standing read again, before the list is frozen. */
export const refreshTier = (season: Address, id: number): Act =>
  onSeason(season, encode.refreshTier(id))

export const commitSecret = (season: Address, commitment: Hash): Act =>
  onSeason(season, encode.commitSecret(commitment))

export const revealSecret = (season: Address, member: Address, secret: Hash): Act =>
  onSeason(season, encode.revealSecret(member, secret))

/** Fixes the seed with the group's compressed signature. */
export const submitSeed = (season: Address, beacon: SeasonBeacon, signature: Hex): Act =>
  onSeason(season, encode.submitSeed(beacon.groupKey, signatureWords(signature)))

/** Ids of a batch as `draw` takes them: 4 bytes each. */
export function packIds(ids: readonly number[]): Hex {
  return `0x${ids.map((id) => id.toString(16).padStart(8, '0')).join('')}`
}

/** The next applications of one pass, in as many calls as they need; one empty call for nobody. */
export function drawIds(season: Address, ids: readonly number[], size = DRAW_BATCH): Act[] {
  const batches = ids.length === 0 ? [[]] : inBatches(ids, size)
  return batches.map((batch) => onSeason(season, encode.draw(packIds(batch))))
}

export const promote = (season: Address, slot: number, steps: number): Act =>
  onSeason(season, encode.promote(slot, steps))

export const lapse = (season: Address, id: number, preference: number): Act =>
  onSeason(season, encode.lapse(id, preference))

export const markNoShow = (season: Address, id: number, preference: number): Act =>
  onSeason(season, encode.markNoShow(id, preference))

export function decideNoShow(
  season: Address,
  place: { readonly id: number; readonly preference: number },
  upheld: boolean,
): Act {
  return onSeason(season, encode.decideNoShow(place.id, place.preference, upheld))
}

/** Ends an appeal against a no-show that nobody decided in time: it is upheld. */
export const upholdBySilence = (season: Address, id: number, preference: number): Act =>
  onSeason(season, encode.upholdBySilence(id, preference))

/** Ends a season for good; CityAccess asks for a notice before it. */
export const cancelSeason = (season: Address, reasonHash: Hash): Act =>
  onOffice(fairOffice.encode.cancelSeason(season, reasonHash))

/** An observer stops a season whose rules are frozen, before it opens. */
export const objectToSeason = (season: Address, reasonHash: Hash): Act =>
  onOffice(fairOffice.encode.objectToSeason(season, reasonHash))
