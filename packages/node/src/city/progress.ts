/** Progress of a long load: a bar with rate and ETA on a terminal, plain lines otherwise. */

export interface ProgressOptions {
  readonly label: string
  readonly total: number
  readonly write: (text: string) => void
  readonly terminal: boolean
  readonly nowMs: () => number
}

export interface Progress {
  update(done: number): void
  finish(): void
}

const BAR_CELLS = 24
const TERMINAL_INTERVAL_MS = 100
const LINE_INTERVAL_MS = 5_000

/** `12 s`, `3 min 05 s`; unknown while nothing is done. */
export function formatEta(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown'
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
}

export function createProgress(options: ProgressOptions): Progress {
  const { label, total, write, terminal, nowMs } = options
  const startMs = nowMs()
  const intervalMs = terminal ? TERMINAL_INTERVAL_MS : LINE_INTERVAL_MS
  let shownMs = startMs - (terminal ? intervalMs : 0)
  let last = 0
  // what happens after the last one does not slow it down
  let doneMs: number | undefined

  const line = (): string => {
    const seconds = Math.max(0.001, ((doneMs ?? nowMs()) - startMs) / 1000)
    const rate = last / seconds
    const share = total === 0 ? 1 : Math.min(1, last / total)
    const eta = formatEta(last === 0 ? Number.POSITIVE_INFINITY : (total - last) / rate)
    const filled = Math.round(share * BAR_CELLS)
    const bar = terminal ? ` ${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)}` : ''
    const percent = `${(share * 100).toFixed(1)} %`.padStart(7)
    return `${label}${bar} ${percent}  ${last}/${total}  ${Math.round(rate)}/s  ETA ${eta}`
  }

  const show = (): void => {
    shownMs = nowMs()
    write(terminal ? `\r\u001b[K${line()}` : `${line()}\n`)
  }

  return {
    update(done) {
      last = done
      if (done >= total) doneMs ??= nowMs()
      if (nowMs() - shownMs >= intervalMs) show()
    },
    finish() {
      show()
      if (terminal) write('\n')
    },
  }
}
