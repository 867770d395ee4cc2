/** One runner at a time, in order of arrival. */

/** Runs tasks one after another; a task that throws does not stop the next. */
export class Lock {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task, task)
    this.#last = result.then(
      () => undefined,
      () => undefined,
    )
    return result
  }
}
