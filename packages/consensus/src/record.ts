/**
 * Payloads of the write-ahead log (consensus.md, "Write-ahead log"). Types only; codec in
 * record-codec.ts.
 */
import type { Address, Block } from '@veche/primitives'
import type { Polka, SignedMessage } from './message.ts'

export type LogRecord =
  /** first record of every file */
  | {
      readonly kind: 'start'
      readonly chainId: number
      /** whose log this is */
      readonly key: Address
      /** nothing at or below this height is signed any more */
      readonly floor: number
    }
  /** a candidate's full block: header and raw transactions */
  | { readonly kind: 'body'; readonly block: Block }
  /** the lock taken, with the polka that justifies it */
  | { readonly kind: 'lock'; readonly polka: Polka }
  /** own messages of a height up to this round were dropped from the log: none is signed again */
  | { readonly kind: 'forgotten'; readonly height: number; readonly round: number }
  /** an own message, before it is sent */
  | { readonly kind: 'sent'; readonly message: SignedMessage }
