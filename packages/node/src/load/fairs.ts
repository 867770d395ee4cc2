/**
 * The workload `fairs`: a season of the city's weekend fairs from the draft to the settlement, with
 * real signatures of every applicant and a seed by real members, then the reference over its whole
 * log. services.md 2.2.
 */
import {
  acceptanceMessage,
  admissionTypedData,
  applicationTypedData,
  auditSeason,
  fairOffice,
  foldReveals,
  type MemberSecret,
  remainingDraw,
  rulesHash,
  type SeasonAudit,
  secretCommitment,
  seedMessage,
} from '@veche/contracts/fairs'
import {
  type Address,
  assert,
  bytesToHex,
  type Hash,
  hexToBytes,
  keccak256,
  utf8ToBytes,
} from '@veche/primitives'
import { signTyped } from '../act/typed.ts'
import { seasonSecret } from '../fairs/beacon.ts'
import * as acts from '../fairs/season-acts.ts'
import { auditOptions } from '../fairs/season-log.ts'
import { DRAW_BATCH } from '../limits.ts'
import { createBeacon } from './fairs-beacon.ts'
import { afterDraw, attend } from './fairs-places.ts'
import { type Applicant, loadFairs, planApplicants, planSeason, planTimes } from './fairs-plan.ts'
import {
  createHands,
  createOffice,
  FAIR_GAS,
  forEach,
  type Office,
  type SeasonHands,
} from './fairs-season.ts'
import {
  createChecker,
  type LoadCheck,
  type LoadContext,
  type LoadOutcome,
  type LoadProfile,
} from './profile.ts'

/** share of the applications that come in the first hour of five days */
const FIRST_HOUR = 0.3
/** share of applications that a reviewer looks at, and of those that he refuses */
const REVIEWED = 0.2
const REFUSED = 0.3

