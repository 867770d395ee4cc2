/** What every `WriteAheadLog` does, the one on disk and the twin. */
import type { WriteAheadLog } from '@veche/primitives'
import * as assert from 'uvu/assert'
import { LOG_PAYLOAD_BYTES_MAX } from '../src/index.ts'

/** A place that a log is opened in again and again. */
export interface LogFactory {
  /** opens the log; the one opened before is closed */
  open(): Promise<WriteAheadLog>
}

interface Case {
  readonly title: string
  run(place: LogFactory): Promise<void>
}

const one = Uint8Array.of(1)
const two = Uint8Array.of(2, 2)
const big = new Uint8Array(100_000).fill(3)

async function reopen(place: LogFactory, log: WriteAheadLog): Promise<WriteAheadLog> {
  await log.close()
  return place.open()
}

function isBug(run: () => Promise<void>): Promise<void> {
  return Promise.resolve()
    .then(run)
    .then(
      () => assert.unreachable('a bug is asserted'),
      (error) => assert.is(error.name, 'AssertionError'),
    )
}

export const writeAheadLogConformance: readonly Case[] = [
  {
    title: 'a new log replays nothing',
    async run(place) {
      const log = await place.open()
      assert.equal(log.replayed, [])
      const again = await reopen(place, log)
      assert.equal(again.replayed, [])
      await again.close()
    },
  },
  {
    title: 'a reopened log replays what was appended, in order, again and again',
    async run(place) {
      let log = await place.open()
      await log.append([one, two])
      await log.append([])
      await log.append([big])
      for (let i = 0; i < 3; i++) {
        log = await reopen(place, log)
        assert.equal(log.replayed, [one, two, big])
      }
      await log.append([one])
      log = await reopen(place, log)
      assert.equal(log.replayed, [one, two, big, one])
      await log.close()
    },
  },
  {
    title: 'appends that are not awaited keep their order around a rotation',
    async run(place) {
      let log = await place.open()
      const before = [log.append([one]), log.append([one]), log.append([one])]
      const rotated = log.rotate([two])
      const after = [log.append([big]), log.append([one])]
      await Promise.all([...before, rotated, ...after])
      log = await reopen(place, log)
      assert.equal(log.replayed, [two, big, one])
      await log.close()
    },
  },
  {
    title: 'a rotated log replays only what came with and after the rotation',
    async run(place) {
      let log = await place.open()
      await log.append([one, one])
      await log.rotate([two])
      await log.rotate([])
      await log.append([big])
      log = await reopen(place, log)
      assert.equal(log.replayed, [big])
      await log.close()
    },
  },
  {
    title: 'an empty and an oversized payload are bugs',
    async run(place) {
      const log = await place.open()
      await isBug(() => log.append([new Uint8Array(0)]))
      await isBug(() => log.append([new Uint8Array(LOG_PAYLOAD_BYTES_MAX + 1)]))
      await log.append([new Uint8Array(LOG_PAYLOAD_BYTES_MAX)])
      const again = await reopen(place, log)
      assert.equal(
        again.replayed.map((payload) => payload.length),
        [LOG_PAYLOAD_BYTES_MAX],
      )
      await again.close()
      await isBug(() => again.append([one]))
    },
  },
]
