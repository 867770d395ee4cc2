/**
 * Bodies of blocks that are not final yet: own proposals, received ones, those replayed from the
 * log. Serves `body` requests and assembles a proposal's body from the pool, asking for it only
 * when a transaction is missing.
 */
import type { Proposal } from '@veche/consensus'
import { listRoot } from '@veche/execution'
import {
  type Address,
  accept,
  type Block,
  blockHash,
  decodeBlock,
  type Hash,
  hexToBytes,
  type Network,
  type Result,
  refuse,
} from '@veche/primitives'
import { CANDIDATES_MAX } from './limits.ts'

export interface CandidatesOptions {
  readonly network: Network
  /** raw transaction by hash, from the pool */
  readonly transaction: (hash: Hash) => Uint8Array | undefined
}

export interface Candidates {
  hold(hash: Hash, block: Block): void
  get(hash: Hash): Block | undefined
  /** the block of a proposal: from memory, from the pool, or from the proposer */
  assemble(proposal: Proposal): Promise<Result<Block>>
  /** the block of this hash from the first of these validators that has it */
  fetch(hash: Hash, from: readonly Address[]): Promise<Result<Block>>
  /** forgets everything at or below a final height */
  prune(height: number): void
}

export function createCandidates(options: CandidatesOptions): Candidates {
  const { network, transaction } = options
  const blocks = new Map<Hash, Block>()

  const hold = (hash: Hash, block: Block): void => {
    blocks.set(hash, block)
    if (blocks.size <= CANDIDATES_MAX) return
    const oldest = blocks.keys().next().value
    if (oldest !== undefined) blocks.delete(oldest)
  }

  const request = async (peerId: string, hash: Hash): Promise<Block | undefined> => {
    const parts = await network.request(peerId, 'body', hexToBytes(hash)).catch(() => [])
    const first = parts[0]
    if (first === undefined) return undefined
    const block = decodeBlock(first)
    // the hash covers the header; the header's root covers the body
    if (
      !block.ok ||
      blockHash(block.value.header) !== hash ||
      listRoot(block.value.transactions) !== block.value.header.transactionsRoot
    ) {
      network.penalize(peerId, 'BODY_MISMATCH')
      return undefined
    }
    return block.value
  }

  const fetch = async (hash: Hash, from: readonly Address[]): Promise<Result<Block>> => {
    const held = blocks.get(hash)
    if (held !== undefined) return accept(held)
    const holders = network
      .peers()
      .filter((peer) => peer.validator && from.includes(peer.validator))
    const others = network
      .peers()
      .filter((peer) => peer.validator && !from.includes(peer.validator))
    for (const peer of [...holders, ...others]) {
      const block = await request(peer.peerId, hash)
      if (block === undefined) continue
      hold(hash, block)
      return accept(block)
    }
    return refuse('BODY_NOT_FOUND', `no connected validator has the body of ${hash}`)
  }

  const fromPool = (proposal: Proposal): Block | undefined => {
    const transactions: Uint8Array[] = []
    for (const hash of proposal.transactionHashes) {
      const raw = transaction(hash)
      if (raw === undefined) return undefined
      transactions.push(raw)
    }
    return { header: proposal.header, transactions }
  }

  return {
    hold,
    get: (hash) => blocks.get(hash),
    fetch,
    async assemble(proposal) {
      const held = blocks.get(proposal.hash)
      if (held !== undefined) return accept(held)
      const block = fromPool(proposal)
      // held once it has executed: a proposer may list other transactions than its header commits
      // to
      return block === undefined ? fetch(proposal.hash, [proposal.signer]) : accept(block)
    },
    prune(height) {
      for (const [hash, block] of blocks) if (block.header.number <= height) blocks.delete(hash)
    },
  }
}
