/**
 * The crash tests can fail: a log that does not fsync, that fsyncs after sending, that gives its
 * new file a name without fsyncing the directory, or that holds no bodies is caught, by its disk
 * and by what follows from it.
 */
import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { describeSweep, type Sweep, sweepCrashes } from './support/crash-sweep.ts'

await installNativeCrypto()

/** the primary of all the heights */
const PRIMARY = 1
const base = { heights: 3, victims: [PRIMARY], downMs: [200], blackouts: ['one'] } as const

type Weak = Partial<Sweep> & Pick<Sweep, 'title'>

/** the code that a sweep stops at */
async function breaks(weak: Weak): Promise<string | undefined> {
  const report = await sweepCrashes({ ...base, ...weak })
  console.log(describeSweep(weak.title, report))
  return report.failure?.code
}

/** Once judged by what is durable when a message leaves, and once only by what nodes do. */
async function caughtBy(weak: Weak): Promise<readonly (string | undefined)[]> {
  return [await breaks(weak), await breaks({ ...weak, readsDisks: false })]
}

test('a log that does not fsync lets a restarted proposer propose twice', async () => {
  const codes = await caughtBy({ title: 'no fsync', lie: 'append' })
  assert.equal(codes, ['SENT_BEFORE_DURABLE', 'EQUIVOCATION'])
})

test('so does a log that fsyncs after sending', async () => {
  const codes = await caughtBy({ title: 'fsync after sending', isSentFirst: true })
  assert.equal(codes, ['SENT_BEFORE_DURABLE', 'EQUIVOCATION'])
})

// cometbft #6031: the state that keeps a validator from signing twice is written to a new file and
// renamed, and the directory is not synced: the old file is back after a power loss, and with it
// the right to sign something else.
test('cometbft #6031: a log renamed before its directory is synced lets it propose twice', async () => {
  const codes = await caughtBy({ title: 'no directory fsync', lie: 'rotation' })
  assert.equal(codes, ['SENT_BEFORE_DURABLE', 'EQUIVOCATION'])
})

test('cometbft #6031: with the directory synced, no rotation that loses power does', async () => {
  assert.is(await breaks({ title: 'as it is' }), undefined)
})

test('a log without bodies halts for good when all restart', async () => {
  const weak = { weaken: { noBodies: true }, blackouts: ['all'] } as const
  const codes = await caughtBy({ title: 'no bodies', ...weak })
  assert.equal(codes, ['BODY_NOT_DURABLE', 'NO_PROGRESS'])
})

test.run()
