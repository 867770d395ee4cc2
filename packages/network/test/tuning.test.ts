/** The two habits of libp2p that tuning.ts changes, on objects shaped like its own. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Connection, Stream } from '../src/host.ts'
import { dropLateFrames, joinWrites, relaxWindow, spareErrors } from '../src/tuning.ts'

const ESTABLISHED = 3
const PAUSED = 5

class WindowedStream {
  recvWindow = 100
  recvWindowCapacity = 100
  maxStreamWindowSize = 800
  state = ESTABLISHED
  updates = 0

  sendWindowUpdate(): void {
    this.updates++
  }

  receive(bytes: number): void {
    this.recvWindowCapacity -= bytes
    this.sendWindowUpdate()
  }
}

function relaxed(): WindowedStream {
  const stream = new WindowedStream()
  relaxWindow(stream as unknown as Stream)
  relaxWindow(stream as unknown as Stream)
  return stream
}

test('a window is opened again when half of it is used', () => {
  const stream = relaxed()
  for (let frame = 0; frame < 4; frame++) stream.receive(10)
  assert.is(stream.updates, 0)
  stream.receive(10)
  assert.is(stream.updates, 1)
})

test('a stream that is not established, or paused, updates as it did', () => {
  const stream = relaxed()
  stream.state = PAUSED
  stream.receive(1)
  assert.is(stream.updates, 1)
})

test('a window grows to the given size, and never below the one it has', () => {
  for (const [bytesMax, expected] of [
    [400, 400],
    [50, 100],
    [undefined, 800],
  ] as const) {
    const stream = new WindowedStream()
    relaxWindow(stream as unknown as Stream, bytesMax)
    assert.is(stream.maxStreamWindowSize, expected)
  }
})

test('a stream of another shape stays as it is', () => {
  const stream = { sendWindowUpdate: 1 }
  relaxWindow(stream as unknown as Stream)
  assert.equal(stream, { sendWindowUpdate: 1 })
})

class Socket {
  destroyed = false
  readonly calls: string[] = []
  cork(): void {
    this.calls.push('cork')
  }
  uncork(): void {
    this.calls.push('uncork')
  }
}

class Transport {
  readonly socket = new Socket()
  sendData(data: string): number {
    this.socket.calls.push(data)
    return data.length
  }
}

test('what one turn sends leaves between one cork and its uncork', async () => {
  const maConn = new Transport()
  joinWrites({ maConn } as unknown as Connection)
  joinWrites({ maConn } as unknown as Connection)
  assert.is(maConn.sendData('one'), 3)
  maConn.sendData('two')
  await new Promise<void>((resolve) => process.nextTick(resolve))
  maConn.sendData('three')
  await new Promise<void>((resolve) => process.nextTick(resolve))
  const turns = ['cork', 'one', 'two', 'uncork', 'cork', 'three', 'uncork']
  assert.equal(maConn.socket.calls, turns)
})

test('a destroyed socket is not corked, another transport is left alone', () => {
  const maConn = new Transport()
  joinWrites({ maConn } as unknown as Connection)
  maConn.socket.destroyed = true
  maConn.sendData('late')
  assert.equal(maConn.socket.calls, ['late'])
  const other = { maConn: { sendData: () => 0 } }
  const { sendData } = other.maConn
  joinWrites(other as unknown as Connection)
  assert.is(other.maConn.sendData, sendData)
})

test('an incomplete prefix throws one error that was made before, a whole one is decoded', () => {
  const decoder = { lengthDecoder: (bytes: Uint8Array) => bytes[1] as number }
  spareErrors({ muxer: { maConn: { decoder } } } as unknown as Connection)
  const errors = [0, 1].map((length) => {
    try {
      return decoder.lengthDecoder(new Uint8Array(length))
    } catch (error) {
      return error
    }
  })
  assert.ok(errors[0] instanceof RangeError, 'what the caller looks for')
  assert.is(errors[0], errors[1])
  assert.is(decoder.lengthDecoder(Uint8Array.of(0, 9)), 9)
  spareErrors({ muxer: {} } as unknown as Connection)
})

test('a frame for a connection that closes is dropped, not thrown where nobody catches', () => {
  const maConn = { writeStatus: 'writable' }
  const sent: unknown[] = []
  class Muxer {
    readonly maConn = maConn
    sendFrame(header: unknown): boolean {
      if (maConn.writeStatus !== 'writable') throw new TypeError('cannot write')
      sent.push(header)
      return true
    }
  }
  const muxer = new Muxer()
  dropLateFrames({ muxer } as unknown as Connection)
  dropLateFrames({ muxer } as unknown as Connection)
  assert.is(muxer.sendFrame(1), true)
  for (const status of ['closing', 'closed']) {
    maConn.writeStatus = status
    assert.is(muxer.sendFrame(2), false)
  }
  assert.equal(sent, [1])
})

test.run()
