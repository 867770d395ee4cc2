/**
 * All four validators lose their power at the moment of every single file operation of one of them,
 * and between any two of its effects: nothing is undone, nothing is signed twice, and the network
 * decides again in every case (consensus.md, "Write-ahead log", rules 1 to 4).
 */
import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { describeSweep, type Sweep, sweepCrashes } from './support/crash-sweep.ts'

await installNativeCrypto()

async function holds(sweep: Sweep, casesMin: number): Promise<void> {
  const report = await sweepCrashes(sweep)
  console.log(describeSweep(sweep.title, report))
  assert.is(report.failure, undefined, describeSweep(sweep.title, report))
  assert.ok(report.cases >= casesMin, `${casesMin} cases expected, got ${report.cases}`)
}

const base = { heights: 3, victims: [1, 0], downMs: [200, 1_300] } as const

test('all restart, and decide again', () =>
  holds({ ...base, title: 'all', blackouts: ['all'] }, 300))

test('all restart, the others in the middle of their own next write', () =>
  holds({ ...base, title: 'all, writing', blackouts: ['all-writing'] }, 300))

test('all restart while locked, after a round whose precommits were lost', () =>
  holds(
    {
      ...base,
      ...{ title: 'all, locked', blackouts: ['all', 'all-writing'], heights: 2 },
      loses: (message) =>
        message.kind === 'precommit' && message.height === 2 && message.round === 0,
    },
    500,
  ))

test.run()
