/**
 * Transactions over gossipsub: batches on one topic, checked for shape and rate before they are
 * passed on, delivered once. Also keeps gossipsub and our sessions in step, because gossipsub
 * forgets a peer whose stream breaks while the connection stays.
 */
import { TopicValidatorResult } from '@libp2p/gossipsub'
import { type Batch, createBatcher, decodeBatch, encodeBatch, reachName } from './batch.ts'
import { type Core, guarded, penalize } from './core.ts'
import { createGossipDoor, type GossipDoor } from './host.ts'
import { REACH_MAX } from './limits.ts'
import type { Session } from './session.ts'

/** how often sessions and gossipsub's peers are compared; a comparison of a few names */
const REPAIR_INTERVAL_MS = 3_000

export interface Gossip {
  start(isAdmitted: Parameters<GossipDoor['guard']>[0]): Promise<void>
  stop(): void
  publish(raw: readonly Uint8Array[]): void
  onAdmitted(session: Session): void
  onLost(session: Session): void
}

/** Whether some peer of ours was not sent the message by its publisher. */
function needsForwarding(core: Core, batch: Batch, from: string): boolean {
  const reached = new Set(batch.reach)
  for (const session of core.sessions.values())
    if (session.peerId !== from && !reached.has(session.reachName)) return true
  return false
}

/** Creates the transaction gossip of a network whose host exists. */
export function createGossip(core: Core): Gossip {
  const { gossip } = core.host.services
  const topic = core.protocols.transactions
  const door = createGossipDoor(core.host, (reason) =>
    core.log('debug', 'gossip failed', { code: 'GOSSIP_FAILED', reason }),
  )
  const ownName = reachName(core.peerId)
  let timer: NodeJS.Timeout | undefined

  const publishOne = (raw: readonly Uint8Array[]): void => {
    if (core.stopping) return
    const direct = gossip.getSubscribers(topic)
    const reach =
      direct.length < REACH_MAX
        ? [ownName, ...direct.map((peer) => reachName(peer.toString()))]
        : []
    gossip.publish(topic, encodeBatch({ reach, transactions: raw })).catch((error: unknown) =>
      core.log('warn', 'transactions not published', {
        code: 'GOSSIP_FAILED',
        count: raw.length,
        error: String(error),
      }),
    )
  }
  const batcher = createBatcher({
    clock: core.clock,
    publish: publishOne,
    timer: {
      soon: (task) => void setImmediate(task),
      later: (task, ms) => void setTimeout(task, ms).unref(),
    },
  })

  const judge = (peerId: string, data: Uint8Array): TopicValidatorResult => {
    const session = core.sessions.get(peerId)
    if (session === undefined) return TopicValidatorResult.Ignore
    if (!session.buckets.transactions.take(data.length)) {
      penalize(core, peerId, 'PEER_FLOODS')
      return TopicValidatorResult.Ignore
    }
    // protobuf gives `Buffer`s, whose `slice` shares memory: hand on plain arrays only
    const batch = decodeBatch(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    if (!batch.ok) {
      penalize(core, peerId, batch.code)
      return TopicValidatorResult.Reject
    }
    // after gossipsub passed the message on: others do not wait for our pool
    setImmediate(() =>
      guarded(core, 'onTransactions', (handlers) =>
        handlers.onTransactions(peerId, batch.value.transactions),
      ),
    )
    // «ignore» stops gossipsub from passing it on; nobody is blamed
    return needsForwarding(core, batch.value, peerId)
      ? TopicValidatorResult.Accept
      : TopicValidatorResult.Ignore
  }

  /**
   * gossipsub drops peers whose stream failed, and streams whose buffer overflowed: bring them back
   */
  const repair = (): void => {
    const streams = (gossip as { streamsOutbound?: ReadonlyMap<string, unknown> }).streamsOutbound
    for (const session of core.sessions.values())
      if (streams?.has(session.peerId) === false)
        door.introduce(session.connection.remotePeer, session.connection)
  }

  return {
    async start(isAdmitted) {
      await door.guard(isAdmitted)
      gossip.topicValidators.set(topic, (peer, message) => judge(peer.toString(), message.data))
      gossip.subscribe(topic)
      timer = setInterval(repair, REPAIR_INTERVAL_MS)
      timer.unref()
    },
    stop() {
      clearInterval(timer)
    },
    publish(raw) {
      const refused = batcher.add(raw)
      if (refused > 0)
        core.log('warn', 'transactions not queued', { code: 'GOSSIP_QUEUE_FULL', count: refused })
    },
    onAdmitted(session) {
      door.introduce(session.connection.remotePeer, session.connection)
    },
    onLost(session) {
      door.dismiss(session.connection.remotePeer)
    },
  }
}
