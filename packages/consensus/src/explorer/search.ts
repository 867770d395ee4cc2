/**
 * The search itself: a world is a row of node numbers, its clock and the crashes that are left;
 * each move makes another row (docs/model-checking.md). Breadth first, so that the first breach
 * found is one with the fewest moves.
 */
import type { Hash } from '@veche/primitives'
import type { ExploreOptions } from './explore.ts'
import type { Happenings } from './happenings.ts'
import type { Violation } from './judge.ts'
import type { Letters } from './letters.ts'
import type { Moves } from './moves.ts'
import type { NodeEntry, NodeTable, Outcome } from './node-table.ts'
import { MEMBERS, type Setting } from './setting.ts'
import type { Worlds } from './worlds.ts'

/** columns of a row: a node id per member, then the clock × 16 + crashes left */
export const META = MEMBERS
/** not part of what a world is: the row it was reached from, and the move */
export const PARENT = META + 1
export const MOVE = META + 2
/** move = member (ALL: every clock) × 2^24 + variant × 2^16 + happening */
export const ALL = MEMBERS
export const VARIANT = 1 << 16
export const MEMBER = 1 << 24
/** the move of a breach that is no move: nothing more can happen */
export const NO_MOVE = 0xffff_ffff

export interface Search {
  readonly options: ExploreOptions
  readonly setting: Setting
  readonly letters: Letters
  readonly table: NodeTable
  readonly moves: Moves
  readonly happenings: Happenings
  readonly worlds: Worlds
  readonly row: Uint32Array
  readonly next: Uint32Array
  readonly ends: Map<number, number>
  readonly endRows: number[]
  transitions: number
  /** whether the row in work leads anywhere */
  isMoving: boolean
  breach: (Violation & { readonly from: number; readonly move: number }) | null
}

export function isHonest({ options }: Search, member: number): boolean {
  return member !== options.byzantine
}

function decidedOf({ table }: Search, id: number | undefined): Hash | null {
  return (table.entries[id as number] as NodeEntry).decided
}

function report(search: Search, violation: Violation, at: { from: number; move: number }): void {
  const { only } = search.options
  if (only !== undefined && !only.includes(violation.code)) return
  search.breach ??= { ...violation, ...at }
}

/** Invariant 1: no two honest members decide differently. */
function checkAgreement(search: Search, at: { from: number; move: number }): void {
  const { next, setting } = search
  let first: Hash | null = null
  for (let member = 0; member < MEMBERS; member++) {
    if (!isHonest(search, member)) continue
    const decided = decidedOf(search, next[member])
    if (decided === null) continue
    if (first !== null && first !== decided) {
      const names = `${setting.nameOf(first)} and ${setting.nameOf(decided)}`
      report(search, { code: 'FORK', reason: `decided: ${names}` }, at)
    }
    first = decided
  }
}

function push(search: Search, at: { from: number; move: number }): void {
  const { worlds, next } = search
  search.transitions++
  next[PARENT] = at.from
  next[MOVE] = at.move
  if (worlds.add(next) >= 0) checkAgreement(search, at)
}

/** One node goes on; the crash variants of the same move take one crash of the budget. */
function moveOne(search: Search, from: number, at: { member: number; happening: number }): void {
  const { table, row, next } = search
  const { member, happening } = at
  const id = row[member] as number
  const move = member * MEMBER + happening
  const apply = (outcome: Outcome, variant: number): void => {
    const origin = { from, move: move + variant * VARIANT }
    if (outcome.violation !== undefined) report(search, outcome.violation, origin)
    if (outcome.next === id) return
    search.isMoving = true
    next.set(row)
    next[member] = outcome.next
    if (variant > 0) next[META] = (row[META] as number) - 1
    push(search, origin)
  }
  apply(table.step(id, happening), 0)
  if (((row[META] as number) & 15) === 0) return
  for (const [i, outcome] of table.crashes(id, happening).entries()) apply(outcome, i + 1)
}

/** Every clock enters the next window; one node may crash while it does. */
function tickAll(search: Search, from: number, clock: number): void {
  const { table, happenings, row, next } = search
  const happening = happenings.tick(clock)
  const before = row[META] as number
  const tickInto = (): void => {
    for (let member = 0; member < MEMBERS; member++) {
      const id = row[member] as number
      if (!isHonest(search, member) || decidedOf(search, id) !== null) continue
      const outcome = table.step(id, happening)
      if (outcome.violation !== undefined)
        report(search, outcome.violation, { from, move: member * MEMBER + happening })
      next[member] = outcome.next
    }
    next[META] = before + 16
  }
  next.set(row)
  tickInto()
  search.isMoving = true
  push(search, { from, move: ALL * MEMBER + happening })
  if ((before & 15) === 0) return
  for (let member = 0; member < MEMBERS; member++) {
    const id = row[member] as number
    if (!isHonest(search, member) || decidedOf(search, id) !== null) continue
    table.crashes(id, happening).forEach((outcome, i) => {
      next.set(row)
      tickInto()
      next[member] = outcome.next
      next[META] = before + 16 - 1
      push(search, { from, move: member * MEMBER + (i + 1) * VARIANT + happening })
    })
  }
}

/** Single clocks, when every message goes by itself. */
function tickEach(search: Search, from: number): void {
  const { table, happenings, row, options } = search
  for (let member = 0; member < MEMBERS; member++) {
    const id = row[member] as number
    if (!isHonest(search, member) || decidedOf(search, id) !== null) continue
    const clock = (table.entries[id]?.clock ?? 0) + 1
    if (clock < options.rounds) moveOne(search, from, { member, happening: happenings.tick(clock) })
  }
}

function crashEach(search: Search, from: number): void {
  const { table, happenings, row, next } = search
  if (((row[META] as number) & 15) === 0) return
  for (let member = 0; member < MEMBERS; member++) {
    const id = row[member] as number
    const entry = table.entries[id]
    if (entry === undefined || !isHonest(search, member) || entry.decided !== null) continue
    const happening = happenings.restart(entry.clock)
    const outcome = table.step(id, happening)
    const origin = { from, move: member * MEMBER + happening }
    if (outcome.violation !== undefined) report(search, outcome.violation, origin)
    next.set(row)
    next[member] = outcome.next
    next[META] = (row[META] as number) - 1
    push(search, origin)
  }
}

function noteEnd(search: Search, from: number): void {
  const { row, ends } = search
  let decided = 0
  let open = 0
  for (let member = 0; member < MEMBERS; member++) {
    if (!isHonest(search, member)) continue
    if (decidedOf(search, row[member]) === null) open++
    else decided++
  }
  ends.set(decided, (ends.get(decided) ?? 0) + 1)
  search.endRows.push(from)
  if (decided > 0 && open > 0)
    report(
      search,
      { code: 'DECISION_NOT_SHARED', reason: `${decided} decided, ${open} cannot` },
      { from, move: NO_MOVE },
    )
}

/** Every move of one world. */
export function expand(search: Search, from: number): void {
  const { worlds, row, moves, options } = search
  for (let i = 0; i < worlds.width; i++) row[i] = worlds.get(from, i)
  const clock = (row[META] as number) >>> 4
  search.isMoving = false
  moves.each(row, clock, (member, happening) => moveOne(search, from, { member, happening }))
  if (options.grain === 'message') tickEach(search, from)
  else if (clock + 1 < options.rounds) tickAll(search, from, clock + 1)
  if (!search.isMoving) noteEnd(search, from)
  crashEach(search, from)
}
