/** An independent copy of a state, for the bounded explorer and for comparing replays. */
import type { State } from './state.ts'

/** Values that are replaced and never changed: constants of the height, blocks, polkas. */
const SHARED = new Set([
  'parameters',
  'parent',
  'validators',
  'next',
  'thresholds',
  'schedule',
  'locked',
  'valid',
  'candidate',
  'bodies',
])

/** Signed messages are values too: nothing changes one. */
function isMessage(value: object): boolean {
  return 'signature' in value
}

function cloneFields(value: object): unknown {
  const copy: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value))
    copy[key] = SHARED.has(key) ? inner : cloneValue(inner)
  return copy
}

function cloneValue(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value
  if (value instanceof Map) {
    const copy = new Map<unknown, unknown>()
    for (const [key, inner] of value) copy.set(key, cloneValue(inner))
    return copy
  }
  if (value instanceof Set) return new Set(value)
  if (Array.isArray(value)) return value.map(cloneValue)
  return isMessage(value) ? value : cloneFields(value)
}

/** A deep copy that shares only what nothing changes: byte arrays, messages, blocks, constants. */
export function cloneState(state: State): State {
  return cloneValue(state) as State
}
