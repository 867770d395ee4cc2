/**
 * The fairs load up to its applications: the office's draft, frozen rules, members bound to their
 * secrets, applications by real signatures. A season's times are fixed before its first
 * application, so a large load first rehearses: a small season, left again before its draw, says
 * how fast this network is now.
 */
import { cityAccess } from '@veche/contracts'
import {
  acceptanceMessage,
  admissionTypedData,
  applicationTypedData,
  fairOffice,
  type MemberSecret,
  rulesHash,
  type SeasonRules,
  secretCommitment,
} from '@veche/contracts/fairs'
import { type Address, assert, hexToBytes, keccakHex, utf8ToBytes } from '@veche/primitives'
import { CITY_ACCESS, FAIR_OFFICE } from '../act/contracts.ts'
import { signTyped } from '../act/typed.ts'
import { seasonSecret } from '../fairs/beacon.ts'
import * as acts from '../fairs/season-acts.ts'
import type { LoadBeacon } from './fairs-beacon.ts'
import {
  type Applicant,
  loadFairs,
  planApplicants,
  planSeason,
  planTimes,
  UNHURRIED_PER_SECOND,
} from './fairs-plan.ts'
import { createHands, createOffice, FAIR_GAS, forEach, type Office } from './fairs-season.ts'
import type { LoadContext } from './profile.ts'

/** a smaller load is over before a rehearsal pays */
const REHEARSED_FROM = 1_000
const REHEARSAL = 384
/** of which so many only warm up the nodes */
const WARM_UP = 128
/** applications a second where nothing was measured: what a busy machine does */
const UNMEASURED_PER_SECOND = UNHURRIED_PER_SECOND
/** how busy the machine is is what the rehearsal asks: its own times must hold on any */
const REHEARSAL_SPEED = { perSecond: 6, openSecondsLeast: 1_800 }

/** What {@link prepare} is told of the network. */
interface Speed {
  readonly perSecond: number
  readonly openSecondsLeast?: number
}

async function createDraft(context: LoadContext, title: string): Promise<Address> {
  const organiser = await context.key('organiser')
  const { contract, data } = acts.createSeason(keccakHex(utf8ToBytes(title)))
  const call = { to: contract.address, data, gas: FAIR_GAS.create }
  const final = await context.must(organiser, call)
  for (const { topics, data: bytes } of final.logs) {
    const event = fairOffice.decodeLog({ topics, data: hexToBytes(bytes) })
    if (event.ok && event.value.name === 'SeasonCreated')
      return event.value.args.season.toLowerCase() as Address
  }
  assert(false, 'a season in the log of its creation')
}

async function limitsOf(context: LoadContext): Promise<{ notice: number; appeal: number }> {
  const { address } = acts.FAIR_OFFICE
  const limits = fairOffice.decode.limits(await context.read(address, fairOffice.encode.limits()))
  assert(limits.ok, 'limits of the office')
  return { notice: limits.value.noticeSeconds, appeal: limits.value.appealSeconds }
}

/** From now to the settlement, as the rules have it: whoever watches may prefer a quiet hour. */
function secondsOf({ weekendsFrom, weekends, ...rules }: SeasonRules): number {
  const end = weekendsFrom + (weekends - 1) * rules.weekendEverySeconds + rules.weekendSeconds
  return end + rules.appealSeconds - Math.floor(Date.now() / 1000)
}

