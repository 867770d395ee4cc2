/**
 * Decoders of foreign JSON values into the vocabulary of the backend. Every decoder is total: it
 * gives a value or the refusal `PARAMETER_INVALID`, whose reason says expected and got. Spelling
 * rules are those of the Ethereum JSON-RPC ("hex value encoding"): quantities are minimal, data are
 * whole bytes; addresses and hashes may have capitals and come out lower-case.
 */
import {
  type Accepted,
  type Address,
  accept,
  type Hash,
  hexToBytes,
  isAddress,
  isHash,
  isHex,
  type Refusal,
  type Result,
  refuse,
} from '@veche/primitives'
import { describe, isRecord } from './json.ts'

/** Total: a value, or a refusal whose reason has the shape "expected …, got …". */
export type Decode<T> = (value: unknown) => Result<T>

/** The type a decoder gives. */
export type Decoded<D> = D extends Decode<infer T> ? T : never

/** The refusal of a decoder. */
export function misfit(expected: string, got: unknown): Refusal {
  return refuse('PARAMETER_INVALID', `expected ${expected}, got ${describe(got)}`)
}

export const address: Decode<Address> = (value) =>
  isAddress(value) ? accept(value.toLowerCase() as Address) : misfit('a 20-byte 0x address', value)

export const hash: Decode<Hash> = (value) =>
  isHash(value) ? accept(value.toLowerCase() as Hash) : misfit('a 32-byte 0x hash', value)

/** `0x` and whole bytes. */
export const data: Decode<Uint8Array> = (value) =>
  isHex(value) ? accept(hexToBytes(value)) : misfit('0x data of whole bytes', value)

export const boolean: Decode<boolean> = (value) =>
  typeof value === 'boolean' ? accept(value) : misfit('true or false', value)

export const string: Decode<string> = (value) =>
  typeof value === 'string' ? accept(value) : misfit('a string', value)

/** Unsigned, at most 256 bits: `0x` and digits without leading zeros. */
export const bigQuantity: Decode<bigint> = (value) =>
  typeof value === 'string' && /^0x(?:0|[1-9a-fA-F][0-9a-fA-F]{0,63})$/.test(value)
    ? accept(BigInt(value))
    : misfit('a quantity (0x and hex digits without leading zeros)', value)

/** A quantity of at most 64 bits: gas limits, nonces, unix seconds. */
export const quantity64: Decode<bigint> = (value) => {
  const decoded = bigQuantity(value)
  if (!decoded.ok || decoded.value < 1n << 64n) return decoded
  return misfit('a quantity of at most 64 bits', value)
}

/** A quantity that is a safe integer: block numbers and indices. */
export const index: Decode<number> = (value) => {
  const decoded = bigQuantity(value)
  if (!decoded.ok) return decoded
  if (decoded.value > BigInt(Number.MAX_SAFE_INTEGER)) return misfit('a quantity below 2^53', value)
  return accept(Number(decoded.value))
}

/** A count that clients write as a quantity, as a decimal string or as a number. */
export const count: Decode<number> = (value) => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return accept(value)
  if (typeof value === 'string' && /^[0-9]{1,15}$/.test(value)) return accept(Number(value))
  const decoded = index(value)
  return decoded.ok ? decoded : misfit('a count', value)
}

/**
 * A 32-byte storage slot: `0x` optional, up to 64 digits, leading zeros free (as geth reads it).
 */
export const storageSlot: Decode<Hash> = (value) => {
  if (typeof value !== 'string') return misfit('a storage slot', value)
  const digits = /^(?:0x)?([0-9a-fA-F]*)$/.exec(value)?.[1]
  if (digits === undefined) return misfit('hex digits in a storage slot', value)
  if (digits.length > 64) return misfit('a storage slot of at most 32 bytes', value)
  return accept<Hash>(`0x${digits.toLowerCase().padStart(64, '0')}`)
}

/** An array of at most `max` items. */
export function listOf<T>(decode: Decode<T>, max: number): Decode<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) return misfit('an array', value)
    if (value.length > max) return misfit(`at most ${max} items`, value)
    const items: T[] = []
    for (const [at, foreign] of value.entries()) {
      const item = decode(foreign)
      if (!item.ok) return inside(`[${at}]`, item)
      items.push(item.value)
    }
    return accept(items)
  }
}

/** An object used as a map: at most `max` keys, each key and value decoded. */
export function mapOf<K, V>(key: Decode<K>, value: Decode<V>, max: number): Decode<Map<K, V>> {
  return (foreign) => {
    if (!isRecord(foreign)) return misfit('an object', foreign)
    const entries = Object.entries(foreign)
    if (entries.length > max)
      return refuse('PARAMETER_INVALID', `expected at most ${max} keys, got ${entries.length}`)
    const map = new Map<K, V>()
    for (const [foreignKey, foreignValue] of entries) {
      const decodedKey = key(foreignKey)
      if (!decodedKey.ok) return decodedKey
      const decodedValue = value(foreignValue)
      if (!decodedValue.ok) return inside(foreignKey.slice(0, 66), decodedValue)
      map.set(decodedKey.value, decodedValue.value)
    }
    return accept(map)
  }
}

type Shape = Readonly<Record<string, Decode<unknown>>>
type Fields<S extends Shape> = { readonly [K in keyof S]?: Decoded<S[K]> }

/**
 * An object whose known fields are decoded when present; null counts as absent. Unknown fields are
 * ignored, because wallets send more than a node reads.
 */
export function fieldsOf<S extends Shape>(shape: S): Decode<Fields<S>> {
  return (value) => {
    if (!isRecord(value)) return misfit('an object', value)
    const fields: Record<string, unknown> = {}
    for (const [name, decode] of Object.entries(shape)) {
      const foreign = Object.hasOwn(value, name) ? value[name] : undefined
      if (foreign === undefined || foreign === null) continue
      const field = decode(foreign)
      if (!field.ok) return inside(name, field)
      fields[name] = field.value
    }
    return accept(fields as Fields<S>)
  }
}

/** The refusal of a part, told with the part's name. */
export function inside(name: string, refusal: Refusal): Refusal {
  return refuse(refusal.code, `${name}: ${refusal.reason}`)
}

/** Goes on with an accepted value. */
export function andThen<A, B>(decode: Decode<A>, next: (value: A) => Result<B>): Decode<B> {
  return (value) => {
    const decoded = decode(value)
    return decoded.ok ? next((decoded as Accepted<A>).value) : decoded
  }
}
