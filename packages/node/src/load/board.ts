/** The progress of a load on one line, also when several profiles run at once. */
import { createProgress } from '../city/progress.ts'
import type { LoadProgress } from './profile.ts'

export interface BoardOptions {
  readonly write: (text: string) => void
  readonly terminal: boolean
  readonly nowMs: () => number
}

export interface Board {
  progress(label: string, total: number): LoadProgress
  /** ends the line */
  finish(): void
}

const TERMINAL_INTERVAL_MS = 200
const LINE_INTERVAL_MS = 5_000

interface Entry {
  readonly label: string
  readonly total: number
  done: number
}

/** One label: a bar with rate and ETA; several: the share of each. */
export function createBoard(options: BoardOptions): Board {
  const { write, terminal, nowMs } = options
  const entries: Entry[] = []
  const intervalMs = terminal ? TERMINAL_INTERVAL_MS : LINE_INTERVAL_MS
  let shownMs = nowMs()
  let single: ReturnType<typeof createProgress> | undefined

  const line = (): string =>
    entries
      .map(({ label, done, total }) => {
        const share = total === 0 ? 100 : Math.floor((100 * done) / total)
        return `${label} ${done}/${total} (${share} %)`
      })
      .join('  ')
  const show = (): void => {
    shownMs = nowMs()
    write(terminal ? `\r\u001b[K${line()}` : `${line()}\n`)
  }

  return {
    progress(label, total) {
      const entry = { label, total, done: 0 }
      single?.finish()
      const isAlone = entries.every(({ done, total: all }) => done >= all)
      const own = isAlone ? createProgress({ ...options, label, total }) : undefined
      single = own
      entries.push(entry)
      return {
        update(done) {
          entry.done = done
          if (single !== undefined && single === own) own.update(done)
          else if (nowMs() - shownMs >= intervalMs) show()
        },
      }
    },
    finish() {
      if (single !== undefined) single.finish()
      else if (entries.length > 0) {
        show()
        if (terminal) write('\n')
      }
    },
  }
}
