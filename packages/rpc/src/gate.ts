/**
 * Lets a bounded number of heavy requests run at once. Calls, proofs and log queries take turns on
 * one thread: more of them at once finish no sooner, they only hold more memory. The others wait in
 * a bounded line, and who finds the line full is told at once.
 */

export interface Gate {
  /**
   * Runs the work when its turn comes; undefined when the line is full. Rejects as the work does.
   */
  run<T>(work: () => Promise<T>): Promise<T> | undefined
}

/** Creates a gate for `running` works at once and a line of `waiting` more. */
export function createGate(running: number, waiting: number): Gate {
  const line: (() => void)[] = []
  let inside = 0

  const enter = (): Promise<void> => {
    if (inside < running) {
      inside++
      return Promise.resolve()
    }
    // who leaves hands its place over, so `inside` stays
    return new Promise((resolve) => line.push(resolve))
  }
  const leave = (): void => {
    const next = line.shift()
    if (next === undefined) inside--
    else next()
  }

  return {
    run(work) {
      if (inside >= running && line.length >= waiting) return undefined
      return enter().then(work).finally(leave)
    },
  }
}
