/** A short fingerprint of whatever a case returned: equal values, equal text, on every machine. */
import { createHash, type Hash } from 'node:crypto'

function feed(hash: Hash, value: unknown, seen: Set<unknown>): void {
  if (value instanceof Uint8Array) {
    hash.update(`bytes${value.length}:`).update(value)
  } else if (typeof value === 'object' && value !== null) {
    if (seen.has(value)) {
      hash.update('cycle')
      return
    }
    seen.add(value)
    if (value instanceof Map || value instanceof Set || Array.isArray(value)) {
      const items = [...value]
      hash.update(`list${items.length}:`)
      for (const item of items) feed(hash, item, seen)
    } else {
      const keys = Object.keys(value).sort()
      hash.update(`object${keys.length}:`)
      for (const key of keys) {
        hash.update(`${key}=`)
        feed(hash, (value as Record<string, unknown>)[key], seen)
      }
    }
    seen.delete(value)
  } else hash.update(`${typeof value}:${String(value)};`)
}

/** 8 hex digits of SHA-256 over the value's structure. Functions count by their text. */
export function valueHash(value: unknown): string {
  const hash = createHash('sha256')
  feed(hash, value, new Set())
  return hash.digest('hex').slice(0, 8)
}
