/** The reference on what follows the draw: answers, promotions, attendance, the metric. */
import { measureShares, type SeasonMetrics } from './reference-metrics.ts'
import {
  differ,
  expect,
  find,
  mostOf,
  type PlaceState,
  placesOf,
  type Replay,
  type ReplayedApplication,
  servingSlot,
  takesPart,
  touchedWeekends,
  type Wish,
  weekendStart,
} from './reference-state.ts'
import { walkTo } from './reference-waiting.ts'
import { type SeasonRules, weekendOfStand } from './season.ts'
import type { SeasonEventArgs } from './season-events.ts'

interface Found {
  readonly rules: SeasonRules
  readonly application: ReplayedApplication
  readonly wish: Wish
  /** unix seconds */
  readonly weekendFrom: number
}

/** The wish of an application that this slot serves in one of these states. */
function findWish(
  replay: Replay,
  { id, slot }: { readonly id: number; readonly slot: number },
  states: readonly PlaceState[],
): Found | undefined {
  const application = find(replay, id, 'attendance')
  const { rules } = replay
  if (application === undefined || rules === undefined) return undefined
  const wish = application.wishes.find(
    (one) => states.includes(one.state) && servingSlot(rules, one) === slot,
  )
  if (wish === undefined) {
    const text = `application ${id} has no place ${states.join(' or ')} in slot ${slot}`
    differ(replay, 'place', text, id)
    return undefined
  }
  const weekendFrom = weekendStart(rules, weekendOfStand(rules, wish.stand))
  return { rules, application, wish, weekendFrom }
}

function checkTime(replay: Replay, id: number, holds: boolean, what: string): void {
  const text = `application ${id} ${what} at the wrong time`
  expect(replay, holds, { about: 'attendance', id, text })
}

/** A place goes back to its slot. */
function giveBack(replay: Replay, { rules, application, wish }: Found, state: PlaceState): void {
  const slot = servingSlot(rules, wish)
  replay.left.set(slot, (replay.left.get(slot) ?? 0) + 1)
  if (wish.category !== application.category) {
    const used = replay.overflow.get(wish.stand)?.count ?? 0
    replay.overflow.set(wish.stand, { count: used - 1, changedAt: replay.at })
  }
  wish.state = state
  application.changedAt = replay.at
}

export function onPromoted(replay: Replay, args: SeasonEventArgs<'Promoted'>): void {
  const { id, slot, preference, until } = args
  const application = find(replay, id, 'waiting')
  const { rules } = replay
  if (application === undefined || rules === undefined) return
  const say = (text: string): void => differ(replay, 'waiting', text, id)
  const wish = application.wishes[preference]
  if (wish === undefined || wish.stand !== Math.floor(slot / rules.categories) + 1) {
    say(`slot ${slot} is not what preference ${preference} of application ${id} asks for`)
    return
  }
  const weekend = weekendOfStand(rules, wish.stand)
  if (touchedWeekends(rules, application).has(weekend))
    say(`application ${id} had something on weekend ${weekend} already`)
  walkTo(replay, slot, id)
  const left = (replay.left.get(slot) ?? 0) - 1
  if (left < 0) say(`slot ${slot} has no place left for application ${id}`)
  replay.left.set(slot, left)
  const end = weekendStart(rules, weekend) + rules.weekendSeconds
  const due = Math.min(replay.timeSeconds + rules.offerSeconds, end)
  if (until !== due) say(`offer to application ${id} until ${due} expected, got ${until}`)
  wish.state = 'offered'
  wish.until = until
  wish.category = slot % rules.categories
  application.changedAt = replay.at
  if (wish.category === application.category) return
  application.overflowed = true
  const used = (replay.overflow.get(wish.stand)?.count ?? 0) + 1
  if (used > rules.overflowMax)
    say(`at most ${rules.overflowMax} places of other categories expected at stand ${wish.stand}`)
  replay.overflow.set(wish.stand, { count: used, changedAt: replay.at })
}

export function onListExhausted(replay: Replay, args: SeasonEventArgs<'ListExhausted'>): void {
  walkTo(replay, args.slot, undefined)
}

export function onAccepted(replay: Replay, args: SeasonEventArgs<'Accepted'>): void {
  const found = findWish(replay, args, ['offered'])
  if (found === undefined) return
  checkTime(replay, args.id, replay.timeSeconds < found.wish.until, 'accepted')
  found.wish.until = replay.timeSeconds + found.rules.graceSeconds
  found.wish.state = 'held'
}

