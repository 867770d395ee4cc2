/** Filters: eth_newFilter, eth_newBlockFilter, eth_newPendingTransactionFilter and their life. */
import type { RpcBackend } from '../backend.ts'
import { hashOf } from '../chain.ts'
import { type Decode, string } from '../decode.ts'
import { logFilter } from '../decode-filter.ts'
import { type RpcError, serverError } from '../errors.ts'
import type { Filter } from '../filters.ts'
import { LOG_RANGE_MAX } from '../limits.ts'
import { createMatcher, scanLogs } from '../log-query.ts'
import { type Answer, type Method, method, required } from '../method.ts'
import { readLogs } from './logs.ts'

const filterId: Decode<string> = string

const filterNotFound: RpcError = serverError('filter not found')

function blockHashes(backend: RpcBackend, from: number, to: number): string[] {
  const hashes: string[] = []
  for (let number = from; number <= to; number++) {
    const header = backend.header(number)
    if (header !== undefined) hashes.push(hashOf(header))
  }
  return hashes
}

/**
 * What is new since the last poll; at most {@link LOG_RANGE_MAX} blocks, the rest at the next poll.
 */
async function changesOf(backend: RpcBackend, filter: Filter): Promise<Answer> {
  if (filter.kind === 'pending') {
    const { hashes } = filter
    filter.hashes = []
    return hashes
  }
  const from = filter.next
  const to = Math.min(backend.head(), from + LOG_RANGE_MAX - 1)
  if (to < from) return []
  // moved before the read, so that two polls at once do not report a block twice
  filter.next = to + 1
  if (filter.kind === 'blocks') return blockHashes(backend, from, to)
  const { pattern, fromBlock, toBlock } = filter.filter
  // a bound that is a number narrows what is watched; a tag does not
  const first = fromBlock?.kind === 'number' ? Math.max(from, fromBlock.number) : from
  const last = toBlock?.kind === 'number' ? Math.min(to, toBlock.number) : to
  if (first > last) return []
  const { logs, scannedTo } = await scanLogs(
    backend,
    { from: first, to: last },
    createMatcher(pattern),
  )
  if (scannedTo < last) filter.next = scannedTo + 1
  return logs
}

async function logsOf(backend: RpcBackend, filter: Filter): Promise<Answer> {
  if (filter.kind !== 'logs') return filterNotFound
  return readLogs(backend, filter.filter)
}

export const filterMethods: readonly Method[] = [
  method({
    name: 'eth_newFilter',
    params: [required('filter', logFilter)],
    handle: ({ filters }, filter) => filters.add({ kind: 'logs', filter }),
  }),
  method({
    name: 'eth_newBlockFilter',
    params: [],
    handle: ({ filters }) => filters.add({ kind: 'blocks' }),
  }),
  method({
    name: 'eth_newPendingTransactionFilter',
    params: [],
    handle: ({ filters }) => filters.add({ kind: 'pending' }),
  }),
  method({
    name: 'eth_getFilterChanges',
    params: [required('filterId', filterId)],
    weight: 4,
    handle: async ({ backend, filters }, id) => {
      const filter = filters.get(id)
      return filter === undefined ? filterNotFound : changesOf(backend, filter)
    },
  }),
  method({
    name: 'eth_getFilterLogs',
    params: [required('filterId', filterId)],
    weight: 20,
    handle: async ({ backend, filters }, id) => {
      const filter = filters.get(id)
      return filter === undefined ? filterNotFound : logsOf(backend, filter)
    },
  }),
  method({
    name: 'eth_uninstallFilter',
    params: [required('filterId', filterId)],
    handle: ({ filters }, id) => filters.remove(id),
  }),
]
