/** Bounded waiting for end-to-end tests: asks again and again, never sleeps blindly. */

const STEP_MS = 50

/** One step of waiting between two looks at a real process. */
export function pause(ms: number = STEP_MS): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), ms)
  })
}

/** Resolves once `probe` says true; a probe that throws says no. Rejects after `timeoutMs`. */
export async function until(
  what: string,
  probe: () => Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  const end = performance.now() + timeoutMs
  let last: unknown = 'it says no'
  for (;;) {
    try {
      if (await probe()) return
    } catch (error) {
      last = error
    }
    if (performance.now() > end)
      throw new RangeError(`${what}: not so after ${timeoutMs} ms`, { cause: last })
    await pause()
  }
}

/** Tells what a test did; one line on stdout. */
export function tell(text: string): void {
  process.stdout.write(`  ${text}\n`)
}
