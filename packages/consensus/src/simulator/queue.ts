/** Simulated time: events in order of (time, order of scheduling). A binary heap. */

interface Event {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

export interface EventQueue {
  /** simulated milliseconds */
  nowMs(): number
  at(atMs: number, run: () => void): void
  /** runs the next event; false when there is none */
  advance(): boolean
  readonly size: number
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

function sink(heap: Event[]): void {
  let i = 0
  for (;;) {
    let least = i
    for (const child of [2 * i + 1, 2 * i + 2])
      if (child < heap.length && isBefore(heap[child] as Event, heap[least] as Event)) least = child
    if (least === i) return
    const held = heap[i] as Event
    heap[i] = heap[least] as Event
    heap[least] = held
    i = least
  }
}

function rise(heap: Event[]): void {
  let i = heap.length - 1
  while (i > 0) {
    const parent = (i - 1) >> 1
    if (!isBefore(heap[i] as Event, heap[parent] as Event)) return
    const held = heap[i] as Event
    heap[i] = heap[parent] as Event
    heap[parent] = held
    i = parent
  }
}

export function createQueue(startMs: number): EventQueue {
  const heap: Event[] = []
  let now = startMs
  let order = 0
  return {
    nowMs: () => now,
    at(atMs, run) {
      heap.push({ atMs: Math.max(atMs, now), order: order++, run })
      rise(heap)
    },
    advance() {
      const event = heap[0]
      if (event === undefined) return false
      const last = heap.pop() as Event
      if (heap.length > 0) {
        heap[0] = last
        sink(heap)
      }
      now = event.atMs
      event.run()
      return true
    },
    get size() {
      return heap.length
    },
  }
}
