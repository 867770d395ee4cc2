/**
 * What the operator's half of a node does once a step: judges this clock against the validators',
 * notes how long work has waited, writes the step's line. Nothing of it touches consensus.
 */
import { stepAt, stepToMs } from '@veche/consensus'
import type { Address, Clock, PeerInfo } from '@veche/primitives'
import type { ClockStatus, NodeStatus } from '@veche/rpc'
import type { Logger } from '../log.ts'
import { judgeSkew } from './skew.ts'
import { toStepLine } from './step-line.ts'
import { stallMs } from './verdict.ts'
import type { Watch } from './watch.ts'

export interface TickerOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly watch: Watch
  readonly stepSeconds: number
  readonly self: Address | undefined
  readonly validators: () => readonly Address[]
  readonly peers: () => readonly PeerInfo[]
  /** whether the pool holds something to include */
  readonly hasWork: () => boolean
  readonly status: () => NodeStatus
}

export interface Ticker {
  /** runs `tick` just after every edge of a step, until `stop` */
  start(): void
  stop(): void
  /** the work of one step */
  tick(): void
  clockStatus(): ClockStatus
  /** milliseconds for which there has been work and no block came; 0 without work */
  waitingMs(): number
}

/** Tells once when this clock leaves the validators', and once when it is back. */
function tellSkew({ logger, watch }: TickerOptions, was: ClockStatus, now: ClockStatus): void {
  if (was.alarm === now.alarm) return
  const { skewMs, limitMs, measured } = now
  if (!now.alarm) {
    logger.info('this clock agrees with the validators again', { skewMs, measured })
    return
  }
  const reason = `at most ${limitMs} ms from the validators' clocks expected, got ${skewMs}`
  logger.warn('clock alarm', { code: 'CLOCK_SKEW', skewMs, limitMs, measured })
  watch.alarms.raise('CLOCK_SKEW', reason)
}

/** Creates a ticker that stands still. */
export function createTicker(options: TickerOptions): Ticker {
  const { clock, logger, watch, stepSeconds, self } = options
  let skew: ClockStatus = judgeSkew([], { validators: [], self, stepSeconds, wasAlarm: false })
  let workSinceMs: number | undefined
  let blocks = watch.blocks
  let timer: ReturnType<typeof setTimeout> | undefined

  const lookAtClock = (): void => {
    const was = skew
    const validators = options.validators()
    skew = judgeSkew(options.peers(), { validators, self, stepSeconds, wasAlarm: was.alarm })
    tellSkew(options, was, skew)
  }

  const lookAtWork = (decided: number): void => {
    if (decided > 0 || !options.hasWork()) workSinceMs = undefined
    if (options.hasWork()) workSinceMs ??= performance.now()
  }

  const tick = (): void => {
    const decided = watch.blocks - blocks
    blocks = watch.blocks
    lookAtClock()
    lookAtWork(decided)
    const status = options.status()
    const line = toStepLine(status, { blocks: decided, stallMs: stallMs(status) })
    if (line !== undefined) logger.log(line.level, line.message, line.facts)
  }

  const schedule = (): void => {
    const nowMs = clock.nowMs()
    const edgeMs = stepToMs(stepAt(nowMs, stepSeconds) + 1, stepSeconds)
    timer = setTimeout(() => {
      schedule()
      tick()
    }, edgeMs - nowMs).unref()
  }

  return {
    start: schedule,
    stop: () => clearTimeout(timer),
    tick,
    clockStatus: () => skew,
    waitingMs: () => (workSinceMs === undefined ? 0 : performance.now() - workSinceMs),
  }
}
