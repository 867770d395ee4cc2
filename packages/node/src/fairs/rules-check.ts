/**
 * What FairOffice will say of a season's rules, before they are published: the same lines as
 * FairRulesCheck.sol, in words. Lines that need the chain (the notice, the least time to appeal)
 * are the contract's alone.
 */
import { MECHANISMS, PREFERENCES_MAX, type SeasonRules, slotCount } from '@veche/contracts/fairs'
import { accept, type Result, refuse } from '@veche/primitives'

const CATEGORIES_MAX = 15
const SLOTS_MAX = 65_535

/** When the list can be frozen at the earliest, unix seconds. */
const frozenAt = ({ reviewUntil, appealSeconds }: SeasonRules): number =>
  reviewUntil + 2 * appealSeconds

type Line = readonly [number: number, text: string, holds: (rules: SeasonRules) => boolean]

const LINES: readonly Line[] = [
  [1, 'weekends and fairs', ({ weekends, fairs }) => weekends > 0 && fairs > 0],
  [2, '1 to 15 categories', (r) => r.categories > 0 && r.categories <= CATEGORIES_MAX],
  [3, 'at most 65,535 slots', (rules) => slotCount(rules) <= SLOTS_MAX],
  [
    4,
    'preferencesMax of 1 to 8',
    (r) => r.preferencesMax > 0 && r.preferencesMax <= PREFERENCES_MAX,
  ],
  [
    5,
    'placesMax of 1 to preferencesMax',
    (r) => r.placesMax > 0 && r.placesMax <= r.preferencesMax,
  ],
  [6, 'placesMax not above weekends', ({ placesMax, weekends }) => placesMax <= weekends],
  [
    7,
    'overflowMax 0 but in reserved-rsd',
    (r) => r.overflowMax === 0 || MECHANISMS[r.mechanism] === 'reserved-rsd',
  ],
  [11, 'closesAt after opensAt', ({ opensAt, closesAt }) => closesAt > opensAt],
  [12, 'reviewUntil after closesAt', ({ closesAt, reviewUntil }) => reviewUntil > closesAt],
  [13, 'appealSeconds above 0', ({ appealSeconds }) => appealSeconds > 0],
  [14, 'revealSeconds and offerSeconds above 0', (r) => r.revealSeconds > 0 && r.offerSeconds > 0],
  [
    15,
    'weekendsFrom not before reviewUntil, two times appealSeconds and revealSeconds',
    (rules) => rules.weekendsFrom >= frozenAt(rules) + rules.revealSeconds,
  ],
  [
    16,
    'weekendSeconds above 0, and not above weekendEverySeconds',
    (r) => r.weekendSeconds > 0 && r.weekendEverySeconds >= r.weekendSeconds,
  ],
  [17, 'graceSeconds below weekendSeconds', (r) => r.graceSeconds < r.weekendSeconds],
]

/** Refuses with `RULES_INVALID`, the number of the contract's line and what it expects. */
export function checkRules(rules: SeasonRules): Result<SeasonRules> {
  const broken = LINES.find(([, , holds]) => !holds(rules))
  if (broken === undefined) return accept(rules)
  const [number, text] = broken
  return refuse('RULES_INVALID', `${text} expected (line ${number} of FairRulesCheck)`)
}
