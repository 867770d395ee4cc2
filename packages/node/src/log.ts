/**
 * The operator's log: one line per event, as aligned text for a terminal or as JSON for a
 * collector. error = broken now, warn = may break, info = rare facts, debug = the rest. Keys and
 * passwords never reach a fact: they live only inside a Signer (keystore.ts). The clock is a port,
 * so tests are exact.
 */
import { type Clock, VecheError } from '@veche/primitives'

export type LogLevel = 'error' | 'warn' | 'info' | 'debug'
export type LogFormat = 'text' | 'json'
export type Facts = Readonly<Record<string, unknown>>

export const LOG_LEVELS: readonly LogLevel[] = ['error', 'warn', 'info', 'debug']
export const LOG_FORMATS: readonly LogFormat[] = ['text', 'json']

export interface LoggerOptions {
  /** lines above this level are dropped */
  readonly level: LogLevel
  readonly format: LogFormat
  /** receives whole lines with their line end */
  readonly write: (line: string) => void
  readonly clock: Clock
  /** facts on every line, the name of the node say */
  readonly facts?: Facts
}

export interface Logger {
  readonly level: LogLevel
  log(level: LogLevel, message: string, facts?: Facts): void
  error(message: string, facts?: Facts): void
  warn(message: string, facts?: Facts): void
  info(message: string, facts?: Facts): void
  debug(message: string, facts?: Facts): void
  /** a logger that adds facts to every line */
  with(facts: Facts): Logger
}

const MESSAGE_WIDTH = 44
/** characters of one fact; a line stays readable whatever a peer sends */
const FACT_CHARACTERS_MAX = 2_000

/** The facts of a thrown value: code, message, its own facts and the chain of causes. */
export function errorFacts(error: unknown): Facts {
  if (!(error instanceof Error)) return { error: String(error) }
  const own = error instanceof VecheError ? { code: error.code, ...error.facts } : {}
  const cause = error.cause
  const because =
    cause === undefined ? {} : { cause: cause instanceof Error ? cause.message : cause }
  // a bug needs its stack, a failure of the world explains itself
  const stack = error instanceof VecheError ? {} : { stack: error.stack }
  return { ...own, error: error.message, ...because, ...stack }
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (value instanceof Error) return value.message
  if (value instanceof Map || value instanceof Set) return `${value.size} entries`
  return value
}

function textOf(value: unknown): string {
  const flat = plain(value)
  if (typeof flat === 'string') return flat
  try {
    return JSON.stringify(flat, (_, inner) => plain(inner)) ?? String(flat)
  } catch (error) {
    return `unprintable (${(error as Error).message})`
  }
}

function clip(text: string): string {
  return text.length > FACT_CHARACTERS_MAX ? `${text.slice(0, FACT_CHARACTERS_MAX)}…` : text
}

/** One word stays bare; anything else, also a forged line end, is quoted. */
function factText(value: unknown): string {
  const text = clip(textOf(value))
  return /^[\p{L}\p{N}_.,:/+@…-]+$/u.test(text) ? text : JSON.stringify(text)
}

function textLine(iso: string, level: LogLevel, message: string, facts: Facts): string {
  const pairs = Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${factText(value)}`)
    .join(' ')
  const head = `${iso} ${level.toUpperCase().padEnd(5)} `
  const said = message.replace(/[\r\n]+/g, ' ')
  return pairs === '' ? `${head}${said}\n` : `${head}${said.padEnd(MESSAGE_WIDTH)} ${pairs}\n`
}

function jsonLine(iso: string, level: LogLevel, message: string, facts: Facts): string {
  const entries = Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      const flat = plain(value)
      const kept = typeof flat === 'number' || typeof flat === 'boolean' || flat === null
      if (kept) return [name, flat]
      return [name, typeof flat === 'object' ? JSON.parse(toJson(flat)) : clip(textOf(flat))]
    })
  return `${JSON.stringify({ ...Object.fromEntries(entries), time: iso, level, message })}\n`
}

function toJson(value: unknown): string {
  const text = textOf(value)
  return text.length > FACT_CHARACTERS_MAX || text.startsWith('unprintable')
    ? JSON.stringify(clip(text))
    : text
}

/** Creates a logger. It never throws: a fact that cannot be printed says so. */
export function createLogger(options: LoggerOptions): Logger {
  const { level: threshold, format, write, clock, facts: base = {} } = options
  const loudest = LOG_LEVELS.indexOf(threshold)
  const line = format === 'json' ? jsonLine : textLine
  const log = (level: LogLevel, message: string, facts: Facts = {}): void => {
    if (LOG_LEVELS.indexOf(level) > loudest) return
    write(line(new Date(clock.nowMs()).toISOString(), level, message, { ...base, ...facts }))
  }
  return {
    level: threshold,
    log,
    error: (message, facts) => log('error', message, facts),
    warn: (message, facts) => log('warn', message, facts),
    info: (message, facts) => log('info', message, facts),
    debug: (message, facts) => log('debug', message, facts),
    with: (facts) => createLogger({ ...options, facts: { ...base, ...facts } }),
  }
}
