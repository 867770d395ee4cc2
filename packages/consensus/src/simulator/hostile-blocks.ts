/** Hostile proposals: two for one round, blocks that are wrong, blocks that outlast a window. */
import { blockHash, type Header, sealDigest, ZERO_ADDRESS } from '@veche/primitives'
import type { Candidate } from '../input.ts'
import type { Message, Proposal, SignableContent, SignedMessage } from '../message.ts'
import type { Actor, Behaviour } from './byzantine.ts'
import { buildBlock, encodeTransaction } from './ledger.ts'
import { headHeight } from './node.ts'
import { signNow } from './perform.ts'
import type { Random } from './random.ts'
import { headOf, transactionId } from './registry.ts'

/** Signs as a node, whatever it is. */
export function signAs({ world, node }: Actor, content: SignableContent): SignedMessage {
  const { keys, parameters } = world
  const at = { chainId: parameters.chainId, keys, address: node.address }
  return signNow(at, { kind: 'sign', content })
}

/** Both votes for a value in a round. */
function votesFor(at: Actor, proposal: Proposal): SignedMessage[] {
  const { height, round, hash, header } = proposal
  const seal = at.world.keys.sign(at.node.address, sealDigest(header, round))
  return [
    signAs(at, { kind: 'prevote', height, round, hash }),
    signAs(at, { kind: 'precommit', height, round, hash, seal }),
  ]
}

/** The same proposal for another block. */
function proposalOf(at: Actor, proposal: Proposal, candidate: Candidate): Proposal {
  at.node.cache.set(candidate.hash, candidate)
  const { height, round, parentHash, validRound } = proposal
  const content = {
    kind: 'proposal',
    ...{ height, round, parentHash, validRound, hash: candidate.hash },
    header: candidate.block.header,
    transactionHashes: [],
  } as const
  return signAs(at, content) as Proposal
}

/** Another block for the same place, or null when the proposal is no fresh one on the head. */
function blockLike(
  { world, node }: Actor,
  proposal: Proposal,
  ids: readonly number[],
): Candidate | null {
  const { header } = proposal
  if (proposal.validRound >= 0 || header.number !== headHeight(node) + 1) return null
  const parent = headOf(node.disk.chain).header
  const template = { ...header, parentHash: proposal.parentHash }
  const transactions = ids.length > 0 ? ids : [world.nextTransaction('transfer')]
  return buildBlock(parent, template, transactions.map(encodeTransaction))
}

function isOwnProposal({ node }: Actor, message: Message): message is Proposal {
  return message.kind === 'proposal' && message.signer === node.address
}

/** Replaces own fresh proposals by what `change` makes of them, the same for everybody. */
function replace(change: (at: Actor, proposal: Proposal) => Candidate | null): Behaviour {
  const replaced = new WeakMap<Proposal, Proposal>()
  return {
    ignoresItself: true,
    alter(at, message) {
      if (!isOwnProposal(at, message)) return [message]
      let other = replaced.get(message)
      if (other === undefined) {
        const candidate = change(at, message)
        other = candidate === null ? message : proposalOf(at, message, candidate)
        replaced.set(message, other)
      }
      return [other]
    },
  }
}

/** Shows every second peer another block, and votes at once for everything that it hears of. */
export function equivocate(): Behaviour {
  const twins = new WeakMap<Proposal, readonly Message[]>()
  const twinOf = (at: Actor, proposal: Proposal): readonly Message[] => {
    const candidate = blockLike(at, proposal, [])
    if (candidate === null) return [proposal]
    at.world.count('equivocation')
    const twin = proposalOf(at, proposal, candidate)
    return [twin, ...votesFor(at, twin)]
  }
  return {
    ignoresItself: true,
    alter(at, message, to) {
      if (!isOwnProposal(at, message) || to.index % 2 === 0) return [message]
      const twin = twins.get(message) ?? twinOf(at, message)
      twins.set(message, twin)
      return twin
    },
    onHear(at, message) {
      if (message.kind !== 'proposal' || message.height !== headHeight(at.node) + 1) return
      for (const vote of votesFor(at, message)) at.world.shout(at.node, vote)
    },
  }
}

/** Proposes blocks whose header lies: about the state, the time, or its height. */
export function invalidBlock(random: Random): Behaviour {
  return replace((at, proposal) => {
    const candidate = blockLike(at, proposal, [])
    if (candidate === null) return null
    at.world.count('invalid-block')
    const { header, transactions } = candidate.block
    const lies: Partial<Header>[] = [
      { stateRoot: header.parentHash },
      { transactionsRoot: header.parentHash },
      { timestamp: header.timestamp + 1 },
      { coinbase: ZERO_ADDRESS },
      { mixHash: header.parentHash },
    ]
    const lied = { ...header, ...random.pick(lies) }
    return { hash: blockHash(lied), block: { header: lied, transactions } }
  })
}

/** Proposes blocks that take longer to execute than a window. */
export function poisonBlock(): Behaviour {
  return replace((at, proposal) => {
    at.world.count('poison-block')
    return blockLike(at, proposal, [transactionId('poison', at.world.nextSerial())])
  })
}
