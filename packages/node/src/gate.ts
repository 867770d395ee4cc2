/**
 * What a consensus message of a peer must pass before it waits for the machine: cheap questions
 * first, signatures last, because a valid flood is paid for by who checks it (invariant 17).
 */
import {
  authenticateMessage,
  decodeMessage,
  isIdleProposal,
  isRedundant,
  type Message,
  type State,
} from '@veche/consensus'
import type { Address, PeerInfo, Result } from '@veche/primitives'
import type { Chain } from './chain.ts'
import { checksOf, type Inbox, senderOf } from './inbox.ts'

export interface GateParts {
  readonly chain: Pick<Chain, 'head' | 'parameters' | 'validatorsAt'>
  readonly inbox: Pick<Inbox, 'spend'>
  readonly state: State
  /** unix milliseconds */
  readonly nowMs: number
  /** told of a message that is worth no check but came from its signer: a sign of life */
  readonly onRedundant: (message: Message) => void
}

/** Refusals that a node in good faith can cause, when it knows a newer set than this one. */
const BLAMELESS: ReadonlySet<string> = new Set(['MESSAGE_FROM_STRANGER'])

/** Whether a refusal of a message is its bearer's fault. */
export function isBlamed(code: string): boolean {
  return !BLAMELESS.has(code)
}

/** Whether a message speaks for the key that its bearer proved. */
function isOwnOf({ validator }: PeerInfo, message: Message): boolean {
  return 'signer' in message && message.signer === validator
}

/** the sets of the present and the next height: nobody else's messages cost a signature check */
function isMember({ chain }: GateParts, address: Address): boolean {
  const height = chain.head().header.number + 1
  return (
    chain.validatorsAt(height).includes(address) || chain.validatorsAt(height + 1).includes(address)
  )
}

/** The authentic message, a refusal, or undefined for what is worth no signature check. */
export function judgeMessage(
  from: PeerInfo,
  bytes: Uint8Array,
  parts: GateParts,
): Result<Message> | undefined {
  const { state, nowMs, inbox, chain } = parts
  const { validator } = from
  if (validator !== undefined && isIdleProposal(state, bytes, { from: validator, nowMs }))
    return undefined
  const decoded = decodeMessage(bytes)
  if (!decoded.ok) return decoded
  const message = decoded.value
  // its list of transactions is not signed: nobody else is believed about it
  if (message.kind === 'proposal' && !isOwnOf(from, message)) return undefined
  if (isRedundant(state, message, nowMs)) {
    if (isOwnOf(from, message)) parts.onRedundant(message)
    return undefined
  }
  if (!inbox.spend(senderOf(from), checksOf(message))) return undefined
  const { chainId } = chain.parameters
  return authenticateMessage(message, { chainId, isMember: (each) => isMember(parts, each) })
}
