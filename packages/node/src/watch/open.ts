/** Puts the operator's half of a node together: its status, and what happens once a step. */
import type { Pool } from '@veche/execution'
import type { NodeStatus } from '@veche/rpc'
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
  const status = (): NodeStatus => {
    const { clockStatus, waitingMs } = ticker
    return readStatus({ ...options, clockStatus, waitingMs })
  }
  const ticker = createTicker({
    ...{ clock, logger, watch, self, status },
    stepSeconds: chain.parameters.stepSeconds,
    validators: () => chain.validatorsAt(chain.head().header.number + 1),
    peers: () => network.peers(),
    hasWork: () => pool.hasWork(),
  })
  return { status, ticker }
}