/** From the draft to frozen rules; members bind themselves to what they will reveal. */
export async function prepare(
  context: LoadContext,
  beacon: LoadBeacon,
  { perSecond, openSecondsLeast = 0 }: Speed = { perSecond: UNMEASURED_PER_SECOND },
): Promise<Office> {
  const { fairs, real } = await loadFairs(context)
  context.say(`${fairs.length} ${real ? 'real' : 'invented'} fairs, ${context.count} applicants\n`)
  const season = await createDraft(context, `load ${context.seed}`)
  const attester = (await context.key('registrar')).address
  const { count, pace } = context
  const times = planTimes(count, await limitsOf(context), { pace, perSecond })
  const plan = planSeason({
    ...{ seed: context.seed, fairs, attester, mechanism: 'rsd-by-weekend' },
    times: { ...times, openSeconds: Math.max(openSecondsLeast, times.openSeconds) },
    nowSeconds: Math.floor(Date.now() / 1000),
  })
  const { rules } = plan
  if (openSecondsLeast === 0)
    context.say(`the season ends after ${Math.ceil(secondsOf(rules) / 60)} min\n`)
  const hands = createHands(context, { season, rules })
  const place = { chainId: context.chainId, season }
  const organiser = await context.key('organiser')
  for (const act of acts.addCapacities(season, plan.capacities))
    await hands.must(organiser, act, 'capacities')
  const acceptance = beacon.sign(acceptanceMessage(place, rulesHash(rules, beacon.beacon)))
  const freeze = acts.freezeRules(season, { rules, beacon: beacon.beacon, acceptance })
  await hands.must(organiser, freeze, 'freezeRules')
  await Promise.all(
    beacon.members.map((member, at) => {
      const secret = seasonSecret(beacon.secrets[at] as MemberSecret, season)
      const commitment = secretCommitment(season, member.address, secret)
      return hands.must(member, acts.commitSecret(season, commitment), 'step')
    }),
  )
  const applicants = planApplicants(context, rules)
  return createOffice({ context, place, beacon, plan, hands, applicants })
}

/** The first application can come. */
export async function openToAll({ hands, place, plan }: Office): Promise<void> {
  await hands.until(plan.rules.opensAt)
  await hands.step(acts.stepSeason(place.season, 'open'))
}

/** Applications with all their signatures; how many a second became final. */
export async function applyEach(
  { context, hands, place }: Office,
  label: string,
  applicants: readonly Applicant[],
): Promise<number> {
  const attester = await context.key('registrar')
  const startMs = performance.now()
  await forEach(context, label, applicants, async ({ signer, application }) => {
    const { person, applicant } = application
    const signature = await signTyped(signer, applicationTypedData(place, application))
    const admission = await signTyped(attester, admissionTypedData(place, { person, applicant }))
    const act = acts.submitApplication(place.season, application, { signature, admission })
    await hands.must(hands.relay(), act, 'apply')
  })
  return applicants.length / Math.max(0.001, (performance.now() - startMs) / 1000)
}

/** What a rehearsal told. */
export interface Rehearsal {
  /** undefined where the load is too small to ask */
  readonly speed?: Speed
  /** ends the season that was rehearsed with, when its notice is over; true when it is cancelled */
  end(): Promise<boolean>
}

/** Measures the network by a season of its own that nobody draws. */
export async function rehearse(context: LoadContext, beacon: LoadBeacon): Promise<Rehearsal> {
  if (context.count < REHEARSED_FROM) return { end: async () => true }
  const random = context.random.fork('rehearsal')
  const small = { ...context, count: REHEARSAL, random, pace: 1 }
  const office = await prepare(small, beacon, REHEARSAL_SPEED)
  await openToAll(office)
  await applyEach(office, 'warm-up', office.applicants.slice(0, WARM_UP))
  const perSecond = await applyEach(office, 'rehearsal', office.applicants.slice(WARM_UP))
  context.say(`this network takes ${perSecond.toFixed(1)} applications a second\n`)
  const { hands, place } = office
  const organiser = await context.key('organiser')
  const cancel = acts.cancelSeason(place.season, keccakHex(utf8ToBytes('a rehearsal')))
  const { address: to } = FAIR_OFFICE
  const data = cityAccess.encode.schedule(to, cancel.data, 0)
  await hands.must(organiser, { contract: CITY_ACCESS, data }, 'step')
  const end = async (): Promise<boolean> => (await hands.may(organiser, cancel, 'step')).succeeded
  return { speed: { perSecond }, end }
}
