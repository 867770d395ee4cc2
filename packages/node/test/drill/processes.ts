/** What happens to processes: killed all at once, stopped for a while. */
import { describe } from './partitions.ts'
import type { Finding, Scenario } from './scenario.ts'
import { recoverInTime, type World } from './world.ts'

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

export const processes: readonly Scenario[] = [
  { name: 'kill', smoke: true, fault: 'SIGKILL of all five at once', run: killAll },
]
