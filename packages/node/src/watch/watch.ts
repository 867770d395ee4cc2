/**
 * What happens in this node, kept for its operator: who was heard, latencies, alarms, evidence. The
 * loop, the network and the chain tell it; nothing asks it for a decision.
 */
import {
  createHearing,
  type Effect,
  type Hearing,
  type Message,
  noteHeard,
  noteLive,
  type State,
} from '@veche/consensus'
import type { Address, Clock, PeerInfo } from '@veche/primitives'
import type { Timings } from '../metrics.ts'
import { type Alarms, createAlarms } from './alarms.ts'
import { createLatencyRing, type LatencyRing } from './latency.ts'

/** Where the watch tells what Prometheus counts. */
export interface WatchCounters {
  /** from work to decision, seconds */
  decided(seconds: number): void
  alarm(code: string): void
}

export interface Watch {
  readonly hearing: Hearing
  readonly alarms: Alarms
  readonly latencies: {
    readonly log: LatencyRing
    readonly execute: LatencyRing
    readonly commit: LatencyRing
    readonly decide: LatencyRing
  }
  /** equivocations */
  readonly evidence: number
  /** blocks that became final here */
  readonly blocks: number
  /** monotonic milliseconds of the last of them, or of the start */
  readonly headAtMs: number
  /** unix milliseconds when a validator's connection was last seen */
  readonly connected: ReadonlyMap<Address, number>
  /** timings that also reach the rings */
  timings(timings: Timings): Timings
  /** a member's message that passed authentication */
  onMessage(from: PeerInfo, message: Message): void
  /** the machine took a step */
  onStep(state: State): void
  onEffect(effect: Effect): void
  onHead(): void
  /** looks who is connected; `members` bounds what is kept */
  onLook(peers: readonly PeerInfo[], members: readonly Address[]): void
}

/** Nothing seen yet. */
export function createWatch(clock: Clock, counters: WatchCounters): Watch {
  const hearing = createHearing()
  const alarms = createAlarms(() => clock.nowMs(), counters.alarm)
  const ring = createLatencyRing
  const latencies = { log: ring(), execute: ring(), commit: ring(), decide: ring() }
  const connected = new Map<Address, number>()
  const seen = { evidence: 0, blocks: 0, headAtMs: performance.now() }

  const telling =
    (tell: (seconds: number) => void, into: LatencyRing) =>
    (seconds: number): void => {
      tell(seconds)
      into.add(seconds * 1000)
    }

  const noteDecision = (): void => {
    const sinceMs = hearing.liveSinceMs
    if (sinceMs === null) return
    const ms = Math.max(0, clock.nowMs() - sinceMs)
    latencies.decide.add(ms)
    counters.decided(ms / 1000)
  }

  return {
    ...{ hearing, alarms, latencies, connected },
    get evidence() {
      return seen.evidence
    },
    get blocks() {
      return seen.blocks
    },
    get headAtMs() {
      return seen.headAtMs
    },
    timings: (timings) => ({
      logAppend: telling(timings.logAppend, latencies.log),
      blockExecute: telling(timings.blockExecute, latencies.execute),
      blockCommit: telling(timings.blockCommit, latencies.commit),
    }),
    onMessage(from, message) {
      // what another relays says nothing about its signer's life
      if ('signer' in message && message.signer === from.validator)
        noteHeard(hearing, message, clock.nowMs())
    },
    onStep: (state) => noteLive(hearing, state),
    onEffect(effect) {
      if (effect.kind === 'alarm') alarms.raise(effect.code, effect.reason)
      if (effect.kind === 'evidence') seen.evidence++
      // decided here, not fetched from others
      if (effect.kind === 'commit') noteDecision()
      // what this node signs is what it logs
      if (effect.kind !== 'log') return
      for (const record of effect.records)
        if (record.kind === 'sent') noteHeard(hearing, record.message, clock.nowMs())
    },
    onHead() {
      seen.blocks++
      seen.headAtMs = performance.now()
    },
    onLook(peers, members) {
      for (const { validator } of peers)
        if (validator !== undefined && members.includes(validator))
          connected.set(validator, clock.nowMs())
      for (const address of connected.keys())
        if (!members.includes(address)) connected.delete(address)
    },
  }
}
