/** Many acts at once, but not all: a bounded pool over a list. */

/** Runs `work` for each item, at most `max` at a time; the first failure ends it. */
export async function forEachOf<T>(
  items: readonly T[],
  max: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(max, items.length) }, lane))
}
