/**
 * JSON-RPC 2.0 framing: one text in, one text out. Requests and batches, notifications, ids, and
 * the limits on a batch. A fault inside a handler answers −32603 and is reported, never told to the
 * client in detail.
 */
import { VecheError } from '@veche/primitives'
import { ERROR_CODES, limitExceeded, RpcError, serverError } from './errors.ts'
import { createGate } from './gate.ts'
import { describe, isRecord, parseJson } from './json.ts'
import * as bounds from './limits.ts'
import type { Answer, Method, MethodContext } from './method.ts'
import type { MethodTable } from './table.ts'

/** Called with what a handler threw: a failure of the world or a bug. */
export type OnFault = (fault: unknown, method: string) => void

export interface DispatchLimits {
  readonly batchItemsMax: number
  readonly batchWeightMax: number
  readonly answerBytesMax: number
  readonly heavyRunningMax: number
  readonly heavyWaitingMax: number
}

/** The defaults of limits.ts. */
export const DISPATCH_LIMITS: DispatchLimits = {
  batchItemsMax: bounds.BATCH_ITEMS_MAX,
  batchWeightMax: bounds.BATCH_WEIGHT_MAX,
  answerBytesMax: bounds.ANSWER_BYTES_MAX,
  heavyRunningMax: bounds.HEAVY_RUNNING_MAX,
  heavyWaitingMax: bounds.HEAVY_WAITING_MAX,
}

export interface DispatchOptions {
  readonly table: MethodTable
  readonly onFault: OnFault
  readonly limits?: DispatchLimits
}

/** Answers one text; undefined when it holds only notifications. Never rejects. */
export type Dispatch = (text: string, context: MethodContext) => Promise<string | undefined>

type Id = string | number | null

/** A request whose frame is right; `id` undefined means a notification. */
interface Request {
  readonly id: Id | undefined
  readonly method: string
  readonly params: unknown
}

const isId = (value: unknown): value is Id =>
  value === null || typeof value === 'string' || typeof value === 'number'

/** The request, or the invalid-request answer's id. */
function decodeRequest(foreign: unknown): Request | { readonly id: Id; readonly fault: string } {
  if (!isRecord(foreign)) return { id: null, fault: `expected a request, got ${describe(foreign)}` }
  const { jsonrpc, id, method, params } = foreign as Readonly<Record<string, unknown>> & {
    jsonrpc?: unknown
    id?: unknown
    method?: unknown
    params?: unknown
  }
  const known = isId(id) ? id : null
  if (id !== undefined && !isId(id))
    return { id: null, fault: 'expected an id that is a string or number' }
  if (jsonrpc !== '2.0')
    return { id: known, fault: `expected jsonrpc "2.0", got ${describe(jsonrpc)}` }
  if (typeof method !== 'string')
    return { id: known, fault: `expected a method name, got ${describe(method)}` }
  return { id, method, params }
}

