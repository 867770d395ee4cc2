/** A new file of the write-ahead log (docs/spec/consensus.md W4, W5). */
import { encodeRecord, heightOfRecord, type LogRecord } from '@veche/consensus'
import type { WriteAheadLog } from '@veche/primitives'

export interface NewFile {
  /** what it begins with: `start`, and what the present height still needs */
  readonly first: readonly LogRecord[]
  /** what the log held when it was opened */
  readonly opened: readonly LogRecord[]
  /** everything of this height and those below is in `first`, or needed no more */
  readonly height: number
}

/**
 * Replaces the log's file. What was there for greater heights binds this node when it gets there.
 */
export async function rewriteLog(log: Pick<WriteAheadLog, 'rotate'>, file: NewFile): Promise<void> {
  const { first, opened, height } = file
  const later = opened.filter(
    (record) => record.kind !== 'start' && heightOfRecord(record) > height,
  )
  await log.rotate([...first, ...later].map(encodeRecord))
}
