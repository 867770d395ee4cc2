/**
 * Bodies of blocks that are not final yet: own proposals, received ones, those replayed from the
 * log. Serves `body` requests and assembles a proposal's body from the pool; what is missing is
 * asked of the proposer, transaction by transaction, then the whole body of anybody.
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
import { firstAnswer } from './first-answer.ts'
import { HeldBlocks } from './held-blocks.ts'
import { BODY_PATIENCE_MS, MISSING_TRANSACTIONS_MAX } from './limits.ts'
import { encodeMissing, isAnswer } from './missing.ts'

export interface CandidatesOptions {
  readonly network: Network
  /** raw transaction by hash, from the pool */
  readonly transaction: (hash: Hash) => Uint8Array | undefined
  /** milliseconds after which a silent validator is no longer waited for alone */
  readonly patienceMs?: number
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
  const { network, transaction, patienceMs = BODY_PATIENCE_MS } = options
  const blocks = new HeldBlocks()

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
    const asks = [...holders, ...others].map((peer) => () => request(peer.peerId, hash))
    const block = await firstAnswer(asks, patienceMs)
    if (block === undefined)
      return refuse('BODY_NOT_FOUND', `no connected validator has the body of ${hash}`)
    blocks.hold(hash, block)
    return accept(block)
  }

  /** asks the proposer for the few transactions that the pool lacks */
  const complete = async (proposal: Proposal, known: Map<Hash, Uint8Array>): Promise<boolean> => {
    const { hash, transactionHashes, signer } = proposal
    const indices = [...transactionHashes.keys()].filter(
      (index) => !known.has(transactionHashes[index] as Hash),
    )
    if (indices.length === 0) return true
    if (indices.length > MISSING_TRANSACTIONS_MAX) return false
    const peer = network.peers().find((each) => each.validator === signer)
    if (peer === undefined) return false
    const question = encodeMissing({ hash, indices })
    const ask = () => network.request(peer.peerId, 'transactions', question).catch(() => [])
    // a proposer that is slow is asked for the whole body next, and then somebody else
    const parts = (await firstAnswer([ask, async () => []], patienceMs)) ?? []
    const hashes = indices.map((index) => transactionHashes[index] as Hash)
    if (isAnswer(parts, hashes)) {
      for (const [i, each] of hashes.entries()) known.set(each, parts[i] as Uint8Array)
      return true
    }
    // an answer is cut at its bound, which is no offence; other transactions are one
    if (!isAnswer(parts, hashes.slice(0, parts.length)))
      network.penalize(peer.peerId, 'BODY_MISMATCH')
    return false
  }

  const assembleFromPool = async (proposal: Proposal): Promise<Block | undefined> => {
    const { header, transactionHashes } = proposal
    const known = new Map<Hash, Uint8Array>()
    for (const each of transactionHashes) {
      const raw = transaction(each)
      if (raw !== undefined) known.set(each, raw)
    }
    if (!(await complete(proposal, known))) return undefined
    return { header, transactions: transactionHashes.map((each) => known.get(each) as Uint8Array) }
  }

  return {
    hold: (hash, block) => blocks.hold(hash, block),
    get: (hash) => blocks.get(hash),
    fetch,
    async assemble(proposal) {
      const held = blocks.get(proposal.hash)
      if (held !== undefined) return accept(held)
      const block = await assembleFromPool(proposal)
      // held once it has executed: a proposer may list other transactions than its header commits
      // to
      return block === undefined ? fetch(proposal.hash, [proposal.signer]) : accept(block)
    },
    prune: (height) => blocks.prune(height),
  }
}
