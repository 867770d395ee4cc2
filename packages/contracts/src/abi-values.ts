/**
 * Values of the ABI on their way to people and to our types: addresses in lower case, texts for a
 * terminal, and named arguments.
 */
import { assert, bytesToHex, type Hex } from '@veche/primitives'
import type { AbiParameter } from 'viem'
import { decodeAbiParameters } from 'viem/utils'

/** One decoded argument of a call, an event or an error. */
export interface NamedValue {
  /** `#0`, `#1` … where the ABI gives no name */
  readonly name: string
  /** as the ABI writes it: `bytes32`, `tuple[]` */
  readonly type: string
  /** number (up to 48 bits), bigint, boolean, 0x text, text, or lists and objects of these */
  readonly value: unknown
}

function componentsOf(parameter: AbiParameter): readonly AbiParameter[] {
  return 'components' in parameter ? parameter.components : []
}

/** A decoded value with every address in lower case; `parameter` is its type. */
export function plainValue(parameter: AbiParameter, value: unknown): unknown {
  if (Array.isArray(value) && parameter.type.endsWith(']')) {
    const item = { ...parameter, type: parameter.type.replace(/\[\d*\]$/, '') }
    return value.map((each) => plainValue(item, each))
  }
  if (parameter.type === 'address') return String(value).toLowerCase()
  if (parameter.type !== 'tuple') return value
  const components = componentsOf(parameter)
  if (Array.isArray(value))
    return value.map((each, i) => plainValue(components[i] ?? parameter, each))
  const fields = value as Readonly<Record<string, unknown>>
  return Object.fromEntries(
    components.map((component) => {
      const name = component.name ?? ''
      return [name, plainValue(component, fields[name])]
    }),
  )
}

/** Decodes ABI data; throws what viem throws when the data do not fit. */
export function decodeValues(parameters: readonly AbiParameter[], data: Uint8Array): unknown[] {
  if (parameters.length === 0) return []
  const values = decodeAbiParameters(parameters, bytesToHex(data))
  return parameters.map((parameter, i) => plainValue(parameter, values[i]))
}

/** Values beside the names and types of their parameters. */
export function nameValues(
  parameters: readonly AbiParameter[],
  values: readonly unknown[],
): NamedValue[] {
  assert(parameters.length === values.length, 'a value for each parameter')
  return parameters.map(({ name, type }, i) => ({
    name: name === undefined || name === '' ? `#${i}` : name,
    type,
    value: values[i],
  }))
}

/** A value as one line for a terminal: `[1, 2]`, `{owner: 0x…, count: 3}`, texts in quotes. */
export function formatValue({ type, value }: Pick<NamedValue, 'type' | 'value'>): string {
  if (Array.isArray(value)) {
    const item = type.replace(/\[\d*\]$/, '')
    return `[${value.map((each) => formatValue({ type: item, value: each })).join(', ')}]`
  }
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(
      ([name, each]) => `${name}: ${formatValue({ type: '', value: each })}`,
    )
    return `{${fields.join(', ')}}`
  }
  const isText = typeof value === 'string' && !/^0x[0-9a-f]*$/.test(value)
  // control characters could rewrite what stands on the terminal already
  return isText
    ? JSON.stringify(value).replace(/[\u007f-\u009f\u202a-\u202e]/g, '?')
    : String(value)
}

/** `name value, name value` of all arguments. */
export function formatValues(values: readonly NamedValue[]): string {
  return values.map((each) => `${each.name} ${formatValue(each)}`).join(', ')
}

/** The first four bytes of calldata or revert data as 0x text. */
export function selectorOf(data: Uint8Array): Hex {
  return bytesToHex(data.subarray(0, 4))
}
