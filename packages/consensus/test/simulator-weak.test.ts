/**
 * The proof that the simulator can fail: machines with one rule broken on purpose are caught, and
 * what is found is what the broken rule leads to.
 */
import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type SimulationOptions, simulate } from '../src/simulator/index.ts'

await installNativeCrypto()

const SEEDS_MAX = 1_000

interface Disease {
  readonly name: string
  readonly profile: string
  readonly weaken: NonNullable<SimulationOptions['weaken']>
  /** findings that are let pass, to see what they lead to */
  readonly tolerate?: readonly string[]
  readonly code: string
}

/** what a lost or ignored log breaks before it comes to a fork */
const LOG_CODES = [
  'EQUIVOCATION',
  'HONEST_NODE_ACCUSED',
  'LOCK_BROKEN',
  'PRECOMMIT_WITHOUT_POLKA',
  'SENT_BEFORE_LOGGED',
  'SENT_WITHOUT_BODY',
]

const DISEASES: readonly Disease[] = [
  { name: 'no lock', profile: 'lossy', weaken: { noLock: true }, code: 'LOCK_BROKEN' },
  {
    name: 'no lock, let go on',
    profile: 'lossy',
    weaken: { noLock: true },
    tolerate: ['LOCK_BROKEN'],
    code: 'FORK',
  },
  {
    name: 'a quorum of f+1',
    profile: 'partition',
    weaken: { smallQuorum: true },
    code: 'PRECOMMIT_WITHOUT_POLKA',
  },
  {
    name: 'a quorum of f+1, its polkas let pass',
    profile: 'partition',
    weaken: { smallQuorum: true },
    tolerate: ['PRECOMMIT_WITHOUT_POLKA', 'LOCK_BROKEN'],
    code: 'COMMITTED_WITHOUT_CERTIFICATE',
  },
  {
    name: 'a quorum of f+1, let go on',
    profile: 'partition',
    weaken: { smallQuorum: true },
    tolerate: ['COMMITTED_WITHOUT_CERTIFICATE', 'PRECOMMIT_WITHOUT_POLKA', 'LOCK_BROKEN'],
    code: 'FORK',
  },
  { name: 'no log', profile: 'lossy', weaken: { noLog: true }, code: 'SENT_BEFORE_LOGGED' },
  {
    name: 'no log, let go on',
    profile: 'restart-all',
    weaken: { noLog: true },
    tolerate: LOG_CODES,
    code: 'FORK',
  },
  {
    name: 'a log that is not read at start, let go on',
    profile: 'restart-all',
    weaken: { emptyLog: true },
    tolerate: LOG_CODES,
    code: 'FORK',
  },
  {
    name: 'a log without bodies',
    profile: 'restart-all',
    weaken: { noBodies: true },
    code: 'SENT_WITHOUT_BODY',
  },
  {
    name: 'a log without bodies, let go on: all restart, and the chain halts for good',
    profile: 'restart-all',
    weaken: { noBodies: true },
    tolerate: ['SENT_WITHOUT_BODY'],
    code: 'NO_PROGRESS',
  },
  {
    name: 'timers of 2^r',
    profile: 'disk',
    weaken: { doublingTimers: true },
    code: 'NO_PROGRESS',
  },
]

/** the first seed that shows what a broken rule leads to */
function findSeed({ profile, weaken, tolerate = [], code }: Disease): number {
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    const { failure } = simulate({ seed, heights: 40, profile, weaken, wire: false, tolerate })
    if (failure?.code === code) return seed
  }
  return Number.POSITIVE_INFINITY
}

for (const disease of DISEASES)
  test(`the simulator catches ${disease.name}: ${disease.code}`, () => {
    const seed = findSeed(disease)
    console.log(`  ${disease.name}: ${disease.code} at seed ${seed}`)
    assert.ok(seed <= SEEDS_MAX)
  })

test.run()
