/**
 * The validator's clerk: sends by itself what the validator set needs of this validator. It looks
 * when a block told something about the set, when evidence came in, and once a second while an
 * errand is open; an errand is sent in turns, so that n validators do not send it n times.
 */
import type { EvidenceMessage } from '@veche/consensus'
import type { CallOutcome, CallRequest, Executed } from '@veche/execution'
import {
  type Address,
  type Hash,
  type Header,
  type Hex,
  hexToBytes,
  type Result,
  type Signer,
} from '@veche/primitives'
import { ERRAND_GAS, ERRAND_IDLE_LOOK_MS, ERRAND_LOOK_MS, ERRAND_REPEAT_MS } from '../limits.ts'
import { errorFacts, type Logger } from '../log.ts'
import { signTransaction } from '../transactions.ts'
import { type Errand, findErrands } from './errands.ts'
import type { EvidenceStore } from './evidence.ts'
import { createSetReader, type SetReader } from './set-reader.ts'

export interface ClerkOptions {
  readonly chainId: number
  /** gas limit of a block */
  readonly gasLimit: bigint
  /** the contract in force; undefined while none is asked */
  readonly contract: () => Address | undefined
  readonly signer: Signer
  readonly evidence: EvidenceStore
  readonly head: () => { readonly header: Header; readonly hash: Hash }
  /** runs a call on the state after `at` as the next block would */
  readonly call: (request: CallRequest, at: Header) => Promise<CallOutcome>
  /** the nonce of this validator's next transaction, pooled ones included */
  readonly nonce: () => number
  /** wei per gas of the next block */
  readonly feePerGas: () => bigint
  readonly submit: (raw: Uint8Array) => Result<Hash>
  /** whether this node is in step with its peers, and has some */
  readonly inStep: () => boolean
  readonly nowMs: () => number
  /** milliseconds between two turns */
  readonly turnMs: number
  readonly logger: Logger
  /** counts evidence that is new to this node */
  readonly onEvidence?: () => void
}

interface Open {
  readonly sinceMs: number
  sentMs: number
}

export class Clerk {
  readonly #options: ClerkOptions
  readonly #reader: SetReader
  readonly #open = new Map<string, Open>()
  #dirty = true
  #isWarned = false
  #lookedMs = Number.NEGATIVE_INFINITY
  #looking: Promise<void> | undefined
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(options: ClerkOptions) {
    this.#options = options
    this.#reader = createSetReader(async (data) => {
      const outcome = await this.#call(data)
      return outcome.kind === 'success' ? outcome.output : undefined
    })
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), ERRAND_LOOK_MS)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
  }

  /** Keeps evidence of the machine and reports it when it is this validator's turn. */
  async onEvidence(evidence: EvidenceMessage): Promise<void> {
    const { logger, evidence: store } = this.#options
    const { signer, height, round, kind } = evidence.first
    try {
      if (!(await store.keep(evidence))) return
    } catch (error) {
      // it is in memory and will be reported; only a restart forgets it
      logger.error('evidence not kept', errorFacts(error))
    }
    this.#options.onEvidence?.()
    logger.error('equivocation seen', { signer, height, round, message: kind })
    this.#dirty = true
    await this.look()
  }

  /** A block became final. */
  onHead(executed: Executed): void {
    const contract = this.#options.contract()
    const isTold = executed.receipts.some(({ logs }) =>
      logs.some((log) => log.address === contract),
    )
    if (isTold) this.#dirty = true
  }

  /** Looks at the contract if there may be something to do, and sends what is due. */
  look(): Promise<void> {
    const isDue = this.#options.nowMs() >= this.#lookedMs + ERRAND_IDLE_LOOK_MS
    if (!this.#dirty && !isDue && this.#open.size === 0) return Promise.resolve()
    this.#looking ??= this.#look()
      .catch((error: unknown) => {
        this.#dirty = true
        this.#options.logger.warn('validator set not looked at', errorFacts(error))
      })
      .finally(() => {
        this.#looking = undefined
      })
    return this.#looking
  }

  async #call(data: Hex): Promise<CallOutcome> {
    const { call, contract, signer, head } = this.#options
    const to = contract()
    if (to === undefined) return { kind: 'refused', reason: 'no contract is asked' }
    return call({ from: signer.address, to, input: hexToBytes(data) }, head().header)
  }

  async #look(): Promise<void> {
    const { signer, evidence, inStep, head, nowMs } = this.#options
    // an old state tells nothing, and nobody would take the transaction
    if (!inStep()) {
      this.#dirty = true
      return
    }
    this.#dirty = false
    this.#lookedMs = nowMs()
    const { header, hash } = head()
    const { number, timestamp } = header
    const errands = await findErrands({
      reader: this.#reader,
      self: signer.address,
      evidence: evidence.all(),
      head: { number, hash, timestamp },
      wouldSucceed: async (data) => (await this.#call(data)).kind === 'success',
    })
    await this.#warnSelf()
    const keys = new Set(errands.map(({ key }) => key))
    for (const key of this.#open.keys()) if (!keys.has(key)) this.#open.delete(key)
    for (const errand of errands) await this.#attend(errand)
  }

  /** An operator must hear that its own key is worth nothing any more; once. */
  async #warnSelf(): Promise<void> {
    const { signer, logger } = this.#options
    if (this.#isWarned) return
    const evidence = await this.#reader.suspensionOf(signer.address)
    if (evidence === undefined) return
    this.#isWarned = true
    logger.error('this key is suspended: another must follow', { key: signer.address, evidence })
  }

  async #attend(errand: Errand): Promise<void> {
    const { nowMs, turnMs } = this.#options
    const now = nowMs()
    let open = this.#open.get(errand.key)
    if (open === undefined) {
      open = { sinceMs: now, sentMs: Number.NEGATIVE_INFINITY }
      this.#open.set(errand.key, open)
    }
    if (now < open.sinceMs + errand.rank * turnMs) return
    if (now < open.sentMs + ERRAND_REPEAT_MS) return
    open.sentMs = now
    await this.#send(errand)
  }

  async #send({ key, data }: Errand): Promise<void> {
    const { chainId, gasLimit, nonce, feePerGas, signer, submit, logger } = this.#options
    const to = this.#options.contract()
    if (to === undefined) return
    const fields = { chainId, nonce: nonce(), to, data, feePerGas: feePerGas() }
    const gas = BigInt(Math.min(ERRAND_GAS, Number(gasLimit)))
    const submitted = submit(hexToBytes(await signTransaction(signer, { ...fields, gas })))
    if (submitted.ok)
      logger.info('sent to the validator set', { errand: key, hash: submitted.value })
    else {
      const { code, reason } = submitted
      logger.warn('errand of the validator set not sent', { errand: key, code, reason })
    }
  }
}
