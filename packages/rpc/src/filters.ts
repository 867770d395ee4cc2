/**
 * Filters of eth_newFilter and its relatives. Because no block is ever undone, a log or block
 * filter is only the number of the next block to report: what changed is read when it is polled,
 * and nothing grows between polls.
 */
import { randomBytes } from 'node:crypto'
import { bytesToHex, type Hash, type Hex } from '@veche/primitives'
import type { RpcBackend, Unsubscribe } from './backend.ts'
import type { LogFilter } from './decode-filter.ts'
import { limitExceeded, type RpcError } from './errors.ts'
import { FILTER_HASHES_MAX, FILTER_IDLE_MS, FILTERS_MAX } from './limits.ts'

/** What a client watches. `next` is the first final block not yet reported. */
export type Filter =
  | { readonly kind: 'logs'; readonly filter: LogFilter; next: number; polledMs: number }
  | { readonly kind: 'blocks'; next: number; polledMs: number }
  | { readonly kind: 'pending'; hashes: Hash[]; polledMs: number }

/** A {@link Filter} before the store gave it a place. */
export type FilterKind =
  | { readonly kind: 'logs'; readonly filter: LogFilter }
  | { readonly kind: 'blocks' }
  | { readonly kind: 'pending' }

/**
 * The filters of one server. They belong to nobody: who knows an id may poll it, so ids are random.
 */
export interface FilterStore {
  /** Answers −32005 when {@link FILTERS_MAX} filters are alive. */
  add(kind: FilterKind): Hex | RpcError
  /** The filter, whose idle time starts again; undefined when unknown or idle for too long. */
  get(id: string): Filter | undefined
  remove(id: string): boolean
  close(): void
}

/** Creates an empty store. `nowMs` is the clock that idle times are measured by. */
export function createFilterStore(backend: RpcBackend, nowMs: () => number): FilterStore {
  const filters = new Map<string, Filter>()
  let unsubscribe: Unsubscribe | undefined

  const sweep = (): void => {
    const oldest = nowMs() - FILTER_IDLE_MS
    for (const [id, filter] of filters) if (filter.polledMs <= oldest) filters.delete(id)
  }

  const remember = (hash: Hash): void => {
    for (const filter of filters.values()) {
      if (filter.kind !== 'pending') continue
      filter.hashes.push(hash)
      if (filter.hashes.length > FILTER_HASHES_MAX) filter.hashes.splice(0, FILTER_HASHES_MAX / 2)
    }
  }

  /** the pool is listened to only while somebody has a pending filter */
  const listen = (): void => {
    const wanted = [...filters.values()].some((filter) => filter.kind === 'pending')
    if (wanted) unsubscribe ??= backend.onPendingTransaction(remember)
    else {
      unsubscribe?.()
      unsubscribe = undefined
    }
  }

  const create = (kind: FilterKind): Filter => {
    const polledMs = nowMs()
    if (kind.kind === 'pending') return { kind: 'pending', hashes: [], polledMs }
    return { ...kind, next: backend.head() + 1, polledMs }
  }

  return {
    add(kind) {
      sweep()
      if (filters.size >= FILTERS_MAX)
        return limitExceeded(`at most ${FILTERS_MAX} filters are kept, uninstall some`)
      const id = bytesToHex(randomBytes(16))
      filters.set(id, create(kind))
      listen()
      return id
    },
    get(id) {
      sweep()
      listen()
      const filter = filters.get(id)
      if (filter !== undefined) filter.polledMs = nowMs()
      return filter
    },
    remove(id) {
      const removed = filters.delete(id)
      listen()
      return removed
    },
    close() {
      filters.clear()
      listen()
    },
  }
}
