/**
 * One input and all that follows from it inside one node, in the order in which a node performs it:
 * effects first come, first served; building, execution, signing and fsync answer at once. What it
 * did to the world is a list of events, and a crash may come between any two of them: that covers
 * the torn log (some records of a write are durable) and the crash between `log` and `send`.
 */
import { type Address, AssertionError, assertNever, type Hash } from '@veche/primitives'
import type { Input } from '../input.ts'
import { step } from '../machine.ts'
import type { Certificate, Message } from '../message.ts'
import type { Effect } from '../output.ts'
import type { LogRecord } from '../record.ts'
import { simulatedSign } from '../simulator/signer.ts'
import type { State } from '../state.ts'
import type { Violation } from './judge.ts'
import { HEIGHT, type Setting } from './setting.ts'

export type NodeEvent =
  /** one record became durable */
  | { readonly kind: 'record'; readonly record: LogRecord }
  /** the log was replaced, at once */
  | { readonly kind: 'compact'; readonly records: readonly LogRecord[] }
  | { readonly kind: 'send'; readonly message: Message; readonly to?: Address }
  | { readonly kind: 'commit'; readonly hash: Hash; readonly certificate: Certificate }
  | { readonly kind: 'straggler'; readonly to: Address }
  | { readonly kind: 'evidence'; readonly accused: Address }
  | { readonly kind: 'alarm'; readonly code: string }

export interface Performance {
  readonly events: readonly NodeEvent[]
  /** an assertion of the machine failed: the worst thing that can happen */
  readonly violation?: Violation
}

export interface PerformOptions {
  readonly setting: Setting
  readonly member: number
  readonly nowMs: number
  /** which of the blocks of its round this node builds */
  readonly variant: number
  /** sign and send statuses too; default: they are left unsigned, nothing depends on them */
  readonly statuses?: boolean
}

interface Desk {
  readonly options: PerformOptions
  readonly events: NodeEvent[]
  /** answers that wait for the effects before them */
  readonly inputs: Input[]
}

function sign({ options, inputs }: Desk, effect: Extract<Effect, { kind: 'sign' }>): void {
  const { setting, member, nowMs } = options
  const { content, sealDigest } = effect
  if (content.kind === 'status' && options.statuses !== true) return
  const whole =
    content.kind === 'precommit' && sealDigest !== undefined
      ? { ...content, seal: simulatedSign(setting.validators[member] as Address, sealDigest) }
      : content
  inputs.push({ kind: 'signed', nowMs, message: setting.sign(member, whole) })
}

function check({ options, inputs }: Desk, hash: Hash): void {
  const candidate = options.setting.candidateOf(hash)
  inputs.push({ kind: 'checked', nowMs: options.nowMs, hash, candidate })
}

function perform(desk: Desk, effect: Effect): void {
  const { events, inputs, options } = desk
  const { setting, nowMs, variant } = options
  switch (effect.kind) {
    case 'build': {
      const { height, round } = effect
      const candidate = height === HEIGHT ? setting.blockOf(round, variant) : null
      inputs.push({ kind: 'built', nowMs, height, round, candidate })
      break
    }
    case 'check':
      check(desk, effect.proposal.hash)
      break
    case 'fetch':
    case 'execute':
      check(desk, effect.hash)
      break
    case 'sign':
      sign(desk, effect)
      break
    case 'log':
      for (const record of effect.records) events.push({ kind: 'record', record })
      inputs.push({ kind: 'logged', nowMs, token: effect.token })
      break
    case 'send':
    case 'compact':
      events.push(effect)
      break
    case 'commit':
      events.push({ kind: 'commit', hash: effect.hash, certificate: effect.certificate })
      break
    case 'evidence':
      events.push({ kind: 'evidence', accused: effect.evidence.first.signer })
      break
    case 'alarm':
      events.push({ kind: 'alarm', code: effect.code })
      break
    case 'wake': // windows are moves of the explorer
    case 'prepare': // building takes no time
    case 'behind': // one height: who is ahead of it shows its certificate by itself
      break
    case 'straggler':
      events.push({ kind: 'straggler', to: effect.to })
      break
    default:
      assertNever(effect)
  }
}

/** Feeds inputs to a machine, in place, and performs what follows until nothing more does. */
export function performInputs(
  state: State,
  given: readonly Input[],
  options: PerformOptions,
): Performance {
  const { setting, member } = options
  const context = setting.twin === member ? { ...setting.context, isTwin: true } : setting.context
  const desk: Desk = { options, events: [], inputs: [] }
  try {
    for (const input of given) {
      desk.inputs.push(input)
      for (let next = desk.inputs.shift(); next !== undefined; next = desk.inputs.shift())
        for (const effect of step(state, next, context).effects) perform(desk, effect)
    }
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error
    return { events: desk.events, violation: { code: 'ASSERTION', reason: error.message } }
  }
  return { events: desk.events }
}
