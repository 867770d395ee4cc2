/**
 * Reads the status that a node answered. The node may be anybody's: every field is checked, text
 * loses what a terminal would obey, lists are bounded. Total: a verdict, never an exception.
 */
import { accept, type Hex, type Result, refuse } from '@veche/primitives'
import type { NodeStatus, StatusVerdict, ValidatorStatus, VoteStatus } from '@veche/rpc'
import { STATUS_LIST_MAX, STATUS_TEXT_MAX } from '../limits.ts'

const VERDICTS: readonly StatusVerdict[] = ['well', 'degraded', 'stalled', 'behind']

class Misfit extends TypeError {}

function misfit(path: string, expected: string): never {
  throw new Misfit(`${path}: ${expected} expected`)
}

/** a place in the foreign value; every reader either gives its type or throws a Misfit */
class Field {
  readonly #value: unknown
  readonly #path: string

  constructor(value: unknown, path: string) {
    this.#value = value
    this.#path = path
  }

  at(name: string): Field {
    const value = this.#value
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      misfit(this.#path, 'an object')
    const inner = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
    return new Field(inner, `${this.#path}.${name}`)
  }

  text(): string {
    if (typeof this.#value !== 'string') misfit(this.#path, 'text')
    // control characters, also C1 and the direction marks, could rewrite the screen
    const safe = this.#value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu, '?')
    return safe.length > STATUS_TEXT_MAX ? `${safe.slice(0, STATUS_TEXT_MAX)}…` : safe
  }

  number(): number {
    const value = this.#value
    if (typeof value !== 'number' || !Number.isFinite(value)) misfit(this.#path, 'a number')
    return value
  }

  flag(): boolean {
    if (typeof this.#value !== 'boolean') misfit(this.#path, 'true or false')
    return this.#value
  }

  hex(): Hex {
    const value = this.#value
    if (typeof value !== 'string' || !/^0x[0-9a-f]{0,64}$/.test(value)) misfit(this.#path, 'hex')
    return value as Hex
  }

  choice<T extends string>(choices: readonly T[]): T {
    const value = this.#value
    const found = choices.find((choice) => choice === value)
    return found ?? misfit(this.#path, choices.join(' or '))
  }

  list<T>(read: (field: Field) => T): T[] {
    const value = this.#value
    if (!Array.isArray(value) || value.length > STATUS_LIST_MAX)
      misfit(this.#path, `a list of at most ${STATUS_LIST_MAX}`)
    return value.map((item, i) => read(new Field(item, `${this.#path}[${i}]`)))
  }

  /** null stays null; what else is absent is a misfit of `read` */
  maybe<T>(read: (field: Field) => T): T | null {
    return this.#value === null ? null : read(this)
  }
}

/** the numbers of these names */
function numbers<K extends string>(field: Field, names: readonly K[]): Record<K, number> {
  return Object.fromEntries(names.map((name) => [name, field.at(name).number()])) as Record<
    K,
    number
  >
}

const number = (field: Field): number => field.number()
const hex = (field: Field): Hex => field.hex()
const reason = (field: Field): { code: string; text: string } => ({
  code: field.at('code').text(),
  text: field.at('text').text(),
})
const latency = (field: Field): NodeStatus['decide'] =>
  numbers(field, ['count', 'p50Ms', 'p99Ms', 'lastMs'])
const votes = (field: Field): VoteStatus => ({
  hash: field.at('hash').hex(),
  signers: field.at('signers').list(hex),
})
const mark = (field: Field): { round: number; hash: Hex } => ({
  round: field.at('round').number(),
  hash: field.at('hash').hex(),
})

function validator(field: Field): ValidatorStatus {
  return {
    address: field.at('address').hex(),
    isSelf: field.at('isSelf').flag(),
    connected: field.at('connected').flag(),
    skewMs: field.at('skewMs').maybe(number),
    skewErrorMs: field.at('skewErrorMs').maybe(number),
    head: field.at('head').maybe(number),
    quietMs: field.at('quietMs').maybe(number),
    voted: field.at('voted').maybe((inner) => numbers(inner, ['height', 'round'])),
    prevote: field.at('prevote').maybe(hex),
    precommit: field.at('precommit').maybe(hex),
    silent: field.at('silent').flag(),
  }
}

function consensus(field: Field): NonNullable<NodeStatus['consensus']> {
  return {
    ...numbers(field, ['height', 'round', 'step', 'widthSteps', 'leftMs', 'missing', 'floor']),
    ...numbers(field, ['n', 'f', 'q']),
    phase: field.at('phase').text(),
    part: field.at('part').text(),
    undecidedMs: field.at('undecidedMs').maybe(number),
    proposer: field.at('proposer').maybe(hex),
    proposal: field.at('proposal').maybe((inner) => ({
      hash: inner.at('hash').hex(),
      body: inner.at('body').text(),
      ...numbers(inner, ['validRound', 'bodyMs']),
    })),
    prevotes: field.at('prevotes').list(votes),
    precommits: field.at('precommits').list(votes),
    locked: field.at('locked').maybe(mark),
    valid: field.at('valid').maybe(mark),
    reason: reason(field.at('reason')),
    buffers: numbers(field.at('buffers'), [
      ...(['rounds', 'candidates', 'futureMessages', 'logging', 'inputs'] as const),
    ]),
  }
}

function status(field: Field): NodeStatus {
  const node = field.at('node')
  const chain = field.at('chain')
  const clock = field.at('clock')
  return {
    verdict: field.at('verdict').choice(VERDICTS),
    why: reason(field.at('why')),
    node: {
      name: node.at('name').text(),
      role: node.at('role').choice(['validator', 'observer']),
      version: node.at('version').text(),
      ...numbers(node, ['timeMs', 'uptimeMs']),
    },
    chain: {
      hash: chain.at('hash').hex(),
      ...numbers(chain, ['chainId', 'head', 'timestamp', 'ageMs', 'behind']),
      ...numbers(chain, ['stepSeconds', 'emptyBlockIntervalSeconds']),
    },
    peers: field.at('peers').number(),
    consensus: field.at('consensus').maybe(consensus),
    validators: field.at('validators').list(validator),
    clock: {
      skewMs: clock.at('skewMs').maybe(number),
      alarm: clock.at('alarm').flag(),
      ...numbers(clock, ['measured', 'limitMs']),
    },
    pool: numbers(field.at('pool'), ['pending', 'queued']),
    log: field.at('log').maybe(latency),
    execute: latency(field.at('execute')),
    commit: latency(field.at('commit')),
    decide: latency(field.at('decide')),
    alarms: field.at('alarms').list((alarm) => ({
      code: alarm.at('code').text(),
      reason: alarm.at('reason').text(),
      ...numbers(alarm, ['count', 'lastAtMs']),
    })),
    evidence: field.at('evidence').number(),
  }
}

/** Decodes a foreign value. Refuses with `STATUS_INVALID`, naming the field. */
export function decodeStatus(foreign: unknown): Result<NodeStatus> {
  try {
    return accept(status(new Field(foreign, 'status')))
  } catch (error) {
    if (error instanceof Misfit) return refuse('STATUS_INVALID', error.message)
    throw error
  }
}
