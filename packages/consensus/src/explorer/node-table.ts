/**
 * Every node that was ever reached, by its normal form, and what each input made of it. A world is
 * then a few small numbers, and most of its transitions cost a look into a table and no step of
 * the machine: a node state is stepped once per input, however many worlds it stands in.
 */
import { type Address, assert, type Hash } from '@veche/primitives'
import { cloneState } from '../clone.ts'
import type { Input } from '../input.ts'
import type { Certificate, Message } from '../message.ts'
import { createState, type State } from '../state.ts'
import { follow, isMark } from './follow.ts'
import type { Violation } from './judge.ts'
import type { Letters } from './letters.ts'
import { type NodeContent, normalForm } from './normal-form.ts'
import { type NodeEvent, type Performance, performInputs } from './perform.ts'
import { proposerOfRound, type Setting } from './setting.ts'

/** a node without its number */
export interface NodeDraft extends NodeContent {
  /** which of the machines it is */
  readonly unit: number
  readonly decided: Hash | null
  readonly certificate: Certificate | null
}

/** a node as reached first; others with its normal form answer alike */
export interface NodeEntry extends NodeDraft {
  readonly id: number
}

/** what leaves a node, in order, help included */
export interface Mail {
  readonly message: Message
  readonly to?: Address
}

export interface Outcome {
  readonly next: number
  readonly mail: readonly Mail[]
  readonly violation?: Violation
}

/** one thing that can happen to a node, the same for all */
export interface Happening {
  readonly label: string
  /** the clock afterwards, when it changes */
  readonly clock?: number
  /** memory is lost, the log is read */
  readonly isRestart?: boolean
  inputsFor(entry: NodeDraft): readonly Input[]
}

export interface NodeTableOptions {
  readonly setting: Setting
  readonly letters: Letters
  /** keep what can become evidence: see normal-form.ts */
  readonly whole?: boolean
  /** member whose key a machine holds; twins share one */
  memberOf(unit: number): number
  /** the block that a machine builds in its rounds, after so many restarts */
  variantOf(unit: number, lives: number): number
  /** members that may be accused */
  readonly suspects: readonly number[]
  /** rounds below this one are explored: nothing is built in later ones */
  readonly rounds: number
  /** never take two nodes for one: every transition is a run of the machine (for comparison) */
  readonly isSeparate?: boolean
  /** break the node on purpose: the log is written and forgotten */
  readonly noLog?: boolean
}

export interface NodeTable {
  readonly entries: readonly NodeEntry[]
  readonly happenings: readonly Happening[]
  /** performances of the real machine so far: an input and all that follows from it */
  performed(): number
  /** registers a happening under its label; the number that {@link NodeTable.step} takes */
  happening(label: string, create: () => Omit<Happening, 'label'>): number
  /** a machine that has just been started for the first time */
  create(unit: number): number
  step(node: number, happening: number): Outcome
  /** where the node may be when it crashes and restarts in the middle of the happening */
  crashes(node: number, happening: number): readonly Outcome[]
}

/** more happenings than any exploration has: the key of a transition is node × this + happening */
const HAPPENINGS_MAX = 1 << 16

interface Table {
  readonly options: NodeTableOptions
  readonly entries: NodeEntry[]
  readonly byText: Map<string, number>
  readonly suspects: ReadonlySet<Hash>
  performed: number
}

interface Performed {
  readonly state: State
  readonly done: Performance
  readonly clock: number
}

/** Whether restarts can still show: they only choose the block of a later own round. */
function willBuild({ options }: Table, { unit, state, clock }: NodeDraft): boolean {
  const member = options.memberOf(unit)
  for (let round = Math.max(clock, 0); round < options.rounds; round++)
    if (proposerOfRound(round) === member && !state.current.sent.has(`${round}/proposal`))
      return true
  return false
}

function intern(table: Table, draft: NodeDraft): number {
  const { options, entries, byText } = table
  const lives = willBuild(table, draft) ? draft.lives : 0
  const text = `${draft.unit} ${normalForm(options, { ...draft, lives })}`
  const found = byText.get(text)
  if (found !== undefined && options.isSeparate !== true) return found
  const id = entries.length
  entries.push({ ...draft, lives, id })
  byText.set(text, id)
  return id
}

function startState({ options }: Table, before: NodeDraft, clock: number): State {
  const { parameters, validators, genesis: header, genesisHash: hash, msOf } = options.setting
  return createState({
    parameters,
    self: validators[options.memberOf(before.unit)] as Hash,
    head: { header, hash },
    validators,
    next: validators,
    nowMs: msOf(clock),
    restored: before.log,
  })
}

