/**
 * The other half of the promise: from a world in which anything went wrong, the network heals and
 * everybody decides (consensus.md, invariant 15). Everything that was under way is lost, a
 * Byzantine member says nothing, and the same machines go on by the clock with their statuses and
 * helps, until every honest one has its block.
 */
import { type Address, type Header, sealHeader } from '@veche/primitives'
import { cloneState } from '../clone.ts'
import type { Input } from '../input.ts'
import type { Certificate, Message } from '../message.ts'
import type { State } from '../state.ts'
import type { Exploration } from './explore.ts'
import type { Violation } from './judge.ts'
import { nameOfMember } from './letters.ts'
import type { NodeEntry } from './node-table.ts'
import { type NodeEvent, performInputs } from './perform.ts'
import { META } from './search.ts'
import { MEMBERS } from './setting.ts'

export interface Healed {
  /** windows from the heal to the last decision */
  readonly windows: number
  readonly violation?: Violation
}

/** what the page promises: n + 2 windows of the width in force */
const WINDOWS_MAX = MEMBERS + 2
/** milliseconds between ticks: four in a window of one second */
const TICK_MS = 250

interface Patient {
  readonly member: number
  readonly state: State
  /** sealed header of the block it has decided or was given */
  block: { readonly header: Header; readonly hash: Address } | null
}

interface Ward {
  readonly exploration: Exploration
  readonly patients: readonly Patient[]
  /** inputs under way, in order */
  readonly queue: { readonly patient: Patient; readonly input: Input }[]
  nowMs: number
  violation: Violation | undefined
}

function admit(exploration: Exploration, row: number, absent: number | null): Patient[] {
  const { table, worlds } = exploration
  const patients: Patient[] = []
  for (let member = 0; member < MEMBERS; member++) {
    if (member === absent) continue
    const entry = table.entries[worlds.get(row, member)] as NodeEntry
    patients.push({ member, state: cloneState(entry.state), block: null })
  }
  return patients
}

function sealedBlock(ward: Ward, hash: Address, certificate: Certificate): Patient['block'] {
  const { header } = ward.exploration.setting.candidateOf(hash).block
  return { header: sealHeader(header, certificate.round, certificate.seals), hash }
}

/** The block is final at a member: by its own decision, or given by another. */
function commit(ward: Ward, patient: Patient, block: NonNullable<Patient['block']>): void {
  const { queue, nowMs, exploration } = ward
  if (patient.block !== null) return
  patient.block = block
  const validatorsAfterNext = exploration.setting.validators
  // its pool is empty from now on: the next height is none of this world
  queue.push({ patient, input: { kind: 'work', nowMs, pending: false } })
  queue.push({ patient, input: { kind: 'committed', nowMs, ...block, validatorsAfterNext } })
  for (const other of ward.patients)
    if (other.block !== null && other.block.hash !== block.hash)
      ward.violation = { code: 'FORK', reason: `${nameOfMember(patient.member)} after the heal` }
}

function post(ward: Ward, from: Patient, { message, to }: { message: Message; to?: Address }) {
  const { validators } = ward.exploration.setting
  for (const patient of ward.patients) {
    if (patient === from || (to !== undefined && validators[patient.member] !== to)) continue
    ward.queue.push({ patient, input: { kind: 'message', nowMs: ward.nowMs, message } })
  }
}

function settle(ward: Ward, from: Patient, event: NodeEvent): void {
  if (event.kind === 'send') post(ward, from, event)
  else if (event.kind === 'commit') {
    const block = sealedBlock(ward, event.hash, event.certificate)
    if (block !== null) commit(ward, from, block)
  } else if (event.kind === 'straggler' && from.block !== null) {
    const { validators } = ward.exploration.setting
    const straggler = ward.patients.find(({ member }) => validators[member] === event.to)
    if (straggler !== undefined) commit(ward, straggler, from.block)
  }
}

