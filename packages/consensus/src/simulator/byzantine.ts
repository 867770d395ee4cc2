/**
 * An equivocator, for at most f nodes: it shows different proposals to different peers and votes at
 * once for everything that it hears of. Its keys are its own: it can forge nobody else.
 */
import { sealDigest } from '@veche/primitives'
import type { SignableContent, SignedMessage } from '../message.ts'
import { buildBlock, encodeTransaction } from './ledger.ts'
import { headHeight, type SimulatedNode } from './node.ts'
import { signNow } from './perform.ts'
import { simulatedSign } from './signer.ts'
import type { World } from './world.ts'

type SignedProposal = Extract<SignedMessage, { kind: 'proposal' }>

/** Votes for a proposal whatever else it voted for. */
export function voteForAll(world: World, node: SimulatedNode, proposal: SignedProposal): void {
  const { height, round, hash, header } = proposal
  if (height !== headHeight(node) + 1) return
  const seal = simulatedSign(node.address, sealDigest(header, round))
  const votes: SignableContent[] = [
    { kind: 'prevote', height, round, hash },
    { kind: 'precommit', height, round, hash, seal },
  ]
  for (const content of votes) {
    const message = signNow(world.parameters.chainId, node.address, { kind: 'sign', content })
    for (const to of world.nodes) if (to !== node) world.deliver(node, to, message)
  }
}

/** Another block for the same round, shown to the other half of the peers. */
export function twinOf(world: World, node: SimulatedNode, proposal: SignedProposal): SignedMessage {
  const { header } = proposal
  const parent = node.durable.headers[headHeight(node)]
  if (proposal.validRound >= 0 || parent === undefined || header.number !== parent.number + 1)
    return proposal
  const template = { ...header, parentHash: proposal.parentHash }
  const twin = buildBlock(parent, template, [encodeTransaction(world.nextTransaction())])
  node.cache.set(twin.hash, twin)
  world.count('equivocation')
  const { height, round, parentHash, validRound } = proposal
  const content = {
    kind: 'proposal',
    ...{ height, round, parentHash, validRound, hash: twin.hash },
    header: twin.block.header,
    transactionHashes: [],
  } as const
  return signNow(world.parameters.chainId, node.address, { kind: 'sign', content })
}
