/**
 * Enumerates Twins scenarios: every sequence of networks (scenario.ts), one per round, each played
 * by the real machines. Scenarios that begin alike share what they have in common; a scenario and
 * its mirror (the twins change places) count once.
 */
import type { Violation } from '../explorer/judge.ts'
import type { NodeEntry } from '../explorer/node-table.ts'
import type { Weakness } from '../state.ts'
import { createStage, type Stage } from './play.ts'
import { CHOICES, describeChoice, mirrorsOf } from './scenario.ts'

export interface TwinsOptions {
  /** member (0–3) that has a twin; member r mod 4 proposes in round r */
  readonly member: number
  readonly rounds: number
  /** networks of the first round to begin with, as a range of their 208 numbers; default all */
  readonly first?: { readonly from: number; readonly to: number }
  /** play worlds that several scenarios reach once, and count how many do */
  readonly isMerged?: boolean
  /** break a rule of the machine on purpose */
  readonly weaken?: Weakness
  /** every transition is a run of the machine, nothing is looked up (for comparison) */
  readonly isSeparate?: boolean
  /** breaches that count; default: all */
  readonly only?: readonly string[]
}

export interface TwinsReport {
  /** distinct scenarios, mirrors counted once */
  readonly scenarios: number
  /** rounds played to cover them */
  readonly plays: number
  readonly delivered: number
  /** different states of single machines */
  readonly nodes: number
  /** scenarios in which somebody decided */
  readonly decided: number
  /** scenarios in which somebody held evidence against the twins' key */
  readonly accused: number
  /** the first breach, with the networks that lead to it */
  readonly counterexample?: Violation & { readonly scenario: readonly string[] }
}

interface Count {
  scenarios: number
  plays: number
  decided: number
  accused: number
}

interface Run {
  readonly options: TwinsOptions
  readonly stage: Stage
  readonly mirrors: readonly number[]
  readonly count: Count
  counterexample: TwinsReport['counterexample']
}

interface Scene {
  readonly ids: readonly number[]
  /** numbers of the choices so far */
  readonly path: readonly number[]
  /** equal to its own mirror so far */
  readonly isTied: boolean
}

function note(run: Run, violation: Violation | undefined, path: readonly number[]): void {
  const { only, member } = run.options
  if (violation === undefined || run.counterexample !== undefined) return
  if (only !== undefined && !only.includes(violation.code)) return
  const scenario = path.map((number, round) => {
    const choice = CHOICES[number]
    return choice === undefined ? '' : `round ${round}: ${describeChoice(choice, member)}`
  })
  run.counterexample = { ...violation, scenario }
}

/** Plays one more round; null when the scenario is the mirror of an earlier one. */
function advance(run: Run, scene: Scene, number: number): Scene | null {
  const mirror = run.mirrors[number] as number
  if (scene.isTied && mirror < number) return null
  const choice = CHOICES[number]
  if (choice === undefined) return null
  run.count.plays++
  const { ids, violation } = run.stage.play(scene.ids, scene.path.length, choice)
  const path = [...scene.path, number]
  note(run, violation, path)
  return { ids, path, isTied: scene.isTied && mirror === number }
}

function finish({ stage, count }: Run, ids: readonly number[], scenarios: number): void {
  count.scenarios += scenarios
  const entries = ids.map((id) => stage.table.entries[id] as NodeEntry)
  if (entries.some(({ decided }) => decided !== null)) count.decided += scenarios
  if (entries.some(({ state }) => state.current.accused.size > 0)) count.accused += scenarios
}

function choicesOf({ options }: Run, round: number): { from: number; to: number } {
  const all = { from: 0, to: CHOICES.length }
  return round === 0 ? (options.first ?? all) : all
}

/** Every scenario by itself. */
function visit(run: Run, scene: Scene): void {
  const round = scene.path.length
  if (round === run.options.rounds) {
    finish(run, scene.ids, 1)
    return
  }
  const { from, to } = choicesOf(run, round)
  for (let number = from; number < to && run.counterexample === undefined; number++) {
    const next = advance(run, scene, number)
    if (next !== null) visit(run, next)
  }
}

/** Round by round over different worlds, each with the number of scenarios that lead to it. */
function sweep(run: Run, start: Scene): void {
  let level = new Map<string, { scene: Scene; scenarios: number }>()
  level.set('', { scene: start, scenarios: 1 })
  for (let round = 0; round < run.options.rounds; round++) {
    const following = new Map<string, { scene: Scene; scenarios: number }>()
    const { from, to } = choicesOf(run, round)
    for (const { scene, scenarios } of level.values())
      for (let number = from; number < to && run.counterexample === undefined; number++) {
        const next = advance(run, scene, number)
        if (next === null) continue
        const key = `${next.ids.join()},${next.isTied}`
        const known = following.get(key)
        if (known === undefined) following.set(key, { scene: next, scenarios })
        else known.scenarios += scenarios
      }
    level = following
  }
  for (const { scene, scenarios } of level.values()) finish(run, scene.ids, scenarios)
}

/** Enumerates all scenarios of the options. Same options, same report. */
export function runTwins(options: TwinsOptions): TwinsReport {
  const stage = createStage(options)
  const count = { scenarios: 0, plays: 0, decided: 0, accused: 0 }
  const run: Run = {
    options,
    stage,
    mirrors: mirrorsOf(options.member),
    count,
    counterexample: undefined,
  }
  const start: Scene = { ids: stage.start, path: [], isTied: true }
  if (options.isMerged === true) sweep(run, start)
  else visit(run, start)
  const { counterexample } = run
  return {
    ...count,
    delivered: stage.delivered(),
    nodes: stage.table.entries.length,
    ...(counterexample === undefined ? {} : { counterexample }),
  }
}
