/** Frames survive any chunking; queues, buckets and reach lists keep their bounds. */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createFrameDecoder, encodeFrame } from '../src/frame.ts'
import { createSendQueue } from '../src/send-queue.ts'
import { createTokenBucket } from '../src/token-bucket.ts'

function drain(decoder: ReturnType<typeof createFrameDecoder>): Uint8Array[] {
  const frames: Uint8Array[] = []
  for (;;) {
    const frame = decoder.next()
    if (!(frame instanceof Uint8Array)) return frames
    frames.push(frame)
  }
}

test('frames come out as they went in, however the bytes are cut', () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 })
  const cuts = fc.array(fc.integer({ min: 1, max: 17 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(payloads, cuts, (frames, sizes) => {
      const wire = Buffer.concat(frames.map((frame) => encodeFrame(frame)))
      const decoder = createFrameDecoder(40)
      const found: Uint8Array[] = []
      for (let at = 0, i = 0; at < wire.length; i++) {
        const size = sizes[i % sizes.length] ?? 1
        decoder.push(wire.subarray(at, at + size))
        at += size
        found.push(...drain(decoder).map((frame) => frame.slice()))
      }
      assert.equal(found, frames)
      assert.is(decoder.buffered, 0)
    }),
  )
})

test('a decoder takes any bytes without an exception and holds at most one frame and a chunk', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 30 }), (chunks) => {
      const decoder = createFrameDecoder(100)
      for (const chunk of chunks) {
        decoder.push(chunk)
        drain(decoder)
        if (decoder.next() === 'too-large') return
        assert.ok(decoder.buffered <= 100 + 4 + 64)
      }
    }),
  )
})

test('a length above the maximum is refused before its bytes arrive', () => {
  const decoder = createFrameDecoder(10)
  decoder.push(Uint8Array.of(0, 0, 0, 11))
  assert.is(decoder.next(), 'too-large')
})

test('a frame joins its parts', () => {
  const decoder = createFrameDecoder(10)
  decoder.push(encodeFrame(Uint8Array.of(1), Uint8Array.of(2, 3)))
  assert.equal(decoder.next(), Uint8Array.of(1, 2, 3))
  assert.is(decoder.next(), 'incomplete')
})

test('a small frame does not keep the chunk that it came in', () => {
  const decoder = createFrameDecoder(100)
  const chunk = new Uint8Array(64 * 1024)
  chunk.set(encodeFrame(new Uint8Array(100).fill(7)))
  decoder.push(chunk)
  const frame = decoder.next()
  assert.instance(frame, Uint8Array)
  assert.equal(frame, new Uint8Array(100).fill(7))
  assert.ok((frame as Uint8Array).buffer.byteLength <= 200)
})

test('a refusing queue keeps the oldest, a dropping queue the newest', () => {
  const bounds = { bytesMax: 10, countMax: 3 }
  const refusing = createSendQueue({ ...bounds, overflow: 'refuse' })
  const dropping = createSendQueue({ ...bounds, overflow: 'drop-oldest' })
  for (const queue of [refusing, dropping])
    for (let i = 0; i < 4; i++) queue.push(new Uint8Array(4).fill(i))
  assert.is(refusing.shift()?.[0], 0)
  assert.is(dropping.shift()?.[0], 2)
  assert.is(refusing.dropped, 2)
  assert.is(dropping.dropped, 2)
  assert.is(dropping.push(new Uint8Array(11)), false)
})

test('a queue never exceeds its bounds and loses nothing but what it counts', () => {
  const steps = fc.array(fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 12 })), {
    maxLength: 300,
  })
  fc.assert(
    fc.property(steps, fc.boolean(), (sizes, drops) => {
      const overflow = drops ? 'drop-oldest' : 'refuse'
      const queue = createSendQueue({ bytesMax: 50, countMax: 8, overflow })
      let pushed = 0
      let shifted = 0
      for (const size of sizes) {
        if (size >= 0) {
          queue.push(new Uint8Array(size))
          pushed++
        } else if (queue.shift() !== undefined) shifted++
        assert.ok(queue.bytes <= 50 && queue.count <= 8)
        assert.is(pushed, shifted + queue.count + queue.dropped)
      }
    }),
  )
})

test('a bucket allows its burst, then its rate, in messages and in bytes', () => {
  let nowMs = 0
  const clock = { nowMs: () => nowMs }
  const bucket = createTokenBucket(
    { messagesPerSecond: 10, messagesBurst: 3, bytesPerSecond: 100, bytesBurst: 100 },
    clock,
  )
  assert.equal(
    [1, 1, 1, 1].map((size) => bucket.take(size)),
    [true, true, true, false],
  )
  assert.is(bucket.waitMs(), 100)
  nowMs += 100
  assert.is(bucket.waitMs(), 0)
  // a message larger than the burst passes a full bucket and leaves a debt
  nowMs += 10_000
  assert.ok(bucket.take(600))
  assert.not(bucket.take(1))
  nowMs += bucket.waitMs()
  assert.ok(bucket.take(1))
  nowMs -= 100_000
  assert.ok(bucket.waitMs() >= 0)
})

test.run()
