/** Silence between nodes: symmetric, one way, and a cut that follows the schedule. */
import { pause } from '../support/until.ts'
import type { Finding, Scenario } from './scenario.ts'
import {
  answering,
  gain,
  hold,
  holdHalted,
  NODES,
  OBSERVER,
  type Recovery,
  recoverInTime,
  STEP_MS,
  topOf,
  VALIDATORS,
  type World,
} from './world.ts'

/** long enough for every validator to have been primary twice */
const FAULT_MS = 10_000
const [FIRST, SECOND, THIRD, FOURTH] = VALIDATORS

export const describe = ({ ms, allMs }: Recovery): Record<string, string> => ({
  'decision after': `${Math.round(ms)} ms`,
  'all nodes after': `${Math.round(allMs)} ms`,
})

async function half(world: World): Promise<Finding> {
  world.net.partition([
    [FIRST, SECOND, OBSERVER],
    [THIRD, FOURTH],
  ])
  await holdHalted(world, FAULT_MS)
  const recovery = await recoverInTime(world, () => world.net.heal())
  return {
    checked: ['halts', 'decides after the heal'],
    recoverySteps: recovery.steps,
    figures: describe(recovery),
  }
}

/** The rest goes on while `name` is as it is; then it catches up. */
async function aloneWhile(world: World, name: string): Promise<Finding> {
  const rest = NODES.filter((node) => node !== name)
  await pause(1.5 * STEP_MS)
  const alone = await topOf(world.drill, [name])
  const blocks = await gain(world, rest, FAULT_MS)
  hold(blocks > 0, 'three of four go on')
  const recovery = await recoverInTime(world, () => world.net.heal())
  return {
    checked: ['three go on', 'the fourth catches up'],
    recoverySteps: recovery.steps,
    figures: {
      'blocks during': blocks,
      'behind by': (await topOf(world.drill, answering(world))) - alone,
      ...describe(recovery),
    },
  }
}

function others(name: string): string[] {
  return NODES.filter((node) => node !== name)
}

export const partitions: readonly Scenario[] = [
  { name: 'half', smoke: true, fault: 'partition 2 against 2 for 10 steps', run: half },
  {
    name: 'minority',
    smoke: true,
    fault: 'partition 3 against 1 for 10 steps',
    run(world) {
      world.net.partition([others(FOURTH), [FOURTH]])
      return aloneWhile(world, FOURTH)
    },
  },
]
