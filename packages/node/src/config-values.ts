/**
 * Collects the raw values of options from file, environment and flags, remembers where each stood,
 * and decodes them by the table in config-options.ts.
 */
import { readFileSync, statSync } from 'node:fs'
import { dirname, isAbsolute, resolve } from 'node:path'
import { VecheError } from '@veche/primitives'
import {
  CONFIG_OPTIONS,
  expectedOf,
  keyToFlag,
  keyToVariable,
  OPTION_KEYS,
  type OptionKey,
  type OptionSpec,
  type OptionValue,
} from './config-options.ts'
import { CONFIG_BYTES_MAX } from './limits.ts'
import { nearest } from './nearest.ts'

/** A raw value with where it stood, for the message. */
interface Found {
  readonly value: unknown
  readonly source: string
  /** directory of relative paths */
  readonly base: string
}

/** The raw value of each option given, the last reader wins. */
export type Values = Map<OptionKey, Found>

/** Why a value does not fit. */
export interface Invalid {
  readonly key: string
  readonly expected: string
  readonly got: unknown
  readonly source: string
}

/** `CONFIG_INVALID` for one value. */
export function invalid({ key, expected, got, source }: Invalid): VecheError {
  const shown = got === undefined ? 'nothing' : JSON.stringify(got)
  return new VecheError(
    'CONFIG_INVALID',
    `${key}: ${expected} expected, got ${shown} (${source})`,
    {
      facts: { key, expected, got, source },
    },
  )
}

function unknownName(name: string, known: readonly string[], source: string): VecheError {
  const near = nearest(name, known)
  const hint = near === undefined ? '' : `; did you mean ${near}?`
  return new VecheError('CONFIG_INVALID', `unknown option ${name}${hint} (${source})`, {
    facts: { key: name, nearest: near, source },
  })
}

function readJson(file: string): unknown {
  try {
    const { size } = statSync(file)
    if (size > CONFIG_BYTES_MAX)
      throw invalid({
        key: file,
        expected: `at most ${CONFIG_BYTES_MAX} bytes`,
        got: size,
        source: 'file',
      })
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    if (cause instanceof VecheError) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new VecheError('CONFIG_INVALID', `cannot read the configuration ${file}: ${why}`, {
      cause,
      facts: { key: file },
    })
  }
}

const isFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isKey = (name: string): name is OptionKey => Object.hasOwn(CONFIG_OPTIONS, name)

function collect(
  fields: Record<string, unknown>,
  prefix: string,
  into: Values,
  file: string,
): void {
  const base = dirname(resolve(file))
  for (const [name, value] of Object.entries(fields)) {
    const key = `${prefix}${name}`
    if (isKey(key)) into.set(key, { value, source: `file ${file}`, base })
    else if (OPTION_KEYS.some((known) => known.startsWith(`${key}.`))) {
      if (!isFields(value))
        throw invalid({ key, expected: 'an object', got: value, source: `file ${file}` })
      collect(value, `${key}.`, into, file)
    } else if (key !== '$schema') throw unknownName(key, OPTION_KEYS, `file ${file}`)
  }
}

/** Reads a JSON configuration file. Throws `CONFIG_INVALID`. */
export function readFileValues(file: string, into: Values): void {
  const json = readJson(file)
  if (!isFields(json))
    throw invalid({ key: file, expected: 'an object', got: json, source: 'file' })
  collect(json, '', into, file)
}

/** Reads values by flag or variable name. Throws `CONFIG_INVALID` for an unknown name. */
export function readNamed(
  given: Readonly<Record<string, unknown>>,
  names: (key: OptionKey) => { name: string; shown: string },
  { into, cwd, what }: { into: Values; cwd: string; what: string },
): void {
  const byName = new Map(OPTION_KEYS.map((key) => [names(key).name, key]))
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue
    const key = byName.get(name)
    if (key === undefined) throw unknownName(name, [...byName.keys()], what)
    into.set(key, { value, source: `${what} ${names(key).shown}`, base: cwd })
  }
}

/** Spelling of flags and variables (text) and of the file (JSON types) to one typed value. */
function decodeValue(spec: OptionSpec, { value, base }: Found): unknown {
  if (spec.kind === 'switch') {
    if (value === 'true' || value === 'false') return value === 'true'
    return typeof value === 'boolean' ? value : undefined
  }
  if (spec.kind === 'integer') {
    const text = typeof value === 'string' && /^\d{1,15}$/.test(value)
    const number = text ? Number(value) : value
    const fits = Number.isSafeInteger(number)
    return fits && (number as number) >= spec.min && (number as number) <= spec.max
      ? number
      : undefined
  }
  if (spec.kind === 'list') {
    const items = typeof value === 'string' ? value.split(',').filter((item) => item !== '') : value
    const good = Array.isArray(items) && items.every((item) => typeof item === 'string')
    return good ? items.map((item: string) => item.trim()) : undefined
  }
  if (typeof value !== 'string' || value === '') return undefined
  if (spec.kind === 'choice') return spec.choices.includes(value) ? value : undefined
  if (spec.kind === 'path') return isAbsolute(value) ? value : resolve(base, value)
  return value
}

/** The value of one option, decoded or its default. Throws `CONFIG_INVALID`. */
export function optionValue<K extends OptionKey>(values: Values, key: K): OptionValue<K> {
  const spec: OptionSpec = CONFIG_OPTIONS[key]
  const found = values.get(key)
  if (found === undefined) {
    if (spec.required)
      throw invalid({ key, expected: expectedOf(spec), got: undefined, source: howToGive(key) })
    return spec.default as OptionValue<K>
  }
  const value = decodeValue(spec, found)
  if (value === undefined)
    throw invalid({ key, expected: expectedOf(spec), got: found.value, source: found.source })
  return value as OptionValue<K>
}

const howToGive = (key: OptionKey): string =>
  `give it in the file, as ${keyToFlag(key)} or ${keyToVariable(key)}`
