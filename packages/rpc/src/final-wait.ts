/**
 * A receipt asked for while its transaction is still pooled is answered when the transaction is
 * final, at once or a little later. Blocks here are final within a tenth of a second and none
 * follows on an idle chain: a client that was told "no receipt yet" and looks again only at the
 * next block (ethers' `wait()` over WebSocket, which caches answers for 250 ms) would wait for the
 * heartbeat (docs/adr/0065).
 */
import type { Hash } from '@veche/primitives'
import type { RpcBackend, Unsubscribe } from './backend.ts'
import { RECEIPT_WAIT_MS, RECEIPT_WAITERS_MAX } from './limits.ts'

const waiters = new WeakMap<RpcBackend, number>()

function waits(backend: RpcBackend, transactionHash: Hash): boolean {
  return (
    (waiters.get(backend) ?? 0) < RECEIPT_WAITERS_MAX &&
    backend.locate(transactionHash) === undefined &&
    backend.pooled(transactionHash) !== undefined
  )
}

/**
 * Resolves when a pooled transaction is final, after {@link RECEIPT_WAIT_MS} at the latest; at once
 * for any other hash, and when {@link RECEIPT_WAITERS_MAX} requests wait already.
 */
export async function finalOrLater(backend: RpcBackend, transactionHash: Hash): Promise<void> {
  if (!waits(backend, transactionHash)) return
  waiters.set(backend, (waiters.get(backend) ?? 0) + 1)
  let unsubscribe: Unsubscribe = () => undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  await new Promise<void>((resolve) => {
    timer = setTimeout(resolve, RECEIPT_WAIT_MS)
    unsubscribe = backend.onHead(() => {
      if (backend.locate(transactionHash) !== undefined) resolve()
    })
  })
  clearTimeout(timer)
  unsubscribe()
  waiters.set(backend, (waiters.get(backend) ?? 1) - 1)
}
