/**
 * Transactions between pool and network: what enters here is published, what peers publish enters here.
 * A transaction that came from a peer is not published again by us; gossip forwards it.
 */
import type { Pool } from '@veche/execution'
import { accept, type Hash, type Network, type Result } from '@veche/primitives'
import { GOSSIP_PARK_BYTES } from './limits.ts'

export interface GossipOptions {
  readonly pool: Pool
  readonly network: Network
}

export interface Gossip {
  /** from a client: admitted, then published */
  submit(raw: Uint8Array): Result<Hash>
  /** from a peer */
  receive(raw: readonly Uint8Array[]): void
}

export function createGossip(options: GossipOptions): Gossip {
  const { pool, network } = options
  let outgoing: Uint8Array[] = []
  let outgoingBytes = 0
  let flushing = false

  const flush = (): void => {
    flushing = false
    const batch = outgoing
    outgoing = []
    outgoingBytes = 0
    if (batch.length > 0) network.publishTransactions(batch)
  }

  return {
    submit(raw) {
      const added = pool.add(raw)
      if (!added.ok) return added
      outgoing.push(raw)
      outgoingBytes += raw.length
      if (outgoingBytes > GOSSIP_PARK_BYTES) flush()
      else if (!flushing) {
        flushing = true
        // one publication for all that arrived in this turn of the event loop
        setImmediate(flush)
      }
      return accept(added.value)
    },
    receive(raw) {
      for (const one of raw) pool.add(one)
    },
  }
}
