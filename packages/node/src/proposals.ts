/**
 * The slow half of consensus: building a proposal, fetching and executing the proposals of others.
 * Runs beside the machine's queue and answers with inputs, so that a slow body never delays a vote.
 */
import {
  type BlockTemplate,
  type Candidate,
  type Effect,
  type Input,
  isSameTemplate,
  type Proposal,
  stepAt,
} from '@veche/consensus'
import { type Built, listRoot, type Pool } from '@veche/execution'
import type { Address, Block, Clock, Hash, Result } from '@veche/primitives'
import type { Candidates } from './candidates.ts'
import type { Chain } from './chain.ts'
import { AHEAD_BUDGET_SHARE, BUILD_BUDGET_SHARE, LIGHT_STEPS } from './limits.ts'
import type { Logger } from './log.ts'
import type { Quotas } from './quota/quotas.ts'

export interface ProposalsParts {
  readonly chain: Chain
  readonly pool: Pool
  readonly candidates: Candidates
  readonly clock: Clock
  readonly logger: Logger
  /** absent: no quotas */
  readonly quotas?: Pick<Quotas, 'within'>
}

export interface BuiltInput {
  readonly input: Input
  /** transactions that the builder threw out: without them another build may find something */
  readonly dropped: number
  /** transactions left out for now: their senders are over quota, or the processor was elsewhere */
  readonly held: number
}

/** A block of ours, before it is proposed. */
interface Draft extends Pick<BuiltInput, 'dropped' | 'held'> {
  /** null when there was nothing to build, or the head is another by now */
  readonly candidate: Candidate | null
}

type Checked = Extract<Input, { kind: 'checked' }>

export class Proposals {
  readonly #parts: ProposalsParts
  /** a proposal that takes a whole step outlasts its window anyway */
  readonly #stepMs: number
  /** what was begun before its window, until the next block of ours */
  #ahead: { readonly template: BlockTemplate; readonly draft: Promise<Draft> } | null = null
  /** when a transaction was last stopped here */
  #stoppedAtMs = Number.NEGATIVE_INFINITY

  constructor(parts: ProposalsParts) {
    this.#parts = parts
    this.#stepMs = parts.chain.parameters.stepSeconds * 1000
  }

  /** Begins a block that is likely to be asked for soon; it is kept for one `build`. */
  prepare(template: BlockTemplate): Promise<unknown> {
    const draft = this.#draft(template, AHEAD_BUDGET_SHARE)
    this.#ahead = { template, draft }
    return draft
  }

  /** Builds on the head from the pool, or takes what was prepared; answers `built`. */
  async build({
    height,
    round,
    template,
  }: Extract<Effect, { kind: 'build' }>): Promise<BuiltInput> {
    const ahead = this.#ahead
    this.#ahead = null
    const prepared =
      ahead !== null && isSameTemplate(ahead.template, template) ? await ahead.draft : null
    // something may have come since nothing was found
    const hasFound = (prepared?.candidate?.block.transactions.length ?? 0) > 0
    const draft = hasFound ? prepared : null
    const { candidate, dropped, held } = draft ?? (await this.#draft(template, BUILD_BUDGET_SHARE))
    const { clock } = this.#parts
    const input = { kind: 'built', nowMs: clock.nowMs(), height, round, candidate } as const
    return { input, dropped, held }
  }

  async #draft(template: BlockTemplate, share: number): Promise<Draft> {
    const { chain, pool, candidates, clock, logger, quotas } = this.#parts
    const timeMs = this.#stepMs * share
    let held = 0
    const onHeld = (): void => void held++
    const pending = pool.pending()
    const transactions = quotas?.within(pending, template.timestamp, onHeld) ?? pending
    const lightOnly = this.#isLight(clock.nowMs())
    const built = await chain.build({ template, transactions, timeMs, lightOnly })
    if (built?.stopped === true) this.#stoppedAtMs = clock.nowMs()
    for (const { hash, code, reason } of built?.rejected ?? []) {
      logger.info('transaction dropped by the builder', { hash, code, reason })
      if (code === 'TRANSACTION_TIMEOUT') pool.ban(hash)
      else pool.remove(hash)
    }
    const candidate = built === null || this.#isIdle(built.block) ? null : toCandidate(built)
    if (candidate !== null) candidates.hold(candidate.hash, candidate.block)
    const dropped = built?.rejected.length ?? 0
    return { candidate, dropped, held: held + (built?.postponed ?? 0) }
  }

  /** a turn that a slow transaction took is followed by blocks that none can take */
  #isLight(nowMs: number): boolean {
    const sinceMs = nowMs - this.#stoppedAtMs
    return sinceMs >= 0 && sinceMs < this.#stepMs * LIGHT_STEPS
  }

  /** without transactions there is no block before the heartbeat is due */
  #isIdle({ header, transactions }: Block): boolean {
    if (transactions.length > 0) return false
    const { chain, clock } = this.#parts
    const { emptyBlockIntervalSeconds, stepSeconds } = chain.parameters
    const parent = chain.head()
    if (parent.hash !== header.parentHash) return true
    const step = stepAt(clock.nowMs(), stepSeconds)
    return step * stepSeconds < parent.header.timestamp + emptyBlockIntervalSeconds
  }

  /**
   * Assembles the body of a proposal from the pool or its proposer, executes it; answers `checked`.
   */
  async check(proposal: Proposal): Promise<Input> {
    const { hash, header, signer, round } = proposal
    const { candidates } = this.#parts
    const found = await candidates.assemble(proposal)
    const checked = await this.#execute(hash, found, round)
    if (checked.candidate !== null || !found.ok) return checked
    if (listRoot(found.value.transactions) === header.transactionsRoot) return checked
    // no signature covers the list of hashes: one that is not the header's says nothing about the
    // block, which others may have locked
    return this.#execute(hash, await candidates.fetch(hash, [signer]), round)
  }

  /** Fetches a block by hash, executes it; answers `checked`. */
  async fetch(hash: Hash, from: readonly Address[]): Promise<Input> {
    return this.#execute(hash, await this.#parts.candidates.fetch(hash, from))
  }

  /** Executes a block restored from the log; answers `checked`. */
  execute(hash: Hash, block: Block): Promise<Input> {
    return this.#execute(hash, { ok: true, value: block })
  }

  async #execute(hash: Hash, found: Result<Block>, round?: number): Promise<Checked> {
    const { chain, candidates, logger } = this.#parts
    if (!found.ok) {
      logger.info('candidate without body', { hash, code: found.code, reason: found.reason })
      return this.#checked(hash, null)
    }
    const limits = { timeMs: this.#stepMs, ...(round === undefined ? {} : { round }) }
    const executed = await chain.execute(found.value, limits)
    if (executed.ok) {
      candidates.hold(hash, found.value)
      return this.#checked(hash, { hash, block: found.value })
    }
    // the height may have been decided meanwhile: no verdict on anybody
    const level = executed.code === 'PARENT_NOT_HEAD' ? 'debug' : 'warn'
    logger.log(level, 'candidate refused', { hash, code: executed.code, reason: executed.reason })
    return this.#checked(hash, null)
  }

  #checked(hash: Hash, candidate: Candidate | null): Checked {
    return { kind: 'checked', nowMs: this.#parts.clock.nowMs(), hash, candidate }
  }
}

function toCandidate({ executed, block }: Built): Candidate {
  return { hash: executed.hash, block }
}
