/** Clients: transactions every so often, gossiped to the nodes that can be reached. */
import { heightOfDisk } from './disk.ts'
import { isHostile, type SimulatedNode, tellWork } from './node.ts'
import { setAt } from './registry.ts'
import type { World } from './world.ts'

/** a pool takes no more transfers than this: load stays below what a calm network includes */
const POOL_MAX = 32

const isFull = (node: SimulatedNode): boolean => node.pool.size > POOL_MAX

function willPropose(node: SimulatedNode): boolean {
  const { address, disk } = node
  if (isHostile(node) || node.isDead) return false
  return setAt(disk.chain, heightOfDisk(disk) + 1).includes(address)
}

/** Hands a transaction in at some node, whose gossip reaches who can be reached from there. */
export function submit(world: World, id: number): void {
  const { random, nodes, links } = world
  const first = random.pick(nodes)
  for (const node of nodes) {
    if (!links.isOpen(first.index, node.index)) continue
    world.after(random.between(0, 20), () => {
      if (node.state === null || isFull(node)) return
      node.pool.add(id)
      tellWork(world, node)
    })
  }
}

/** A transfer every `everyMs` on average, as long as the world is busy. */
export function injectWork(world: World, everyMs: number): void {
  if (!world.isBusy) return
  // what lies with somebody who will not propose it is no reason to give the others nothing
  if (!world.nodes.some((node) => willPropose(node) && isFull(node)))
    submit(world, world.nextTransaction('transfer'))
  world.after(world.random.between(1, 2 * everyMs), () => injectWork(world, everyMs))
}
