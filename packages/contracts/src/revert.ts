/**
 * Why a call reverted, in the contract's own words: custom errors of any number of ABIs, Solidity's
 * `Error(string)` and `Panic(uint256)`. Total: any bytes give an answer.
 */
import { bytesToHex } from '@veche/primitives'
import type { Abi, AbiParameter } from 'viem'
import { toFunctionSelector } from 'viem/utils'
import {
  decodeValues,
  formatValue,
  formatValues,
  type NamedValue,
  nameValues,
  selectorOf,
} from './abi-values.ts'

/** A decoded revert. */
export interface DecodedRevert<name extends string = string> {
  /**
   * the custom error's name, `Error` (a text), `Panic` (Solidity's own checks), `empty` when
   * nothing was returned, `unknown` for other data
   */
  readonly name: name | 'Error' | 'Panic' | 'empty' | 'unknown'
  readonly args: readonly NamedValue[]
  /** one line for people */
  readonly text: string
}

interface ErrorItem {
  readonly name: string
  readonly inputs: readonly AbiParameter[]
}

/** selector → error */
export type ErrorTable = ReadonlyMap<string, ErrorItem>

/** https://docs.soliditylang.org, "Panic via assert and Error via require" */
const PANICS: Readonly<Record<string, string>> = {
  '1': 'an assertion failed',
  '17': 'arithmetic overflow or underflow',
  '18': 'division by zero',
  '33': 'a value outside its enum',
  '34': 'a broken byte array in storage',
  '49': 'pop of an empty array',
  '50': 'an index outside its array',
  '65': 'too much memory asked for',
  '81': 'a call of an internal function that was never set',
}

const SOLIDITY: ErrorTable = new Map<string, ErrorItem>([
  ['0x08c379a0', { name: 'Error', inputs: [{ name: 'message', type: 'string' }] }],
  ['0x4e487b71', { name: 'Panic', inputs: [{ name: 'code', type: 'uint256' }] }],
])

/** The errors of ABIs by selector; the first of two with one selector stays. */
export function createErrorTable(abis: readonly Abi[]): ErrorTable {
  const table = new Map(SOLIDITY)
  for (const item of abis.flat()) {
    if (item.type !== 'error') continue
    const selector = toFunctionSelector({ ...item, type: 'function', outputs: [] } as never)
    if (!table.has(selector)) table.set(selector, item)
  }
  return table
}

function textOf({ name }: ErrorItem, args: readonly NamedValue[]): string {
  const [first] = args
  if (name === 'Error' && first !== undefined) return formatValue(first)
  if (name === 'Panic' && first !== undefined)
    return `panic ${first.value}: ${PANICS[String(first.value)] ?? 'an unknown reason'}`
  return `${name}(${formatValues(args)})`
}

/** Decodes what a reverted call returned. */
export function decodeRevertWith(table: ErrorTable, returned: Uint8Array): DecodedRevert {
  if (returned.length === 0) return { name: 'empty', args: [], text: 'reverted without a reason' }
  const item = table.get(selectorOf(returned))
  const unknown: DecodedRevert = {
    name: 'unknown',
    args: [],
    text: `an unknown error ${bytesToHex(returned.subarray(0, 36))}`,
  }
  if (item === undefined || returned.length < 4) return unknown
  try {
    const args = nameValues(item.inputs, decodeValues(item.inputs, returned.subarray(4)))
    return { name: item.name, args, text: textOf(item, args) }
  } catch {
    return unknown
  }
}
