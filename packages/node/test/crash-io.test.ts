/**
 * Any I/O error under the log ends the process (consensus.md, "Write-ahead log", rule 5): a full
 * disk at each append, an fsync that fails, a rename, a directory. Nothing is sent after it, and
 * what the next process goes on with is durable, although the system takes pages for clean that
 * never reached the disk.
 */
import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { describeSweep, type Sweep, sweepCrashes } from './support/crash-sweep.ts'

await installNativeCrypto()

const base = {
  heights: 3,
  isFirstStart: true,
  victims: [1, 0],
  downMs: [200, 1_300],
  blackouts: ['error'],
} as const

async function holds(sweep: Sweep): Promise<void> {
  const report = await sweepCrashes(sweep)
  console.log(describeSweep(sweep.title, report))
  assert.is(report.failure, undefined, describeSweep(sweep.title, report))
  assert.ok(report.operations >= 70, 'every file operation failed once')
}

test('one I/O error at any file operation ends the process, and it comes back', () =>
  holds({ ...base, title: 'I/O error' }))

test('also while the log is written anew within a height', () =>
  holds({ ...base, title: 'I/O error, log written anew', heights: 2, isCompacted: true }))

test.run()
