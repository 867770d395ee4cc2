/** What happens to processes: killed all at once, stopped for a while. */
import { describe } from './partitions.ts'
import type { Finding, Scenario } from './scenario.ts'
import { answering, gain, hold, recoverInTime, topOf, VALIDATORS, type World } from './world.ts'

const PAUSE_MS = 20_000
/** finals that more than one call to one node can bring */
const AFTER_LAST_CALL = 20
const CALL_TIMEOUT_MS = 60_000
const FOURTH = VALIDATORS[3]

async function killAll(world: World): Promise<Finding> {
  const { drill } = world
  await Promise.all(drill.running().map((name) => drill.kill(name)))
  const startedMs = performance.now()
  await drill.startAll()
  const startMs = performance.now() - startedMs
  const recovery = await recoverInTime(world, () => undefined)
  return {
    checked: ['nothing final is lost', 'decides after the restart'],
    recoverySteps: recovery.steps,
    figures: { 'all started in': `${Math.round(startMs)} ms`, ...describe(recovery) },
  }
}

async function stopOne(world: World): Promise<Finding> {
  const { drill, silent, load } = world
  const pid = drill.pid(FOURTH)
  const before = await topOf(drill, [FOURTH])
  silent.add(FOURTH)
  // a call of the load under way would wait for the stopped process for half a minute: let it end
  await load.progress(AFTER_LAST_CALL, CALL_TIMEOUT_MS)
  process.kill(pid, 'SIGSTOP')
  try {
    const blocks = await gain(world, answering(world), PAUSE_MS)
    hold(blocks > 0, 'three of four go on')
    const recovery = await recoverInTime(world, () => {
      process.kill(pid, 'SIGCONT')
      silent.delete(FOURTH)
    })
    const behind = (await topOf(drill, answering(world))) - before
    return {
      checked: ['three go on', 'the fourth catches up'],
      recoverySteps: recovery.steps,
      figures: { 'blocks during': blocks, 'behind by': behind, ...describe(recovery) },
    }
  } finally {
    process.kill(pid, 'SIGCONT')
    silent.delete(FOURTH)
  }
}

export const processes: readonly Scenario[] = [
  { name: 'kill', smoke: true, fault: 'SIGKILL of all five at once', run: killAll },
  { name: 'pause', fault: 'SIGSTOP of one validator for 20 s', run: stopOne },
]
