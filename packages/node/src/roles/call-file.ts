/**
 * A call as a file that people hand to each other: `{"contract": "ReleaseRegistry", "function":
 * "withdraw", "args": {"codehash": "0x…", "reason": 7}}`. Arguments by name, as the ABI has them;
 * numbers as JSON numbers or decimal texts, structs as objects, nothing left out.
 */
import { type Address, type Hex, isAddress, isHex, VecheError } from '@veche/primitives'
import type { AbiParameter } from 'viem'
import { encodeFunctionData } from 'viem/utils'
import { CITY_CONTRACTS, type KnownContract } from '../act/contracts.ts'
import { readJsonFile } from '../act/files.ts'
import { objectShape, type Shape, textShape } from '../act/shape.ts'

/** A call of one of the city's contracts. */
export interface FileCall {
  readonly contract: KnownContract
  readonly data: Hex
}

/** characters of a contract's or function's name */
const NAME_MAX = 64

const anyShape: Shape<unknown> = (value) => ({ ok: true, value })

const callShape = objectShape({
  contract: textShape(NAME_MAX),
  function: textShape(NAME_MAX),
  args: anyShape,
})

function malformed(at: string, expected: string): never {
  throw new VecheError('FILE_MALFORMED', `${at}: ${expected} expected`)
}

function toInteger(value: unknown, at: string): bigint {
  if (Number.isSafeInteger(value)) return BigInt(value as number)
  if (typeof value === 'string' && /^-?(?:0|[1-9]\d{0,77})$/.test(value)) return BigInt(value)
  return malformed(at, 'a whole number, or a decimal text')
}

function componentsOf(parameter: AbiParameter): readonly AbiParameter[] {
  return 'components' in parameter ? parameter.components : []
}

function toScalar({ type }: AbiParameter, value: unknown, at: string): unknown {
  if (/^u?int/.test(type)) return toInteger(value, at)
  if (type === 'bool') return typeof value === 'boolean' ? value : malformed(at, 'true or false')
  if (type === 'string') return typeof value === 'string' ? value : malformed(at, 'a text')
  const text = typeof value === 'string' ? value.toLowerCase() : value
  if (type === 'address') return isAddress(text) ? text : malformed(at, 'an address')
  const bytes = Number(/^bytes(\d+)$/.exec(type)?.[1] ?? Number.NaN)
  const fits =
    isHex(text) && (Number.isNaN(bytes) ? text.length % 2 === 0 : text.length === 2 + 2 * bytes)
  return fits ? text : malformed(at, `${type} as 0x text`)
}

function toValue(parameter: AbiParameter, value: unknown, at: string): unknown {
  if (parameter.type.endsWith(']')) {
    if (!Array.isArray(value)) return malformed(at, 'a list')
    const item = { ...parameter, type: parameter.type.replace(/\[\d*\]$/, '') }
    return value.map((each, i) => toValue(item, each, `${at}[${i}]`))
  }
  if (parameter.type === 'tuple') {
    const values = toValues(componentsOf(parameter), value, at)
    return Object.fromEntries(componentsOf(parameter).map(({ name }, i) => [name, values[i]]))
  }
  return toScalar(parameter, value, at)
}

/** The values of an object with exactly the parameters' names. */
function toValues(parameters: readonly AbiParameter[], value: unknown, at: string): unknown[] {
  const names = parameters.map(({ name }, i) => name || `#${i}`)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return malformed(at, `an object of ${names.join(', ')}`)
  const given = value as Readonly<Record<string, unknown>>
  const stranger = Object.keys(given).find((name) => !names.includes(name))
  if (stranger !== undefined) malformed(`${at}.${stranger}`, `no such field (${names.join(', ')})`)
  return parameters.map((parameter, i) => {
    const name = names[i] ?? ''
    if (!Object.hasOwn(given, name)) malformed(`${at}.${name}`, 'a value')
    return toValue(parameter, given[name], `${at}.${name}`)
  })
}

function contractNamed(name: string): KnownContract {
  const found = CITY_CONTRACTS.find((each) => each.name === name)
  const names = CITY_CONTRACTS.map((each) => each.name).join(', ')
  return found ?? malformed('contract', `one of ${names}`)
}

/** The call of a parsed file. Throws `FILE_MALFORMED` with the place and what was expected. */
export function toCall(file: { contract: string; function: string; args: unknown }): FileCall {
  const contract = contractNamed(file.contract)
  const item = contract.binding.abi.find(
    (each) => each.type === 'function' && each.name === file.function,
  )
  if (item?.type !== 'function') return malformed('function', `a function of ${contract.name}`)
  const args = toValues(item.inputs, file.args, 'args')
  try {
    return { contract, data: encodeFunctionData({ abi: [item], args }) }
  } catch (cause) {
    // a number out of its type's range is found by the coder
    throw new VecheError('FILE_MALFORMED', `args: values of ${item.name} expected`, { cause })
  }
}

/** Reads a call. Throws `FILE_UNREADABLE`, `FILE_MALFORMED`. */
export async function readCallFile(path: string): Promise<FileCall> {
  return toCall(await readJsonFile(path, callShape))
}

/** The contract at an address, for a call that was scheduled. Throws `CONTRACT_UNKNOWN`. */
export function contractFor(target: Address): KnownContract {
  const found = CITY_CONTRACTS.find(({ address }) => address === target)
  if (found !== undefined) return found
  throw new VecheError('CONTRACT_UNKNOWN', `a contract of the city expected, got ${target}`)
}
