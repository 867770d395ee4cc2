/** What the blocks stream carries: head updates and pushed blocks, told apart by a first byte. */
import {
  accept,
  BLOCK_BYTES_MAX,
  encodeRlp,
  type Hash,
  type Result,
  readRlp,
  refuse,
} from '@veche/primitives'
import { encodeFrame } from './frame.ts'

const TAG_HEAD = 0
const TAG_BLOCK = 1

export const BLOCKS_FRAME_BYTES_MAX: number = BLOCK_BYTES_MAX + 1

export interface Head {
  readonly number: number
  readonly hash: Hash
}

export type BlocksMessage =
  | { readonly kind: 'head'; readonly head: Head }
  | { readonly kind: 'block'; readonly block: Uint8Array }

/** The frame of a head update. */
export function encodeHeadUpdate(head: Head): Uint8Array {
  return encodeFrame(Uint8Array.of(TAG_HEAD), encodeRlp([head.number, head.hash]))
}

/** The frame of a pushed block. */
export function encodeBlockPush(block: Uint8Array): Uint8Array {
  return encodeFrame(Uint8Array.of(TAG_BLOCK), block)
}

/** Decodes a foreign frame. Refuses with `PEER_MALFORMED`. */
export function decodeBlocksMessage(frame: Uint8Array): Result<BlocksMessage> {
  const body = frame.subarray(1)
  if (frame[0] === TAG_BLOCK && body.length > 0) return accept({ kind: 'block', block: body })
  if (frame[0] !== TAG_HEAD) return refuse('PEER_MALFORMED', 'head update or block expected')
  const read = readRlp(body, (reader) => ({ number: reader.number(), hash: reader.hash() }))
  return 'value' in read
    ? accept({ kind: 'head', head: read.value })
    : refuse('PEER_MALFORMED', `head update: ${read.reason}`)
}
