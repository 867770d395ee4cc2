/**
 * What a node remembers of itself after a restart: the log, replayed (docs/spec/consensus.md
 * W2–W4). Replaying twice equals replaying once. Records of heights above the present one are kept:
 * they bind the node when it comes to that height by sync.
 */
import {
  type Address,
  assert,
  type Block,
  blockHash,
  type Hash,
  VecheError,
} from '@veche/primitives'
import type { Polka, SignedMessage } from './message.ts'
import type { LogRecord } from './record.ts'

export interface RestoredHeight {
  readonly bodies: Map<Hash, Block>
  /** polkas of the locks taken, by round */
  readonly locks: Map<number, Polka>
  /** own messages, `round/kind` */
  readonly sent: Map<string, SignedMessage>
  /** own messages up to this round are no longer in the log, −1 for none */
  forgotten: number
}

export interface Restored {
  readonly floor: number
  readonly heights: Map<number, RestoredHeight>
}

function heightOf(heights: Map<number, RestoredHeight>, height: number): RestoredHeight {
  let found = heights.get(height)
  if (found === undefined) {
    found = { bodies: new Map(), locks: new Map(), sent: new Map(), forgotten: -1 }
    heights.set(height, found)
  }
  return found
}

/** `round/kind`: the key under which a node signs once. */
export function signKey(message: { readonly round: number; readonly kind: string }): string {
  return `${message.round}/${message.kind}`
}

/**
 * Sorts a replayed log by height. Throws `VecheError` LOG_OF_ANOTHER_CHAIN or LOG_OF_ANOTHER_KEY
 * when it was written by another node, and asserts that it holds one value per (height, round,
 * type).
 */
export function readRestored(
  records: readonly LogRecord[],
  owner: { readonly chainId: number; readonly self: Address | null },
): Restored {
  const heights = new Map<number, RestoredHeight>()
  let floor = 0
  for (const record of records) {
    switch (record.kind) {
      case 'start':
        checkOwner(record, owner)
        floor = Math.max(floor, record.floor)
        break
      case 'body':
        heightOf(heights, record.block.header.number).bodies.set(
          blockHash(record.block.header),
          record.block,
        )
        break
      case 'lock':
        heightOf(heights, record.polka.height).locks.set(record.polka.round, record.polka)
        break
      case 'forgotten': {
        const found = heightOf(heights, record.height)
        found.forgotten = Math.max(found.forgotten, record.round)
        break
      }
      case 'sent': {
        const { sent } = heightOf(heights, record.message.height)
        const earlier = sent.get(signKey(record.message))
        assert(
          earlier === undefined || signedValue(earlier) === signedValue(record.message),
          'the log holds one value per height, round and type',
        )
        sent.set(signKey(record.message), record.message)
      }
    }
  }
  return { floor, heights }
}

/** What two messages of one (height, round, type) must agree in. */
export function signedValue(content: SignedMessage | { kind: string; hash?: Hash }): string {
  if (content.kind === 'proposal' && 'validRound' in content)
    return `${content.hash}/${content.validRound}`
  return 'hash' in content ? String(content.hash) : content.kind
}

function checkOwner(
  start: Extract<LogRecord, { kind: 'start' }>,
  owner: { readonly chainId: number; readonly self: Address | null },
): void {
  const facts = { chainId: start.chainId, key: start.key }
  if (start.chainId !== owner.chainId)
    throw new VecheError(
      'LOG_OF_ANOTHER_CHAIN',
      `a write-ahead log of chain ${owner.chainId} expected, got one of chain ${start.chainId}: ` +
        'point the node at the data directory of this chain',
      { facts },
    )
  if (owner.self !== null && start.key !== owner.self)
    throw new VecheError(
      'LOG_OF_ANOTHER_KEY',
      `a write-ahead log of ${owner.self} expected, got one of ${start.key}: point the node at the ` +
        'data directory of its key; never delete a log to get past this',
      { facts },
    )
}
