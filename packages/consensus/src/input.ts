/**
 * Everything that can happen to the machine. `nowMs` is unix milliseconds, the machine's only
 * clock.
 */
import type { Address, Block, Hash, Header } from '@veche/primitives'
import type { Message, SignedMessage } from './message.ts'

/** A block whose body is held and which was executed with success on the present parent. */
export interface Candidate {
  readonly hash: Hash
  /** unsealed: extraData has round 0 and no seals */
  readonly block: Block
}

export type Input =
  /** time passed; also the answer to a `wake` effect */
  | { readonly kind: 'tick'; readonly nowMs: number }
  /** whether the pool holds transactions that could be included now */
  | { readonly kind: 'work'; readonly nowMs: number; readonly pending: boolean }
  /** a decoded and authenticated message (codec.ts `decodeMessage`), own ones included */
  | { readonly kind: 'message'; readonly nowMs: number; readonly message: Message }
  /** answer to `build`; null when there was nothing to build or it failed */
  | {
      readonly kind: 'built'
      readonly nowMs: number
      readonly height: number
      readonly round: number
      readonly candidate: Candidate | null
    }
  /** answer to `check`: the body was fetched and executed, or refused */
  | {
      readonly kind: 'checked'
      readonly nowMs: number
      readonly hash: Hash
      readonly candidate: Candidate | null
    }
  /** answer to `sign` */
  | { readonly kind: 'signed'; readonly nowMs: number; readonly message: SignedMessage }
  /** the log has grown large within the height: `compact` is wanted */
  | { readonly kind: 'logFull'; readonly nowMs: number }
  /** the records of a `log` effect are durable */
  | { readonly kind: 'logged'; readonly nowMs: number; readonly token: number }
  /** answer to `commit`, or a block taken from sync: the chain's head is now this block */
  | {
      readonly kind: 'committed'
      readonly nowMs: number
      /** sealed header of the new head */
      readonly header: Header
      readonly hash: Hash
      /** the set in force at header.number + 2 */
      readonly validatorsAfterNext: readonly Address[]
      /**
       * the set in force at header.number + 1 when it is not the one promised before: the operators
       * override it by height
       */
      readonly validatorsNext?: readonly Address[]
    }
