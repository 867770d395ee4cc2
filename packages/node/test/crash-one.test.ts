/**
 * One validator of four loses its power at every single file operation and between any two effects
 * of three heights, rotation of the log included, with every outcome that its disk may have; once
 * more while it comes back; and the network goes on (consensus.md, "Write-ahead log").
 */
import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { describeSweep, type Sweep, sweepCrashes } from './support/crash-sweep.ts'

await installNativeCrypto()

/** the primary of all the heights, and another */
const PRIMARY = 1
const OTHER = 0

async function holds(sweep: Sweep, casesMin: number): Promise<void> {
  const report = await sweepCrashes(sweep)
  console.log(describeSweep(sweep.title, report))
  assert.is(report.failure, undefined, describeSweep(sweep.title, report))
  assert.ok(report.cases >= casesMin, `${casesMin} cases expected, got ${report.cases}`)
}

const base = { heights: 3, victims: [PRIMARY, OTHER], downMs: [200, 1_300] } as const

test('no crash of one validator breaks an invariant, and it comes back', () =>
  holds({ ...base, title: 'one', blackouts: ['one'], isFirstStart: true }, 800))

test('nor does a second crash while it comes back', () =>
  holds({ ...base, title: 'one, twice', blackouts: ['twice'], heights: 2, readsDisks: false }, 150))

test('nor does a crash while the log is written anew within a height', () =>
  holds(
    {
      ...base,
      ...{ title: 'one, log written anew', victims: [PRIMARY], heights: 1 },
      blackouts: ['one'],
      isCompacted: true,
    },
    150,
  ))

test('nor does a crash of a validator that is locked and votes again in the next round', () =>
  holds(
    {
      ...base,
      ...{ title: 'one, locked', blackouts: ['one'], heights: 2, victims: [1, 2] },
      loses: (message) =>
        message.kind === 'precommit' && message.height === 2 && message.round === 0,
    },
    300,
  ))

test.run()
