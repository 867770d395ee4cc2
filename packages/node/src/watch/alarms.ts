/**
 * Alarms by code since the start: what a guard held, or what needs attention (docs/errors.md has
 * the cures). Bounded: codes are this program's own, a few dozen.
 */
import type { AlarmStatus } from '@veche/rpc'
import { ALARM_CODES_MAX } from '../limits.ts'
import type { Logger } from '../log.ts'

export interface Alarms {
  raise(code: string, reason: string): void
  /** the latest first */
  list(): readonly AlarmStatus[]
  /** a logger whose errors with a code count as alarms */
  listening(logger: Logger): Logger
}

/** No alarm yet. `nowMs` is unix milliseconds; `onRaise` is told of each. */
export function createAlarms(nowMs: () => number, onRaise: (code: string) => void): Alarms {
  const alarms = new Map<string, AlarmStatus>()
  const raise = (code: string, reason: string): void => {
    const count = (alarms.get(code)?.count ?? 0) + 1
    if (count === 1 && alarms.size >= ALARM_CODES_MAX) return
    alarms.delete(code)
    alarms.set(code, { code, count, lastAtMs: nowMs(), reason })
    onRaise(code)
  }
  return {
    raise,
    list: () => [...alarms.values()].reverse(),
    listening: (logger) => ({
      ...logger,
      error(message, facts) {
        logger.error(message, facts)
        if (typeof facts?.['code'] === 'string') raise(facts['code'], message)
      },
    }),
  }
}
