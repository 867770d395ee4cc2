/**
 * What happens in the season of a load, before it happens: fairs of the real file, capacities,
 * applicants with their wishes, the beacon's members, all from the seed. Demand over supply is the
 * same at every size: a smaller load takes fewer fairs.
 */
import { createReadStream } from 'node:fs'
import {
  completeRules,
  type Fair,
  MECHANISMS,
  type Mechanism,
  packPreferences,
  planCapacities,
  readFairs,
  type SeasonApplication,
  type SeasonRules,
  standOf,
} from '@veche/contracts/fairs'
import { type Address, assert, type Hash, type Signer, VecheError } from '@veche/primitives'
import type { LoadContext } from './profile.ts'
import type { Random } from './random.ts'

/** the city's own file has this many; invented where it is absent */
const FAIRS = 109
/** applications of the full load, services.md */
const APPLICATIONS_FULL = 13_000
const FAIRS_MIN = 2
const WEEKENDS = 2
const CATEGORIES = ['vegetables and fruit', 'meat and milk', 'honey and bread', 'crafts'] as const
/** places of a slot: some 8,700 of the full load, for 13,000 who ask for up to two each */
const PLACES = { from: 6, to: 14 }
const PREFERENCES_MAX = 6
const FILE = 'weekend-fairs.csv'

/** Fairs of the load, and whether they are real. */
export async function loadFairs(
  context: Pick<LoadContext, 'realFile' | 'count' | 'say'>,
): Promise<{ readonly fairs: readonly Fair[]; readonly real: boolean }> {
  const path = context.realFile(FILE)
  const all = path === undefined ? inventFairs() : await fairsOf(path)
  if (path === undefined) context.say(`${FILE} is absent: ${all.length} fairs are invented\n`)
  const share = Math.ceil((all.length * context.count) / APPLICATIONS_FULL)
  const fairs = all.slice(0, Math.max(FAIRS_MIN, share))
  return { fairs, real: path !== undefined }
}

function inventFairs(): Fair[] {
  return Array.from({ length: FAIRS }, (_, number) => ({
    ...{ number, kind: 'weekend fair', address: `Square ${number + 1}` },
  }))
}

async function fairsOf(path: string): Promise<readonly Fair[]> {
  const file = await readFairs(createReadStream(path))
  if (file.ok) return file.value.fairs
  throw new VecheError(file.code, `${path}: ${file.reason}`)
}

/** Seconds that the parts of a season take, so that its fixed times fit the load. */
export interface SeasonTimes {
  readonly noticeSeconds: number
  readonly openSeconds: number
  readonly reviewSeconds: number
  readonly appealSeconds: number
  readonly revealSeconds: number
  readonly drawSeconds: number
  readonly offerSeconds: number
  readonly weekendSeconds: number
}

/** a machine does not do every second what it did in the rehearsal */
const MARGIN = 1.4

/** what takes no more than the least times: a slower network has more of them as well */
export const UNHURRIED_PER_SECOND = 25

/** What a network does, for {@link planTimes}. */
export interface NetworkSpeed {
  /** applications that become final in a second */
  readonly perSecond: number
  /** stretches all times: 1 where nothing else begins to run */
  readonly pace: number
}

/**
 * Times that the work takes at this speed, with a margin. What is over is waited for: a season's
 * times are fixed before its first application. Shares as measured: the draw of six applications
 * takes as long as one application, a check-in nearly as long, a call of a waiting list as five.
 */
export function planTimes(
  count: number,
  limits: { readonly notice: number; readonly appeal: number },
  { perSecond, pace }: NetworkSpeed,
): SeasonTimes {
  const slow = Math.max(1, UNHURRIED_PER_SECOND / perSecond)
  /** a least time, and the share of the applications that has to be worked off */
  const seconds = (least: number, share: number): number =>
    Math.ceil(pace * (least * slow + (MARGIN * share * count) / perSecond))
  return {
    // rules are signed and frozen meanwhile
    noticeSeconds: limits.notice + seconds(5, 0),
    openSeconds: seconds(3, 1),
    reviewSeconds: seconds(2.5, 0.05),
    appealSeconds: Math.max(limits.appeal, seconds(1.5, 0.05)),
    revealSeconds: seconds(3, 0),
    // the draw and the walks along the waiting lists
    drawSeconds: seconds(5, 0.6),
    offerSeconds: seconds(3, 0.1),
    weekendSeconds: seconds(2, 0.4),
  }
}

