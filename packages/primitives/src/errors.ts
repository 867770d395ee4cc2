/**
 * The three shapes of going wrong: a bug (`assert`), a verdict on foreign bytes (`Refusal`),
 * and a failure of the world (`VecheError`). See STYLE.md, "Errors".
 */

/** A verdict on what somebody sent. A value, never thrown. `code` is listed in docs/errors.md. */
export interface Refusal {
  readonly ok: false
  readonly code: string
  /** lower case, expected then got */
  readonly reason: string
}

export interface Accepted<T> {
  readonly ok: true
  readonly value: T
}

export type Result<T> = Accepted<T> | Refusal

export function accept<T>(value: T): Accepted<T> {
  return { ok: true, value }
}

export function refuse(code: string, reason: string): Refusal {
  return { ok: false, code, reason }
}

/**
 * A failure of the world (disk, socket, file, configuration). `code` is listed in docs/errors.md.
 */
export class VecheError extends Error {
  readonly code: string
  readonly facts: Readonly<Record<string, unknown>>

  constructor(code: string, message: string, options: VecheErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'VecheError'
    this.code = code
    this.facts = options.facts ?? {}
  }
}

export interface VecheErrorOptions {
  readonly cause?: unknown
  /** named values for the log line; never secrets */
  readonly facts?: Readonly<Record<string, unknown>>
}

/** A bug in this program: nobody handles it, the process stops. */
export class AssertionError extends Error {
  constructor(message: string) {
    super(`assertion failed: ${message}`)
    this.name = 'AssertionError'
  }
}

/** States what must hold. Throws {@link AssertionError}; used for bugs, never for foreign input. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message)
}

/** Marks a union switch as exhaustive: a new kind fails to compile. */
export function assertNever(value: never): never {
  throw new AssertionError(`unexpected variant ${JSON.stringify(value)}`)
}
