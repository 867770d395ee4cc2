/** Certified blocks from node to node, and what an importer checks of them (invariant 13). */
import type { Hash, Header } from '@veche/primitives'
import { verifyCertificate } from '../certificate.ts'
import { checkHeader } from '../header.ts'
import { executeBlock } from './ledger.ts'
import { afterCommit, headHeight, type SimulatedNode, storeBlock, whenAwake } from './node.ts'
import { headOf, setAt } from './registry.ts'
import type { World } from './world.ts'

const BLOCKS_PER_REQUEST = 64

/** A block as it travels; a hostile peer may send any. */
export interface OfferedBlock {
  readonly header: Header
  readonly hash: Hash
  readonly transactions: readonly Uint8Array[]
}

/** Whether a block may go on the head. A node that is about to commit it itself waits. */
function isAcceptable(world: World, node: SimulatedNode, offered: OfferedBlock): boolean {
  const { header, hash, transactions } = offered
  if (node.state === null || node.isBusy || node.state.current.decided !== null) return false
  if (header.number !== headHeight(node) + 1) return false
  const { chain } = node.disk
  const validators = setAt(chain, header.number)
  const nextValidators = setAt(chain, header.number + 1)
  const parent = headOf(chain).header
  const context = { parameters: world.parameters, validators, nextValidators }
  if (!checkHeader(header, parent, context).ok) return false
  const proven = verifyCertificate(header, validators, { recover: world.keys.recover })
  if (!proven.ok || proven.value.hash !== hash) return false
  return executeBlock(parent, { header, transactions }, hash) !== null
}

/** Blocks of `from`, as they are or as a liar alters them, from the head of `to` on. */
function offers(world: World, from: SimulatedNode, to: SimulatedNode): OfferedBlock[] {
  const { chain } = from.disk
  const first = headHeight(to) + 1
  const last = Math.min(headHeight(from), first + BLOCKS_PER_REQUEST - 1)
  const offered: OfferedBlock[] = []
  for (let height = first; height <= last; height++) {
    const block: OfferedBlock = {
      header: chain.headers[height] as Header,
      hash: chain.hashes[height] as Hash,
      transactions: chain.bodies[height] as readonly Uint8Array[],
    }
    const liar = from.behaviours.find((each) => each.offers !== undefined)
    offered.push(liar?.offers?.({ world, node: from }, block) ?? block)
  }
  return offered
}

/** Gives a node the certified blocks that another has, as one answer. */
export function sync(world: World, from: SimulatedNode, to: SimulatedNode): void {
  if (from.state === null || from === to || headHeight(from) <= headHeight(to)) return
  world.links.send(from.index, to.index, () =>
    whenAwake(world, to, () => {
      for (const block of offers(world, from, to)) {
        if (!isAcceptable(world, to, block)) {
          world.count('sync block refused')
          return
        }
        const { header, transactions, hash } = block
        if (!storeBlock(world, to, { block: { header, transactions }, hash })) return
        afterCommit(world, to)
      }
      if (headHeight(from) > headHeight(to)) requestSync(world, to, from)
    }),
  )
}

/** Asks a node for its blocks. */
export function requestSync(world: World, node: SimulatedNode, from?: SimulatedNode): void {
  if (from === undefined) return
  world.links.send(node.index, from.index, () =>
    whenAwake(world, from, () => sync(world, from, node)),
  )
}

/** as often as a node looks at the heads that its peers tell */
const LOOK_MS = 2_000

/**
 * A node whose head has not moved since its last look asks a peer that is ahead, one after the
 * other: statuses go to members only, and whoever is not one learns of new blocks by the heads that
 * peers tell (network/src/session.ts). Runs for ever.
 */
export function lookForBlocks(world: World, node: SimulatedNode, turn = 0, head = -1): void {
  const isStalled = node.state !== null && headHeight(node) === head
  const ahead = isStalled ? world.nodes.filter((other) => isAhead(world, other, node)) : []
  requestSync(world, node, ahead[turn % Math.max(1, ahead.length)])
  const last = headHeight(node)
  world.after(LOOK_MS, () => lookForBlocks(world, node, turn + 1, last))
}

/** Links are whole again: peers connect and tell their heads, and who is behind asks at once. */
export function meetPeers(world: World): void {
  for (const node of world.nodes)
    for (const other of world.nodes)
      if (node.state !== null && isAhead(world, other, node)) requestSync(world, node, other)
}

function isAhead(world: World, other: SimulatedNode, node: SimulatedNode): boolean {
  const { links } = world
  const isReached = links.isOpen(other.index, node.index) && links.isOpen(node.index, other.index)
  return isReached && other.state !== null && headHeight(other) > headHeight(node)
}
