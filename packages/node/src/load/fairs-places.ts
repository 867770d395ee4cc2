/**
 * After the draw of the fairs load: some decline, free places are offered along the waiting lists,
 * offers are accepted or lapse; then weekends, with those who come and those who do not.
 */
import { type ReportedApplication, type SeasonReport, weekendOfStand } from '@veche/contracts/fairs'
import * as acts from '../fairs/season-acts.ts'
import { forEach, type Office } from './fairs-season.ts'

/** share of places that are given back, of offers that are not answered, of places left empty */
const DECLINED = 0.05
const UNANSWERED = 0.25
const MISSED = 0.06
/** applications that one call looks at: as many as fit a block */
const PROMOTE_STEPS = 300
/** walks of a list in one load: what is still free then stays free */
const PROMOTE_ROUNDS_MAX = 3

interface HeldPlace {
  readonly id: number
  readonly preference: number
  readonly slot: number
  readonly weekend: number
  readonly until: number
}

type State = ReportedApplication['wishes'][number]['state']

function placesIn({ rules, applications }: SeasonReport, state: State): HeldPlace[] {
  if (rules === undefined) return []
  return applications.flatMap(({ id, wishes }) =>
    wishes
      .filter((wish) => wish.state === state)
      .map(({ preference, slot, stand, until }) => ({
        ...{ id, preference, slot, until },
        weekend: weekendOfStand(rules, stand),
      })),
  )
}

/** Offers what is free to those who wait; how many calls it took. */
async function promoteFree(office: Office): Promise<number> {
  const { context, hands, place } = office
  let calls = 0
  for (let round = 0; round < PROMOTE_ROUNDS_MAX; round++) {
    const { left } = await hands.report()
    const log = await hands.log()
    const ended = new Set(
      log.flatMap((entry) => (entry.name === 'ListExhausted' ? [entry.args.slot] : [])),
    )
    const free = [...left].filter(([slot, places]) => places > 0 && !ended.has(slot))
    await forEach(context, `waiting lists, round ${round + 1}`, free, ([slot]) =>
      hands.may(hands.relay(), acts.promote(place.season, slot, PROMOTE_STEPS), 'promote'),
    )
    calls += free.length
    if (free.length === 0) break
  }
  return calls
}

/** Declines, promotions, answers; what is not answered lapses and is offered on. */
export async function afterDraw(office: Office): Promise<Record<string, number>> {
  const { context, hands, place } = office
  const random = context.random.fork('places')
  const declined = placesIn(await hands.report(), 'held').filter(() => random.next() < DECLINED)
  await forEach(context, 'declines', declined, (held) => office.act('Decline', held))
  const promoteCalls = await promoteFree(office)
  const offers = placesIn(await hands.report(), 'offered')
  const answered = offers.filter(() => random.next() >= UNANSWERED)
  await forEach(context, 'answers', answered, (offer) => office.act('Accept', offer))
  const open = placesIn(await hands.report(), 'offered')
  await hands.until(Math.max(0, ...open.map(({ until }) => until)))
  await forEach(context, 'lapses', open, ({ id, preference }) =>
    hands.may(hands.relay(), acts.lapse(place.season, id, preference), 'back'),
  )
  return { declined: declined.length, promoteCalls, offers: offers.length, lapsed: open.length }
}

/** Weekend after weekend: check-ins at the stalls, then those who did not come; then the end. */
export async function attend(office: Office): Promise<void> {
  const { context, hands, place, plan } = office
  const { rules } = plan
  const inspector = await context.key('inspector')
  const random = context.random.fork('attendance')
  const { season } = place
  await hands.until(rules.weekendsFrom)
  await hands.step(acts.stepSeason(season, 'run'))
  // nobody is missed before the season has run for the time of grace
  const ranBy = Math.ceil(Date.now() / 1000)
  for (let weekend = 0; weekend < rules.weekends; weekend++) {
    const from = rules.weekendsFrom + weekend * rules.weekendEverySeconds
    await hands.until(from)
    const held = placesIn(await hands.report(), 'held').filter((one) => one.weekend === weekend)
    const missing = new Set(held.filter(() => random.next() < MISSED))
    const here = held.filter((one) => !missing.has(one))
    await forEach(context, `weekend ${weekend + 1}`, here, (one) =>
      office.act('CheckIn', one, inspector),
    )
    await hands.until(Math.max(from, ranBy) + rules.graceSeconds)
    const noShows = [...missing]
    await forEach(context, `no-shows ${weekend + 1}`, noShows, ({ id, preference }) =>
      hands.may(inspector, acts.markNoShow(season, id, preference), 'back'),
    )
    // every other one appeals; nobody decides the appeals of a load
    const appealing = noShows.filter((_, at) => at % 2 === 0)
    await forEach(context, `appeals ${weekend + 1}`, appealing, (one) =>
      office.act('AppealNoShow', one),
    )
  }
  const last = rules.weekendsFrom + (rules.weekends - 1) * rules.weekendEverySeconds
  // a no-show of the last day has its time to appeal
  await hands.until(last + rules.weekendSeconds + rules.appealSeconds)
  await hands.step(acts.stepSeason(season, 'settle'))
}