function drain(ward: Ward): void {
  const { setting } = ward.exploration
  for (let next = ward.queue.shift(); next !== undefined; next = ward.queue.shift()) {
    const { patient, input } = next
    const options = { setting, member: patient.member, nowMs: ward.nowMs, variant: 3 }
    const done = performInputs(patient.state, [input], { ...options, statuses: true })
    ward.violation ??= done.violation
    for (const event of done.events) settle(ward, patient, event)
  }
}

/** Those that had decided before the heal store their block first. */
function recall(ward: Ward, row: number): void {
  const { table, worlds } = ward.exploration
  for (const patient of ward.patients) {
    const entry = table.entries[worlds.get(row, patient.member)] as NodeEntry
    if (entry.decided === null || entry.certificate === null) continue
    const block = sealedBlock(ward, entry.decided, entry.certificate)
    if (block !== null) commit(ward, patient, block)
  }
}

/**
 * Heals one world of an exploration with `evidence`: statuses repeat votes that otherwise are left
 * out of the normal form, and a node of another world may hold votes that were never cast here.
 * In the middle of its window; `absent` is the Byzantine or dead member.
 */
export function heal(exploration: Exploration, row: number, absent: number | null): Healed {
  const { setting, worlds } = exploration
  const patients = admit(exploration, row, absent)
  const clock = clockOf(exploration, row, worlds.get(row, META) >>> 4)
  const startMs = setting.msOf(clock) + 2 * TICK_MS
  const ward: Ward = { exploration, patients, queue: [], nowMs: startMs, violation: undefined }
  recall(ward, row)
  for (const patient of patients)
    if (patient.block === null)
      ward.queue.push({ patient, input: { kind: 'work', nowMs: startMs, pending: true } })
  drain(ward)
  const windows = (): number => (ward.nowMs - startMs) / (4 * TICK_MS)
  while (patients.some(({ block }) => block === null) && ward.violation === undefined) {
    if (windows() >= WINDOWS_MAX)
      return {
        windows: windows(),
        violation: { code: 'NO_PROGRESS', reason: `no decision within ${WINDOWS_MAX} windows` },
      }
    ward.nowMs += TICK_MS
    for (const patient of patients)
      ward.queue.push({ patient, input: { kind: 'tick', nowMs: ward.nowMs } })
    drain(ward)
  }
  const { violation } = ward
  return violation === undefined ? { windows: windows() } : { windows: windows(), violation }
}

/** the latest clock of a world whose clocks go by themselves */
function clockOf({ table, worlds }: Exploration, row: number, common: number): number {
  let clock = common
  for (let member = 0; member < MEMBERS; member++)
    clock = Math.max(clock, table.entries[worlds.get(row, member)]?.clock ?? 0)
  return clock
}

export interface HealedSome {
  readonly worlds: number
  /** the slowest heal, windows */
  readonly windowsMax: number
  /** rows that did not heal, with what broke */
  readonly failures: readonly { readonly row: number; readonly violation: Violation }[]
}

/** Heals at most about `count` of the ends and as many of all worlds, evenly spread. */
export function healSome(
  exploration: Exploration,
  absent: number | null,
  count: number,
): HealedSome {
  const { endRows, worlds } = exploration
  const rows = new Set<number>()
  const endStride = Math.max(1, Math.ceil(endRows.length / count))
  for (let i = 0; i < endRows.length; i += endStride) rows.add(endRows[i] as number)
  const stride = Math.max(1, Math.ceil(worlds.size() / count))
  for (let row = 0; row < worlds.size(); row += stride) rows.add(row)
  let windowsMax = 0
  const failures: { row: number; violation: Violation }[] = []
  for (const row of rows) {
    const { windows, violation } = heal(exploration, row, absent)
    windowsMax = Math.max(windowsMax, windows)
    if (violation !== undefined) failures.push({ row, violation })
  }
  return { worlds: rows.size, windowsMax, failures }
}
