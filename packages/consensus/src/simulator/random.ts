/** Seeded randomness for simulations: the same seed gives the same run on every machine (sfc32). */

export interface Random {
  /** [0, 1) */
  next(): number
  /** whole number of [low, high] */
  between(low: number, high: number): number
  /** true with probability p */
  chance(p: number): boolean
  pick<T>(items: readonly T[]): T
  shuffle<T>(items: readonly T[]): T[]
  /**
   * a stream of its own under a name: what it draws depends on the seed and the name only, so that
   * one fault can be left out and the others stay
   */
  fork(name: string): Random
}

/** FNV-1a over the characters, from a seed. */
function hashText(seed: number, text: string): number {
  let hash = (seed ^ 0x811c9dc5) >>> 0
  for (let i = 0; i < text.length; i++)
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0
  return hash
}

/** A generator of its own for a seed of 32 bits. */
export function createRandom(seed: number): Random {
  let a = 0x9e3779b9
  let b = 0x243f6a88
  let c = seed >>> 0
  let counter = 1
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return (t >>> 0) / 4294967296
  }
  for (let i = 0; i < 12; i++) next()
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1))
  const shuffle = <T>(items: readonly T[]): T[] => {
    const mixed = [...items]
    for (let i = mixed.length - 1; i > 0; i--) {
      const j = between(0, i)
      const held = mixed[i] as T
      mixed[i] = mixed[j] as T
      mixed[j] = held
    }
    return mixed
  }
  return {
    next,
    between,
    chance: (p) => p > 0 && next() < p,
    pick: (items) => items[between(0, items.length - 1)] as (typeof items)[number],
    shuffle,
    fork: (name) => createRandom(hashText(seed, name)),
  }
}
