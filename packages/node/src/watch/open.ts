/** Puts the operator's half of a node together: its status, and what happens once a step. */
import type { Pool } from '@veche/execution'
import type { NodeStatus } from '@veche/rpc'
import { STATUS_FRESH_MS } from '../limits.ts'
import type { Logger } from '../log.ts'
import { readStatus, type StatusParts } from './status.ts'
import { createTicker, type Ticker } from './ticker.ts'

export interface OpenWatchOptions extends Omit<StatusParts, 'clockStatus' | 'waitingMs'> {
  readonly pool: Pick<Pool, 'status' | 'hasWork'>
  readonly logger: Logger
}

export interface OpenedWatch {
  readonly status: () => NodeStatus
  readonly ticker: Ticker
}

/** Nothing runs until the ticker is started. */
export function openWatch(options: OpenWatchOptions): OpenedWatch {
  const { chain, network, pool, clock, logger, watch, self } = options
  chain.onHead(() => watch.onHead())
  const read = (): NodeStatus => {
    const { clockStatus, waitingMs } = ticker
    return readStatus({ ...options, clockStatus, waitingMs })
  }
  // whoever asks a public port thousands of times a second costs one reading each 50 ms
  let last: { readonly status: NodeStatus; readonly atMs: number } | undefined
  const status = (): NodeStatus => {
    const atMs = performance.now()
    if (last === undefined || atMs - last.atMs > STATUS_FRESH_MS) last = { status: read(), atMs }
    return last.status
  }
  const ticker = createTicker({
    ...{ clock, logger, watch, self, status: read },
    stepSeconds: chain.parameters.stepSeconds,
    validators: () => chain.validatorsAt(chain.head().header.number + 1),
    peers: () => network.peers(),
    hasWork: () => pool.hasWork(),
  })
  return { status, ticker }
}
