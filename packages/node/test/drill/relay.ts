/**
 * A slow link where the kernel has no netem: a TCP relay in a node's namespace, through which the
 * packet filter leads the connections that the node opens. What enters leaves after a delay, both
 * ways. Arguments: milliseconds, then `<local port>=<host>:<port>` for each peer.
 */
import { createConnection, createServer, type Socket } from 'node:net'

/** bytes held for one direction before its sender is paused: a second of a busy link */
const HELD_BYTES_MAX = 8 * 1024 * 1024

/** Passes on what `from` says, `delayMs` later, and its end. */
function pass(from: Socket, to: Socket, delayMs: number): void {
  let held = 0
  from.on('data', (chunk: Buffer) => {
    held += chunk.length
    if (held > HELD_BYTES_MAX) from.pause()
    setTimeout(() => {
      held -= chunk.length
      if (!to.destroyed) to.write(chunk)
      if (held <= HELD_BYTES_MAX) from.resume()
    }, delayMs)
  })
  from.once('close', () => setTimeout(() => to.destroy(), delayMs))
  from.once('error', () => from.destroy())
}

function serve(port: number, host: string, far: number, delayMs: number): Promise<void> {
  const server = createServer((near) => {
    const peer = createConnection({ host, port: far, noDelay: true })
    near.setNoDelay(true)
    pass(near, peer, delayMs)
    pass(peer, near, delayMs)
  })
  return new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
}

const [delay, ...peers] = process.argv.slice(2)
await Promise.all(
  peers.map((peer) => {
    const [, port, host, far] = /^(\d+)=([\d.]+):(\d+)$/.exec(peer) ?? []
    return serve(Number(port), host as string, Number(far), Number(delay))
  }),
)
process.once('disconnect', () => process.exit())
process.send?.('ready')
