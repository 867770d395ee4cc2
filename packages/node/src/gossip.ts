/**
 * Transactions between pool and network: what enters here is published, what peers publish enters
 * here. A transaction that came from a peer is not published again by us; the network forwards it.
 */
import type { Pool } from '@veche/execution'
import { accept, type Hash, type Network, type Result } from '@veche/primitives'
import { REPUBLISH_BYTES_MAX, REPUBLISH_INTERVAL_MS } from './limits.ts'

export interface GossipOptions {
  readonly pool: Pool
  readonly network: Network
  /** milliseconds */
  readonly nowMs: () => number
}

export interface Gossip {
  /** from a client: admitted, then published (the network gathers what arrives together) */
  submit(raw: Uint8Array): Result<Hash>
  /** from a peer */
  receive(raw: readonly Uint8Array[]): void
  /** a peer joined that missed what was published before: the executable transactions again */
  republish(): void
}

export function createGossip(options: GossipOptions): Gossip {
  const { pool, network, nowMs } = options
  let republishedMs = Number.NEGATIVE_INFINITY

  return {
    submit(raw) {
      const added = pool.add(raw)
      if (!added.ok) return added
      network.publishTransactions([raw])
      return accept(added.value)
    },
    receive(raw) {
      for (const one of raw) pool.add(one)
    },
    republish() {
      if (nowMs() - republishedMs < REPUBLISH_INTERVAL_MS) return
      const batch: Uint8Array[] = []
      let bytes = 0
      for (const { raw } of pool.pending()) {
        bytes += raw.length
        if (bytes > REPUBLISH_BYTES_MAX) break
        batch.push(raw)
      }
      if (batch.length === 0) return
      republishedMs = nowMs()
      network.publishTransactions(batch)
    },
  }
}
