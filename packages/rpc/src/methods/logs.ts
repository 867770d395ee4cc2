/** eth_getLogs, and what it shares with filters: where a filter looks. */
import type { RpcBackend } from '../backend.ts'
import { breathe, headerAt, numberAt } from '../chain.ts'
import { type BlockSelector, LATEST } from '../decode-block.ts'
import { type LogFilter, logFilter } from '../decode-filter.ts'
import { invalidParams, RpcError, serverError } from '../errors.ts'
import type { Json } from '../json.ts'
import { createMatcher, type LogRange, logsOfBlock, logsOfRange } from '../log-query.ts'
import { type Method, method, required } from '../method.ts'

function boundOf(backend: RpcBackend, selector: BlockSelector): number | RpcError {
  return (
    numberAt(backend, selector) ?? invalidParams('block range extends beyond current head block')
  )
}

/** The final blocks a filter without a block hash covers; absent ends are the head, as in geth. */
export function rangeOf(backend: RpcBackend, filter: LogFilter): LogRange | RpcError {
  const from = boundOf(backend, filter.fromBlock ?? LATEST)
  if (from instanceof RpcError) return from
  const to = boundOf(backend, filter.toBlock ?? LATEST)
  if (to instanceof RpcError) return to
  if (from > to) return invalidParams('invalid block range params')
  return { from, to }
}

/** The logs a filter describes, over its whole range. */
export async function readLogs(backend: RpcBackend, filter: LogFilter): Promise<Json[] | RpcError> {
  const matcher = createMatcher(filter.pattern)
  if (filter.blockHash === undefined) {
    const range = rangeOf(backend, filter)
    return range instanceof RpcError ? range : logsOfRange(backend, range, matcher)
  }
  const at = headerAt(backend, { kind: 'hash', hash: filter.blockHash })
  if (at === undefined) return serverError('unknown block')
  await breathe()
  return logsOfBlock(backend, at, matcher)
}

export const logMethods: readonly Method[] = [
  method({
    name: 'eth_getLogs',
    params: [required('filter', logFilter)],
    weight: 20,
    handle: ({ backend }, filter) => readLogs(backend, filter),
  }),
]
