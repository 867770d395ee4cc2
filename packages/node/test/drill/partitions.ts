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

const others = (name: string): string[] => NODES.filter((node) => node !== name)

/** how long the cut follows the schedule: every validator is cut three times */
const CHASE_STEPS = 12
/** the next primary is cut so much before its step, the last one let go so much after */
const EDGE_MS = 100

async function until(atMs: number): Promise<void> {
  const waitMs = atMs - Date.now()
  if (waitMs > 0) await pause(waitMs)
}

/** Cuts the primary of each step from before the step until after it. */
async function chase(world: World): Promise<Finding> {
  const { net, drill } = world
  const order = [...drill.files.validators].sort((a, b) =>
    (a.address ?? '') < (b.address ?? '') ? -1 : 1,
  )
  const primary = (step: number): string => order[step % order.length]?.name as string
  const first = Math.floor(Date.now() / STEP_MS) + 2
  let before = 0
  for (let step = first; step < first + CHASE_STEPS; step++) {
    await until(step * STEP_MS - EDGE_MS)
    net.isolate(primary(step))
    if (step === first) before = await topOf(drill, answering(world))
    await until(step * STEP_MS + EDGE_MS)
    if (step > first) net.healAt(primary(step - 1))
  }
  await until((first + CHASE_STEPS) * STEP_MS)
  const blocks = (await topOf(drill, answering(world))) - before
  const recovery = await recoverInTime(world, () => net.heal())
  return {
    checked: ['decides after the heal'],
    recoverySteps: recovery.steps,
    figures: { 'blocks during': blocks, ...describe(recovery) },
  }
}

/** One that is not heard still hears: it follows the chain while it is cut. */
async function mute(world: World): Promise<Finding> {
  const before = await topOf(world.drill, [FOURTH])
  for (const name of others(FOURTH)) world.net.silence(FOURTH, name, 'data')
  const finding = await aloneWhile(world, FOURTH)
  const followed = (await topOf(world.drill, [FOURTH])) - before
  hold(followed > 0, 'the unheard validator follows')
  return finding
}

export const partitions: readonly Scenario[] = [
  {
    name: 'half',
    smoke: true,
    needs: 'packets',
    fault: 'partition 2 against 2 for 10 steps',
    run: half,
  },
  {
    name: 'minority',
    smoke: true,
    needs: 'packets',
    fault: 'partition 3 against 1 for 10 steps',
    run(world) {
      world.net.partition([others(FOURTH), [FOURTH]])
      return aloneWhile(world, FOURTH)
    },
  },
  {
    name: 'deaf',
    needs: 'packets',
    fault: 'one validator is heard and hears nothing, 10 steps',
    run(world) {
      for (const name of others(FOURTH)) world.net.silence(name, FOURTH, 'data')
      return aloneWhile(world, FOURTH)
    },
  },
  {
    name: 'mute',
    needs: 'packets',
    fault: 'one validator hears and is not heard, 10 steps',
    run: mute,
  },
  {
    name: 'primary',
    needs: 'packets',
    fault: 'the primary of each of 12 steps is cut off',
    run: chase,
  },
]
