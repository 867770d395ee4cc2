/**
 * Machines from outside in the simulator: ours gives the same run, weakened ones are caught, by the
 * library and by the command.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  commandOf,
  type Machine,
  ownMachine,
  type SimulationReport,
  simulate,
} from '../src/simulator/index.ts'
import * as broken from './machines/broken.ts'
import * as emptyLog from './machines/empty-log.ts'
import * as noBodies from './machines/no-bodies.ts'
import * as noLock from './machines/no-lock.ts'
import * as noLog from './machines/no-log.ts'
import * as smallQuorum from './machines/small-quorum.ts'

await installNativeCrypto()

const SEEDS_MAX = 1_000

function firstFailure(machine: Partial<Machine>, profile: string): SimulationReport | null {
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    const options = { seed, heights: 40, profile, machine: { ...ownMachine, ...machine } }
    const report = simulate(options)
    if (report.failure !== undefined) return report
  }
  return null
}

test('the own machine given from outside makes the same run, byte for byte', () => {
  const options = { seed: 3, heights: 20, profile: 'storm' }
  assert.equal(simulate({ ...options, machine: ownMachine }), simulate(options))
})

test('a machine may return a new state instead of changing the one it was given', () => {
  const options = { seed: 3, heights: 20, profile: 'storm' }
  const step: Machine['step'] = (state, input, context) => {
    const done = ownMachine.step(state, input, context)
    return { ...done, state: { ...done.state } }
  }
  assert.equal(simulate({ ...options, machine: { ...ownMachine, step } }), simulate(options))
})

for (const [name, machine, profile, codes] of [
  ['writes no log', noLog, 'lossy', ['SENT_BEFORE_LOGGED']],
  ['logs no bodies', noBodies, 'lossy', ['SENT_WITHOUT_BODY']],
  ['forgets its lock', noLock, 'lossy', ['LOCK_BROKEN', 'ASSERTION', 'NO_PROGRESS']],
  ['decides with f+1 votes', smallQuorum, 'partition', ['PRECOMMIT_WITHOUT_POLKA']],
  ['does not read its log', emptyLog, 'restart-all', ['EQUIVOCATION', 'LOCK_BROKEN']],
  ['throws by mistake', broken, 'calm', ['EXCEPTION']],
] as const)
  test(`a machine from outside that ${name} is caught`, () => {
    const report = firstFailure(machine, profile)
    console.log(`  ${name}: ${report?.failure?.code} at seed ${report?.seed}`)
    assert.ok((codes as readonly string[]).includes(report?.failure?.code ?? 'nothing'))
  })

const MACHINE = 'packages/consensus/test/machines/no-log.ts'

function runSim(...args: readonly string[]): { status: number | null; output: string } {
  const root = fileURLToPath(new URL('../../../', import.meta.url))
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/sim.ts', ...args], {
    cwd: root,
    encoding: 'utf8',
  })
  return { status, output: `${stdout}${stderr}` }
}

test('the command that replays a failure names the machine', () => {
  const options = { seed: 1, heights: 5, profile: 'calm' }
  assert.match(
    commandOf({ ...options, machine: { ...ownMachine, file: MACHINE } }),
    /--seed 1 .* --machine packages\/consensus\/test\/machines\/no-log\.ts/,
  )
})

test('npm run sim --hostile casts hostile nodes: more than f of them fork', () => {
  const args = ['--hostile', '2:equivocate,ignore-locks', '--profile', 'edge', '--heights', '15']
  const { status, output } = runSim(...args, '--seeds', '100', '--first', '--no-shrink')
  assert.is(status, 1)
  assert.match(output, /FAIL edge n 4: FORK: /)
  assert.match(output, /replay: .*--hostile 2:equivocate,ignore-locks/)
})

test('npm run sim --machine catches a machine of a file, and ends at the first failure', () => {
  const args = ['--machine', MACHINE, '--first', '--no-shrink', '--heights', '20']
  const { status, output } = runSim(...args)
  assert.is(status, 1)
  assert.match(output, new RegExp(`SENT_BEFORE_LOGGED.*\n.*replay: .*--machine ${MACHINE}`))
  assert.match(output, /seeds 1, .*forks 0, invariant breaks 1,/)
})

test('a soak gives the machine of a file to its threads', () => {
  const args = ['--machine', MACHINE, '--first', '--no-shrink', '--minutes', '1', '--jobs', '1']
  const { status, output } = runSim(...args)
  assert.is(status, 1)
  assert.match(output, /SENT_BEFORE_LOGGED/)
})

test('what is misspelt is refused, so that nothing passes that tested nothing', () => {
  for (const args of [
    ['--weaken', 'nolock'],
    ['--without', 'los'],
    ['--skip', 'crash'],
    ['--profile', 'clam'],
    ['--heights', 'many'],
    ['--minutes', 'ten'],
    ['--seeds', '0'],
    ['--n', '0'],
    ['--signatures', 'none'],
    ['--machine', 'packages/consensus/src/limits.ts'],
    ['--hostile', 'flood'],
    ['--hostile', '1:fly'],
    ['--hostile', '0:flood'],
    ['--sed', '1'],
  ])
    assert.is(runSim(...args).status, 2, args.join(' '))
})

test.run()
