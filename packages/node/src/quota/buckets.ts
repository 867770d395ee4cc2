/**
 * Leaky buckets by key: gas goes in, `rate` leaks out every second, more than the bucket holds is
 * refused. So in any window of time at most bucket + rate · window goes in (services.md,
 * QuotaPolicy, invariant 7). Pure but for its own memory; time comes from the caller.
 */
import { QUOTA_BUCKETS_MAX } from '../limits.ts'

/** One bucket's numbers: gas per second and gas. */
export interface BucketSize {
  readonly rate: number
  readonly bucket: number
}

interface Level {
  gas: number
  atMs: number
  rate: number
}

export class Buckets {
  readonly #levels = new Map<string, Level>()
  readonly #max: number

  constructor(max: number = QUOTA_BUCKETS_MAX) {
    this.#max = max
  }

  get count(): number {
    return this.#levels.size
  }

  /** Gas in the bucket at a time. A clock that goes back leaks nothing. */
  level(key: string, rate: number, nowMs: number): number {
    const level = this.#levels.get(key)
    if (level === undefined) return 0
    const seconds = Math.max(0, nowMs - level.atMs) / 1000
    return Math.max(0, level.gas - rate * seconds)
  }

  /** Puts gas in, whether it fits or not: who wants to know asks {@link level} first. */
  add(key: string, gas: number, { rate, nowMs }: { rate: number; nowMs: number }): void {
    const atMs = Math.max(nowMs, this.#levels.get(key)?.atMs ?? nowMs)
    const next = { gas: this.level(key, rate, atMs) + gas, atMs, rate }
    this.#levels.delete(key)
    this.#levels.set(key, next)
    if (this.#levels.size > this.#max) this.#sweep(atMs)
  }

  /** forgets what is empty by now; if that is not enough, who was silent for longest */
  #sweep(nowMs: number): void {
    for (const [key, { rate }] of this.#levels)
      if (this.level(key, rate, nowMs) === 0) this.#levels.delete(key)
    for (const key of this.#levels.keys()) {
      if (this.#levels.size <= this.#max / 2) return
      this.#levels.delete(key)
    }
  }
}