export interface SeasonPlan {
  readonly title: string
  readonly rules: SeasonRules
  readonly capacities: readonly number[]
}

/** Rules that begin `noticeSeconds` from `nowSeconds`. */
export function planSeason(options: {
  readonly seed: string
  readonly fairs: readonly Fair[]
  readonly times: SeasonTimes
  readonly nowSeconds: number
  readonly attester: Address
  readonly mechanism: Mechanism
}): SeasonPlan {
  const { seed, fairs, times, nowSeconds, attester, mechanism } = options
  const categories = CATEGORIES.length
  const opensAt = nowSeconds + times.noticeSeconds
  const closesAt = opensAt + times.openSeconds
  const reviewUntil = closesAt + times.reviewSeconds
  const afterAppeals = reviewUntil + 2 * times.appealSeconds
  const capacities = planCapacities(fairs, { weekends: WEEKENDS, categories, seed, ...PLACES })
  const title = `load ${seed}`
  const completed = completeRules(
    {
      mechanism: MECHANISMS.indexOf(mechanism),
      ...{ weekends: WEEKENDS, fairs: fairs.length, categories },
      ...{ preferencesMax: PREFERENCES_MAX, placesMax: WEEKENDS },
      overflowMax: mechanism === 'reserved-rsd' ? 2 : 0,
      ...{ opensAt, closesAt, reviewUntil },
      appealSeconds: times.appealSeconds,
      revealSeconds: times.revealSeconds,
      offerSeconds: times.offerSeconds,
      weekendsFrom: afterAppeals + times.revealSeconds + times.drawSeconds,
      weekendEverySeconds: times.weekendSeconds,
      weekendSeconds: times.weekendSeconds,
      graceSeconds: Math.floor(times.weekendSeconds / 2),
      attester,
    },
    capacities,
    { title, fairs: fairs.map(({ address }) => address), categories: [...CATEGORIES] },
  )
  assert(completed.ok, 'as many capacities as slots')
  return { title, rules: completed.value.rules, capacities }
}

/** A farmer of the load. */
export interface Applicant {
  readonly signer: Signer
  readonly application: SeasonApplication
}

/** Fairs are not liked alike: the k-th of the shuffled list has weight 1 / (k + 5). */
function createTaste(random: Random, fairs: number): () => number {
  const order = random.shuffle(Array.from({ length: fairs }, (_, fair) => fair))
  const sums: number[] = []
  for (let k = 0; k < fairs; k++) sums.push((sums.at(-1) ?? 0) + 1 / (k + 5))
  const total = sums.at(-1) ?? 1
  return () => {
    const at = random.next() * total
    const found = sums.findIndex((sum) => sum > at)
    return order[found] as number
  }
}

/** The applicants, in the order in which they apply. */
export function planApplicants(
  context: Pick<LoadContext, 'person' | 'count' | 'random'>,
  rules: SeasonRules,
): Applicant[] {
  const random = context.random.fork('applicants')
  const taste = createTaste(random, rules.fairs)
  return Array.from({ length: context.count }, (_, number) => {
    const signer = context.person(`applicant ${number}`)
    const wishes = new Set<number>()
    const length = 1 + random.below(Math.min(rules.preferencesMax, rules.weekends * rules.fairs))
    while (wishes.size < length) wishes.add(standOf(rules, random.below(rules.weekends), taste()))
    const person = random.hash()
    return {
      signer,
      application: {
        ...{ person, applicant: signer.address, category: random.below(rules.categories) },
        preferences: packPreferences([...wishes]),
        contentC: random.hash() as Hash,
        deadline: rules.closesAt,
      },
    }
  })
}
