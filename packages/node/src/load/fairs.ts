/**
 * The workload `fairs`: a season of the city's weekend fairs from the draft to the settlement, with
 * real signatures of every applicant and a seed by real members, then the reference over its whole
 * log. services.md 2.2.
 */
import {
  auditSeason,
  foldReveals,
  type MemberSecret,
  remainingDraw,
  type SeasonAudit,
  type SeasonPlace,
  seedMessage,
} from '@veche/contracts/fairs'
import { assert, type Hash, VecheError } from '@veche/primitives'
import { seasonSecret } from '../fairs/beacon.ts'
import * as acts from '../fairs/season-acts.ts'
import { auditOptions, readSeasonLog } from '../fairs/season-log.ts'
import { DRAW_BATCH } from '../limits.ts'
import { createBeacon } from './fairs-beacon.ts'
import { afterDraw, attend } from './fairs-places.ts'
import { applyEach, openToAll, prepare, rehearse } from './fairs-prepare.ts'
import { forEach, type Office, type SeasonHands } from './fairs-season.ts'
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

async function applyAll(office: Office): Promise<number> {
  const { hands, place, plan, applicants } = office
  await openToAll(office)
  const first = Math.ceil(applicants.length * FIRST_HOUR)
  const perSecond = await applyEach(office, 'first hour', applicants.slice(0, first))
  await applyEach(office, 'applications', applicants.slice(first))
  await hands.until(plan.rules.closesAt)
  await hands.step(acts.stepSeason(place.season, 'close'))
  return Math.round(100 * perSecond) / 100
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
    // one that came too late is upheld by silence
    hands.may(arbiter, acts.decideAppeal(place.season, id, random.next() < 0.5), 'step'),
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
      hands.may(hands.relay(), acts.revealSecret(season, member, secret), 'step'),
    ),
  )
  // one never reveals: the rest goes on when the time is over
  await hands.until(frozenBy + plan.rules.revealSeconds + 1)
  const message = await messageOf(hands, place)
  const signature = beacon.sign(message, context.random.below(7))
  await hands.must(hands.relay(), acts.submitSeed(season, beacon.beacon, signature), 'seed')
}

/** What the group signs, from the log: the list, its block, and what was revealed in time. */
async function messageOf(hands: SeasonHands, place: SeasonPlace): Promise<Hash> {
  const log = await hands.log()
  const list = log.find((entry) => entry.name === 'Frozen')
  const block = log.find((entry) => entry.name === 'FreezeBlockCaptured')
  assert(list?.name === 'Frozen' && block?.name === 'FreezeBlockCaptured', 'a frozen season')
  const told = log.flatMap((entry) => (entry.name === 'SecretRevealed' ? [entry.args] : []))
  const { root } = list.args
  const { blockHash } = block.args
  return seedMessage(place, { root, blockHash, reveals: foldReveals(told) })
}

/** a pass of 13,000 takes a minute or two; a builder that drops a call of it tells nobody */
const PASS_TIMEOUT_MS = 900_000

/** Ends a wait that would have no end. Throws `NOT_FINAL`. */
async function inTime(work: Promise<unknown>, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const seconds = PASS_TIMEOUT_MS / 1_000
      reject(new VecheError('NOT_FINAL', `${what} is not final after ${seconds} s`))
    }, PASS_TIMEOUT_MS)
  })
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
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
    const drawing = batches.map(async (batch) => {
      await hands.must(sender, batch, 'draw')
      progress.update(Math.min(next.ids.length, ++drawn * DRAW_BATCH))
    })
    await inTime(Promise.all(drawing), `pass ${next.pass} of the draw`)
    calls += batches.length
  }
}

async function checkSeason(office: Office): Promise<{ check: LoadCheck; audit: SeasonAudit }> {
  const { context, place } = office
  const source = { rpcUrl: context.rpcUrl, season: place.season }
  // as an observer would: the whole log anew
  const log = await readSeasonLog(source, context.startHeight)
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

/** Seconds of each part, one after the other; what waits for times of the rules is told apart. */
function createClock() {
  const seconds: Record<string, number> = {}
  const since = (startMs: number): number =>
    Number(((performance.now() - startMs) / 1000).toFixed(1))
  return {
    seconds,
    async part<T>(name: string, work: () => Promise<T>): Promise<T> {
      const startMs = performance.now()
      const result = await work()
      seconds[name] = since(startMs)
      return result
    },
  }
}

async function run(context: LoadContext): Promise<LoadOutcome> {
  const { seconds, part } = createClock()
  const beacon = await part('ceremony', () => createBeacon(context))
  context.say('seven members made their key\n')
  const rehearsal = await part('rehearsal', () => rehearse(context, beacon))
  const office = await part('rules', () => prepare(context, beacon, rehearsal.speed))
  const firstHourPerSecond = await part('applications', () => applyAll(office))
  const refused = await part('review', () => reviewSome(office))
  await part('seed', () => makeSeed(office))
  const drawCalls = await part('draw', () => drawAll(office))
  const after = await part('waiting lists', () => afterDraw(office))
  await part('attendance', () => attend(office))
  const rehearsalEnded = await rehearsal.end()
  const { check, audit } = await part('reference', () => checkSeason(office))
  const { metrics, seed, eligible, places } = audit
  const { season } = office.place
  return {
    facts: {
      ...{ season, seed, fairs: office.plan.rules.fairs, slots: office.plan.capacities.length },
      ...{
        rehearsedPerSecond: rehearsal.speed?.perSecond,
        rehearsalEnded,
        firstHourPerSecond,
        refused,
        eligible,
        drawCalls,
        ...after,
        places,
        metrics,
      },
      refusals: Object.fromEntries(office.hands.refusals),
      ...{ seconds, waitedSeconds: Math.round(office.hands.waitedMs() / 1000) },
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
