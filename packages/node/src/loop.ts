/**
 * Drives the pure consensus machine: own inputs before those of others, which take turns
 * (inbox.ts), and effects performed in order, a log durable before anything after it is sent.
 */
import { setImmediate } from 'node:timers/promises'
import {
  type ContentSigner,
  type Effect,
  type EvidenceMessage,
  encodeMessage,
  encodeRecord,
  type Input,
  type LogRecord,
  type Message,
  type State,
  signContent,
  step,
} from '@veche/consensus'
import type { Pool } from '@veche/execution'
import {
  assert,
  assertNever,
  type Clock,
  type Network,
  type PeerInfo,
  type Signer,
} from '@veche/primitives'
import type { FileLog } from '@veche/storage'
import { onAlarm } from './alarms.ts'
import type { Candidates } from './candidates.ts'
import type { Chain, Head } from './chain.ts'
import { DurableMessages } from './durable-messages.ts'
import { isBlamed, judgeMessage } from './gate.ts'
import { createInbox, type Inbox, senderOf } from './inbox.ts'
import { type AmnesiaKeeper, amnesiaOf, keepAmnesia } from './known-amnesia.ts'
import {
  INPUTS_PER_TURN,
  LOG_COMPACT_BYTES,
  LOG_ROTATE_BYTES,
  QUOTA_LOOK_MS,
  TIMER_MS_MAX,
} from './limits.ts'
import type { Logger } from './log.ts'
import { rewriteLog } from './log-rewrite.ts'
import { type Timings, timed } from './metrics.ts'
import { Proposals } from './proposals.ts'
import type { Quotas } from './quota/quotas.ts'

/** Told what happens, for the operator; it never answers. */
export interface LoopWatch {
  /** a member's message that passed authentication, or came by its own proven connection */
  onMessage(from: PeerInfo, message: Message): void
  /** the machine took a step */
  onStep(state: State): void
  onEffect(effect: Effect): void
}

export interface LoopOptions extends AmnesiaKeeper {
  readonly state: State
  readonly chain: Chain
  readonly pool: Pool
  readonly candidates: Candidates
  readonly network: Network
  readonly log: Pick<FileLog, 'append' | 'rotate' | 'bytes'>
  /** what the log held when it was opened */
  readonly records: readonly LogRecord[]
  readonly signer: Signer
  readonly clock: Clock
  readonly logger: Logger
  readonly timings: Pick<Timings, 'logAppend'>
  /** somebody signed two values; the same may be told again after a restart */
  readonly onEvidence: (evidence: EvidenceMessage) => void
  readonly watch?: LoopWatch
  /** absent: no quotas */
  readonly quotas?: Pick<Quotas, 'within'>
  /** somebody decided further than we did */
  readonly onBehind: (height: number) => void
  /** the log or the store failed, or an invariant broke: the process must stop */
  readonly onFatal: (cause: unknown) => void
}

export class Loop {
  readonly #options: LoopOptions
  readonly #proposals: Proposals
  readonly #signer: ContentSigner
  /** the node's own inputs */
  readonly #queue: Input[] = []
  readonly #inbox: Inbox
  readonly #durable: DurableMessages
  #compactBytes = LOG_COMPACT_BYTES
  #state: State
  #draining: Promise<void> | undefined
  #stopped = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #toldWork: boolean | undefined
  /** another look at a pool that waits for quotas */
  #look: ReturnType<typeof setTimeout> | undefined

