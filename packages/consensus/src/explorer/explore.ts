/**
 * Breadth first over every world that can be reached within the bounds: any order of hearing,
 * anything lost, one Byzantine member, crashes at every event. Stops at the first breach and gives
 * the shortest way to it.
 */
import type { Hash } from '@veche/primitives'
import type { Weakness } from '../state.ts'
import { createHappenings, type Happenings } from './happenings.ts'
import type { Violation } from './judge.ts'
import { createLetters, type Letters, nameOfMember } from './letters.ts'
import { createMoves, type Grain, type Moves } from './moves.ts'
import { createNodeTable, type NodeEntry, type NodeTable, type Outcome } from './node-table.ts'
import { createSetting, MEMBERS, type Setting } from './setting.ts'
import { createWorlds, type Worlds } from './worlds.ts'

export interface ExploreOptions {
  /** rounds 0 … rounds − 1 of one height */
  readonly rounds: number
  /** crashes with restart, over all nodes */
  readonly crashes: number
  /** index of the member whose key is in foreign hands, or null for four honest members */
  readonly byzantine: number | null
  /** default `quorum` */
  readonly grain?: Grain
  /** break a rule of the machine on purpose */
  readonly weaken?: Weakness
  /** forget the write-ahead log in a crash, on purpose */
  readonly noLog?: boolean
  /** breaches that end the exploration; default: all */
  readonly only?: readonly string[]
  /** give up (and say so) at this many worlds; default 200 million */
  readonly worldsMax?: number
  /** called every million worlds */
  readonly onProgress?: (worlds: number, depth: number) => void
}

export interface Counterexample extends Violation {
  /** one line per move, from the beginning */
  readonly trace: readonly string[]
}

export interface ExploreReport {
  readonly worlds: number
  readonly transitions: number
  /** moves to the farthest world */
  readonly depth: number
  /** different states of single nodes */
  readonly nodes: number
  /** steps of the real machine (an input with all that follows); all else was looked up */
  readonly performed: number
  /** the whole space within the bounds was seen */
  readonly isExhausted: boolean
  /** worlds in which nothing more can happen, by how many honest members decided */
  readonly ends: Readonly<Record<string, number>>
  readonly bytes: number
  readonly counterexample?: Counterexample
}

/** a finished exploration, for those who want to look at its worlds */
export interface Exploration {
  readonly report: ExploreReport
  readonly setting: Setting
  readonly letters: Letters
  readonly table: NodeTable
  readonly worlds: Worlds
  /** rows in which nothing more can happen */
  readonly endRows: readonly number[]
}

const WORLDS_MAX = 200_000_000
const PROGRESS_EVERY = 1_000_000
/** columns of a row: a node id per member, then the clock × 16 + crashes left */
const META = MEMBERS
/** move = member (ALL: every clock) × 2^24 + variant × 2^16 + happening */
const ALL = MEMBERS
const VARIANT = 1 << 16
const MEMBER = 1 << 24

interface Search {
  readonly options: ExploreOptions
  readonly setting: Setting
  readonly letters: Letters
  readonly table: NodeTable
  readonly moves: Moves
  readonly happenings: Happenings
  readonly worlds: Worlds
  /** parent row and move of each row */
  readonly origins: number[]
  readonly row: Uint32Array
  readonly next: Uint32Array
  readonly ends: Map<number, number>
  readonly endRows: number[]
  transitions: number
  /** whether the row in work leads anywhere */
  isMoving: boolean
  breach: (Violation & { readonly from: number; readonly move: number }) | null
}

function isHonest({ options }: Search, member: number): boolean {
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
  const { worlds, next, origins } = search
  search.transitions++
  const row = worlds.add(next)
  if (row < 0) return
  origins[row * 2] = at.from
  origins[row * 2 + 1] = at.move
  checkAgreement(search, at)
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
      { from, move: 0xffff_ffff },
    )
}

