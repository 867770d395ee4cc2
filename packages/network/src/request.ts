/**
 * Requests between peers: one stream each, one question frame, answer parts, and an end mark so
 * that a cut answer is never taken for a whole one. Bounded on both sides in count, bytes and time.
 */
import type { RequestKind } from '@veche/primitives'
import { assert, type Refusal, VecheError } from '@veche/primitives'
import { createFrameReader } from './channel.ts'
import { encodeFrame } from './frame.ts'
import type { Stream } from './host.ts'
import {
  ANSWER_BYTES_MAX,
  ANSWER_PART_BYTES_MAX,
  ANSWER_PARTS_MAX,
  REQUEST_BYTES_MAX,
  REQUESTS_PER_PEER_MAX,
  REQUESTS_WAITING_MAX,
} from './limits.ts'

const KINDS: readonly RequestKind[] = ['blocks', 'body', 'transactions']
const TAG_PART = 0
const TAG_END = 1
const TAG_REFUSED = 2
const FRAMING_BYTES = 8

/** The parts of an answer that fit its bounds: the longest run from the first part on. */
export function cutAnswer(parts: readonly Uint8Array[]): readonly Uint8Array[] {
  let bytes = 0
  let count = 0
  for (const part of parts) {
    bytes += part.length
    if (bytes > ANSWER_BYTES_MAX || part.length > ANSWER_PART_BYTES_MAX) break
    if (count === ANSWER_PARTS_MAX) break
    count++
  }
  return parts.slice(0, count)
}

/** Lets `max` tasks run at once and a bounded number wait; the rest is refused. */
export interface Slots {
  /** resolves when a place is free; throws `REQUEST_QUEUE_FULL` when too many wait */
  take(): Promise<void>
  /** takes a place at once, or answers false */
  tryTake(): boolean
  free(): void
}

export function createSlots(max: number = REQUESTS_PER_PEER_MAX): Slots {
  let taken = 0
  const waiting: (() => void)[] = []
  return {
    async take() {
      if (taken < max) {
        taken++
        return
      }
      if (waiting.length >= REQUESTS_WAITING_MAX)
        throw new VecheError('REQUEST_QUEUE_FULL', `at most ${REQUESTS_WAITING_MAX} may wait`)
      await new Promise<void>((resolve) => waiting.push(resolve))
    },
    tryTake() {
      if (taken >= max) return false
      taken++
      return true
    },
    free() {
      assert(taken > 0, 'a taken place expected')
      const next = waiting.shift()
      // the place passes on without becoming free
      if (next === undefined) taken--
      else next()
    },
  }
}

export interface Question {
  readonly kind: RequestKind
  readonly payload: Uint8Array
}

function decodeQuestion(frame: Uint8Array): Question | undefined {
  const kind = KINDS[frame[0] ?? KINDS.length]
  return kind === undefined ? undefined : { kind, payload: frame.subarray(1) }
}

/**
 * Asks over a fresh stream and collects the whole answer. Throws `REQUEST_REFUSED`,
 * `REQUEST_TIMEOUT` or `REQUEST_ANSWER_INVALID`; the stream is over afterwards in every case.
 */
export async function ask(
  stream: Stream,
  question: Question,
  signal: AbortSignal,
): Promise<readonly Uint8Array[]> {
  const reader = createFrameReader(stream, {
    frameBytesMax: ANSWER_PART_BYTES_MAX + 1,
    totalBytesMax: ANSWER_BYTES_MAX + ANSWER_PARTS_MAX * FRAMING_BYTES + FRAMING_BYTES,
  })
  stream.send(encodeFrame(Uint8Array.of(KINDS.indexOf(question.kind)), question.payload))
  const parts: Uint8Array[] = []
  for (;;) {
    const frame = await reader.next(signal)
    if (frame === undefined)
      throw signal.aborted
        ? new VecheError('REQUEST_TIMEOUT', 'the answer did not end in time')
        : new VecheError(
            'REQUEST_ANSWER_INVALID',
            'an end mark expected, got the end of the stream',
          )
    const body = frame.subarray(1)
    if (frame[0] === TAG_END) return parts
    if (frame[0] === TAG_REFUSED)
      throw new VecheError('REQUEST_REFUSED', String.fromCharCode(...body.subarray(0, 64)))
    if (frame[0] !== TAG_PART || parts.length >= ANSWER_PARTS_MAX)
      throw new VecheError('REQUEST_ANSWER_INVALID', 'a bounded list of parts expected')
    // a copy: the frame is a view into a larger received chunk that must not be kept alive
    parts.push(body.slice())
  }
}

export interface AnswerInit {
  readonly signal: AbortSignal
  /** takes a place and the rate for this request, or names why not */
  readonly admit: (bytes: number) => Refusal | undefined
  readonly answer: (question: Question) => Promise<readonly Uint8Array[]>
  /** the peer's question was not one */
  readonly onMalformed: (reason: string) => void
}

async function sendAll(stream: Stream, frame: Uint8Array, signal: AbortSignal): Promise<void> {
  if (stream.writableNeedsDrain) await stream.onDrain({ signal })
  stream.send(frame)
}

/** Reads one question from a stream the peer opened, answers it and ends the stream. */
export async function answerOne(stream: Stream, init: AnswerInit): Promise<void> {
  const { signal } = init
  const reader = createFrameReader(stream, {
    frameBytesMax: REQUEST_BYTES_MAX + 1,
    totalBytesMax: REQUEST_BYTES_MAX + FRAMING_BYTES,
  })
  const frame = await reader.next(signal)
  const question = frame === undefined ? undefined : decodeQuestion(frame)
  if (frame === undefined || question === undefined) {
    init.onMalformed('one question of a known kind expected')
    stream.abort(new DOMException('malformed request', 'AbortError'))
    return
  }
  const refusal = init.admit(frame.length)
  if (refusal !== undefined) {
    const code = Uint8Array.from(refusal.code, (character) => character.charCodeAt(0))
    stream.send(encodeFrame(Uint8Array.of(TAG_REFUSED), code))
    await stream.close({ signal })
    return
  }
  const parts = cutAnswer(await init.answer(question))
  for (const part of parts)
    await sendAll(stream, encodeFrame(Uint8Array.of(TAG_PART), part), signal)
  await sendAll(stream, encodeFrame(Uint8Array.of(TAG_END)), signal)
  await stream.close({ signal })
}
