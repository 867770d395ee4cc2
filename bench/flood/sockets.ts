/** Floods below the protocol: sockets that open, say junk or half of something, and go. */
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

/** what a noise initiator begins with: the multistream header, whole or cut */
const GREETING = Buffer.from('\x13/multistream/1.0.0\n\x07/noise\n', 'latin1')

export interface Target {
  readonly host: string
  readonly port: number
}

function open({ host, port }: Target, sockets: Set<Socket>): Socket {
  const socket = connect(port, host)
  sockets.add(socket)
  socket.on('close', () => sockets.delete(socket))
  // to be refused is what the flood asks for
  socket.on('error', () => socket.destroy())
  socket.resume()
  return socket
}

/** One socket in one of five bad manners. */
function misbehave(target: Target, sockets: Set<Socket>, turn: number): void {
  const socket = open(target, sockets)
  socket.once('connect', () => {
    if (turn % 5 === 0) socket.write(randomBytes(64 * 1024))
    else if (turn % 5 === 1) socket.write(GREETING.subarray(0, 9))
    else if (turn % 5 === 2) socket.write(Buffer.concat([GREETING, Buffer.from([0xff, 0xff])]))
    else if (turn % 5 === 3) socket.resetAndDestroy()
    // the fifth says nothing and stays
  })
}

/** Keeps opening `perSecond` sockets, at most `openMax` at once; returns how to stop. */
export function floodSockets(
  targets: readonly Target[],
  { perSecond, openMax }: { readonly perSecond: number; readonly openMax: number },
): { readonly opened: () => number; stop(): void } {
  const sockets = new Set<Socket>()
  let turn = 0
  const timer = setInterval(() => {
    const target = targets[turn % targets.length]
    if (target === undefined) return
    if (sockets.size >= openMax) for (const oldest of sockets) return void oldest.destroy()
    misbehave(target, sockets, turn++)
  }, 1_000 / perSecond)
  return {
    opened: () => turn,
    stop() {
      clearInterval(timer)
      for (const socket of sockets) socket.destroy()
    },
  }
}
