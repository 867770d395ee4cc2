/**
 * Where a message stands, read from its first bytes: a proposal of half a mebibyte costs
 * milliseconds to decode, and most of a flood of them need not be (redundant.ts). Total; the full
 * decoder judges the rest.
 */
import type { Address } from '@veche/primitives'
import { MESSAGE_TYPE } from './digest.ts'
import { FUTURE_PROPOSALS_PER_SIGNER_MAX } from './limits.ts'
import { isNearAt } from './redundant.ts'
import { proposerAt } from './rounds.ts'
import type { State } from './state.ts'

export interface Position {
  readonly type: number
  readonly height: number
  readonly round: number
}

const SCALAR_BYTES_MAX = 6

/** The first three scalars of an RLP list, or undefined when it does not begin like a message. */
export function peekPosition(bytes: Uint8Array): Position | undefined {
  const first = bytes[0] ?? 0
  if (first < 0xc0) return undefined
  let at = first <= 0xf7 ? 1 : 2 + first - 0xf8
  const scalars: number[] = []
  while (scalars.length < 3) {
    const head = bytes[at++]
    if (head === undefined) return undefined
    if (head < 0x80) {
      scalars.push(head)
      continue
    }
    const length = head - 0x80
    if (length > SCALAR_BYTES_MAX || at + length > bytes.length) return undefined
    let value = 0
    for (const end = at + length; at < end; at++) value = value * 256 + (bytes[at] as number)
    scalars.push(value)
  }
  const [type = 0, height = 0, round = 0] = scalars
  return { type, height, round }
}

/**
 * Whether encoded bytes that the proven holder of `from` sent are a proposal that would not be
 * kept: of another height, out of its turn, or one too many. A proposal comes from its signer only,
 * so no other turn has to be thought of. False for everything else.
 */
export function isIdleProposal(
  state: State,
  bytes: Uint8Array,
  sender: { readonly from: Address; readonly nowMs: number },
): boolean {
  const position = peekPosition(bytes)
  if (position?.type !== MESSAGE_TYPE.proposal) return false
  const { current, future } = state
  const { height, round } = position
  const { from } = sender
  if (height === current.height) {
    if (current.decided !== null || !isNearAt(state, round, sender.nowMs)) return true
    return proposerAt(current, round) !== from
  }
  if (height !== current.height + 1) return true
  const held = (future.get(from) ?? []).filter(({ kind }) => kind === 'proposal')
  return held.length >= FUTURE_PROPOSALS_PER_SIGNER_MAX
}
