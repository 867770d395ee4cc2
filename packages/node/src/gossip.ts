/**
 * Transactions between pool and network: what enters here is published, what peers publish enters
 * here. A transaction that came from a peer is not published again by us; the network forwards it.
 */
import type { Pool } from '@veche/execution'
import { accept, type Hash, type Network, type Result } from '@veche/primitives'
import { REPUBLISH_BYTES_MAX, REPUBLISH_INTERVAL_MS } from './limits.ts'

/** the one refusal that a contract's word can lift */
const OVER_QUOTA = 'TRANSACTION_OVER_QUOTA'

export interface GossipOptions {
  readonly pool: Pool
  readonly network: Network
  /** milliseconds */
  readonly nowMs: () => number
  /** asks the contracts that vouch for transactions, before the pool is asked */
  readonly vouch?: (raw: Uint8Array) => Promise<void>
}

export interface Gossip {
  /** from a client: admitted, then published (the network gathers what arrives together) */
  submit(raw: Uint8Array): Result<Hash>
  /** from a client, after the contract that it is sent to was asked to vouch for it */
  offer(raw: Uint8Array): Promise<Result<Hash>>
  /** from a peer */
  receive(raw: readonly Uint8Array[]): void
  /** a peer joined that missed what was published before: the executable transactions again */
  republish(): void
}

export function createGossip(options: GossipOptions): Gossip {
  const { pool, network, nowMs, vouch } = options
  let republishedMs = Number.NEGATIVE_INFINITY

  const submit = (raw: Uint8Array): Result<Hash> => {
    const added = pool.add(raw)
    if (!added.ok) return added
    network.publishTransactions([raw])
    return accept(added.value)
  }
  const retry = async (raw: Uint8Array): Promise<Result<Hash>> => {
    await vouch?.(raw)
    return pool.add(raw)
  }

  return {
    submit,
    async offer(raw) {
      const added = submit(raw)
      if (added.ok || added.code !== OVER_QUOTA) return added
      const again = await retry(raw)
      if (again.ok) network.publishTransactions([raw])
      return again
    },
    receive(raw) {
      for (const one of raw) {
        const added = pool.add(one)
        if (!added.ok && added.code === OVER_QUOTA) void retry(one)
      }
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