async function createDraft(context: LoadContext, title: string): Promise<Address> {
  const organiser = await context.key('organiser')
  const titleHash = bytesToHex(keccak256(utf8ToBytes(title))) as `0x${string}`
  const { contract, data } = acts.createSeason(titleHash)
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

/** From the draft to frozen rules; members bind themselves to what they will reveal. */
async function prepare(context: LoadContext): Promise<Office> {
  const { fairs, real } = await loadFairs(context)
  context.say(`${fairs.length} ${real ? 'real' : 'invented'} fairs, ${context.count} applicants\n`)
  const beacon = await createBeacon(context)
  context.say('seven members made their key\n')
  const season = await createDraft(context, `load ${context.seed}`)
  const attester = (await context.key('registrar')).address
  const plan = planSeason({
    ...{ seed: context.seed, fairs, attester, mechanism: 'rsd-by-weekend' },
    times: planTimes(context.count, await limitsOf(context), context.pace),
    nowSeconds: Math.floor(Date.now() / 1000),
  })
  const hands = createHands(context, { season, rules: plan.rules })
  const place = { chainId: context.chainId, season }
  const organiser = await context.key('organiser')
  for (const act of acts.addCapacities(season, plan.capacities))
    await hands.must(organiser, act, 'capacities')
  const acceptance = beacon.sign(acceptanceMessage(place, rulesHash(plan.rules, beacon.beacon)))
  const { rules } = plan
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

async function applyAll(office: Office): Promise<number> {
  const { context, hands, place, plan, applicants } = office
  const attester = await context.key('registrar')
  await hands.until(plan.rules.opensAt)
  await hands.step(acts.stepSeason(place.season, 'open'))
  const apply = async ({ signer, application }: Applicant): Promise<void> => {
    const { person, applicant } = application
    const signature = await signTyped(signer, applicationTypedData(place, application))
    const admission = await signTyped(attester, admissionTypedData(place, { person, applicant }))
    const act = acts.submitApplication(place.season, application, { signature, admission })
    await hands.must(hands.relay(), act, 'apply')
  }
  const first = Math.ceil(applicants.length * FIRST_HOUR)
  const startMs = performance.now()
  await forEach(context, 'first hour', applicants.slice(0, first), apply)
  const firstSeconds = (performance.now() - startMs) / 1000
  await forEach(context, 'applications', applicants.slice(first), apply)
  await hands.until(plan.rules.closesAt)
  await hands.step(acts.stepSeason(place.season, 'close'))
  return Math.round((100 * first) / Math.max(firstSeconds, 0.001)) / 100
}

/** Some are looked at, some refused; half of those appeal, half of the appeals are heard. */
async function reviewSome(office: Office): Promise<number> {
  const { context, hands, place, plan } = office
  const random = context.random.fork('review')
  const reviewer = await context.key('reviewer')
  const ids = Array.from({ length: context.count }, (_, at) => at + 1)
  const verdicts = ids
    .filter(() => random.next() < REVIEWED)
    .map((id) => ({ id, code: random.next() < REFUSED ? 1 + random.below(9) : 0 }))
  await forEach(context, 'review', acts.review(place.season, verdicts), (act) =>
    hands.must(reviewer, act, 'review'),
  )
  const refused = verdicts.filter(({ code }) => code > 0)
  const appealing = refused.filter(() => random.next() < 0.5)
  await forEach(context, 'appeals', appealing, ({ id }) =>
    office.act('AppealRefusal', { id, preference: 0 }),
  )
  // what nobody decides in time is an approval
  const heard = appealing.filter(() => random.next() < 0.5)
  const arbiter = await context.key('court')
  await forEach(context, 'decisions', heard, ({ id }) =>
    hands.must(arbiter, acts.decideAppeal(place.season, id, random.next() < 0.5), 'step'),
  )
  await hands.until(plan.rules.reviewUntil + 2 * plan.rules.appealSeconds)
  return refused.length
}

/** The list is frozen, all members but one reveal, any four sign. */
async function makeSeed({ context, hands, place, beacon, plan }: Office): Promise<void> {
  const { season } = place
  await hands.step(acts.stepSeason(season, 'freeze'))
  const frozenBy = Date.now() / 1000
  await hands.step(acts.stepSeason(season, 'captureFreezeBlock'))
  const reveals = beacon.members.slice(1).map(({ address }, at) => ({
    member: address,
    secret: seasonSecret(beacon.secrets[at + 1] as MemberSecret, season),
  }))
  await Promise.all(
    reveals.map(({ member, secret }) =>
      hands.must(hands.relay(), acts.revealSecret(season, member, secret), 'step'),
    ),
  )
  // one never reveals: the rest goes on when the time is over
  await hands.until(frozenBy + plan.rules.revealSeconds + 1)
  const { root, blockHash } = await frozen(hands)
  const message = seedMessage(place, { root, blockHash, reveals: foldReveals(reveals) })
  const signature = beacon.sign(message, context.random.below(7))
  await hands.must(hands.relay(), acts.submitSeed(season, beacon.beacon, signature), 'seed')
}

async function frozen(hands: SeasonHands): Promise<{ root: Hash; blockHash: Hash }> {
  const log = await hands.log()
  const list = log.find((entry) => entry.name === 'Frozen')
  const block = log.find((entry) => entry.name === 'FreezeBlockCaptured')
  assert(list?.name === 'Frozen' && block?.name === 'FreezeBlockCaptured', 'a frozen season')
  return { root: list.args.root, blockHash: block.args.blockHash }
}

/** Draws pass after pass; each pass is known when the one before is final. */
async function drawAll({ context, hands, place }: Office): Promise<number> {
  let calls = 0
  for (;;) {
    const [next] = remainingDraw(await hands.log(), place)
    if (next === undefined) return calls
    const { season } = place
    const batches = acts.drawIds(season, next.ids)
    const progress = context.progress(`draw, pass ${next.pass}`, next.ids.length)
    // one sender: the batches of a pass must arrive in order
    const sender = hands.relay()
    let drawn = 0
    await Promise.all(
      batches.map(async (batch) => {
        await hands.must(sender, batch, 'draw')
        progress.update(Math.min(next.ids.length, ++drawn * DRAW_BATCH))
      }),
    )
    calls += batches.length
  }
}

async function checkSeason(office: Office): Promise<{ check: LoadCheck; audit: SeasonAudit }> {
  const { context, hands, place } = office
  const log = await hands.log()
  const source = { rpcUrl: context.rpcUrl, season: place.season }
  const audit = auditSeason(log, await auditOptions(source, log))
  const checker = createChecker()
  checker.expect('stage', audit.stage === 'settled', () => `settled expected, got ${audit.stage}`)
  checker.expect(
    'applications',
    audit.applications === context.count,
    () => `${context.count} applications expected, got ${audit.applications}`,
  )
  const { compared, differences } = checker.result()
  return {
    audit,
    check: {
      compared: { ...compared, events: log.length, eligible: audit.eligible },
      differences: [...differences, ...audit.differences.map(({ text }) => text)].slice(0, 100),
    },
  }
}

async function run(context: LoadContext): Promise<LoadOutcome> {
  const office = await prepare(context)
  const firstHourPerSecond = await applyAll(office)
  const refused = await reviewSome(office)
  await makeSeed(office)
  const drawCalls = await drawAll(office)
  const after = await afterDraw(office)
  await attend(office)
  const { check, audit } = await checkSeason(office)
  const { metrics, seed, eligible, places } = audit
  const { season } = office.place
  return {
    facts: {
      ...{ season, seed, fairs: office.plan.rules.fairs, slots: office.plan.capacities.length },
      ...{ firstHourPerSecond, refused, eligible, drawCalls, ...after, places, metrics },
      refusals: Object.fromEntries(office.hands.refusals),
    },
    check,
  }
}

/** The profile. */
export const fairsProfile: LoadProfile = {
  name: 'fairs',
  description:
    'a season of the weekend fairs: applications, review, seed, draw, places, attendance',
  unit: 'applications',
  countDefault: 13_000,
  run,
}
