/**
 * Looks after transactions that are long under way: a node drops one that took too long to run on a
 * busy machine, or lost it in a restart. What the node does not know is offered again; what it then
 * refuses is told instead of waited for.
 */
import type { Hash, Hex } from '@veche/primitives'
import type { FinalityWatcher } from '../finality.ts'
import { LOST_AFTER_MS } from '../limits.ts'

export interface LostAndFound {
  /** a transaction was sent */
  sent(hash: Hash, raw: Hex): void
  /** it is final, or given up */
  done(hash: Hash): void
  stop(): void
}

interface Waiting {
  readonly raw: Hex
  lookedMs: number
}

/** `refused` is called for what the node does not take again. */
export function createLostAndFound(
  watcher: Pick<FinalityWatcher, 'request'>,
  refused: (hash: Hash, cause: unknown) => void,
): LostAndFound {
  const waiting = new Map<Hash, Waiting>()
  let busy = false

  const offer = async (hash: Hash, { raw }: Waiting): Promise<void> => {
    const known = await watcher.request('eth_getTransactionByHash', [hash])
    // known: pending, or final and about to be told
    if (known !== null || !waiting.has(hash)) return
    await watcher.request('eth_sendRawTransaction', [raw]).catch(async (cause: unknown) => {
      const late = await watcher.request('eth_getTransactionByHash', [hash])
      if (late === null && waiting.has(hash)) refused(hash, cause)
    })
  }

  const look = async (): Promise<void> => {
    const now = performance.now()
    for (const [hash, one] of waiting) {
      if (now - one.lookedMs < LOST_AFTER_MS) continue
      one.lookedMs = now
      await offer(hash, one)
    }
  }

  const timer = setInterval(() => {
    if (busy) return
    busy = true
    const free = (): void => {
      busy = false
    }
    // a connection that is gone is told by the watcher
    look().then(free, free)
  }, LOST_AFTER_MS / 4)

  return {
    sent: (hash, raw) => void waiting.set(hash, { raw, lookedMs: performance.now() }),
    done: (hash) => void waiting.delete(hash),
    stop: () => clearInterval(timer),
  }
}
