/**
 * Canonical JSON (RFC 8785, JCS): one text for one value, so that a hash of it means something.
 * Keys are sorted by UTF-16 code units, numbers are written as ECMAScript does, nothing is padded.
 */
import { assert } from '@veche/primitives'
import { JSON_DEPTH_MAX } from './limits.ts'

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

/**
 * The canonical text of a JSON value. Pure. A bug when the value has a number that JSON cannot
 * write, a string with a lone surrogate (RFC 8785, 3.2.2.2), or nests deeper than `JSON_DEPTH_MAX`.
 */
export function canonicalJson(value: JsonValue): string {
  return write(value, 0)
}

function write(value: JsonValue, depth: number): string {
  assert(depth <= JSON_DEPTH_MAX, `at most ${JSON_DEPTH_MAX} levels of JSON expected`)
  if (typeof value === 'string') return writeString(value)
  if (typeof value === 'number') {
    assert(Number.isFinite(value), `finite number expected, got ${value}`)
    return JSON.stringify(value)
  }
  if (value === null || typeof value === 'boolean') return String(value)
  if (Array.isArray(value))
    return `[${value.map((item: JsonValue) => write(item, depth + 1)).join(',')}]`
  const members = Object.entries(value as { readonly [key: string]: JsonValue })
  // default comparison of strings in ECMAScript is by UTF-16 code units, as 3.2.3 asks
  members.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${members.map(([key, item]) => `${writeString(key)}:${write(item, depth + 1)}`).join(',')}}`
}

function writeString(text: string): string {
  assert(text.isWellFormed(), 'text without lone surrogates expected')
  return JSON.stringify(text)
}
