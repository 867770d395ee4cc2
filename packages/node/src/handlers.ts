/** Takes what the network delivers to where it belongs, and answers peers' requests. */
import type { Pool } from '@veche/execution'
import {
  bytesToHex,
  type ChainStore,
  encodeBlock,
  type Network,
  type NetworkHandlers,
} from '@veche/primitives'
import type { Candidates } from './candidates.ts'
import type { Chain } from './chain.ts'
import type { Gossip } from './gossip.ts'
import type { Loop } from './loop.ts'
import { answerMissing, decodeMissing } from './missing.ts'
import type { Sync } from './sync.ts'
import { answerBlocks } from './sync-request.ts'

export interface HandlerParts {
  readonly store: ChainStore
  readonly gossip: Gossip
  readonly candidates: Candidates
  readonly sync: Sync
  /** undefined on an observer */
  readonly loop: Loop | undefined
}

export function createHandlers(parts: HandlerParts): NetworkHandlers {
  const { store, gossip, candidates, sync, loop } = parts
  return {
    onConsensus: (from, message) => loop?.onMessage(from, message),
    onTransactions: (_from, raw) => gossip.receive(raw),
    onBlock: (from, block) => sync.onBlock(from, block),
    async onRequest(_from, kind, payload) {
      if (kind === 'blocks') return answerBlocks(store, payload)
      if (kind === 'transactions') return answerTransactions(candidates, payload)
      const held = payload.length === 32 ? candidates.get(bytesToHex(payload)) : undefined
      return held === undefined ? [] : [encodeBlock(held)]
    },
    onPeerConnected() {
      sync.poke()
      gossip.republish()
    },
    onPeerDisconnected: () => sync.poke(),
  }
}

function answerTransactions(candidates: Candidates, payload: Uint8Array): Uint8Array[] {
  const question = decodeMissing(payload)
  const held = question === undefined ? undefined : candidates.get(question.hash)
  return question === undefined || held === undefined ? [] : answerMissing(held, question.indices)
}

/**
 * Everything that follows a new head, in order: pool, peers, then the machine. Returns how to stop.
 */
export function followHead(parts: {
  readonly chain: Chain
  readonly network: Network
  readonly pool: Pool
  readonly loop: Loop | undefined
}): () => void {
  const { chain, network, pool, loop } = parts
  const tell = (): void => {
    const { header, hash } = chain.head()
    network.setHead({ number: header.number, hash })
    const next = chain.validatorsAt(header.number + 1)
    const later = chain.validatorsAt(header.number + 2)
    network.setValidators([...new Set([...next, ...later])])
  }
  tell()
  return chain.onHead((head, block, executed) => {
    pool.applied(executed.receipts.map((receipt) => receipt.from))
    tell()
    network.announceBlock(head.header.number, encodeBlock(block))
    loop?.onHead(head)
  })
}
