/**
 * Typed hands for a contract from its ABI alone: calldata, answers, events, reverts. viem's ABI
 * coder underneath, types through abitype; no transport, no keys. Answers and logs may come from
 * any server, so what does not fit is a refusal, never an exception.
 */
import {
  accept,
  assert,
  bytesToHex,
  type Hash,
  type Hex,
  type Result,
  refuse,
} from '@veche/primitives'
import type {
  Abi,
  AbiEvent,
  AbiFunction,
  AbiStateMutability,
  ContractErrorName,
  ContractEventArgsFromTopics,
  ContractEventName,
  ContractFunctionArgs,
  ContractFunctionName,
  ContractFunctionReturnType,
} from 'viem'
import {
  decodeEventLog,
  encodeAbiParameters,
  encodeFunctionData,
  toEventSelector,
  toFunctionSelector,
} from 'viem/utils'
import { decodeValues, type NamedValue, nameValues, plainValue, selectorOf } from './abi-values.ts'
import { createErrorTable, type DecodedRevert, decodeRevertWith } from './revert.ts'

/** A log as receipts hold it. */
export interface RawLog {
  readonly topics: readonly Hash[]
  readonly data: Uint8Array
}

type FunctionName<abi extends Abi> = ContractFunctionName<abi, AbiStateMutability>

type Arguments<args> = args extends readonly unknown[] ? args : never

/** `encode.transfer(to, amount)` → calldata. */
export type Encode<abi extends Abi> = {
  readonly [name in FunctionName<abi>]: (
    ...args: Arguments<ContractFunctionArgs<abi, AbiStateMutability, name>>
  ) => Hex
}

/** `decode.balanceOf(bytes)` → one value, a list for several outputs, undefined for none. */
export type Decode<abi extends Abi> = {
  readonly [name in FunctionName<abi>]: (
    returned: Uint8Array,
  ) => Result<ContractFunctionReturnType<abi, AbiStateMutability, name>>
}

/** One event of the contract: `name` tells which, `args` holds its fields by name. */
export type EventOf<abi extends Abi> = {
  readonly [name in ContractEventName<abi>]: {
    readonly name: name
    readonly args: Readonly<Extract<ContractEventArgsFromTopics<abi, name>, object>>
  }
}[ContractEventName<abi>]

/** A decoded call, for showing to the person who signs it. */
export interface DecodedCall {
  readonly name: string
  readonly args: readonly NamedValue[]
}

export interface Binding<abi extends Abi> {
  readonly abi: abi
  readonly encode: Encode<abi>
  /** each refuses with `RETURN_MALFORMED`; addresses come in lower case */
  readonly decode: Decode<abi>
  /** refuses with `LOG_UNKNOWN` what is none of the contract's events */
  decodeLog(log: RawLog): Result<EventOf<abi>>
  /** events of a receipt, in order; logs of other contracts' events are left out */
  decodeLogs(logs: readonly RawLog[]): EventOf<abi>[]
  /** total: any bytes give a name and a text */
  decodeError(returned: Uint8Array): DecodedRevert<ContractErrorName<abi>>
  /** refuses with `CALL_UNKNOWN` what is no call of the contract */
  decodeCall(data: Uint8Array): Result<DecodedCall>
}

export interface BindingOptions {
  /** ABIs of contracts behind it, whose errors reach the caller */
  readonly errorsOf?: readonly Abi[]
}