export function onDeclined(replay: Replay, args: SeasonEventArgs<'Declined'>): void {
  const found = findWish(replay, args, ['held', 'offered'])
  if (found === undefined) return
  const inTime = found.wish.state === 'offered' || replay.timeSeconds < found.weekendFrom
  checkTime(replay, args.id, inTime, 'declined')
  giveBack(replay, found, 'declined')
}

export function onLapsed(replay: Replay, args: SeasonEventArgs<'Lapsed'>): void {
  const found = findWish(replay, args, ['offered'])
  if (found === undefined) return
  checkTime(replay, args.id, replay.timeSeconds >= found.wish.until, 'lost its offer')
  giveBack(replay, found, 'lapsed')
}

export function onCheckedIn(replay: Replay, args: SeasonEventArgs<'CheckedIn'>): void {
  const found = findWish(replay, args, ['held'])
  if (found === undefined) return
  const { rules, weekendFrom, wish } = found
  const { timeSeconds } = replay
  const inTime = timeSeconds >= weekendFrom && timeSeconds < weekendFrom + rules.weekendSeconds
  checkTime(replay, args.id, inTime, 'checked in')
  wish.state = 'checked-in'
}

export function onNoShow(replay: Replay, args: SeasonEventArgs<'NoShow'>): void {
  const found = findWish(replay, args, ['held'])
  if (found === undefined) return
  const { rules, weekendFrom, wish } = found
  const { timeSeconds } = replay
  const from = Math.max(weekendFrom, replay.ranAt) + rules.graceSeconds
  const due = Math.max(from, wish.until)
  const couldCome = due < weekendFrom + rules.weekendSeconds
  checkTime(replay, args.id, couldCome && timeSeconds >= due, 'was missed')
  wish.until = timeSeconds + rules.appealSeconds
  giveBack(replay, found, 'no-show')
}

/** A no-show that is appealed against, or decided. */
function missed(
  replay: Replay,
  { id, preference }: { readonly id: number; readonly preference: number },
): Wish | undefined {
  const wish = find(replay, id, 'attendance')?.wishes[preference]
  if (wish?.state === 'no-show') return wish
  differ(replay, 'attendance', `application ${id} has no no-show at preference ${preference}`, id)
  return undefined
}

export function onNoShowAppealed(replay: Replay, args: SeasonEventArgs<'NoShowAppealed'>): void {
  const wish = missed(replay, args)
  if (wish === undefined) return
  checkTime(replay, args.id, !wish.appealed && replay.timeSeconds < wish.until, 'appealed')
  wish.appealed = true
  wish.until = args.until
}

export function onNoShowDecided(replay: Replay, args: SeasonEventArgs<'NoShowDecided'>): void {
  const wish = missed(replay, args)
  if (wish === undefined) return
  const inTime = wish.appealed && (args.upheld || replay.timeSeconds < wish.until)
  checkTime(replay, args.id, inTime, 'had its appeal decided')
  wish.appealed = false
  if (args.upheld) wish.state = 'excused'
}

/** The metric of what the log has so far. */
export function replayedMetrics(replay: Replay): SeasonMetrics {
  const { rules } = replay
  const eligible = [...replay.applications.values()].filter(takesPart)
  return measureShares(
    eligible.map((application) => ({
      places: placesOf(application),
      wanted: rules === undefined ? 0 : mostOf(rules, application),
    })),
  )
}

export function onSettled(replay: Replay, { metrics }: SeasonEventArgs<'Settled'>): void {
  const expected = replayedMetrics(replay)
  for (const name of ['eligible', 'nothing', 'places', 'envyFreePpm', 'giniPpm'] as const)
    expect(replay, metrics[name] === expected[name], {
      about: 'metric',
      text: `${name} ${expected[name]} expected, got ${metrics[name]}`,
    })
  const { rules, timeSeconds } = replay
  if (rules === undefined) return
  const last = weekendStart(rules, rules.weekends - 1) + rules.weekendSeconds
  expect(replay, timeSeconds >= last + rules.appealSeconds, {
    about: 'stage',
    text: 'settled before the last no-show could be appealed against',
  })
}
