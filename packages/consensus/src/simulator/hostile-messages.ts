/** Hostile talk: to some only, too much of it, and lies. */
import {
  blockHash,
  type Hash,
  type Header,
  keccak256,
  keccakHex,
  sealHeader,
  utf8ToBytes,
} from '@veche/primitives'
import type { Message, Precommit, Prevote, Proposal, SignableContent } from '../message.ts'
import type { Actor, Behaviour } from './byzantine.ts'
import { signAs } from './hostile-blocks.ts'
import { headHeight } from './node.ts'
import type { Random } from './random.ts'
import { readBytes } from './wire.ts'

const MESSAGES_PER_BURST = 12
/** now and then as many for the next height, which its peers keep until it begins */
const MESSAGES_AHEAD = 100
const ROUND_HUGE = 0xffff_fff0

/** Talks to a part of the peers only, another part at every height and round. */
export function selective(random: Random): Behaviour {
  return {
    ignoresItself: true,
    alter(_at, message, to) {
      if (!('signer' in message)) return random.chance(0.5) ? [message] : []
      const place = `${message.height}/${message.round}/${message.kind}`
      return random.fork(`${place}/${to.index}`).chance(0.6) ? [message] : []
    },
  }
}

function roundOfFlood(random: Random, round: number): number {
  if (random.chance(0.2)) return random.between(1_000, ROUND_HUGE)
  return Math.max(0, round + random.between(-30, 30))
}

/** A vote or a status of any round and height, for a value that nobody knows. */
function anyContent({ node, world }: Actor, random: Random): SignableContent {
  const height = Math.max(1, headHeight(node) + 1 + random.between(-1, 3))
  const round = roundOfFlood(random, node.state?.current.round ?? 0)
  const proposed = [...node.cache.keys()]
  const isKnown = proposed.length > 0 && random.chance(0.3)
  const hash = isKnown
    ? random.pick(proposed)
    : keccakHex(utf8ToBytes(`flood ${random.between(0, 1_000_000)}`))
  const seal = world.keys.sign(node.address, new Uint8Array(32))
  const contents: SignableContent[] = [
    { kind: 'prevote', height, round, hash },
    { kind: 'precommit', height, round, hash, seal },
    {
      kind: 'status',
      ...{ height, round, lockedRound: round - 1, validRound: round - 1 },
      yours: { height, round: roundOfFlood(random, round) },
    },
  ]
  return random.pick(contents)
}

/** Bytes that are no message: they must be a verdict, never an exception. */
function junk({ world }: Actor, random: Random): void {
  const bytes = new Uint8Array(random.between(0, 200))
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.between(0, 255)
  if (readBytes(world, bytes).message === null) world.count('junk refused')
}

/** A vote signed with the own key in the name of somebody else. */
function forgery(at: Actor, random: Random): Message {
  const signed = signAs(at, anyContent(at, random))
  return { ...signed, signer: random.pick(at.world.addresses) }
}

/** Votes for the height after the one that everybody works on, each of another round. */
function floodAhead(at: Actor, random: Random): void {
  const { world, node } = at
  const height = headHeight(node) + 2
  const base = random.between(0, 1_000)
  for (let i = 0; i < MESSAGES_AHEAD; i++) {
    const hash = keccakHex(utf8ToBytes(`ahead ${base + i}`))
    world.shout(node, signAs(at, { kind: 'prevote', height, round: i, hash }))
  }
}

/** Fills the peers with votes and statuses of any round, forged ones among them. */
export function flood(random: Random): Behaviour {
  return {
    ignoresItself: true,
    act(at) {
      const { world, node } = at
      for (let i = 0; i < MESSAGES_PER_BURST; i++)
        world.shout(node, signAs(at, anyContent(at, random)))
      if (random.chance(0.05)) floodAhead(at, random)
      world.shout(node, forgery(at, random))
      junk(at, random)
      world.count('flood')
    },
  }
}

/** Precommits that count as votes and seal nothing: over something else, or no signature at all. */
export function badSeal(random: Random): Behaviour {
  const altered = new WeakMap<Message, Message>()
  const alteredOf = (at: Actor, message: Precommit): Message => {
    const { kind, height, round, hash } = message
    const { keys } = at.world
    const other = keccak256(utf8ToBytes(`${hash}/${round + 1}`))
    const isSignature = random.chance(0.5)
    const seal = isSignature ? keys.sign(at.node.address, other) : new Uint8Array(65)
    at.world.count('bad-seal')
    return signAs(at, { kind, height, round, hash, seal })
  }
  return {
    ignoresItself: true,
    alter(at, message) {
      if (message.kind !== 'precommit' || message.signer !== at.node.address) return [message]
      const other = altered.get(message) ?? alteredOf(at, message)
      altered.set(message, other)
      return [other]
    },
  }
}

/** A header with too few seals, or with seals of somebody else. */
function robbed(header: Header, random: Random): Header {
  return sealHeader(header, random.between(0, 3), [new Uint8Array(65).fill(random.between(0, 255))])
}

/** A polka that the own vote alone makes: said once, or as often as a quorum needs, or forged. */
function falsePolka(at: Actor, { height, round, hash }: Proposal, random: Random): Message {
  const { world } = at
  const { signer, signature } = signAs(at, { kind: 'prevote', height, round, hash })
  const others = world.founders.map((each) => ({ signer: each, signature }))
  const votes = random.pick([
    [{ signer, signature }],
    world.founders.map(() => ({ signer, signature })),
    others,
  ])
  return { kind: 'polka', polka: { height, round, hash, votes } }
}

/** Two votes of somebody else, signed by nobody but the liar. */
function falseEvidence(
  at: Actor,
  { height, round, hash, header }: Proposal,
  random: Random,
): Message {
  const signer = random.pick(at.world.founders)
  const voteFor = (value: Hash): Prevote => {
    const vote = signAs(at, { kind: 'prevote', height, round, hash: value }) as Prevote
    return { ...vote, signer }
  }
  return { kind: 'evidence', first: voteFor(hash), second: voteFor(header.parentHash) }
}

/** Lies about where it stands, and serves blocks that nobody certified. */
export function lie(random: Random): Behaviour {
  return {
    ignoresItself: true,
    alter(at, message) {
      if (message.kind === 'polka' && random.chance(0.5)) {
        const { polka } = message
        return [{ kind: 'polka', polka: { ...polka, votes: polka.votes.slice(0, 1) } }]
      }
      if (message.kind !== 'status' || random.chance(0.3)) return [message]
      const far = (): number => random.between(-1, 5_000)
      const content = {
        kind: 'status',
        ...{ height: message.height, round: Math.max(0, far()), lockedRound: far() },
        validRound: far(),
        yours: { height: message.height, round: far() },
      } as const
      return [signAs(at, content)]
    },
    onHear(at, message) {
      if (message.kind !== 'proposal' || random.chance(0.5)) return
      at.world.count('false polka')
      at.world.shout(at.node, falsePolka(at, message, random))
      at.world.shout(at.node, falseEvidence(at, message, random))
    },
    offers(at, block) {
      if (random.chance(0.5)) return block
      at.world.count('uncertified block offered')
      const isBody = random.chance(0.5)
      if (isBody) return { ...block, transactions: [Uint8Array.of(2, random.between(0, 255))] }
      const header = robbed(block.header, random)
      return { ...block, header, hash: blockHash(header) }
    },
  }
}