/** One response as text. */
function respond(id: Id, answer: Answer): string {
  const frame = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},`
  if (!(answer instanceof RpcError)) return `${frame}"result":${JSON.stringify(answer)}}`
  const { code, message, data } = answer
  return `${frame}"error":${JSON.stringify({ code, message, data })}}`
}

/** −32600 */
export function invalidRequest(reason: string): RpcError {
  return new RpcError(ERROR_CODES.invalidRequest, `invalid request: ${reason}`)
}

/** The text of an error that belongs to no request. */
export function errorText(error: RpcError): string {
  return respond(null, error)
}

const busy = limitExceeded('too many heavy requests are waiting, try again later')
const tooLarge = new RpcError(ERROR_CODES.responseTooLarge, 'response too large')

function faultAnswer(fault: unknown): RpcError {
  if (fault instanceof VecheError && fault.code === 'STATE_UNAVAILABLE')
    return serverError(fault.message)
  return new RpcError(ERROR_CODES.internal, 'internal error')
}

/** Creates the dispatcher of a table. */
export function createDispatch(options: DispatchOptions): Dispatch {
  const { table, onFault } = options
  const limits = options.limits ?? DISPATCH_LIMITS

  const gate = createGate(limits.heavyRunningMax, limits.heavyWaitingMax)

  const admit = (method: Method, work: () => Promise<Answer>): Answer | Promise<Answer> =>
    method.weight < bounds.HEAVY_WEIGHT ? work() : (gate.run(work) ?? busy)

  const run = async (request: Request, context: MethodContext): Promise<Answer> => {
    const method = table.get(request.method)
    if (method === undefined) {
      const name = request.method.slice(0, 80)
      return new RpcError(
        ERROR_CODES.methodNotFound,
        `the method ${name} does not exist/is not available`,
      )
    }
    try {
      return await admit(method, () => method.run(context, request.params))
    } catch (fault) {
      onFault(fault, request.method)
      return faultAnswer(fault)
    }
  }

  /** undefined for a notification, which runs all the same */
  const answerOne = async (
    foreign: unknown,
    context: MethodContext,
  ): Promise<string | undefined> => {
    const request = decodeRequest(foreign)
    if ('fault' in request) return respond(request.id, invalidRequest(request.fault))
    const answer = await run(request, context)
    if (request.id === undefined) return undefined
    const text = respond(request.id, answer)
    return text.length > limits.answerBytesMax ? respond(request.id, tooLarge) : text
  }

  const weightOf = (foreign: unknown): number => {
    const name = isRecord(foreign) ? foreign['method'] : undefined
    return typeof name === 'string' ? (table.get(name)?.weight ?? 1) : 1
  }

  const answerBatch = async (
    batch: readonly unknown[],
    context: MethodContext,
  ): Promise<string | undefined> => {
    const answers: string[] = []
    let [bytes, weight] = [0, 0]
    const batched = { ...context, batched: true } as const
    for (const foreign of batch) {
      weight += weightOf(foreign)
      const full = bytes > limits.answerBytesMax || weight > limits.batchWeightMax
      const answer = full ? refuseItem(foreign, weight) : await answerOne(foreign, batched)
      if (answer === undefined) continue
      bytes += answer.length
      answers.push(
        bytes > limits.answerBytesMax && !full ? respond(idOf(foreign), tooLarge) : answer,
      )
    }
    return answers.length === 0 ? undefined : `[${answers.join(',')}]`
  }

  const refuseItem = (foreign: unknown, weight: number): string | undefined => {
    if (isRecord(foreign) && foreign['id'] === undefined) return undefined
    if (weight <= limits.batchWeightMax) return respond(idOf(foreign), tooLarge)
    const message = `batch too heavy: weight of at most ${limits.batchWeightMax} expected`
    return respond(idOf(foreign), new RpcError(ERROR_CODES.limitExceeded, message))
  }

  return async (text, context) => {
    const parsed = parseJson(text)
    if (!parsed.ok) {
      const error =
        parsed.code === 'JSON_NESTED'
          ? invalidRequest(parsed.reason)
          : new RpcError(ERROR_CODES.parse, 'parse error: JSON expected')
      return errorText(error)
    }
    if (!Array.isArray(parsed.value)) return answerOne(parsed.value, context)
    const batch: readonly unknown[] = parsed.value
    if (batch.length === 0) return errorText(invalidRequest('empty batch'))
    if (batch.length > limits.batchItemsMax) {
      const reason = `batch too large: at most ${limits.batchItemsMax} items, got ${batch.length}`
      return `[${respond(idOf(batch.find((item) => idOf(item) !== null)), invalidRequest(reason))}]`
    }
    return answerBatch(batch, context)
  }
}

function idOf(foreign: unknown): Id {
  const id = isRecord(foreign) ? foreign['id'] : undefined
  return isId(id) ? id : null
}
