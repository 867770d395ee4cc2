/**
 * What hostile nodes do, as small modules; a node may have several at once, and at most f nodes
 * have any. Their keys are their own: they can forge nobody else.
 */
import type { Message } from '../message.ts'
import type { Weakness } from '../state.ts'
import { equivocate, invalidBlock, poisonBlock } from './hostile-blocks.ts'
import { badSeal, flood, lie, selective } from './hostile-messages.ts'
import type { SimulatedNode } from './node.ts'
import type { Random } from './random.ts'
import type { OfferedBlock } from './sync.ts'
import type { World } from './world.ts'

/** A hostile node in its world. */
export interface Actor {
  readonly world: World
  readonly node: SimulatedNode
}

export interface Behaviour {
  /** breaks these rules of its own machine */
  readonly weaken?: Weakness
  /** begins every life with an empty log */
  readonly forgets?: boolean
  /** a second node runs with the same key */
  readonly isCloned?: boolean
  /** pays no heed to its own messages when others show them */
  readonly ignoresItself?: boolean
  /** what one receiver gets instead of a message */
  alter?(at: Actor, message: Message, to: SimulatedNode): readonly Message[]
  onHear?(at: Actor, message: Message): void
  /** twice a simulated second */
  act?(at: Actor): void
  /** whether a body is given to who asks */
  serves?(at: Actor, to: SimulatedNode): boolean
  /** what is offered in place of a final block */
  offers?(at: Actor, block: OfferedBlock): OfferedBlock
}

/** Gives its bodies to half of those who ask. */
function withhold(random: Random): Behaviour {
  return { ignoresItself: true, serves: () => random.chance(0.5) }
}

/** Votes as if it had never locked anything. */
function ignoreLocks(): Behaviour {
  return { ignoresItself: true, weaken: { noLock: true } }
}

/** Restarts now and then with an empty log, and does not know that it had one. */
function amnesia(random: Random): Behaviour {
  return {
    forgets: true,
    act: ({ world, node }) => {
      if (random.chance(0.1)) world.crash(node, random.between(1, 800))
    },
  }
}

/** A honest machine runs twice with one key. */
function clone(): Behaviour {
  return { isCloned: true }
}

const MAKERS = {
  equivocate,
  selective,
  withhold,
  'invalid-block': invalidBlock,
  'bad-seal': badSeal,
  'ignore-locks': ignoreLocks,
  amnesia,
  clone,
  flood,
  lie,
  'poison-block': poisonBlock,
} as const

export type BehaviourName = keyof typeof MAKERS

/** Every behaviour that there is. */
export const behaviourNames: readonly BehaviourName[] = Object.keys(MAKERS) as BehaviourName[]

/** One behaviour of one node, with randomness of its own. */
export function createBehaviour(name: BehaviourName, random: Random): Behaviour {
  return MAKERS[name](random)
}
