/**
 * Breadth first over every world that can be reached within the bounds: any order of hearing,
 * anything lost, one Byzantine member, crashes at every event. Stops at the first breach and gives
 * the shortest way to it.
 */
import type { Weakness } from '../state.ts'
import { createHappenings } from './happenings.ts'
import type { Violation } from './judge.ts'
import { createLetters, type Letters } from './letters.ts'
import { createMoves, type Grain } from './moves.ts'
import { createNodeTable, type NodeTable } from './node-table.ts'
import { expand, META, MOVE, type Search } from './search.ts'
import { createSetting, MEMBERS, type Setting } from './setting.ts'
import { counterexampleOf } from './trace.ts'
import { createWorlds, type Worlds } from './worlds.ts'

export interface ExploreOptions {
  /** rounds 0 … rounds − 1 of one height */
  readonly rounds: number
  /** crashes with restart, over all nodes */
  readonly crashes: number
  /** index of the member whose key is in foreign hands, or null for four honest members */
  readonly byzantine: number | null
  /** the key of `byzantine` is nobody's: that member is down for good */
  readonly isDead?: boolean
  /** a log may be written anew at any time (W7) */
  readonly compaction?: boolean
  /**
   * judge evidence too, which needs nodes told apart by all that they have heard; without it the
   * judge sees that no honest key signs two values, from which the rest follows
   */
  readonly evidence?: boolean
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
function createSearch(options: ExploreOptions): Search {
  const { byzantine, grain = 'quorum', rounds } = options
  const { isDead = false, compaction = false, evidence = false } = options
  const faulty = byzantine === null ? [] : [byzantine]
  const setting = createSetting(options.weaken)
  const letters = createLetters(setting)
  const table = createNodeTable({
    ...{ setting, letters, rounds },
    memberOf: (unit) => unit,
    variantOf: (_unit, lives) => lives,
    whole: evidence,
    suspects: evidence ? faulty : [0, 1, 2, 3],
    ...(options.noLog === undefined ? {} : { noLog: options.noLog }),
  })
  const happenings = createHappenings(setting, letters, table)
  const tools = { setting, letters, table, happenings }
  const moves = createMoves({ ...tools, grain, byzantine, isDead, compaction })
  const worlds = createWorlds(META + 1, 2)
  const row = new Uint32Array(MOVE + 1)
  const next = new Uint32Array(MOVE + 1)
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
    bytes: worlds.bytes(),
    ...(counterexample === undefined ? {} : { counterexample }),
  }
  return { report, setting, letters, table, worlds, endRows }
}
