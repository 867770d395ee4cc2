/**
 * Asks one after the other, without waiting for those who are slow: f silent validators in a row
 * would otherwise keep a block for f request timeouts (consensus.md, invariant 15; ADR 0181).
 */

/**
 * The first answer that is not undefined; undefined when nobody has one. The next is asked when one
 * had none, or has not answered for `patienceMs`; who answers late is still heard. Rejects when an
 * ask does.
 */
export function firstAnswer<T>(
  asks: readonly (() => Promise<T | undefined>)[],
  patienceMs: number,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    let next = 0
    let open = 0
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = (): void => {
      clearTimeout(timer)
      next = asks.length
    }
    const finish = (answer: T | undefined): void => {
      stop()
      resolve(answer)
    }
    const fail = (error: unknown): void => {
      stop()
      reject(error)
    }
    const askNext = (): void => {
      clearTimeout(timer)
      const ask = asks[next]
      if (ask === undefined) {
        if (open === 0) finish(undefined)
        return
      }
      next++
      open++
      timer = setTimeout(askNext, patienceMs)
      ask().then((answer) => {
        open--
        if (answer === undefined) askNext()
        else finish(answer)
      }, fail)
    }
    askNext()
  })
}
