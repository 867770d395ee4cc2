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
          break
        }
        const { header, transactions, hash } = block
        if (!storeBlock(world, to, { block: { header, transactions }, hash })) break
        afterCommit(world, to)
      }
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
