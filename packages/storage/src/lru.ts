/** A bounded map that forgets the entry read longest ago; insertion order of `Map` is the order. */

export interface Lru<K, V> {
  get(key: K): V | undefined
  set(key: K, value: V): void
  clear(): void
}

/** An LRU of at most `entriesMax` entries; every operation is O(1). */
export function createLru<K, V>(entriesMax: number): Lru<K, V> {
  const entries = new Map<K, V>()
  return {
    get(key) {
      const value = entries.get(key)
      if (value === undefined) return undefined
      entries.delete(key)
      entries.set(key, value)
      return value
    },
    set(key, value) {
      entries.delete(key)
      entries.set(key, value)
      if (entries.size > entriesMax) entries.delete(entries.keys().next().value as K)
    },
    clear: () => entries.clear(),
  }
}
