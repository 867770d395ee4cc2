/** Bytes a hostile stranger sends to a TCP port. Every socket is closed by `closeAll`. */
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

const MULTISTREAM = Buffer.from('\x13/multistream/1.0.0\n')
const NOISE = Buffer.from('\x07/noise\n')

export interface Strangers {
  /** opens a connection and sends; it stays open for as long as the node lets it */
  send(port: number, ...chunks: readonly Uint8Array[]): Promise<Socket>
  closeAll(): void
}

/** What strangers try, by name. */
export function hostileOpenings(): ReadonlyMap<string, readonly Uint8Array[]> {
  // a noise frame says its length in two bytes and then holds nothing meant for anybody
  const frame = Buffer.concat([Buffer.from([0xff, 0xff]), randomBytes(65_535)])
  // a multistream line says its length as a varint: four gigabytes are announced here
  const announced = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f])
  return new Map([
    ['nothing', []],
    ['random bytes', [randomBytes(64 * 1024)]],
    ['half a greeting', [MULTISTREAM.subarray(0, 9)]],
    ['a greeting and silence', [MULTISTREAM]],
    ['a handshake that never goes on', [MULTISTREAM, NOISE]],
    ['a handshake of garbage', [MULTISTREAM, NOISE, frame]],
    ['an oversized line', [MULTISTREAM, announced, randomBytes(1024 * 1024)]],
    ['a web request', [Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')]],
  ])
}

export function createStrangers(): Strangers {
  const sockets: Socket[] = []
  return {
    send(port, ...chunks) {
      return new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1')
        sockets.push(socket)
        // the node may hang up at any moment, that is its right
        socket.on('error', () => resolve(socket))
        socket.once('connect', () => {
          for (const chunk of chunks) socket.write(chunk)
          resolve(socket)
        })
      })
    },
    closeAll() {
      for (const socket of sockets) socket.destroy()
    },
  }
}
