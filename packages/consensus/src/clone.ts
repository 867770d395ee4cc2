/** An independent copy of a state, for the bounded explorer and for comparing replays. */
import type { State } from './state.ts'

function cloneValue(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value
  if (value instanceof Map)
    return new Map([...value].map(([key, inner]) => [key, cloneValue(inner)]))
  if (value instanceof Set) return new Set(value)
  if (Array.isArray(value)) return value.map(cloneValue)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cloneValue(inner)]))
}

/** A deep copy that shares only byte arrays, which nothing changes. */
export function cloneState(state: State): State {
  return cloneValue(state) as State
}
