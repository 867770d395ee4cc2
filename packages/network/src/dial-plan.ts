/**
 * Whom to dial and when: bootnodes and validators of the set for ever, with growing pauses and
 * jitter so that nodes that lost each other at once do not come back at once. Pure: the caller has
 * the clock and the sockets.
 */
import type { Clock } from '@veche/primitives'
import { REDIAL_FACTOR, REDIAL_MAX_MS, REDIAL_MIN_MS } from './limits.ts'

export interface DialTarget {
  readonly peerId: string
  /** multiaddrs without `/p2p/` */
  readonly addresses: readonly string[]
}

export interface DialPlan {
  /** Replaces the targets; known ones keep their pause. */
  setTargets(targets: readonly DialTarget[]): void
  /** targets whose time has come; each is marked as being dialled until its outcome is told */
  takeDue(): readonly DialTarget[]
  /** milliseconds until the next target is due, or undefined when none waits */
  waitMs(): number | undefined
  connected(peerId: string): void
  /** a dial failed: the pause grows, or is `pauseMs` when given */
  failed(peerId: string, pauseMs?: number): void
  /** an established connection ended: dial again soon */
  lost(peerId: string): void
  has(peerId: string): boolean
}

interface Plan {
  target: DialTarget
  state: 'waiting' | 'dialling' | 'connected'
  dueMs: number
  pauseMs: number
}

export interface DialPlanOptions {
  readonly clock: Clock
  /** uniform in [0, 1) */
  readonly random: () => number
}

/** Creates an empty plan. */
export function createDialPlan({ clock, random }: DialPlanOptions): DialPlan {
  const plans = new Map<string, Plan>()
  // half to one and a half of the pause
  const jitter = (pauseMs: number): number => Math.round(pauseMs * (0.5 + random()))

  const wait = (plan: Plan, pauseMs: number): void => {
    plan.state = 'waiting'
    plan.dueMs = clock.nowMs() + jitter(pauseMs)
  }

  return {
    setTargets(targets) {
      const wanted = new Map(targets.map((target) => [target.peerId, target]))
      for (const peerId of plans.keys()) if (!wanted.has(peerId)) plans.delete(peerId)
      for (const target of targets) {
        const plan = plans.get(target.peerId)
        if (plan !== undefined) plan.target = target
        else
          plans.set(target.peerId, {
            target,
            state: 'waiting',
            dueMs: clock.nowMs(),
            pauseMs: REDIAL_MIN_MS,
          })
      }
    },
    takeDue() {
      const nowMs = clock.nowMs()
      const due = [...plans.values()].filter(
        (plan) => plan.state === 'waiting' && plan.dueMs <= nowMs,
      )
      for (const plan of due) plan.state = 'dialling'
      return due.map((plan) => plan.target)
    },
    waitMs() {
      let next: number | undefined
      for (const plan of plans.values())
        if (plan.state === 'waiting') next = Math.min(next ?? plan.dueMs, plan.dueMs)
      return next === undefined ? undefined : Math.max(0, next - clock.nowMs())
    },
    connected(peerId) {
      const plan = plans.get(peerId)
      if (plan === undefined) return
      plan.state = 'connected'
      plan.pauseMs = REDIAL_MIN_MS
    },
    failed(peerId, pauseMs) {
      const plan = plans.get(peerId)
      // a peer may have connected to us while our dial failed
      if (plan === undefined || plan.state === 'connected') return
      wait(plan, pauseMs ?? plan.pauseMs)
      plan.pauseMs = Math.min(REDIAL_MAX_MS, plan.pauseMs * REDIAL_FACTOR)
    },
    lost(peerId) {
      const plan = plans.get(peerId)
      if (plan !== undefined) wait(plan, plan.pauseMs)
    },
    has: (peerId) => plans.has(peerId),
  }
}