  constructor(options: LoopOptions) {
    const { signer, chain } = options
    this.#options = options
    this.#proposals = new Proposals(options)
    this.#inbox = createInbox(options.clock)
    this.#state = options.state
    this.#durable = new DurableMessages(options.records)
    this.#signer = {
      chainId: chain.parameters.chainId,
      address: signer.address,
      sign: (digest) => signer.sign(digest),
    }
  }

  /** the machine's state, for status and metrics; not to be changed */
  get state(): State {
    return this.#state
  }

  /** inputs that wait for the machine */
  get waiting(): number {
    return this.#queue.length + this.#inbox.count
  }

  start(): void {
    this.#push({ kind: 'tick', nowMs: this.#nowMs() })
  }

  /** Resolves when the effect in work is done; nothing is performed after it. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    clearTimeout(this.#look)
    await this.#draining
  }

  onMessage(from: PeerInfo, bytes: Uint8Array): void {
    if (this.#stopped) return
    const { chain, network, watch } = this.#options
    const message = judgeMessage(from, bytes, {
      ...{ chain, inbox: this.#inbox, state: this.#state, nowMs: this.#nowMs() },
      onRedundant: (each) => watch?.onMessage(from, each),
    })
    if (message === undefined) return
    if (!message.ok) {
      if (isBlamed(message.code)) network.penalize(from.peerId, message.code)
      return
    }
    watch?.onMessage(from, message.value)
    this.#inbox.add(senderOf(from), { message: message.value, bytes: bytes.length })
    this.#wakeUp()
  }

  onHead(head: Head): void {
    this.#options.candidates.prune(head.header.number)
    // before the new height, which would otherwise build for the work that this block has just done
    this.#toldWork = undefined
    this.onWork()
    const validatorsNext = this.#options.chain.validatorsAt(head.header.number + 1)
    this.#push({ kind: 'committed', nowMs: this.#nowMs(), ...head, validatorsNext })
  }

  onWork(): void {
    const pending = this.#options.pool.hasWork()
    if (pending === this.#toldWork) return
    this.#toldWork = pending
    this.#push({ kind: 'work', nowMs: this.#nowMs(), pending })
  }

  #nowMs(): number {
    return this.#options.clock.nowMs()
  }

  #push(input: Input): void {
    if (this.#stopped) return
    this.#queue.push(input)
    this.#wakeUp()
  }

  #wakeUp(): void {
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined
      // what came between the last look and now
      if (this.waiting > 0 && !this.#stopped) this.#wakeUp()
    })
  }

  /** own inputs first: they are few, and a vote of ours waits for each of them */
  #next(): Input | undefined {
    const own = this.#queue.shift()
    if (own !== undefined) return own
    const message = this.#inbox.take()
    return message && { kind: 'message', nowMs: this.#nowMs(), message }
  }

  async #drain(): Promise<void> {
    try {
      let taken = 0
      for (let input = this.#next(); input !== undefined && !this.#stopped; input = this.#next()) {
        // sockets and timers have their turn, too
        if (++taken % INPUTS_PER_TURN === 0) await setImmediate()
        if (input.kind === 'committed') await this.#onFinal(input.header.number)
        const before = amnesiaOf(this.#state)
        const { state, effects } = step(this.#state, input)
        this.#state = state
        await keepAmnesia(this.#options, before, state)
        this.#options.watch?.onStep(state)
        for (const effect of effects) {
          if (this.#stopped) return
          this.#options.watch?.onEffect(effect)
          await this.#perform(effect)
        }
      }
    } catch (cause) {
      this.#fail(cause)
    }
  }

  #fail(cause: unknown): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    clearTimeout(this.#look)
    this.#options.onFatal(cause)
  }

  async #onFinal(height: number): Promise<void> {
    this.#durable.forget(height)
    await this.#rotateLog(height)
  }

  /**
   * `floor` is durable in the store, and the machine holds no own message above it yet (it moves on
   * with the very input that is next). What the log held for greater heights when it was opened
   * stays.
   */
  async #rotateLog(floor: number): Promise<void> {
    // while the past is lost the floor is infinite: the marker stands for it, not the log
    if (this.#options.log.bytes < LOG_ROTATE_BYTES || amnesiaOf(this.#state) === 'certain') return
    const { chainId, address: key } = this.#signer
    // never below an earlier floor: a store that was set back, or amnesia, may have left a higher
    // one
    const kept = Math.max(floor, this.#state.floor)
    await this.#rewriteLog([{ kind: 'start', chainId, key, floor: kept }], floor)
  }

  /** Within a height: what the machine still needs of it, and what was there for later ones. */
  async #compact(records: readonly LogRecord[]): Promise<void> {
    await this.#rewriteLog(records, this.#state.current.height)
  }

  async #rewriteLog(first: readonly LogRecord[], height: number): Promise<void> {
    const { log, records } = this.#options
    await rewriteLog(log, { first, opened: records, height })
    // what cannot be dropped is not tried again for every message
    this.#compactBytes = Math.max(LOG_COMPACT_BYTES, 2 * log.bytes)
  }

  async #append(effect: Extract<Effect, { kind: 'log' }>): Promise<void> {
    const payloads = effect.records.map(encodeRecord)
    const { log, timings } = this.#options
    await timed(timings.logAppend, () => log.append(payloads))
    this.#durable.add(effect.records)
    this.#push({ kind: 'logged', nowMs: this.#nowMs(), token: effect.token })
    if (log.bytes >= this.#compactBytes) this.#push({ kind: 'logFull', nowMs: this.#nowMs() })
  }

  async #commit(effect: Extract<Effect, { kind: 'commit' }>): Promise<void> {
    const { hash, block, certificate } = effect
    const { chain } = this.#options
    // the live stream may have brought the same block while the decision waited in the queue
    if (chain.isFinal(certificate.height, hash)) return
    await chain.commitDecided(block, certificate)
  }

  #send({ message, to }: Extract<Effect, { kind: 'send' }>): void {
    const isOwn = 'signer' in message && message.signer === this.#signer.address
    assert(
      !isOwn || this.#durable.has(message),
      'invariant 11: nothing leaves before it is in the log',
    )
    const { network } = this.#options
    const bytes = encodeMessage(message)
    if (to === undefined) network.broadcast(bytes)
    else network.send(to, bytes)
  }

  #wake(atMs: number): void {
    clearTimeout(this.#timer)
    const tick = (): void => this.#push({ kind: 'tick', nowMs: this.#nowMs() })
    const waitMs = Math.max(0, atMs - this.#nowMs())
    this.#timer = setTimeout(tick, Math.min(waitMs, TIMER_MS_MAX))
  }

  #beside(work: Promise<Input>): void {
    work.then(
      (input) => this.#push(input),
      (cause: unknown) => this.#failBeside(cause),
    )
  }

  /** work that outlives {@link stop} finds the store closed: nobody waits for it any more */
  #failBeside(cause: unknown): void {
    if (!this.#stopped) this.#fail(cause)
  }

  #build(effect: Extract<Effect, { kind: 'build' }>): void {
    this.#proposals.build(effect).then(
      ({ input, dropped, held }) => {
        this.#push(input)
        if (input.kind !== 'built' || input.candidate !== null) return
        // the machine thinks now that there is no work: the next transaction is news to it, and so
        // is what waited behind a transaction that used up the builder's time and was dropped
        this.#toldWork = undefined
        if (dropped > 0) this.onWork()
        // buckets leak without telling anybody
        else if (held > 0) this.#lookAgain()
      },
      (cause: unknown) => this.#failBeside(cause),
    )
  }

  #lookAgain(): void {
    clearTimeout(this.#look)
    this.#look = setTimeout(() => {
      this.#toldWork = undefined
      this.onWork()
    }, QUOTA_LOOK_MS)
  }

  async #perform(effect: Effect): Promise<void> {
    const { chain, network, logger } = this.#options
    switch (effect.kind) {
      case 'build':
        return this.#build(effect)
      case 'prepare':
        this.#proposals.prepare(effect.template).catch((cause) => this.#failBeside(cause))
        return
      case 'check':
        return this.#beside(this.#proposals.check(effect.proposal))
      case 'execute':
        return this.#beside(this.#proposals.execute(effect.hash, effect.block))
      case 'fetch':
        return this.#beside(this.#proposals.fetch(effect.hash, effect.from))
      case 'sign': {
        const message = await signContent(effect, this.#signer)
        return this.#push({ kind: 'signed', nowMs: this.#nowMs(), message })
      }
      case 'log':
        return this.#append(effect)
      case 'compact':
        return this.#compact(effect.records)
      case 'send':
        return this.#send(effect)
      case 'commit':
        return this.#commit(effect)
      case 'wake':
        return this.#wake(effect.atMs)
      case 'behind':
        return this.#options.onBehind(effect.height)
      case 'straggler':
        return network.setHead({ number: chain.head().header.number, hash: chain.head().hash })
      case 'evidence':
        return this.#options.onEvidence(effect.evidence)
      case 'alarm':
        return onAlarm(effect, {
          ...{ log: this.#options.log, logger, state: this.#state, key: this.#signer.address },
        })
      default:
        return assertNever(effect)
    }
  }
}