function expand(search: Search, from: number): void {
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

function describeMove({ table }: Search, move: number): string {
  const happening = table.happenings[move % VARIANT]
  const variant = Math.floor((move % MEMBER) / VARIANT)
  const member = Math.floor(move / MEMBER)
  const who = member === ALL ? 'every' : nameOfMember(member)
  const crash = variant > 0 ? `, crashes at event ${variant} of it and restarts` : ''
  return `${who} ${happening?.label.replace(/ #\d+$/, '')}${crash}`
}

/** What a move changed, in words. */
function describeChange(search: Search, from: number, to: number): string {
  const { worlds, table, letters, setting } = search
  const parts: string[] = []
  for (let member = 0; member < MEMBERS; member++) {
    if (!isHonest(search, member)) continue
    const before = table.entries[worlds.get(from, member)]
    const after = table.entries[worlds.get(to, member)]
    if (before === undefined || after === undefined || before === after) continue
    const said = after.sent.filter((id) => !before.sent.includes(id))
    for (const id of said) parts.push(letters.at(id).label)
    if (after.decided !== null && before.decided === null)
      parts.push(`${nameOfMember(member)} decides ${setting.nameOf(after.decided)}`)
  }
  return parts.length === 0 ? '' : ` → ${parts.join(', ')}`
}

function counterexampleOf(search: Search): Counterexample | undefined {
  const { breach, origins } = search
  if (breach === null) return undefined
  const trace: string[] = []
  if (breach.move !== 0xffff_ffff) trace.push(describeMove(search, breach.move))
  for (let row = breach.from; row > 0; row = origins[row * 2] as number) {
    const parent = origins[row * 2] as number
    const change = describeChange(search, parent, row)
    trace.push(describeMove(search, origins[row * 2 + 1] as number) + change)
  }
  const { code, reason } = breach
  return { code, reason, trace: trace.reverse() }
}

/**
 * With quorums at once the votes in a polka name representative members, so that evidence means
 * nothing; that no honest member signs two values is judged where it sends.
 */
function suspectsOf(grain: Grain, byzantine: number | null): number[] {
  if (grain === 'quorum') return [0, 1, 2, 3]
  return byzantine === null ? [] : [byzantine]
}

function createSearch(options: ExploreOptions): Search {
  const { byzantine, grain = 'quorum', rounds } = options
  const setting = createSetting(options.weaken)
  const exact = grain === 'message'
  const letters = createLetters(setting, { exact })
  const table = createNodeTable({
    ...{ setting, letters, exact, rounds },
    memberOf: (unit) => unit,
    variantOf: (_unit, lives) => lives,
    suspects: suspectsOf(grain, byzantine),
    ...(options.noLog === undefined ? {} : { noLog: options.noLog }),
  })
  const happenings = createHappenings(setting, letters, table)
  const moves = createMoves({ setting, letters, table, happenings, grain, byzantine })
  const worlds = createWorlds(MEMBERS + 1)
  const row = new Uint32Array(worlds.width)
  const next = new Uint32Array(worlds.width)
  for (let member = 0; member < MEMBERS; member++)
    next[member] = member === byzantine ? 0 : table.create(member)
  next[META] = options.crashes
  worlds.add(next)
  const found = { transitions: 0, isMoving: false, breach: null, ends: new Map(), endRows: [] }
  return {
    options,
    setting,
    letters,
    table,
    moves,
    happenings,
    worlds,
    origins: [0, 0],
    row,
    next,
    ...found,
  }
}

/** Explores everything within the bounds. Same options, same report. */
export function explore(options: ExploreOptions): Exploration {
  const search = createSearch(options)
  const { worlds, table, setting, letters, endRows } = search
  const worldsMax = options.worldsMax ?? WORLDS_MAX
  let depth = 0
  let levelEnd = 1
  let from = 0
  for (; from < worlds.size() && worlds.size() < worldsMax; from++) {
    if (from === levelEnd) {
      depth++
      levelEnd = worlds.size()
    }
    expand(search, from)
    if (search.breach !== null) break
    if (from % PROGRESS_EVERY === PROGRESS_EVERY - 1) options.onProgress?.(worlds.size(), depth)
  }
  const counterexample = counterexampleOf(search)
  const report: ExploreReport = {
    worlds: worlds.size(),
    transitions: search.transitions,
    depth,
    nodes: table.entries.length,
    performed: table.performed(),
    isExhausted: from === worlds.size(),
    ends: Object.fromEntries([...search.ends].sort(([a], [b]) => a - b)),
    bytes: worlds.bytes() + worlds.size() * 16,
    ...(counterexample === undefined ? {} : { counterexample }),
  }
  return { report, setting, letters, table, worlds, endRows }
}
