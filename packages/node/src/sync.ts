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
  /** the store failed: the process must stop */
  readonly onFatal: (cause: unknown) => void
}

export interface SyncProgress {
  readonly start: number
  readonly current: number
  readonly highest: number
}

/** Refusals that say "I cannot use this now", not "you lied". */
const HARMLESS: ReadonlySet<string> = new Set(['PARENT_NOT_HEAD', 'HEAD_MOVED'])

export class Sync {
  readonly #options: SyncOptions
  readonly #ahead = new Map<number, { block: Block; from: string }>()
  #running: Promise<void> | undefined
  #again = false
  #stopped = false
  #start = 0

  constructor(options: SyncOptions) {
    this.#options = options
  }

  /** A sealed block arrived on the live stream. */
  onBlock(from: PeerInfo, bytes: Uint8Array): void {
    const decoded = decodeBlock(bytes)
    if (!decoded.ok) {
      this.#judge(from.peerId, decoded, this.#head())
      return
    }
    const { number } = decoded.value.header
    if (number <= this.#head()) return
    if (number <= this.#head() + AHEAD_BLOCKS_MAX)
      this.#ahead.set(number, { block: decoded.value, from: from.peerId })
    this.poke()
  }

  /** Some peer may be ahead: catch up if so. */
  poke(): void {
    this.#again = true
    if (this.#running !== undefined || this.#stopped) return
    this.#running = this.#runWhilePoked()
      .catch(this.#options.onFatal)
      .finally(() => {
        this.#running = undefined
      })
  }

  /** Undefined when no peer is known to be more than a block ahead. */
  progress(): SyncProgress | undefined {
    const highest = this.#highest()
    const current = this.#head()
    return highest > current + 1 ? { start: this.#start, current, highest } : undefined
  }

  /** How many blocks some peer is ahead; 0 when none is. */
  behind(): number {
    return Math.max(0, this.#highest() - this.#head())
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  #head(): number {
    return this.#options.chain.head().header.number
  }

  #highest(): number {
    return this.#options.network.peers().reduce((max, { head }) => Math.max(max, head.number), 0)
  }

  #judge(peerId: string, { code, reason }: Refusal, number: number): void {
    if (HARMLESS.has(code)) return
    this.#options.logger.warn('block of a peer refused', { number, peer: peerId, code, reason })
    this.#options.network.penalize(peerId, code)
  }

  async #runWhilePoked(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false
      await this.#catchUp()
    }
  }

  async #catchUp(): Promise<void> {
    this.#start = this.#head()
    const fruitless = new Set<string>()
    while (!this.#stopped) {
      await this.#takeAhead()
      const peer = this.#bestPeer(fruitless)
      if (peer === undefined) return
      if (!(await this.#pull(peer))) fruitless.add(peer.peerId)
      const progress = this.progress()
      if (progress !== undefined && progress.highest - progress.current > SYNC_BLOCKS_MAX)
        this.#options.logger.info('syncing', { ...progress, percent: percentOf(progress) })
    }
  }

  #bestPeer(except: ReadonlySet<string>): PeerInfo | undefined {
    const head = this.#head()
    return this.#options.network
      .peers()
      .filter((peer) => peer.head.number > head && !except.has(peer.peerId))
      .sort((a, b) => b.head.number - a.head.number)[0]
  }

  async #take(block: Block, from: string): Promise<boolean> {
    const imported = await this.#options.chain.importSealed(block)
    if (!imported.ok) this.#judge(from, imported, block.header.number)
    return imported.ok
  }

  /** imports blocks of the live stream as long as they follow the head */
  async #takeAhead(): Promise<void> {
    while (!this.#stopped) {
      for (const number of this.#ahead.keys())
        if (number <= this.#head()) this.#ahead.delete(number)
      const next = this.#ahead.get(this.#head() + 1)
      if (next === undefined) return
      this.#ahead.delete(next.block.header.number)
      if (!(await this.#take(next.block, next.from))) return
    }
  }

  /** one request to one peer; false when it brought nothing usable */
  async #pull(peer: PeerInfo): Promise<boolean> {
    const from = this.#head() + 1
    const payload = encodeRlp([numberToBytes(from), numberToBytes(SYNC_BLOCKS_MAX)])
    for (const part of await this.#request(peer, payload)) {
      if (this.#stopped) return false
      const block = decodeBlock(part)
      if (!block.ok) {
        this.#judge(peer.peerId, block, from)
        return false
      }
      if (block.value.header.number <= this.#head()) continue
      if (!(await this.#take(block.value, peer.peerId))) return false
    }
    return this.#head() >= from
  }

  async #request(peer: PeerInfo, payload: Uint8Array): Promise<readonly Uint8Array[]> {
    try {
      return await this.#options.network.request(peer.peerId, 'blocks', payload)
    } catch (cause) {
      const facts = { peer: peer.peerId, cause: String(cause) }
      this.#options.logger.info('sync request failed', facts)
      return []
    }
  }
}

function percentOf({ current, highest }: SyncProgress): string {
  return ((100 * current) / highest).toFixed(1)
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
