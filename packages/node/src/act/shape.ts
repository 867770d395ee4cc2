/**
 * Shapes of JSON files, total: each says what it expects and gives the typed value or a refusal
 * with the place. An unknown field is refused, so that a typing error never means "default".
 */
import {
  type Address,
  accept,
  type Hash,
  type Hex,
  isAddress,
  isHash,
  isHex,
  type Refusal,
  type Result,
  refuse,
} from '@veche/primitives'

/** Takes an unknown value; `at` is its place in the file, for the reason. */
export type Shape<T> = (value: unknown, at: string) => Result<T>

/** The type that a shape gives. */
export type ShapeOf<shape> = shape extends Shape<infer T> ? T : never

function wrong(at: string, expected: string): Refusal {
  return refuse('FILE_MALFORMED', `${at === '' ? 'the file' : at}: ${expected} expected`)
}

function guard<T>(expected: string, accepts: (value: unknown) => T | undefined): Shape<T> {
  return (value, at) => {
    const found = accepts(value)
    return found === undefined ? wrong(at, expected) : accept(found)
  }
}

/** A text of at most `charactersMax`. */
export const textShape = (charactersMax: number): Shape<string> =>
  guard(`a text of at most ${charactersMax} characters`, (value) =>
    typeof value === 'string' && value.length <= charactersMax ? value : undefined,
  )

/** A whole number in a range, as a JSON number. */
export const integerShape = (minimum: number, maximum: number): Shape<number> =>
  guard(`a whole number from ${minimum} to ${maximum}`, (value) =>
    Number.isSafeInteger(value) && Number(value) >= minimum && Number(value) <= maximum
      ? Number(value)
      : undefined,
  )

/** An amount of up to 256 bits as a decimal text. */
export const amountShape: Shape<bigint> = guard('a decimal text of at most 256 bits', (value) => {
  if (typeof value !== 'string' || !/^(?:0|[1-9]\d{0,77})$/.test(value)) return undefined
  return BigInt(value) < 1n << 256n ? BigInt(value) : undefined
})

/** A hash: 32 bytes as 0x text, given in lower case. */
export const hashShape: Shape<Hash> = guard('32 bytes as 0x text', (value) => {
  const text = typeof value === 'string' ? value.toLowerCase() : undefined
  return isHash(text) ? text : undefined
})

/** An address as 0x text, given in lower case. */
export const addressShape: Shape<Address> = guard('an address as 0x text', (value) => {
  const text = typeof value === 'string' ? value.toLowerCase() : undefined
  return isAddress(text) ? text : undefined
})

/** Bytes as 0x text. */
export const bytesShape = (bytesMax: number): Shape<Hex> =>
  guard(`at most ${bytesMax} bytes as 0x text`, (value) =>
    isHex(value) && value.length % 2 === 0 && value.length <= 2 + 2 * bytesMax ? value : undefined,
  )

export const booleanShape: Shape<boolean> = guard('true or false', (value) =>
  typeof value === 'boolean' ? value : undefined,
)

/** One of these texts, as `kind` and `format` fields have them. */
export const oneOfShape = <const T extends string>(...texts: readonly T[]): Shape<T> =>
  guard(texts.map((text) => `"${text}"`).join(' or '), (value) =>
    texts.find((text) => text === value),
  )

/** A list of at most `lengthMax`. */
export function listShape<T>(item: Shape<T>, lengthMax: number): Shape<readonly T[]> {
  return (value, at) => {
    if (!Array.isArray(value) || value.length > lengthMax)
      return wrong(at, `a list of at most ${lengthMax}`)
    const items: T[] = []
    for (const [i, each] of value.entries()) {
      const found = item(each, `${at}[${i}]`)
      if (!found.ok) return found
      items.push(found.value)
    }
    return accept(items)
  }
}

/** null, or what the shape takes. */
export function nullableShape<T>(shape: Shape<T>): Shape<T | null> {
  return (value, at) => (value === null ? accept(null) : shape(value, at))
}

const OPTIONAL = Symbol('optional')
type Optional<T> = Shape<T | undefined> & { readonly [OPTIONAL]: true }

/** A field that may be absent from an object. */
export function optional<T>(shape: Shape<T>): Optional<T> {
  return Object.assign(((value, at) => shape(value, at)) as Shape<T | undefined>, {
    [OPTIONAL]: true as const,
  })
}

type Fields = Readonly<Record<string, Shape<unknown>>>
type ObjectOf<fields extends Fields> = {
  readonly [name in keyof fields as fields[name] extends Optional<unknown> ? never : name]: ShapeOf<
    fields[name]
  >
} & {
  readonly [name in keyof fields as fields[name] extends Optional<unknown>
    ? name
    : never]?: Exclude<ShapeOf<fields[name]>, undefined>
}

/** An object of exactly these fields. */
export function objectShape<const fields extends Fields>(fields: fields): Shape<ObjectOf<fields>> {
  const names = Object.keys(fields)
  return (value, at) => {
    const place = (name: string): string => (at === '' ? name : `${at}.${name}`)
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return wrong(at, `an object of ${names.join(', ')}`)
    const given = value as Readonly<Record<string, unknown>>
    const stranger = Object.keys(given).find((name) => !Object.hasOwn(fields, name))
    if (stranger !== undefined)
      return refuse('FILE_MALFORMED', `${place(stranger)}: no such field (${names.join(', ')})`)
    const found: Record<string, unknown> = {}
    for (const [name, shape] of Object.entries(fields)) {
      if (!Object.hasOwn(given, name)) {
        if (OPTIONAL in shape) continue
        return wrong(place(name), 'a value')
      }
      const field = shape(given[name], place(name))
      if (!field.ok) return field
      found[name] = field.value
    }
    return accept(found as ObjectOf<fields>)
  }
}
