/**
 * The mechanisms, a second time: who gets which place when the order is given. Written from
 * services.md (2.2, FairAllocation) and the words of IFairTypes alone, as plain lists and loops, so
 * that a mistake of the contract is not repeated here. Pure.
 */
import { MECHANISMS, type SeasonRules, slotCount, slotOf, weekendOfStand } from './season.ts'

/** Who takes part, as the draw sees it. */
export interface Entrant {
  readonly id: number
  readonly category: number
  /** stands asked for, the best first, each once */
  readonly stands: readonly number[]
}

/** A place that somebody gets. */
export interface Allocation {
  readonly id: number
  readonly slot: number
  /** position in the applicant's list, from 0 */
  readonly preference: number
  /** of the draw, from 1 */
  readonly pass: number
}

export interface DrawOutcome {
  /** in the order in which they are given */
  readonly allocations: readonly Allocation[]
  /** who is asked in each pass, in order */
  readonly passes: readonly { readonly pass: number; readonly ids: readonly number[] }[]
  /** free places of each slot afterwards */
  readonly left: readonly number[]
}

export type DrawRules = Pick<
  SeasonRules,
  'mechanism' | 'weekends' | 'fairs' | 'categories' | 'placesMax' | 'overflowMax'
>

/** Most places an applicant can get: one a weekend asked for, at most `placesMax`. */
export function wantedOf(rules: DrawRules, entrant: Entrant): number {
  const weekends = new Set(entrant.stands.map((stand) => weekendOfStand(rules, stand)))
  return Math.min(weekends.size, rules.placesMax)
}

class Draw {
  readonly allocations: Allocation[] = []
  readonly passes: { pass: number; ids: number[] }[] = []
  readonly left: number[]
  readonly #rules: DrawRules
  readonly #weekends = new Map<number, Set<number>>()
  readonly #overflow = new Map<number, number>()

  constructor(rules: DrawRules, capacities: readonly number[]) {
    this.#rules = rules
    this.left = Array.from({ length: slotCount(rules) }, (_, slot) => capacities[slot] ?? 0)
  }

  placesOf(id: number): number {
    return this.#weekends.get(id)?.size ?? 0
  }

  /** One pass: everybody in `asked`, in order, gets up to `each` places. */
  run(pass: number, asked: readonly Entrant[], each: number): void {
    this.passes.push({ pass, ids: asked.map(({ id }) => id) })
    for (const entrant of asked)
      for (let count = 0; count < each; count++) if (!this.#giveBest(entrant, pass)) break
  }

  /** The best stand that is free in the applicant's own category, on a weekend without a place. */
  #giveBest(entrant: Entrant, pass: number): boolean {
    const had = this.#weekends.get(entrant.id) ?? new Set()
    const preference = entrant.stands.findIndex(
      (stand) =>
        !had.has(weekendOfStand(this.#rules, stand)) &&
        (this.left[slotOf(this.#rules, stand, entrant.category)] ?? 0) > 0,
    )
    if (preference < 0) return false
    this.#give(entrant, { preference, category: entrant.category, pass })
    return true
  }

  #give(
    { id, stands }: Entrant,
    { preference, category, pass }: { preference: number; category: number; pass: number },
  ): void {
    const stand = stands[preference] as number
    const slot = slotOf(this.#rules, stand, category)
    this.left[slot] = (this.left[slot] as number) - 1
    const had = this.#weekends.get(id) ?? new Set()
    this.#weekends.set(id, had.add(weekendOfStand(this.#rules, stand)))
    this.allocations.push({ id, slot, preference, pass })
  }

  /** The overflow step: who has nothing gets one place that another category left over. */
  runOverflow(pass: number, asked: readonly Entrant[]): void {
    this.passes.push({ pass, ids: asked.map(({ id }) => id) })
    const { categories, overflowMax } = this.#rules
    for (const entrant of asked) {
      for (const [preference, stand] of entrant.stands.entries()) {
        const used = this.#overflow.get(stand) ?? 0
        // of several categories with places left over, the one with the lowest number gives
        const category = Array.from({ length: categories }, (_, number) => number).find(
          (number) =>
            number !== entrant.category && (this.left[slotOf(this.#rules, stand, number)] ?? 0) > 0,
        )
        if (used >= overflowMax || category === undefined) continue
        this.#overflow.set(stand, used + 1)
        this.#give(entrant, { preference, category, pass })
        break
      }
    }
  }
}

/**
 * Gives the places. `order` is the order of the draw; capacities count by slot.
 * FCFS and RSD: one pass, as many places as an applicant may have. RSD by weekend and reserved RSD:
 * a pass for the first place of each, one for the second, …, among those whom every pass before
 * served and who want more. Reserved RSD: then the overflow step.
 */
export function drawPlaces(
  rules: DrawRules,
  capacities: readonly number[],
  order: readonly Entrant[],
): DrawOutcome {
  const draw = new Draw(rules, capacities)
  const mechanism = MECHANISMS[rules.mechanism]
  if (mechanism === 'fcfs' || mechanism === 'rsd') draw.run(1, order, rules.placesMax)
  else
    for (let pass = 1; pass <= rules.placesMax; pass++) {
      const asked = order.filter(
        (entrant) => draw.placesOf(entrant.id) === pass - 1 && wantedOf(rules, entrant) >= pass,
      )
      if (asked.length === 0 && pass > 1) break
      draw.run(pass, asked, 1)
    }
  if (mechanism === 'reserved-rsd' && rules.overflowMax > 0) {
    const nothing = order.filter(({ id }) => draw.placesOf(id) === 0)
    if (nothing.length > 0) draw.runOverflow(rules.placesMax + 1, nothing)
  }
  return { allocations: draw.allocations, passes: draw.passes, left: draw.left }
}
