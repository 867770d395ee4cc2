/**
 * The order of inclusion: among the first executable transactions of all senders the one that pays
 * most, then the one that came first; then that sender's next one takes part. A heap, so that
 * taking k of n lanes costs k log n.
 */
import { effectiveGasPrice } from '../transaction.ts'
import type { Lane } from './lane.ts'
import type { PoolTransaction } from './types.ts'

interface Head {
  readonly transaction: PoolTransaction
  readonly price: bigint
  readonly rest: Iterator<PoolTransaction>
}

function before(a: Head, b: Head): boolean {
  if (a.price !== b.price) return a.price > b.price
  return a.transaction.order < b.transaction.order
}

function siftDown(heap: Head[], from: number): void {
  let at = from
  for (;;) {
    let best = at
    for (const child of [2 * at + 1, 2 * at + 2])
      if (child < heap.length && before(heap[child] as Head, heap[best] as Head)) best = child
    if (best === at) return
    const held = heap[at] as Head
    heap[at] = heap[best] as Head
    heap[best] = held
    at = best
  }
}

function toHead(rest: Iterator<PoolTransaction>, baseFee: bigint): Head | undefined {
  const next = rest.next()
  if (next.done === true) return undefined
  return { transaction: next.value, price: effectiveGasPrice(next.value.view, baseFee), rest }
}

/** Yields executable transactions in the order of inclusion at a base fee in wei per gas. */
export function* inOrder(lanes: Iterable<Lane>, baseFee: bigint): Iterable<PoolTransaction> {
  const heap: Head[] = []
  for (const lane of lanes) {
    const head = toHead(lane.pending()[Symbol.iterator](), baseFee)
    if (head !== undefined) heap.push(head)
  }
  for (let i = heap.length >> 1; i >= 0; i--) siftDown(heap, i)
  while (heap.length > 0) {
    const top = heap[0] as Head
    yield top.transaction
    const next = toHead(top.rest, baseFee)
    if (next !== undefined) heap[0] = next
    else {
      const last = heap.pop() as Head
      if (heap.length > 0) heap[0] = last
    }
    siftDown(heap, 0)
  }
}
