/**
 * JSON as this package writes and reads it. Answers are typed `Json`, which has no bigint and no
 * bytes, so that an answer that cannot be written does not compile. Requests are parsed with a
 * bound on nesting, so that nothing after the parser meets a tower of brackets.
 */
import { accept, type Hex, type Result, refuse } from '@veche/primitives'
import { NESTING_MAX } from './limits.ts'

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined }

/** An object of an answer. Keys with undefined are not written. */
export type JsonObject = { readonly [key: string]: Json | undefined }

/**
 * A number as the Ethereum JSON-RPC spells quantities: `0x` and minimal hex digits. Never negative.
 */
export function quantity(value: bigint | number): Hex {
  return `0x${value.toString(16)}`
}

/** Whether brackets outside strings nest deeper than `max`. Linear, never throws. */
export function nestsDeeper(text: string, max: number): boolean {
  let depth = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (quoted) {
      if (code === 0x5c) i++
      else if (code === 0x22) quoted = false
    } else if (code === 0x22) quoted = true
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > max) return true
    } else if (code === 0x5d || code === 0x7d) depth--
  }
  return false
}

/**
 * Parses foreign text. Refuses with `JSON_NESTED` above {@link NESTING_MAX} levels and with
 * `JSON_MALFORMED` for what is not JSON.
 */
export function parseJson(text: string): Result<unknown> {
  if (nestsDeeper(text, NESTING_MAX))
    return refuse('JSON_NESTED', `at most ${NESTING_MAX} levels of nesting expected`)
  try {
    return accept(JSON.parse(text))
  } catch {
    return refuse('JSON_MALFORMED', 'JSON expected')
  }
}

/** Whether a foreign value is a JSON object (not null, not an array). */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const GOT_CHARACTERS = 80

/** A foreign value for an error message: its JSON, cut at 80 characters. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (isRecord(value)) return 'an object'
  const text = JSON.stringify(value)
  return text.length <= GOT_CHARACTERS ? text : `${text.slice(0, GOT_CHARACTERS)}… (${text.length})`
}
