/**
 * Certified-block sync for a node that was away and for a new observer: asks one peer at a time for
 * blocks after its head, verifies each certificate before executing it (invariant 13), and goes on
 * until no peer is ahead. Pushed blocks of the live stream take the same door.
 */
import {
  type Block,
  type ChainStore,
  decodeBlock,
  encodeBlock,
  encodeRlp,
  type Network,
  numberToBytes,
  type PeerInfo,
  type Refusal,
  readRlp,
} from '@veche/primitives'
import type { Chain } from './chain.ts'
import { AHEAD_BLOCKS_MAX, SYNC_ANSWER_BYTES_MAX, SYNC_BLOCKS_MAX } from './limits.ts'
import type { Logger } from './log.ts'

export interface SyncOptions {
  readonly chain: Chain
  readonly network: Network
  readonly logger: Logger
  readonly onFatal: (cause: unknown) => void
}

export interface Sync {
  /** a sealed block arrived on the live stream */
  onBlock(from: PeerInfo, bytes: Uint8Array): void
  /** some peer may be ahead: catch up if so */
  poke(): void
  /** undefined when no peer is known to be ahead */
  progress():
    | { readonly start: number; readonly current: number; readonly highest: number }
    | undefined
  stop(): Promise<void>
}

/** Refusals that say "I cannot use this now", not "you lied". */
const HARMLESS = new Set(['PARENT_NOT_HEAD'])

export function createSync(options: SyncOptions): Sync {
  const { chain, network, logger } = options
  const ahead = new Map<number, { block: Block; from: string }>()
  let running: Promise<void> | undefined
  let again = false
  let stopped = false
  let start = 0

  const highest = (): number =>
    network.peers().reduce((max, peer) => Math.max(max, peer.head.number), 0)

  const headNumber = (): number => chain.head().header.number

  const judge = (peerId: string, refusal: Refusal, number: number): void => {
    if (HARMLESS.has(refusal.code)) return
    const { code, reason } = refusal
    logger.warn('block of a peer refused', { number, peer: peerId, code, reason })
    network.penalize(peerId, code)
  }

  const take = async (block: Block, from: string): Promise<boolean> => {
    const imported = await chain.importSealed(block)
    if (!imported.ok) judge(from, imported, block.header.number)
    return imported.ok
  }

  const drainAhead = async (): Promise<void> => {
    for (const number of ahead.keys()) if (number <= headNumber()) ahead.delete(number)
    for (let next = ahead.get(headNumber() + 1); next !== undefined && !stopped; ) {
      ahead.delete(headNumber() + 1)
      if (!(await take(next.block, next.from))) return
      next = ahead.get(headNumber() + 1)
    }
  }

  /** one request to one peer; false when it brought nothing usable */
  const pullFrom = async (peer: PeerInfo): Promise<boolean> => {
    const from = headNumber() + 1
    const payload = encodeRlp([numberToBytes(from), numberToBytes(SYNC_BLOCKS_MAX)])
    const parts = await network.request(peer.peerId, 'blocks', payload).catch((cause: unknown) => {
      logger.info('sync request failed', { peer: peer.peerId, from, cause: String(cause) })
      return []
    })
    for (const part of parts) {
      if (stopped) return false
      const block = decodeBlock(part)
      if (!block.ok) {
        judge(peer.peerId, block, from)
        return false
      }
      if (block.value.header.number <= headNumber()) continue
      if (!(await take(block.value, peer.peerId))) return false
    }
    return headNumber() >= from
  }

  const run = async (): Promise<void> => {
    start = headNumber()
    const fruitless = new Set<string>()
    while (!stopped) {
      await drainAhead()
      const peer = network
        .peers()
        .filter(({ peerId, head }) => head.number > headNumber() && !fruitless.has(peerId))
        .sort((a, b) => b.head.number - a.head.number)[0]
      if (peer === undefined) return
      if (!(await pullFrom(peer))) fruitless.add(peer.peerId)
      const behind = highest() - headNumber()
      if (behind > SYNC_BLOCKS_MAX) logger.info('syncing', { number: headNumber(), behind })
    }
  }

  const poke = (): void => {
    again = true
    if (running !== undefined || stopped) return
    const loop = async (): Promise<void> => {
      while (again && !stopped) {
        again = false
        await run()
      }
    }
    running = loop()
      .catch(options.onFatal)
      .finally(() => {
        running = undefined
      })
  }

  return {
    poke,
    onBlock(from, bytes) {
      const decoded = decodeBlock(bytes)
      if (!decoded.ok) return judge(from.peerId, decoded, headNumber())
      const { number } = decoded.value.header
      if (number <= headNumber()) return
      if (number <= headNumber() + AHEAD_BLOCKS_MAX)
        ahead.set(number, { block: decoded.value, from: from.peerId })
      poke()
    },
    progress() {
      const top = highest()
      return top > headNumber() + 1 ? { start, current: headNumber(), highest: top } : undefined
    },
    async stop() {
      stopped = true
      await running
    },
  }
}

/** How many blocks some peer is ahead; 0 when none is. */
export function blocksBehind(sync: Sync): number {
  const progress = sync.progress()
  return progress === undefined ? 0 : progress.highest - progress.current
}

/** Answers a `blocks` request [from, count]: sealed blocks in order, bounded in count and bytes. */
export function answerBlocks(store: ChainStore, payload: Uint8Array): readonly Uint8Array[] {
  const asked = readRlp(payload, (reader) => ({ from: reader.number(), count: reader.number() }))
  if (!('value' in asked)) return []
  const { from, count } = asked.value
  const last = Math.min(store.head().number, from + Math.min(count, SYNC_BLOCKS_MAX) - 1)
  const parts: Uint8Array[] = []
  let bytes = 0
  for (let number = from; number <= last && bytes < SYNC_ANSWER_BYTES_MAX; number++) {
    const header = store.header(number)
    const transactions = store.body(number)
    if (header === undefined || transactions === undefined) break
    const part = encodeBlock({ header, transactions })
    bytes += part.length
    parts.push(part)
  }
  return parts
}
