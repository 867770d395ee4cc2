/**
 * A bounded cache in two generations: reads look in the young one, then in the old one (and bring
 * the entry back); when the young one is full it becomes the old one. Bounded at twice its weight,
 * with no bookkeeping per read, unlike a list-ordered LRU.
 */
export class Generations<V> {
  readonly #weightMax: number
  #young = new Map<string, V>()
  #old = new Map<string, V>()
  #weight = 0

  /** `weightMax` bounds one generation in the unit that `set` counts */
  constructor(weightMax: number) {
    this.#weightMax = weightMax
  }

  get(key: string): V | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  /** `weight` is counted again when an entry is set again; the bound then only acts earlier */
  set(key: string, value: V, weight = 1): void {
    if (this.#weight + weight > this.#weightMax) {
      this.#old = this.#young
      this.#young = new Map()
      this.#weight = 0
    }
    this.#young.set(key, value)
    this.#weight += weight
  }

  /** drops everything */
  clear(): void {
    this.#young = new Map()
    this.#old = new Map()
    this.#weight = 0
  }
}
