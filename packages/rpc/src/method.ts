/**
 * How a JSON-RPC method is defined: its name, its parameters with their decoders, and a handler
 * that gets decoded values. One table of such definitions is the whole interface.
 */
import type { RpcBackend } from './backend.ts'
import type { Decode } from './decode.ts'
import { invalidParams, RpcError } from './errors.ts'
import type { FilterStore } from './filters.ts'
import type { Json } from './json.ts'
import type { Turn } from './session.ts'

/** What a handler may use. */
export interface MethodContext {
  readonly backend: RpcBackend
  readonly filters: FilterStore
  /** the connection's subscriptions; absent over HTTP, which cannot be notified */
  readonly turn?: Turn
  /** one of a batch, whose items are answered one after the other: nothing may wait */
  readonly batched?: true
}

/** The result, or the error a client gets. */
export type Answer = Json | RpcError

export interface Param<T> {
  readonly name: string
  readonly decode: Decode<T>
  /** whether the client must give it (null counts as absent when it need not) */
  readonly required: boolean
  /** the value of an absent parameter */
  readonly absent: T | undefined
}

export interface Method {
  readonly name: string
  /** parameter names in order, an optional one with a trailing question mark */
  readonly params: readonly string[]
  /** cost beside a plain read, which is 1 */
  readonly weight: number
  /** Decodes the foreign parameters and runs the handler. */
  run(context: MethodContext, params: unknown): Promise<Answer>
}

export interface MethodDefinition<P extends readonly unknown[]> {
  readonly name: string
  readonly params: { readonly [K in keyof P]: Param<P[K]> }
  readonly weight?: number
  readonly handle: (context: MethodContext, ...args: P) => Answer | Promise<Answer>
}

export function required<T>(name: string, decode: Decode<T>): Param<T> {
  return { name, decode, required: true, absent: undefined }
}

export function optional<T>(name: string, decode: Decode<T>): Param<T | undefined> {
  return { name, decode, required: false, absent: undefined }
}

/** An optional parameter that has a value when absent. */
export function defaulted<T>(name: string, decode: Decode<T>, absent: T): Param<T> {
  return { name, decode, required: false, absent }
}

function decodeArguments(
  params: readonly Param<unknown>[],
  foreign: unknown,
): readonly unknown[] | RpcError {
  const list = foreign === undefined || foreign === null ? [] : foreign
  if (!Array.isArray(list)) return invalidParams('expected an array of arguments, got an object')
  if (list.length > params.length)
    return invalidParams(`too many arguments, want at most ${params.length}, got ${list.length}`)
  const values: unknown[] = []
  for (const [at, param] of params.entries()) {
    const value: unknown = list[at]
    if (value === undefined || (value === null && !param.required)) {
      if (param.required)
        return invalidParams(`missing value for required argument ${at} (${param.name})`)
      values.push(param.absent)
      continue
    }
    const decoded = param.decode(value)
    if (!decoded.ok)
      return invalidParams(`invalid argument ${at} (${param.name}): ${decoded.reason}`)
    values.push(decoded.value)
  }
  return values
}

/** Defines a method. Parameter errors answer −32602 with position, name, expected and got. */
export function method<P extends readonly unknown[]>(definition: MethodDefinition<P>): Method {
  const params = definition.params as readonly Param<unknown>[]
  return {
    name: definition.name,
    params: params.map((param) => (param.required ? param.name : `${param.name}?`)),
    weight: definition.weight ?? 1,
    async run(context, foreign) {
      const args = decodeArguments(params, foreign)
      if (args instanceof RpcError) return args
      return definition.handle(context, ...(args as unknown as P))
    },
  }
}
