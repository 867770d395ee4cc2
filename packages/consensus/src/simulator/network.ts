/** The simulated network: loss, delay, duplicates, reordering, partitions that may be one-way. */
import type { Profile } from './profiles.ts'
import type { EventQueue } from './queue.ts'
import type { Random } from './random.ts'

export interface Links {
  /** whether a message may go from node to node now */
  isOpen(from: number, to: number): boolean
  /** schedules a delivery, or loses it */
  send(from: number, to: number, deliver: () => void): void
  block(from: number, to: number): void
  /** opens every link and, when `clean`, ends loss and slowness */
  heal(clean: boolean): void
  /** ends the cleanness of {@link heal} */
  spoil(): void
  readonly delivered: number
}

export interface LinksOptions {
  readonly queue: EventQueue
  readonly random: Random
  readonly profile: Profile
}

export function createLinks(options: LinksOptions): Links {
  const { queue, random, profile } = options
  const blocked = new Set<string>()
  let clean = false
  let delivered = 0
  const key = (from: number, to: number): string => `${from}>${to}`
  const isOpen = (from: number, to: number): boolean => !blocked.has(key(from, to))
  const delay = (): number => {
    const [low, high] = profile.delayMs
    const isSlow = !clean && random.chance(profile.slow)
    return random.between(low, high) + (isSlow ? random.between(0, profile.slowMs) : 0)
  }
  const post = (from: number, to: number, deliver: () => void): void => {
    queue.at(queue.nowMs() + delay(), () => {
      if (!isOpen(from, to)) return
      delivered++
      deliver()
    })
  }
  return {
    isOpen,
    send(from, to, deliver) {
      if (!isOpen(from, to) || (!clean && random.chance(profile.loss))) return
      post(from, to, deliver)
      if (!clean && random.chance(profile.duplicate)) post(from, to, deliver)
    },
    block: (from, to) => {
      blocked.add(key(from, to))
    },
    heal(isClean) {
      blocked.clear()
      clean = isClean
    },
    spoil() {
      clean = false
    },
    get delivered() {
      return delivered
    },
  }
}
