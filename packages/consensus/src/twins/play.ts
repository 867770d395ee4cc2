/**
 * Plays one round of a scenario: the clocks enter the window, its proposers (one, or both twins)
 * find work, and every message goes, first come, first served, to whom the round's network lets it.
 * What it does not deliver is lost. The machines are the real ones (explorer/node-table.ts).
 */

import { createHappenings, type Happenings } from '../explorer/happenings.ts'
import type { Violation } from '../explorer/judge.ts'
import { createLetters, type Letters } from '../explorer/letters.ts'
import {
  createNodeTable,
  type Mail,
  type NodeEntry,
  type NodeTable,
} from '../explorer/node-table.ts'
import { createSetting, proposerOfRound, type Setting } from '../explorer/setting.ts'
import type { Message } from '../message.ts'
import type { Weakness } from '../state.ts'
import { type Choice, isHeard, TWIN_UNIT, UNITS } from './scenario.ts'

export interface StageOptions {
  /** member that has a twin */
  readonly member: number
  readonly rounds: number
  /** break a rule of the machine on purpose */
  readonly weaken?: Weakness
  /** every transition is a run of the machine, nothing is looked up (for comparison) */
  readonly isSeparate?: boolean
}

export interface Stage {
  readonly setting: Setting
  readonly table: NodeTable
  /** the five machines at the start */
  readonly start: readonly number[]
  /** plays a round; ids of the five machines after it, and what broke */
  play(ids: readonly number[], round: number, choice: Choice): Played
  /** messages delivered so far */
  delivered(): number
}

export interface Played {
  readonly ids: readonly number[]
  readonly violation?: Violation
}

interface Post {
  readonly from: number
  readonly mail: Mail
}

interface Scene {
  readonly options: StageOptions
  readonly setting: Setting
  readonly letters: Letters
  readonly table: NodeTable
  readonly happenings: Happenings
  /** happening by message: equal messages are one object or share a label */
  readonly heard: Map<Message, number>
  delivered: number
}

/** The happening of hearing a message, own or repeated by somebody else. */
function hearing(scene: Scene, message: Message): number {
  const known = scene.heard.get(message)
  if (known !== undefined) return known
  const { setting, table, letters } = scene
  let code: number
  if (message.kind === 'polka') {
    const { hash, round, votes } = message.polka
    const signers = votes.map(({ signer }) => setting.validators.indexOf(signer)).sort()
    const label = `hears polka ${setting.nameOf(hash)}@${round} of ${signers.join('')}`
    code = table.happening(label, () => ({
      inputsFor: ({ clock }) => [{ kind: 'message', nowMs: setting.msOf(clock), message }],
    }))
  } else if (message.kind === 'evidence') {
    const { kind, round, signer } = message.first
    const label = `hears evidence against ${signer}: ${kind} ${round}`
    code = table.happening(label, () => ({
      inputsFor: ({ clock }) => [{ kind: 'message', nowMs: setting.msOf(clock), message }],
    }))
  } else code = scene.happenings.hear(letters.of(message))
  scene.heard.set(message, code)
  return code
}

function memberOf({ options }: Scene, unit: number): number {
  return unit === TWIN_UNIT ? options.member : unit
}

/** one round under way */
interface Act {
  readonly scene: Scene
  readonly ids: number[]
  readonly posts: Post[]
  violation: Violation | undefined
}

function happen(act: Act, unit: number, happening: number): void {
  const { scene, ids, posts } = act
  const outcome = scene.table.step(ids[unit] as number, happening)
  ids[unit] = outcome.next
  act.violation ??= outcome.violation
  for (const mail of outcome.mail) posts.push({ from: unit, mail })
}

function isOpen({ scene, ids }: Act, unit: number): boolean {
  return (scene.table.entries[ids[unit] as number] as NodeEntry).decided === null
}

/** Twins never hear each other; what others show of their key does not silence them. */
function deliver(act: Act, post: Post, choice: Choice): void {
  const { scene } = act
  const { message, to } = post.mail
  if (message.kind === 'status') return
  const from = memberOf(scene, post.from)
  for (let unit = 0; unit < UNITS; unit++) {
    const member = memberOf(scene, unit)
    if (member === from || !isOpen(act, unit)) continue
    if (to !== undefined && to !== scene.setting.validators[member]) continue
    if (!isHeard(choice, message.kind, { from: post.from, to: unit })) continue
    scene.delivered++
    happen(act, unit, hearing(scene, message))
  }
}

/** Invariant 1, for all five: a twin's certificate is as good as anybody's. */
function findFork({ scene, ids }: Act): Violation | undefined {
  const { table, setting } = scene
  const decided = new Set(ids.map((id) => (table.entries[id] as NodeEntry).decided))
  decided.delete(null)
  if (decided.size < 2) return undefined
  const names = [...decided].map((hash) => (hash === null ? '' : setting.nameOf(hash)))
  return { code: 'FORK', reason: `decided: ${names.sort().join(' and ')}` }
}

function play(scene: Scene, before: readonly number[], at: Required<RoundAt>): Played {
  const act: Act = { scene, ids: [...before], posts: [], violation: undefined }
  const { round, choice } = at
  for (let unit = 0; unit < UNITS; unit++)
    if (round > 0 && isOpen(act, unit)) happen(act, unit, scene.happenings.tick(round))
  for (let unit = 0; unit < UNITS; unit++)
    if (memberOf(scene, unit) === proposerOfRound(round) && isOpen(act, unit))
      happen(act, unit, scene.happenings.work())
  for (let post = act.posts.shift(); post !== undefined; post = act.posts.shift())
    deliver(act, post, choice)
  const violation = findFork(act) ?? act.violation
  return violation === undefined ? { ids: act.ids } : { ids: act.ids, violation }
}

interface RoundAt {
  readonly round: number
  readonly choice: Choice
}

/** Five machines, two of which share a key. */
export function createStage(options: StageOptions): Stage {
  const setting = { ...createSetting(options.weaken), twin: options.member }
  const letters = createLetters(setting)
  const memberAt = (unit: number): number => (unit === TWIN_UNIT ? options.member : unit)
  const table = createNodeTable({
    ...{ setting, letters, whole: true, rounds: options.rounds },
    memberOf: memberAt,
    variantOf: (unit) => (unit === TWIN_UNIT ? 1 : 0),
    suspects: [options.member],
    ...(options.isSeparate === undefined ? {} : { isSeparate: options.isSeparate }),
  })
  const happenings = createHappenings(setting, letters, table)
  const heard = new Map<Message, number>()
  const scene: Scene = { options, setting, letters, table, happenings, heard, delivered: 0 }
  return {
    setting,
    table,
    start: Array.from({ length: UNITS }, (_, unit) => table.create(unit)),
    play: (ids, round, choice) => play(scene, ids, { round, choice }),
    delivered: () => scene.delivered,
  }
}