/** A value that is made when it is first asked for. */
function once<value extends object | string>(make: () => value): () => value {
  let made: value | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** Functions by name; several where the name is overloaded. */
function byName(functions: readonly AbiFunction[]): readonly (readonly AbiFunction[])[] {
  return [...Map.groupBy(functions, ({ name }) => name).values()]
}

function encoderOf(items: readonly AbiFunction[]): (...args: unknown[]) => Hex {
  const [item, ...more] = items
  assert(item !== undefined, 'a group of functions is not empty')
  // of overloaded functions viem takes the one that the arguments fit
  if (more.length > 0)
    return (...args) => encodeFunctionData({ abi: items, functionName: item.name, args })
  const selector = once(() => toFunctionSelector(item))
  return (...args) => `${selector()}${encodeAbiParameters(item.inputs, args).slice(2)}`
}

function decoderOf(items: readonly AbiFunction[]): (returned: Uint8Array) => Result<unknown> {
  const [{ name = '', outputs = [] } = {}] = items
  const isSame = (item: AbiFunction): boolean =>
    JSON.stringify(item.outputs) === JSON.stringify(outputs)
  assert(items.every(isSame), `one kind of answer for every ${name}`)
  return (returned) => {
    try {
      const values = decodeValues(outputs, returned)
      return accept(values.length > 1 ? values : values[0])
    } catch {
      return refuse('RETURN_MALFORMED', `the answer of ${name} expected`)
    }
  }
}

function plainArgs({ inputs }: AbiEvent, args: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(
    inputs.map((input) => {
      const { name = '', type, indexed = false } = input
      // an indexed text, list or struct is its hash
      const isHash = indexed && type !== 'address'
      return [name, isHash ? args[name] : plainValue(input, args[name])]
    }),
  )
}

function createLogDecoder(events: readonly AbiEvent[]): (log: RawLog) => Result<unknown> {
  const byTopic = once(() => new Map(events.map((item) => [toEventSelector(item), item])))
  return ({ topics, data }) => {
    const unknown = refuse('LOG_UNKNOWN', 'an event of the contract expected')
    const item = byTopic().get(topics[0] ?? '0x')
    if (item === undefined) return unknown
    try {
      const list = [...topics] as [Hash, ...Hash[]]
      const { args } = decodeEventLog({ abi: [item], topics: list, data: bytesToHex(data) })
      const fields = (args ?? {}) as unknown as Readonly<Record<string, unknown>>
      return accept({ name: item.name, args: plainArgs(item, fields) })
    } catch {
      return unknown
    }
  }
}

function createCallDecoder(
  functions: readonly AbiFunction[],
): (data: Uint8Array) => Result<DecodedCall> {
  const bySelector = once(
    () => new Map<string, AbiFunction>(functions.map((item) => [toFunctionSelector(item), item])),
  )
  return (data) => {
    const unknown = refuse('CALL_UNKNOWN', 'a call of the contract expected')
    const item = bySelector().get(selectorOf(data))
    if (item === undefined || data.length < 4) return unknown
    try {
      const values = decodeValues(item.inputs, data.subarray(4))
      return accept({ name: item.name, args: nameValues(item.inputs, values) })
    } catch {
      return unknown
    }
  }
}

/**
 * The binding of an ABI that is written `as const` (the generated ones are).
 *
 * @example
 * const points = createBinding(servicePointsAbi)
 * const data = points.encode.pay(invoiceId, department, 500n)
 * const balance = points.decode.balanceOf(returned) // Result<bigint>
 * const event = points.decodeLog(log) // Result<{ name: 'ServicePaid', args: {…} } | …>
 * const why = points.decodeError(returned).text
 */
export function createBinding<const abi extends Abi>(
  abi: abi,
  options: BindingOptions = {},
): Binding<abi> {
  const functions = abi.filter((item) => item.type === 'function')
  const events = abi.filter((item) => item.type === 'event')
  // each start of a command or a node makes a dozen bindings and uses few of their selectors
  const errors = once(() => createErrorTable([abi, ...(options.errorsOf ?? [])]))
  const decodeLog = createLogDecoder(events)
  return {
    abi,
    encode: Object.fromEntries(
      byName(functions).map((items) => [items[0]?.name, encoderOf(items)]),
    ) as unknown as Encode<abi>,
    decode: Object.fromEntries(
      byName(functions).map((items) => [items[0]?.name, decoderOf(items)]),
    ) as unknown as Decode<abi>,
    decodeLog: (log) => decodeLog(log) as Result<EventOf<abi>>,
    decodeLogs: (logs) =>
      logs.flatMap((log) => {
        const event = decodeLog(log) as Result<EventOf<abi>>
        return event.ok ? [event.value] : []
      }),
    decodeError: (returned) =>
      decodeRevertWith(errors(), returned) as DecodedRevert<ContractErrorName<abi>>,
    decodeCall: createCallDecoder(functions),
  }
}

/** The decoded value; a misfit is a bug: for answers of code that the caller trusts. */
export function accepted<value>(result: Result<value>): value {
  assert(result.ok, `an answer that decodes, got ${result.ok ? '' : result.reason}`)
  return result.value
}
