/**
 * Certified-block sync for a node that was away and for a new observer: asks one peer at a time for
 * blocks after its head, verifies each certificate before executing it (invariant 13), and goes on
 * until no peer is ahead. Pushed blocks of the live stream take the same door.
 */
import { createThresholds } from '@veche/consensus'
import {
  type Block,
  decodeBlock,
  decodeHeader,
  type Header,
  type Network,
  type PeerInfo,
  type Refusal,
} from '@veche/primitives'
import { AheadBlocks } from './ahead-blocks.ts'
import type { Chain } from './chain.ts'
import type { CheckpointGuard, HeaderRange } from './checkpoint.ts'
import { SYNC_BLOCKS_MAX, SYNC_HEADERS_MAX } from './limits.ts'
import type { Logger } from './log.ts'
import { encodeQuestion } from './sync-request.ts'

export interface SyncOptions {
  readonly chain: Chain
  readonly network: Network
  readonly logger: Logger
  /** proves blocks below the operator's checkpoint before they are imported */
  readonly checkpoint?: CheckpointGuard
  /** the store failed: the process must stop */
  readonly onFatal: (cause: unknown) => void
}

export interface SyncProgress {
  readonly start: number
  readonly current: number
  readonly highest: number
}

/** answers of headers between two lines of the log */
const PROOF_LOG_EVERY = 50

/** Refusals that say "I cannot use this now", not "you lied". */
const HARMLESS: ReadonlySet<string> = new Set([
  'PARENT_NOT_HEAD',
  'HEAD_MOVED',
  'CHECKPOINT_UNPROVEN',
])

export class Sync {
  readonly #options: SyncOptions
  readonly #ahead = new AheadBlocks()
  /** peers that brought nothing when they were last asked, and how often in a row */
  readonly #fruitless = new Map<string, number>()
  #running: Promise<void> | undefined
  #again = false
  #stopped = false
  #start = 0
  #proofs = 0

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
    if (decoded.value.header.number <= this.#head()) return
    const ahead = { block: decoded.value, from: from.peerId, bytes: bytes.length }
    this.#ahead.hold(ahead, this.#head())
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

  /** Undefined when the others are at most a block ahead, as {@link behind} sees them. */
  progress(): SyncProgress | undefined {
    const current = this.#head()
    const highest = current + this.behind()
    return highest > current + 1 ? { start: this.#start, current, highest } : undefined
  }

  /**
   * How many blocks the others are ahead; 0 when they are not. f+1 validators must say so, because
   * any peer may claim any head; with fewer in reach the highest claim of any peer counts.
   */
  behind(): number {
    const { chain, network } = this.#options
    const set = chain.validatorsAt(this.#head() + 1)
    const { jump } = createThresholds(set.length)
    const heads = network
      .peers()
      .filter(({ validator }) => validator !== undefined && set.includes(validator))
      .map(({ head }) => head.number)
      .sort((a, b) => b - a)
    return Math.max(0, (heads[jump - 1] ?? this.#highest()) - this.#head())
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  /** Resolves when it has caught up as far as the peers let it. */
  async idle(): Promise<void> {
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
    this.#forgetGone()
    const tried = new Set<string>()
    while (!this.#stopped) {
      await this.#takeAhead()
      const peer = this.#bestPeer(tried)
      if (peer === undefined) return
      const { peerId } = peer
      if (await this.#pull(peer)) this.#fruitless.delete(peerId)
      else {
        tried.add(peerId)
        this.#fruitless.set(peerId, (this.#fruitless.get(peerId) ?? 0) + 1)
      }
      const progress = this.progress()
      if (progress !== undefined && progress.highest - progress.current > SYNC_BLOCKS_MAX)
        this.#options.logger.info('syncing', { ...progress, percent: percentOf(progress) })
    }
  }

  #forgetGone(): void {
    const present = new Set(this.#options.network.peers().map(({ peerId }) => peerId))
    for (const peerId of this.#fruitless.keys())
      if (!present.has(peerId)) this.#fruitless.delete(peerId)
  }

  /**
   * Any peer may claim any head and keep us waiting for a request's whole time: who brought nothing
   * comes after the others, those who claim most first among equals.
   */
  #bestPeer(except: ReadonlySet<string>): PeerInfo | undefined {
    const head = this.#head()
    const failures = ({ peerId }: PeerInfo): number => this.#fruitless.get(peerId) ?? 0
    return this.#options.network
      .peers()
      .filter((peer) => peer.head.number > head && !except.has(peer.peerId))
      .sort((a, b) => failures(a) - failures(b) || b.head.number - a.head.number)[0]
  }

  async #take(block: Block, from: string): Promise<boolean> {
    const imported = await this.#options.chain.importSealed(block)
    if (!imported.ok) this.#judge(from, imported, block.header.number)
    return imported.ok
  }

  /** imports blocks of the live stream as long as they follow the head */
  async #takeAhead(): Promise<void> {
    while (!this.#stopped) {
      const next = this.#ahead.take(this.#head())
      if (next === undefined) return
      if (!(await this.#take(next.block, next.from))) return
    }
  }

  /** one request to one peer; false when it brought nothing usable */
  async #pull(peer: PeerInfo): Promise<boolean> {
    const wanted = this.#wanted()
    if (wanted !== undefined) return this.#prove(peer, wanted)
    const from = this.#head() + 1
    const proven = (this.#options.checkpoint?.passesTo(from) ?? Number.MAX_SAFE_INTEGER) - from + 1
    const count = Math.min(SYNC_BLOCKS_MAX, proven)
    for (const part of (await this.#request(peer, encodeQuestion(from, count))).slice(0, count)) {
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

  #wanted(): HeaderRange | undefined {
    const { chain, checkpoint } = this.#options
    const { header, hash } = chain.head()
    return checkpoint?.wanted({ number: header.number, hash }, SYNC_HEADERS_MAX)
  }

  /** headers that lead to the checkpoint; false when the peer has none, a penalty when wrong */
  async #prove(peer: PeerInfo, range: HeaderRange): Promise<boolean> {
    const { chain, checkpoint } = this.#options
    // it has not reached the checkpoint: no fault, but nothing it has can be used
    if (checkpoint === undefined || peer.head.number < checkpoint.block.number) return false
    const count = range.to - range.from + 1
    const parts = await this.#request(peer, encodeQuestion(range.from, count, 'headers'))
    if (parts.length === 0) return false
    const headers = parts.slice(0, count).flatMap((part): Header[] => {
      const header = decodeHeader(part)
      return header.ok ? [header.value] : []
    })
    const { header, hash } = chain.head()
    if (checkpoint.prove(headers, range, { number: header.number, hash })) {
      this.#tellProof(range)
      return true
    }
    const reason = `headers ${range.from} to ${range.to} do not lead to the checkpoint`
    this.#judge(peer.peerId, { ok: false, code: 'CHECKPOINT_MISMATCH', reason }, range.to)
    return false
  }

  /** a long proof shows that it moves */
  #tellProof(range: HeaderRange): void {
    const { checkpoint, logger } = this.#options
    const level = this.#proofs++ % PROOF_LOG_EVERY === 0 ? 'info' : 'debug'
    logger.log(level, 'ancestors of the checkpoint proven', {
      ...{ ...range, checkpoint: checkpoint?.block.number, head: this.#head() },
    })
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
