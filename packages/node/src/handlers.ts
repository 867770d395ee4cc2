/** Takes what the network delivers to where it belongs, and answers peers' requests. */
import { createThresholds } from '@veche/consensus'
import type { Pool } from '@veche/execution'
import {
  type Address,
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
 * Whom this validator does not push a final block to: the others of the set, which decide by
 * themselves, unless it is one of the f + 1 whose turn it is to help those that cannot. All pushing
 * to all would send each block n² times (docs/adr/0096). An observer pushes to everybody.
 */
export function spared(
  validators: readonly Address[],
  height: number,
  self: Address | undefined,
): ReadonlySet<Address> {
  const { n, jump } = createThresholds(validators.length)
  const place = self === undefined ? -1 : validators.indexOf(self)
  const isOnDuty = place < 0 || (place + n - (height % n)) % n < jump
  return new Set(isOnDuty ? [] : validators)
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
    const { number } = head.header
    const except = spared(chain.validatorsAt(number), number, loop?.state.self ?? undefined)
    network.announceBlock(number, encodeBlock(block), except)
    loop?.onHead(head)
  })
}
