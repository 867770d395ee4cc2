/**
 * What the machine wants done. `node` performs effects in order; a `log` is durable (fsynced)
 * before any effect after it is performed.
 */
import type { Address, Block, Hash } from '@veche/primitives'
import type { Certificate, EvidenceMessage, Message, Proposal, SignableContent } from './message.ts'
import type { LogRecord } from './record.ts'

export type Effect =
  /** build a block on the head; answer with `built` */
  | {
      readonly kind: 'build'
      readonly height: number
      readonly round: number
      /** header fields that consensus decides */
      readonly template: BlockTemplate
    }
  /**
   * a `build` with this template is likely to follow soon: begin, and keep what comes of it;
   * nothing is answered
   */
  | { readonly kind: 'prepare'; readonly template: BlockTemplate }
  /** fetch the body (pool first, then `from`), execute it on the head, answer with `checked` */
  | { readonly kind: 'check'; readonly proposal: Proposal }
  /** fetch a candidate block whole, by hash, from the validators named; answer with `checked` */
  | {
      readonly kind: 'fetch'
      readonly height: number
      readonly hash: Hash
      readonly from: readonly Address[]
    }
  /** execute a block restored from the log (its body is here) on the head; answer with `checked` */
  | { readonly kind: 'execute'; readonly hash: Hash; readonly block: Block }
  /**
   * sign and answer with `signed`; `signContent` of digest.ts does it. A precommit comes with an
   * empty `seal` and the 32-byte `sealDigest` to be signed first into it.
   */
  | {
      readonly kind: 'sign'
      readonly content: SignableContent
      readonly sealDigest?: Uint8Array
    }
  /** append to the write-ahead log and fsync, then answer with `logged` */
  | { readonly kind: 'log'; readonly token: number; readonly records: readonly LogRecord[] }
  /** replace the log by a new file that begins with these records; nothing is answered */
  | { readonly kind: 'compact'; readonly records: readonly LogRecord[] }
  /** to one validator, or to all others when `to` is absent */
  | { readonly kind: 'send'; readonly message: Message; readonly to?: Address }
  /** decided: store the block with its certificate, rotate the log, answer with `committed` */
  | {
      readonly kind: 'commit'
      readonly hash: Hash
      /** the decided block, unsealed */
      readonly block: Block
      readonly certificate: Certificate
    }
  /** send a tick at this time; replaces the wake asked for before */
  | { readonly kind: 'wake'; readonly atMs: number }
  /** a validator shows a height above ours: certified blocks are to be had from it */
  | { readonly kind: 'behind'; readonly height: number; readonly from: Address }
  /** a validator works on a height that we have decided: give it our blocks from there on */
  | { readonly kind: 'straggler'; readonly height: number; readonly to: Address }
  | { readonly kind: 'evidence'; readonly evidence: EvidenceMessage }
  /** for the operator: a guard held or something needs attention */
  | { readonly kind: 'alarm'; readonly code: string; readonly reason: string }

export interface BlockTemplate {
  readonly parentHash: Hash
  readonly number: number
  readonly coinbase: Address
  /** unix seconds = step × D */
  readonly timestamp: number
  /** QBFT extraData with round 0 and no seals */
  readonly extraData: Uint8Array
}
