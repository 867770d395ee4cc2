/** The judge and its tools: culprits of a fork, bounds, shrinking, summary. */
import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createThresholds } from '../src/quorum.ts'
import {
  addReport,
  commandOf,
  createSummary,
  describeEvent,
  describeSummary,
  type SimulationReport,
  shrink,
  simulate,
} from '../src/simulator/index.ts'
import { simulatedAddress } from '../src/simulator/signer.ts'

await installNativeCrypto()

/** forks made by more than f hostile nodes, on machines that keep every rule */
function forkedRuns(count: number): SimulationReport[] {
  const found: SimulationReport[] = []
  for (let seed = 6; seed <= 400 && found.length < count; seed++) {
    const hostile = { count: 2, behaviours: ['equivocate', 'ignore-locks'] } as const
    const report = simulate({ seed, heights: 15, profile: 'edge', hostile, wire: false })
    if (report.failure?.code === 'FORK') found.push(report)
  }
  return found
}

test('a fork names at least f+1 culprits, and no honest node (invariant 14)', () => {
  const runs = forkedRuns(2)
  assert.ok(runs.length > 0, 'more than f hostile nodes make forks')
  const honest = [2, 3].map(simulatedAddress)
  for (const { failure, seed } of runs) {
    const culprits = failure?.culprits ?? []
    assert.ok(culprits.length >= createThresholds(4).jump, `seed ${seed}: ${culprits.join()}`)
    for (const address of honest) assert.not.ok(culprits.includes(address), `seed ${seed}`)
  }
})

test('a failing run is shrunk to one that fails in the same way with fewer faults', () => {
  const options = { seed: 1, heights: 30, profile: 'storm', weaken: { emptyLog: true } }
  const shrunk = shrink(options, { runsMax: 60 })
  assert.ok(shrunk !== null)
  const first = simulate(options)
  assert.is(shrunk.report.failure?.code, first.failure?.code)
  assert.ok((shrunk.options.without?.length ?? 0) > 0)
  assert.is(simulate(shrunk.options).digest, shrunk.report.digest)
  assert.match(commandOf(shrunk.options), /--seed 1 .*--weaken emptyLog --without/)
})

test('who has no patience for more runs gets the smallest one so far', () => {
  const options = { seed: 1, heights: 30, profile: 'storm', weaken: { emptyLog: true } }
  let runs = 0
  const shrunk = shrink(options, { isOver: () => runs++ >= 3 })
  assert.is(shrunk?.runs, 3)
  assert.is(shrunk?.report.failure?.code, simulate(options).failure?.code)
})

test('a run that does not fail is not shrunk', () => {
  assert.is(shrink({ seed: 1, heights: 5, profile: 'calm' }), null)
})

test('a trace has one line per event: time, node, input, effects', () => {
  const lines: string[] = []
  simulate({
    ...{ seed: 1, heights: 2, profile: 'calm' },
    onEvent: (event) => {
      const line = describeEvent(event)
      if (line !== null) lines.push(line)
    },
  })
  assert.ok(lines.every((line) => /^ +\d+\.\d{3} {2}( \d|--) {2}/.test(line)))
  assert.ok(lines.some((line) => /committed 1 /.test(line)))
  assert.ok(lines.some((line) => /signed precommit .* → log .*lock\+sent, send/.test(line)))
})

test('a summary adds runs up and counts forks apart from other breaks', () => {
  const summary = createSummary()
  const report = simulate({ seed: 1, heights: 5, profile: 'lossy' })
  addReport(summary, report)
  addReport(summary, { ...report, failure: { code: 'FORK', reason: '' } })
  addReport(summary, { ...report, failure: { code: 'NO_PROGRESS', reason: '' } })
  assert.equal([summary.runs, summary.forks, summary.breaks], [3, 1, 1])
  assert.match(describeSummary(summary).at(-1) as string, /^seeds 3, .*forks 1, invariant breaks 1/)
})

test('a store that was set back under a newer log: what the floor bound before stays bound', () => {
  // with a floor that rotation lowered to the head, this seed broke a lock
  const report = simulate({ seed: 33, heights: 40, profile: 'disk', wire: false })
  assert.is(report.failure, undefined, report.failure?.reason)
  assert.ok((report.faults['store repaired'] ?? 0) > 0)
})

test('real signatures make the same chain as those that cost nothing, with other addresses', () => {
  const run = (signatures: 'real' | 'simulated'): SimulationReport =>
    simulate({ seed: 1, heights: 10, profile: 'crash', signatures })
  assert.is(run('real').failure, undefined)
  assert.is.not(run('real').head, run('simulated').head)
})

test.run()
