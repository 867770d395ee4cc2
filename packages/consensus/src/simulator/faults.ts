/** Injects the faults of a profile, drawn once per simulated step. */
import { createThresholds } from '../quorum.ts'
import type { World } from './world.ts'

const TICK_MS = 250

/** A cut between two groups, one-way half of the time, or all links of one node. */
function partition(world: World): void {
  const { random, nodes, links } = world
  world.count('partition')
  const isOneWay = random.chance(0.5)
  const group = new Set(random.shuffle(nodes).slice(0, random.between(1, nodes.length - 1)))
  for (const from of nodes)
    for (const to of nodes) {
      if (group.has(from) === group.has(to)) continue
      if (group.has(from) || !isOneWay) links.block(from.index, to.index)
    }
  world.after(random.between(200, 6_000), () => {
    if (world.isFaulty) links.heal(false)
  })
}

function restartAll(world: World): void {
  world.count('restart-all')
  for (const node of world.nodes) world.crash(node, world.random.between(1, 1_500))
}

/** More than f nodes are away: the chain halts, and goes on by itself when they return. */
function halt(world: World): void {
  world.count('halt')
  const { random, nodes } = world
  const { jump } = createThresholds(nodes.length)
  const downMs = random.between(10_000, 120_000)
  for (const node of random.shuffle(nodes).slice(0, jump))
    world.crash(node, downMs + random.between(0, 3_000))
}

function jumpClock(world: World): void {
  const node = world.random.pick(world.nodes)
  world.count('clock-jump')
  const held = node.skewMs
  node.skewMs += world.random.between(-4_000, 4_000)
  world.after(world.random.between(500, 5_000), () => {
    node.skewMs = held
  })
}

/** One draw of every kind of fault; reschedules itself while the phase lasts. */
export function injectFaults(world: World): void {
  if (!world.isFaulty) return
  const { profile, random } = world
  const draw = (perSecond: number): boolean => random.chance((perSecond * TICK_MS) / 1000)
  if (draw(profile.partitionsPerSecond)) partition(world)
  if (draw(profile.crashesPerSecond)) world.crash(random.pick(world.nodes))
  if (draw(profile.restartAllPerSecond)) restartAll(world)
  if (draw(profile.haltsPerSecond)) halt(world)
  if (draw(profile.clockJumpsPerSecond)) jumpClock(world)
  world.after(TICK_MS, () => injectFaults(world))
}
