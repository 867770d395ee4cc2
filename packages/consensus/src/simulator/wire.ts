/**
 * How messages travel: as bytes, decoded and authenticated before a machine sees them. The bytes of
 * one message are read once for all who receive them (a message is immutable).
 */
import type { Address } from '@veche/primitives'
import { decodeMessage, encodeMessage } from '../codec.ts'
import type { Message } from '../message.ts'
import { violated } from './checks.ts'
import { clockOf, feed, isHostile, type SimulatedNode, whenAwake } from './node.ts'
import type { World } from './world.ts'

/** What a message is for everybody who receives its bytes: null when it is refused. */
interface Received {
  readonly message: Message | null
  readonly refusal: string
}

/** Reads bytes as a node does before `step`. */
export function readBytes(world: World, bytes: Uint8Array): Received {
  const decoded = decodeMessage(bytes)
  if (!decoded.ok) return { message: null, refusal: decoded.code }
  const { chainId } = world.parameters
  const { recover } = world.keys
  const checked = world.machine.authenticateMessage(decoded.value, { chainId, recover })
  return checked.ok
    ? { message: checked.value, refusal: '' }
    : { message: null, refusal: checked.code }
}

function receivedAs(world: World, message: Message): Received {
  const known = world.wire.get(message)
  if (known !== undefined) return known
  let received: Received = { message, refusal: '' }
  if (world.isWired) {
    const bytes = encodeMessage(message)
    world.digest.bytes(bytes)
    received = readBytes(world, bytes)
  }
  world.wire.set(message, received)
  if (received.message !== null) world.checks.onWire(received.message)
  return received
}

/** The older protocol knows neither polka messages nor evidence: their type is malformed to it. */
function isUnknown(node: SimulatedNode, message: Message): boolean {
  return node.isOld && (message.kind === 'polka' || message.kind === 'evidence')
}

function hear(world: World, node: SimulatedNode, message: Message): void {
  if (node.state === null || isUnknown(node, message)) return
  for (const behaviour of node.behaviours) behaviour.onHear?.({ world, node }, message)
  feed(world, node, { kind: 'message', nowMs: clockOf(world, node), message })
}

/** Posts a message on one link. */
export function post(world: World, from: SimulatedNode, to: SimulatedNode, message: Message): void {
  const { message: read, refusal } = receivedAs(world, message)
  world.links.send(from.index, to.index, () => {
    if (to.state === null) return
    if (read !== null) whenAwake(world, to, () => hear(world, to, read))
    else if (isHostile(from)) world.count(`refused ${refusal}`)
    else violated('WIRE_REFUSED', `${message.kind} of node ${from.index}: ${refusal}`)
  })
}

/** To one validator or to all others; a hostile sender may show everybody something else. */
export function sendMessage(
  world: World,
  from: SimulatedNode,
  letter: { readonly message: Message; readonly to?: Address },
): void {
  const { message, to } = letter
  if (isUnknown(from, message)) return
  for (const other of world.nodes) {
    if (other === from || (to !== undefined && other.address !== to)) continue
    let messages: readonly Message[] = [message]
    for (const { alter } of from.behaviours)
      if (alter !== undefined)
        messages = messages.flatMap((each) => alter({ world, node: from }, each, other))
    for (const each of messages) post(world, from, other, each)
  }
}
