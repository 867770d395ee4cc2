/** The explorer finds a breach in every machine that was weakened on purpose. */
import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { explore } from '../src/explorer/index.ts'

await installNativeCrypto()

const bounds = { rounds: 2, crashes: 0, byzantine: null } as const

test('a machine without locks forks', () => {
  const { report } = explore({ ...bounds, weaken: { noLock: true }, only: ['FORK'] })
  assert.is(report.counterexample?.code, 'FORK')
  assert.ok((report.counterexample?.trace.length ?? 0) > 5)
})

test('a machine without locks is caught breaking one before it forks', () => {
  const { report } = explore({ ...bounds, weaken: { noLock: true } })
  assert.ok(['LOCK_BROKEN', 'ASSERTION'].includes(report.counterexample?.code ?? ''))
})

test('a machine that decides with f+1 votes forks', () => {
  const { report } = explore({ ...bounds, weaken: { smallQuorum: true }, only: ['FORK'] })
  assert.is(report.counterexample?.code, 'FORK')
})

test('a node that forgets its log signs two values in one round', () => {
  const { report } = explore({ ...bounds, crashes: 1, noLog: true, only: ['EQUIVOCATION'] })
  assert.is(report.counterexample?.code, 'EQUIVOCATION')
})

test('a node that forgets its log lets another fork', () => {
  const options = { ...bounds, crashes: 1, byzantine: 0, noLog: true, only: ['FORK'] }
  assert.is(explore(options).report.counterexample?.code, 'FORK')
})

test('a node that logs no bodies is caught at its first proposal', () => {
  const { report } = explore({ ...bounds, weaken: { noBodies: true } })
  assert.is(report.counterexample?.code, 'PROPOSED_WITHOUT_BODY')
})

test.run()
