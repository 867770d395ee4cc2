/**
 * Messages of other validators on their way to the machine: one lane a validator, taken in turn, so
 * that whoever sends most waits longest and starves nobody; and a budget of signature checks for
 * each, because a valid flood is paid for by who checks it (invariant 17).
 */
import type { Message } from '@veche/consensus'
import type { Clock, PeerInfo } from '@veche/primitives'
import {
  CHECKS_BURST,
  CHECKS_PER_SECOND,
  LANE_BYTES_MAX,
  LANE_MESSAGES_MAX,
  LANES_MAX,
} from './limits.ts'

/** A message that passed its signature checks. */
export interface Arrival {
  readonly message: Message
  /** as it travelled */
  readonly bytes: number
}

export interface Inbox {
  /** takes so many signature checks from the sender's budget; false when it is used up */
  spend(sender: string, checks: number): boolean
  /** false when the sender's lane is full and the message is dropped */
  add(sender: string, arrival: Arrival): boolean
  /** the oldest message of the lane whose turn it is */
  take(): Message | undefined
  readonly count: number
  /** senders that are remembered */
  readonly lanes: number
}

interface Lane {
  readonly waiting: Arrival[]
  bytes: number
  checks: number
  refilledAtMs: number
}

/** Signatures that a message makes us check before the machine sees it. */
export function checksOf(message: Message): number {
  if (message.kind === 'polka') return message.polka.votes.length
  if (message.kind === 'evidence') return 2
  return message.kind === 'proposal' ? 1 + (message.polka?.votes.length ?? 0) : 1
}

/** Who a message is charged to: a key, however many peers prove it. */
export function senderOf({ validator, peerId }: PeerInfo): string {
  return validator ?? peerId
}

/** An empty inbox. Lanes of senders that have gone quiet are forgotten when there are many. */
export function createInbox(clock: Clock): Inbox {
  const lanes = new Map<string, Lane>()
  /** lanes with something in them, the next one first */
  const turns: Lane[] = []
  let count = 0

  const refill = (lane: Lane): void => {
    const nowMs = clock.nowMs()
    const gained = (Math.max(0, nowMs - lane.refilledAtMs) * CHECKS_PER_SECOND) / 1000
    lane.checks = Math.min(CHECKS_BURST, lane.checks + gained)
    lane.refilledAtMs = nowMs
  }
  const forgetQuiet = (): void => {
    for (const [sender, lane] of lanes) {
      refill(lane)
      if (lane.waiting.length === 0 && lane.checks >= CHECKS_BURST) lanes.delete(sender)
    }
  }
  const laneOf = (sender: string): Lane => {
    const known = lanes.get(sender)
    if (known !== undefined) return known
    if (lanes.size >= LANES_MAX) forgetQuiet()
    const lane = { waiting: [], bytes: 0, checks: CHECKS_BURST, refilledAtMs: clock.nowMs() }
    lanes.set(sender, lane)
    return lane
  }

  return {
    spend(sender, checks) {
      const lane = laneOf(sender)
      refill(lane)
      // it may go into debt by one message, so that the largest polka passes too
      if (lane.checks <= 0) return false
      lane.checks -= checks
      return true
    },
    add(sender, arrival) {
      const lane = laneOf(sender)
      const { waiting } = lane
      const isFull = waiting.length >= LANE_MESSAGES_MAX
      if (isFull || (waiting.length > 0 && lane.bytes + arrival.bytes > LANE_BYTES_MAX))
        return false
      if (waiting.length === 0) turns.push(lane)
      waiting.push(arrival)
      lane.bytes += arrival.bytes
      count++
      return true
    },
    take() {
      const lane = turns.shift()
      const arrival = lane?.waiting.shift()
      if (lane === undefined || arrival === undefined) return undefined
      lane.bytes -= arrival.bytes
      count--
      if (lane.waiting.length > 0) turns.push(lane)
      return arrival.message
    },
    get count() {
      return count
    },
    get lanes() {
      return lanes.size
    },
  }
}