function run(
  table: Table,
  state: State,
  at: { unit: number; lives: number; clock: number; inputs: readonly Input[] },
): Performance {
  table.performed++
  const { setting, memberOf, variantOf } = table.options
  return performInputs(state, at.inputs, {
    setting,
    member: memberOf(at.unit),
    nowMs: setting.msOf(at.clock),
    variant: variantOf(at.unit, at.lives),
  })
}

/** What the first `count` events of a performance leave of a node, and what they break. */
function settle(
  table: Table,
  before: NodeDraft,
  at: Performed & { readonly lives: number; readonly count: number },
): { readonly draft: NodeDraft; readonly violation?: Violation } {
  const { options, suspects } = table
  const { state, done, clock, lives, count } = at
  const { violation, ...left } = follow(before, { ...options, state, suspects }, done, count)
  const draft = { unit: before.unit, state, clock, lives, ...left }
  return violation === undefined ? { draft } : { draft, violation }
}

function settled(table: Table, before: NodeDraft, at: Performed & { lives: number }): Outcome {
  const count = at.done.events.length
  const { draft, violation } = settle(table, before, { ...at, count })
  const next = intern(table, draft)
  const mail = at.done.events.filter((event) => event.kind === 'send')
  return violation === undefined ? { next, mail } : { next, mail, violation }
}

/** A node starts with what is in its log. */
function start(table: Table, before: NodeDraft, at: { clock: number; lives: number }): Outcome {
  const { clock, lives } = at
  const state = startState(table, before, clock)
  const inputs = [{ kind: 'tick', nowMs: table.options.setting.msOf(clock) }] as const
  const done = run(table, state, { unit: before.unit, lives, clock, inputs })
  return settled(table, before, { state, done, clock, lives })
}

function perform(table: Table, entry: NodeEntry, happening: Happening): Performed {
  const clock = happening.clock ?? entry.clock
  const state = cloneState(entry.state)
  const { unit, lives } = entry
  const inputs = happening.inputsFor(entry)
  return { state, clock, done: run(table, state, { unit, lives, clock, inputs }) }
}

function stepNode(table: Table, entry: NodeEntry, happening: Happening): Outcome {
  const { lives } = entry
  if (happening.isRestart === true)
    return start(table, entry, { clock: happening.clock ?? entry.clock, lives: lives + 1 })
  return settled(table, entry, { ...perform(table, entry, happening), lives })
}

/** Crashes between any two events; those before the first and after the last are other moves. */
function crashNode(table: Table, entry: NodeEntry, happening: Happening): readonly Outcome[] {
  const { lives } = entry
  const performed = perform(table, entry, happening)
  const { events } = performed.done
  const outcomes = new Map<number, Outcome>()
  for (let count = 1; count < events.length; count++) {
    const last = events[count - 1] as NodeEvent
    if (last.kind === 'commit') break
    if (!isMark(last)) continue
    const { draft } = settle(table, entry, { ...performed, lives, count })
    const outcome = start(table, draft, { clock: performed.clock, lives: lives + 1 })
    outcomes.set(outcome.next, outcome)
  }
  return [...outcomes.values()]
}

/** An empty table of nodes. */
export function createNodeTable(options: NodeTableOptions): NodeTable {
  const { validators } = options.setting
  const suspects = new Set(options.suspects.map((member) => validators[member] as Hash))
  const table: Table = { options, entries: [], byText: new Map(), suspects, performed: 0 }
  const happenings: Happening[] = []
  const codes = new Map<string, number>()
  const steps = new Map<number, Outcome>()
  const crashed = new Map<number, readonly Outcome[]>()
  const entryAt = (node: number): NodeEntry => table.entries[node] as NodeEntry
  return {
    entries: table.entries,
    happenings,
    performed: () => table.performed,
    happening(label, create) {
      const known = codes.get(label)
      if (known !== undefined) return known
      const code = happenings.length
      assert(code < HAPPENINGS_MAX, 'fewer kinds of happenings than a key holds')
      happenings.push({ label, ...create() })
      codes.set(label, code)
      return code
    },
    create(unit) {
      const none = { log: [], sent: [], lives: 0, clock: 0, decided: null, certificate: null }
      const blank = { ...none, unit }
      const state = startState(table, { ...blank, state: undefined as never }, 0)
      return start(table, { ...blank, state }, { clock: 0, lives: 0 }).next
    },
    step(node, happening) {
      const key = node * HAPPENINGS_MAX + happening
      let outcome = steps.get(key)
      if (outcome === undefined) {
        outcome = stepNode(table, entryAt(node), happenings[happening] as Happening)
        steps.set(key, outcome)
      }
      return outcome
    },
    crashes(node, happening) {
      const key = node * HAPPENINGS_MAX + happening
      let outcomes = crashed.get(key)
      if (outcomes === undefined) {
        outcomes = crashNode(table, entryAt(node), happenings[happening] as Happening)
        crashed.set(key, outcomes)
      }
      return outcomes
    },
  }
}
