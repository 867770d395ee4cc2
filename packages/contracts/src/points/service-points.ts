/**
 * ServicePoints for TypeScript: binding, the call that sets it up behind its proxy, ids and nonces.
 * services.md 2.5, docs/adr/0140–0143.
 */
import { type Address, assert, type Hash, type Hex } from '@veche/primitives'
import { createBinding } from '../binding.ts'
import { servicePointsAbi } from '../generated/service-points.ts'

/** ServicePoints: `encode`, `decode`, `decodeLog`, `decodeError`. */
export const servicePoints = createBinding(servicePointsAbi)

/** Years of points: where year 0 begins and how long a year is, in seconds. */
export interface PointsCalendar {
  /** unix seconds */
  readonly originSeconds: number
  /** a multiple of 12 */
  readonly yearSeconds: number
}

/** Gregorian mean years of 365.2425 days from 2026-01-01T00:00:00Z. */
export const CITY_POINTS_CALENDAR: PointsCalendar = {
  originSeconds: 1_767_225_600,
  yearSeconds: 31_556_952,
}

/** Years that a point lives in: the one it was received in and the two after. */
export const POINTS_LIFE_YEARS = 3

/** Epochs of quotas in a year. */
export const POINTS_EPOCHS_IN_A_YEAR = 12

/** Most accounts of one `mintBatch` or `expire`. */
export const POINTS_BATCH_MAX = 200

/** How many hundredths make a point. */
export const POINT = 100n

/** Number of the year at a time. */
export function pointsYear(
  { originSeconds, yearSeconds }: PointsCalendar,
  atSeconds: number,
): number {
  return Math.floor((atSeconds - originSeconds) / yearSeconds)
}

/** Number of the quota epoch at a time. */
export function pointsEpoch(
  { originSeconds, yearSeconds }: PointsCalendar,
  atSeconds: number,
): number {
  return Math.floor((atSeconds - originSeconds) / Math.floor(yearSeconds / POINTS_EPOCHS_IN_A_YEAR))
}

/** Unix seconds at which points of a year are expired. */
export function pointsExpirySeconds(calendar: PointsCalendar, year: number): number {
  return calendar.originSeconds + (year + POINTS_LIFE_YEARS) * calendar.yearSeconds
}

/** A budget line and its department's quota at genesis. */
export interface PointsBudget {
  readonly budgetId: Hash
  readonly department: Address
  /** hundredths of a point, all time */
  readonly limit: bigint
  /** hundredths of a point that the department may mint in an epoch */
  readonly quota: bigint
}

/** A payee at genesis. */
export interface PointsPayee {
  readonly payee: Address
  /** takes payments without an invoice of its own */
  readonly open: boolean
  /** commitment to its papers */
  readonly infoC: Hash
}

/** What a network starts with. */
export interface ServicePointsSetup {
  readonly access: Address
  readonly releases: Address
  readonly calendar?: PointsCalendar
  readonly budgets?: readonly PointsBudget[]
  readonly payees?: readonly PointsPayee[]
}

/** Calldata of `initialize`: what the proxy runs when it is made. */
export function servicePointsStart(setup: ServicePointsSetup): Hex {
  const { access, releases, calendar = CITY_POINTS_CALENDAR, budgets = [], payees = [] } = setup
  const { originSeconds, yearSeconds } = calendar
  return servicePoints.encode.initialize(
    access,
    releases,
    originSeconds,
    yearSeconds,
    budgets,
    payees,
  )
}

/** bytes of the payer's part of an open invoice's id */
const ID_REFERENCE_BYTES = 12

/** The id of a payment without an invoice: the payer's address and his own reference, 12 bytes. */
export function openInvoiceId(payer: Address, reference: bigint): Hash {
  assert(reference >= 0n && reference < 1n << 96n, 'a reference of 96 bits')
  return `${payer}${reference.toString(16).padStart(2 * ID_REFERENCE_BYTES, '0')}`
}

/** A keyed nonce: 24 bytes of key, 8 of sequence. Nonces of different keys need no order. */
export function keyedNonce(key: bigint, sequence: bigint): Hash {
  assert(key >= 0n && key < 1n << 192n, 'a key of 192 bits')
  assert(sequence >= 0n && sequence < 1n << 64n, 'a sequence of 64 bits')
  return `0x${((key << 64n) | sequence).toString(16).padStart(64, '0')}`
}
