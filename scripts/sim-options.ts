/**
 * The command line of the simulator. What is misspelt is refused: a weakness, a fault or a profile
 * that does not exist would make a run that proves nothing look like one that proves much.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import {
  type BehaviourName,
  behaviourNames,
  profiles,
  type SimulationOptions,
  SWITCHES,
} from '@veche/consensus/simulator'

export interface SimCommand {
  /** what is fixed for every run */
  readonly fixed: Partial<SimulationOptions>
  /** the first seed */
  readonly from: number
  /** seeds of every profile; without `minutes` */
  readonly seeds: number
  /** a soak of so many minutes; null: so many seeds */
  readonly minutes: number | null
  readonly jobs: number
  /** null: as many as the size of the set makes sensible */
  readonly heights: number | null
  readonly profiles: readonly string[]
  /** members of the set; empty: 4, in a soak all sizes */
  readonly sizes: readonly number[]
  /** the module of another machine */
  readonly machine: string | null
  readonly isShrunk: boolean
  /** the first failure ends it */
  readonly isFirstOnly: boolean
  readonly isTraced: boolean
  readonly isJson: boolean
}

export const USAGE = `npm run sim -- [--seed N | --seeds K | --minutes M] [--from N] [--heights H]
  [--profile P,…] [--n N,…] [--signatures simulated|real] [--machine FILE] [--weaken RULE,…]
  [--hostile COUNT:BEHAVIOUR,…] [--without KIND,…] [--skip KIND#INDEX,…] [--fault-ms MS]
  [--jobs J] [--first] [--no-shrink] [--fast] [--trace] [--json]       see docs/simulator.md`

const MEMBERS_MAX = 100
/** a seed has 32 bits (random.ts) */
const SEED_MAX = 0xffff_ffff
const NUMBER_MAX = 1_000_000_000

const WEAKNESSES: readonly (keyof NonNullable<SimulationOptions['weaken']>)[] = [
  'noLock',
  'smallQuorum',
  'noBodies',
  'noLog',
  'emptyLog',
  'doublingTimers',
  'noPolkas',
]

/** The message is for who typed the command: printed without a stack. */
export class UsageError extends Error {}

const listOf = (text: string): string[] => text.split(',').filter((part) => part !== '')

function numberOf(name: string, text: string, range: readonly [number, number]): number {
  const [least, most] = range
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new UsageError(`--${name}: a whole number from ${least} to ${most} expected, got ${text}`)
}

function minutesOf(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (value > 0 && value <= NUMBER_MAX) return value
  throw new UsageError(`--minutes: a number above 0 expected, got ${text}`)
}

function knownOf(name: string, text: string, known: readonly string[]): string[] {
  const list = listOf(text)
  for (const each of list)
    if (!known.includes(each))
      throw new UsageError(`--${name}: one of ${known.join(', ')} expected, got ${each}`)
  return list
}

function kindsOfFaults(): string[] {
  const kinds = new Set(Object.keys(SWITCHES))
  for (const { rates } of profiles.values()) for (const kind of Object.keys(rates)) kinds.add(kind)
  return [...kinds]
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  try {
    return parseArgs({
      args: [...args],
      options: {
        ...{ seed: text, seeds: text, from: text, minutes: text, jobs: text, heights: text },
        ...{ profile: text, n: text, signatures: text, machine: text, weaken: text, without: text },
        ...{
          hostile: text,
          skip: text,
          'fault-ms': text,
          'no-shrink': flag,
          fast: flag,
          first: flag,
        },
        ...{ trace: flag, json: flag, help: flag },
      },
    }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

type Values = ReturnType<typeof parse>

function hostileOf(text: string): NonNullable<SimulationOptions['hostile']> {
  const [count = '', names = '', ...rest] = text.split(':')
  const behaviours = knownOf('hostile', names, behaviourNames) as BehaviourName[]
  if (rest.length > 0 || behaviours.length === 0)
    throw new UsageError(`--hostile: COUNT:BEHAVIOUR,… expected, got ${text}`)
  return { count: numberOf('hostile', count, [1, MEMBERS_MAX]), behaviours }
}

function fixedOptions(values: Values): Partial<SimulationOptions> {
  const { signatures, 'fault-ms': faultMs, fast, skip = '' } = values
  const weaken = knownOf('weaken', values.weaken ?? '', WEAKNESSES)
  const kinds = kindsOfFaults()
  const without = knownOf('without', values.without ?? '', kinds)
  for (const each of listOf(skip))
    if (!/^[a-z-]+#[1-9]\d*$/.test(each) || !kinds.includes(each.slice(0, each.indexOf('#'))))
      throw new UsageError(`--skip: KIND#INDEX expected, got ${each}`)
  const [kind] = knownOf('signatures', signatures ?? '', ['simulated', 'real'])
  return {
    wire: fast !== true,
    ...(weaken.length === 0
      ? {}
      : { weaken: Object.fromEntries(weaken.map((each) => [each, true])) }),
    ...(faultMs === undefined ? {} : { faultMs: numberOf('fault-ms', faultMs, [1, NUMBER_MAX]) }),
    ...(values.hostile === undefined ? {} : { hostile: hostileOf(values.hostile) }),
    ...(kind === undefined ? {} : { signatures: kind as 'simulated' | 'real' }),
    without,
    skip: listOf(skip),
  }
}

function profilesOf(text: string): readonly string[] {
  const all = [...profiles.keys()]
  const named = text === 'all' ? all : knownOf('profile', text, all)
  return named.length === 0 ? all : named
}

/** Reads a command line; null when help was asked for. Throws {@link UsageError}. */
export function readCommand(args: readonly string[]): SimCommand | null {
  const values = parse(args)
  if (values.help === true) return null
  const { seed, minutes, heights, machine } = values
  if (minutes !== undefined && (values.trace === true || values.json === true))
    throw new UsageError('--trace and --json are for seeds, not for --minutes')
  return {
    fixed: fixedOptions(values),
    from: numberOf('seed', seed ?? values.from ?? '1', [0, SEED_MAX]),
    seeds: seed === undefined ? numberOf('seeds', values.seeds ?? '20', [1, NUMBER_MAX]) : 1,
    minutes: minutes === undefined ? null : minutesOf(minutes),
    jobs: numberOf('jobs', values.jobs ?? String(availableParallelism()), [1, 1024]),
    heights: heights === undefined ? null : numberOf('heights', heights, [1, NUMBER_MAX]),
    profiles: profilesOf(values.profile ?? 'all'),
    sizes: listOf(values.n ?? '').map((each) => numberOf('n', each, [1, MEMBERS_MAX])),
    machine: machine ?? null,
    isShrunk: values['no-shrink'] !== true,
    isFirstOnly: values.first === true,
    isTraced: values.trace === true,
    isJson: values.json === true,
  }
}
