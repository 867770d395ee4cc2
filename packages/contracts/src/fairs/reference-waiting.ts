/**
 * The reference on the waiting lists: was it this applicant's turn? A walk along a list may have
 * stopped between two events (whoever calls pays for some steps and no more), so the reference
 * keeps every position where it can stand, and calls somebody passed over only when he could have
 * had the place during the whole time in question.
 */
import {
  differ,
  type ListPointer,
  mostOf,
  placesOf,
  type Replay,
  type ReplayedApplication,
  touchedWeekends,
} from './reference-state.ts'
import { MECHANISMS, type SeasonRules, weekendOfStand } from './season.ts'

/** How often each list is walked, and whom each walk is for. */
function sweepsOf(rules: SeasonRules): number {
  const mechanism = MECHANISMS[rules.mechanism]
  return mechanism === 'reserved-rsd' ? 3 : mechanism === 'rsd-by-weekend' ? 2 : 1
}

interface Slot {
  readonly number: number
  readonly stand: number
  readonly category: number
}

/** Whether the applicant may have a place of this slot now, in this walk. */
function fits(
  replay: Replay,
  rules: SeasonRules,
  { application, slot, sweep }: { application: ReplayedApplication; slot: Slot; sweep: number },
): boolean {
  const isOther = sweep === 2
  if ((application.category !== slot.category) !== isOther) return false
  if (!application.wishes.some(({ stand }) => stand === slot.stand)) return false
  if (touchedWeekends(rules, application).has(weekendOfStand(rules, slot.stand))) return false
  const places = placesOf(application)
  // the first of several walks, and the one for other categories, serve those with nothing
  const forNothing = isOther || (sweep === 0 && sweepsOf(rules) > 1)
  if (forNothing ? places > 0 : places >= mostOf(rules, application)) return false
  if (!isOther) return true
  const used = replay.overflow.get(slot.stand)?.count ?? 0
  return !application.overflowed && used < rules.overflowMax
}

function hasFittedSince(
  replay: Replay,
  rules: SeasonRules,
  candidate: { application: ReplayedApplication; slot: Slot; sweep: number; since: number },
): boolean {
  const { application, slot, sweep, since } = candidate
  if (!fits(replay, rules, candidate) || application.changedAt > since) return false
  return sweep !== 2 || (replay.overflow.get(slot.stand)?.changedAt ?? 0) <= since
}

function slotAt(rules: SeasonRules, number: number): Slot {
  const { categories } = rules
  const stand = Math.floor(number / categories) + 1
  return { number, stand, category: number % categories }
}

/**
 * Every position at which the walk can be after it gave the place to `target`; with no target,
 * after its end. `passed` gets those who were passed over on every way there.
 */
function walk(
  replay: Replay,
  rules: SeasonRules,
  step: { slot: Slot; target: number | undefined; from: ListPointer; passed: Set<number> },
): ListPointer[] {
  const { slot, target, from, passed } = step
  const found: ListPointer[] = []
  let blocked = false
  for (let sweep = from.sweep; sweep < sweepsOf(rules) && !blocked; sweep++) {
    const start = sweep === from.sweep ? from.next : 0
    for (let next = start; next < replay.order.length && !blocked; next++) {
      const application = replay.order[next] as ReplayedApplication
      const candidate = { application, slot, sweep, since: from.since }
      if (application.id === target && fits(replay, rules, candidate))
        found.push({ sweep, next: next + 1, since: replay.at })
      if (!hasFittedSince(replay, rules, candidate)) continue
      if (application.id !== target) passed.add(application.id)
      blocked = true
    }
  }
  if (target === undefined && !blocked)
    found.push({ sweep: sweepsOf(rules), next: 0, since: replay.at })
  return found
}

/** Moves the list of a slot on; a difference when it was not the target's turn. */
export function walkTo(replay: Replay, number: number, target: number | undefined): void {
  const { rules } = replay
  if (rules === undefined) return
  const slot = slotAt(rules, number)
  const before = replay.lists.get(number) ?? [{ sweep: 0, next: 0, since: replay.drawOverAt }]
  const passed = new Set<number>()
  const after = before.flatMap((from) => walk(replay, rules, { slot, target, from, passed }))
  const unique = new Map(after.map((pointer) => [`${pointer.sweep}/${pointer.next}`, pointer]))
  if (unique.size > 0) {
    replay.lists.set(number, [...unique.values()])
    return
  }
  const turn = [...passed].map((id) => `application ${id}`).join(' or ')
  const found = target === undefined ? 'the end of the list' : `application ${target}`
  differ(
    replay,
    'waiting',
    `waiting list of slot ${number}: ${turn === '' ? 'nobody' : turn} expected next, got ${found}`,
    target ?? [...passed][0],
  )
  // go on from what the chain did, so that one wrong turn is named once
  const at = replay.order.findIndex(({ id }) => id === target)
  replay.lists.set(number, [{ sweep: 0, next: at + 1, since: replay.at }])
}
