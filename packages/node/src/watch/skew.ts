/**
 * This clock against those of the validators (consensus.md, "Network identity": alarm at D/4).
 * Every peer says its own time, so a liar must not raise the alarm alone: f+1 validators must agree
 * that this clock is wrong by D/4 in one direction, and the median of all measured must say so.
 */
import { createThresholds } from '@veche/consensus'
import type { Address, PeerInfo } from '@veche/primitives'
import type { ClockStatus } from '@veche/rpc'
import { SKEW_BACK_SHARE, SKEW_LIMIT_SHARE } from '../limits.ts'

export interface SkewContext {
  /** the set in force */
  readonly validators: readonly Address[]
  readonly self: Address | undefined
  /** D, seconds */
  readonly stepSeconds: number
  /** whether the alarm stands: it ends well below the limit, so that it does not flutter */
  readonly wasAlarm: boolean
}

/** The lower median by distance from zero: an even number of clocks never exaggerates. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const low = sorted[Math.floor((sorted.length - 1) / 2)] as number
  const high = sorted[Math.ceil((sorted.length - 1) / 2)] as number
  if (low <= 0 && high >= 0) return 0
  return Math.abs(low) < Math.abs(high) ? low : high
}

/** Clock minus ours by validator; of two connections of one key the better measured one. */
function clocksOf(
  peers: readonly PeerInfo[],
  { validators, self }: Pick<SkewContext, 'validators' | 'self'>,
): ReadonlyMap<Address, NonNullable<PeerInfo['clock']>> {
  const clocks = new Map<Address, NonNullable<PeerInfo['clock']>>()
  for (const { validator, clock } of peers) {
    if (validator === undefined || clock === undefined || validator === self) continue
    if (!validators.includes(validator)) continue
    const other = clocks.get(validator)
    if (other === undefined || clock.errorMs < other.errorMs) clocks.set(validator, clock)
  }
  return clocks
}

/** What is left of a difference when the measurement was as wrong as it may be. */
function certain({ aheadMs, errorMs }: NonNullable<PeerInfo['clock']>): number {
  return Math.sign(aheadMs) * Math.max(0, Math.abs(aheadMs) - errorMs)
}

/** Whether this clock is wrong. Pure; what one peer says changes nothing alone when f ≥ 1. */
export function judgeSkew(peers: readonly PeerInfo[], context: SkewContext): ClockStatus {
  const { validators, stepSeconds, wasAlarm } = context
  const limitMs = stepSeconds * 1000 * SKEW_LIMIT_SHARE
  const clocks = [...clocksOf(peers, context).values()]
  const measured = clocks.length
  if (measured === 0) return { skewMs: null, measured, limitMs, alarm: false }
  const skewMs = median(clocks.map(({ aheadMs }) => aheadMs))
  // on a machine that is busy a question may wait long: what cannot be told apart is no alarm
  const ahead = clocks.map(certain)
  const surely = median(ahead)
  const bound = wasAlarm ? limitMs * SKEW_BACK_SHARE : limitMs
  const { jump } = createThresholds(validators.length)
  const agree = ahead.filter((ms) => (surely < 0 ? ms <= -bound : ms >= bound)).length
  return { skewMs, measured, limitMs, alarm: Math.abs(surely) >= bound && agree >= jump }
}
