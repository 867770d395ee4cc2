/** Clients: transactions every so often, gossiped to the nodes that can be reached. */
import { tellWork } from './node.ts'
import type { World } from './world.ts'

/** Hands a transaction in at some node, whose gossip reaches who can be reached from there. */
export function submit(world: World, id: number): void {
  const { random, nodes, links } = world
  const first = random.pick(nodes)
  for (const node of nodes) {
    if (!links.isOpen(first.index, node.index)) continue
    world.after(random.between(0, 20), () => {
      if (node.state === null) return
      node.pool.add(id)
      tellWork(world, node)
    })
  }
}

/** a pool takes no more transfers than this: load stays below what a calm network includes */
const POOL_MAX = 32

/** A transfer every `everyMs` on average, as long as the world is busy. */
export function injectWork(world: World, everyMs: number): void {
  if (!world.isBusy) return
  const isFull = world.nodes.some((node) => node.pool.size > POOL_MAX)
  if (!isFull) submit(world, world.nextTransaction('transfer'))
  world.after(world.random.between(1, 2 * everyMs), () => injectWork(world, everyMs))
}
