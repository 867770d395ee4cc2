/**
 * What a hostile validator says: everything signed with its real key and well formed, and nothing
 * of use: votes for many values, rounds and heights, statuses, proposals of the largest size.
 */
import {
  type ContentSigner,
  encodeMessage,
  type SignableContent,
  signContent,
} from '@veche/consensus'
import { blockHash, bytesToHex, type Hash, type Header } from '@veche/primitives'

export const KINDS = ['near', 'repeated', 'far', 'huge', 'status', 'proposal'] as const
export type Kind = (typeof KINDS)[number]

export interface MessageMaker {
  /** the present height of the victims, a kind, and a number that makes it another message */
  make(kind: Kind, height: number, seed: number): Promise<Uint8Array>
}

function hashOf(seed: number): Hash {
  const bytes = new Uint8Array(32)
  new DataView(bytes.buffer).setUint32(0, seed)
  return bytesToHex(bytes)
}

const FAR = 1_000_000
const HUGE_ROUND = 0xffff_0000

/** gas of the cheapest transaction: the hashes of a proposal are bounded by it */
const TRANSACTION_GAS_MIN = 21_000n

export function createMessageMaker(signer: ContentSigner, base: Header): MessageMaker {
  const hashes = Number(base.gasLimit / TRANSACTION_GAS_MIN)
  /** shared by all proposals: what counts is that they are many */
  const transactionHashes = Array.from({ length: hashes }, (_, i) => hashOf(i))
  const vote = (height: number, round: number, seed: number): SignableContent => ({
    ...{ kind: seed % 2 === 0 ? 'prevote' : 'precommit', height, round, hash: hashOf(seed) },
    seal: new Uint8Array(65).fill(seed & 0xff),
  })
  const proposal = (height: number, round: number, seed: number): SignableContent => {
    const header = { ...base, number: height, parentHash: hashOf(seed) }
    const hash = blockHash(header)
    const { parentHash } = header
    const position = { height, round, hash, parentHash, validRound: -1 }
    return { kind: 'proposal', ...position, header, transactionHashes }
  }
  const contentOf = (kind: Kind, height: number, seed: number): SignableContent => {
    if (kind === 'near') return vote(height, seed % 6, seed)
    if (kind === 'repeated') return vote(height, 0, seed % 2)
    if (kind === 'far') return vote(height + 1 + (seed % FAR), seed % 4, seed)
    if (kind === 'huge') return vote(height, HUGE_ROUND + (seed & 0xfff), seed)
    if (kind === 'proposal') return proposal(height + (seed % 2), seed % 4, seed)
    const yours = { height: 0, round: -1 }
    const rounds = { round: seed % 9, lockedRound: seed % 3, validRound: seed % 3 }
    return { kind: 'status', height, ...rounds, yours }
  }
  return {
    async make(kind, height, seed) {
      return encodeMessage(
        await signContent({ kind: 'sign', content: contentOf(kind, height, seed) }, signer),
      )
    },
  }
}
