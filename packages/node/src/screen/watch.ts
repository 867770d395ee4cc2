/**
 * The live view: on a terminal a screen drawn anew twice a second, in a pipe one line every two
 * seconds, with `--json` one object a second. A node that does not answer is told, not an end.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { NodeStatus } from '@veche/rpc'
import { duration, renderLine, renderStatus } from './render.ts'

export interface WatchStatusOptions {
  readonly read: () => Promise<NodeStatus>
  readonly mode: 'screen' | 'lines' | 'json'
  readonly write: (text: string) => void
  readonly size: () => { readonly columns: number; readonly rows: number }
  readonly colour: boolean
  /** ends the view */
  readonly signal: AbortSignal
  /** one sentence for a failure to read */
  readonly explain: (error: unknown) => string
  /** waits between two looks; it may reject when the signal comes */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>
}

const INTERVAL_MS = { screen: 500, lines: 2_000, json: 1_000 } as const
/** alternate screen without cursor; and back */
const ENTER = '\u001b[?1049h\u001b[?25l'
const LEAVE = '\u001b[?25h\u001b[?1049l'
const HOME = '\u001b[H'
const CLEAR_LINE = '\u001b[K'
const CLEAR_BELOW = '\u001b[J'

/** One frame: every line overwritten, nothing cleared first, so that nothing flickers. */
export function toFrame(lines: readonly string[], rows: number): string {
  const shown = lines.slice(0, Math.max(1, rows - 1))
  return `${HOME}${shown.map((text) => `${text}${CLEAR_LINE}`).join('\r\n')}\r\n${CLEAR_BELOW}`
}

interface Look {
  /** the last status that came */
  readonly status: NodeStatus | undefined
  /** why the newest did not, and since when, monotonic milliseconds */
  readonly failure: { readonly text: string; readonly sinceMs: number } | undefined
}

function screenLines({ status, failure }: Look, options: WatchStatusOptions): string[] {
  const { colour, size } = options
  const told = failure && `● ${failure.text} (${duration(performance.now() - failure.sinceMs)})`
  const red = told !== undefined && colour ? `\u001b[31m${told}\u001b[0m` : told
  const { columns: width, rows } = size()
  const lines = status ? renderStatus(status, { colour, width, rows: rows - 1 }) : []
  return red === undefined ? lines : [red, ...lines.slice(1)]
}

function show(look: Look, options: WatchStatusOptions): void {
  const { mode, write, size } = options
  const { status, failure } = look
  if (mode === 'screen') write(toFrame(screenLines(look, options), size().rows))
  else if (mode === 'json') write(`${JSON.stringify(failure ? { error: failure.text } : status)}\n`)
  else if (failure !== undefined) write(`${new Date().toISOString()} unknown: ${failure.text}\n`)
  else if (status !== undefined) write(`${renderLine(status)}\n`)
}

async function look(before: Look, options: WatchStatusOptions): Promise<Look> {
  try {
    return { status: await options.read(), failure: undefined }
  } catch (error) {
    const text = options.explain(error)
    const sinceMs = before.failure?.sinceMs ?? performance.now()
    return { status: before.status, failure: { text, sinceMs } }
  }
}

/** Runs until the signal; leaves the terminal as it was, also when it fails. */
export async function watchStatus(options: WatchStatusOptions): Promise<void> {
  const { mode, write, signal } = options
  const pause = options.pause ?? ((ms, ends) => sleep(ms, undefined, { signal: ends }))
  let seen: Look = { status: undefined, failure: undefined }
  // an answer that does not come holds nobody up
  const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  if (mode === 'screen') write(ENTER)
  try {
    while (!signal.aborted) {
      const next = await Promise.race([look(seen, options), ended])
      if (next === undefined || signal.aborted) return
      seen = next
      show(seen, options)
      await pause(INTERVAL_MS[mode], signal).catch(() => undefined)
    }
  } finally {
    if (mode === 'screen') write(LEAVE)
  }
}
