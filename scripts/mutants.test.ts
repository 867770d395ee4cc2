/**
 * Machines with a rule broken in their source: the list keeps up with the source, five are hunted.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { staleWords } from './mutants-copy.ts'
import { MUTANTS } from './mutants-list.ts'

const run = (...args: readonly string[]): { status: number | null; output: string } => {
  const script = join(import.meta.dirname, 'mutants.ts')
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    cwd: join(import.meta.dirname, '..'),
    encoding: 'utf8',
  })
  return { status, output: `${stdout}${stderr}` }
}

test('every word that a broken machine replaces stands in the source once', () => {
  for (const mutant of MUTANTS) assert.is(staleWords(mutant), null, mutant.name)
  assert.is(new Set(MUTANTS.map(({ name }) => name)).size, MUTANTS.length)
})

test('no lock, no log, no bodies, f+1 and timers of 2^r in the source are caught', () => {
  const five = 'no-lock,no-log,log-without-bodies,quorum-f-plus-1,timers-of-2-to-the-r'
  const { status, output } = run('--only', five)
  console.log(output)
  assert.is(status, 0, output)
  assert.match(output, /\n5 weakened machines, 5 caught, the last one at seed \d+\n/)
})

test('a machine that goes unnoticed, and one that is not in the list, fail the hunt', () => {
  assert.is(run('--only', 'timers-of-2-to-the-r', '--seeds', '1').status, 1)
  assert.is(run('--only', 'no-such-machine').status, 1)
})

test.run()
