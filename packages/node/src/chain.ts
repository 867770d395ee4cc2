/**
 * The one writer of the head. Executes candidates on the head's state, commits decided blocks and
 * imports certified ones (consensus.md, invariants 7, 8, 10, 13). Everything that touches the
 * head's state runs one after the other, so no candidate sees half a commit.
 */
import {
  type Certificate,
  type ConsensusParameters,
  checkHeader,
  type ValidatorAlarm,
  validatorsAfterChange,
  verifyCertificate,
} from '@veche/consensus'
import type { BuildOptions, Built, Executed, Executor } from '@veche/execution'
import {
  type Address,
  accept,
  assert,
  type Block,
  blockHash,
  type ChainStore,
  type Hash,
  type Header,
  type Result,
  refuse,
  sealHeader,
} from '@veche/primitives'
import type { CheckpointGuard } from './checkpoint.ts'
import { SetOverrides } from './council/overrides.ts'
import type { Logger } from './log.ts'
import { type Timings, timed } from './metrics.ts'

export interface Head {
  /** with its certificate */
  readonly header: Header
  readonly hash: Hash
  /** the set promised for header.number + 2, in force there unless an override begins */
  readonly validatorsAfterNext: readonly Address[]
}

export interface ChainOptions {
  readonly store: ChainStore
  readonly executor: Pick<Executor, 'build' | 'execute' | 'committing' | 'committed'>
  readonly parameters: ConsensusParameters
  /**
   * the contract of genesis whose getValidators() rules; without one the set never changes
   */
  readonly validatorContract: Address | undefined
  /** the same on every node of the network */
  readonly overrides?: SetOverrides
  /** refuses what is not an ancestor of the operator's checkpoint */
  readonly checkpoint?: CheckpointGuard
  readonly logger: Logger
  readonly timings: Pick<Timings, 'blockExecute' | 'blockCommit'>
  /** counts the blocks after which the contract's answer was refused */
  readonly onSetKept?: (code: ValidatorAlarm) => void
}

export interface ExecuteLimits {
  /** round of the proposal; any when it is not known */
  readonly round?: number
  /** wall-clock milliseconds; unbounded when absent */
  readonly timeMs?: number
}

export type HeadListener = (head: Head, block: Block, executed: Executed) => void

/** a candidate's header does not say its round; its step must belong to some round */
const ANY_ROUND = 0xffff_ffff

function readHead(store: ChainStore, overrides: SetOverrides): Head {
  const { number, hash } = store.head()
  const header = store.header(number)
  const validatorsAfterNext = overrides.promisedAt(number + 2) ?? store.validatorsAfterNext(number)
  assert(header !== undefined && validatorsAfterNext !== undefined, 'the head block is stored')
  return { header, hash, validatorsAfterNext }
}

export class Chain {
  readonly #options: ChainOptions
  readonly #overrides: SetOverrides
  #listeners: HeadListener[] = []
  #head: Head
  #tail: Promise<unknown> = Promise.resolve()

  constructor(options: ChainOptions) {
    this.#options = options
    this.#overrides = options.overrides ?? new SetOverrides()
    this.#overrides.check((height) => options.store.header(height))
    this.#head = readHead(options.store, this.#overrides)
  }

  get parameters(): ConsensusParameters {
    return this.#options.parameters
  }

  head(): Head {
    return this.#head
  }

  genesisHash(): Hash {
    const header = this.#options.store.header(0)
    assert(header !== undefined, 'block 0 is stored')
    return blockHash(header)
  }

  /**
   * Called after each commit, in order; listeners must not throw. Returns how to stop the calls.
   */
  onHead(listener: HeadListener): () => void {
    this.#listeners.push(listener)
    return () => {
      this.#listeners = this.#listeners.filter((each) => each !== listener)
    }
  }

  /** Resolves when the head is at `height` or above. */
  reaches(height: number): Promise<void> {
    if (this.#head.header.number >= height) return Promise.resolve()
    return new Promise((resolve) => {
      const stop = this.onHead(({ header }) => {
        if (header.number < height) return
        stop()
        resolve()
      })
    })
  }

  /** The set in force at `height`, which is at most head + 2. Genesis fixes V(0), V(1) and V(2). */
  validatorsAt(height: number): readonly Address[] {
    return this.#overrides.validatorsAt(height) ?? this.#storedAt(height)
  }

  /** The set of `height` that header `height` − 1 names: another one where an override begins. */
  promisedAt(height: number): readonly Address[] {
    return this.#overrides.promisedAt(height) ?? this.#storedAt(height)
  }

  #storedAt(height: number): readonly Address[] {
    assert(height <= this.#head.header.number + 2, `the set of height ${height} is known`)
    const validators = this.#options.store.validatorsAfterNext(Math.max(0, height - 2))
    assert(validators !== undefined, `the set of height ${height} is stored`)
    return validators
  }

  /** The contract whose answer after block `height` is in force two blocks later. */
  validatorContractAfter(height: number): Address | undefined {
    return this.#overrides.contractAfter(height, this.#options.validatorContract)
  }

  /** Whether this block is final here; a bug when another one is at its height. */
  isFinal(height: number, hash: Hash): boolean {
    if (height > this.#head.header.number) return false
    const stored = this.#options.store.numberOf(hash)
    assert(stored === height, `block ${height} is final with one hash only`)
    return true
  }

  /** Checks and executes a child of the head; the result is kept until the next commit. */
  execute(block: Block, limits: ExecuteLimits = {}): Promise<Result<Executed>> {
    return this.#alone(() => this.#run(block, { round: ANY_ROUND, ...limits }))
  }

  /** Builds a child of the head; null when the head is another by now. */
  build(options: Omit<BuildOptions, 'parent'>): Promise<Built | null> {
    return this.#alone(async () => {
      if (options.template.parentHash !== this.#head.hash) return null
      const { executor, timings } = this.#options
      const parent = this.#head.header
      return timed(timings.blockExecute, () => executor.build({ ...options, parent }))
    })
  }

  /** Stores a block this node decided; nothing to do when it is final already. */
  commitDecided(block: Block, certificate: Certificate): Promise<void> {
    return this.#alone(async () => {
      if (this.isFinal(certificate.height, certificate.hash)) return
      const barred = this.#options.checkpoint?.judge(certificate.height, certificate.hash)
      assert(barred === undefined, 'nothing below the checkpoint is decided here')
      const executed = await this.#run(block, { round: certificate.round })
      assert(executed.ok, `a decided block executes: ${executed.ok ? '' : executed.reason}`)
      const header = sealHeader(block.header, certificate.round, certificate.seals)
      await this.#commit({ ...block, header }, executed.value)
    })
  }

  /**
   * Verifies, executes and stores the certified child of the head; refuses without harm otherwise.
   */
  importSealed(block: Block): Promise<Result<'imported' | 'known'>> {
    return this.#alone(async () => {
      const { number } = block.header
      const next = this.#head.header.number + 1
      if (number < next) {
        if (this.#options.store.numberOf(blockHash(block.header)) === number) return accept('known')
        return refuse('CONFLICTS_WITH_FINAL', `block ${number} is final with another hash`)
      }
      if (number > next) return refuse('PARENT_NOT_HEAD', `block ${next} expected, got ${number}`)
      const barred = this.#options.checkpoint?.judge(number, blockHash(block.header))
      if (barred !== undefined) return barred
      const certificate = verifyCertificate(block.header, this.validatorsAt(number))
      if (!certificate.ok) return certificate
      const executed = await this.#run(block, { round: certificate.value.round })
      if (!executed.ok) return executed
      await this.#commit(block, executed.value)
      return accept('imported')
    })
  }

  /** one thing at a time; a failure of one does not hold up the next */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#tail.then(work, work)
    this.#tail = next.catch(() => undefined)
    return next
  }

  async #run(block: Block, { round, timeMs }: ExecuteLimits): Promise<Result<Executed>> {
    const { executor, parameters, timings } = this.#options
    const { header: parent, hash: parentHash } = this.#head
    if (block.header.parentHash !== parentHash)
      return refuse(
        'PARENT_NOT_HEAD',
        `parent ${parentHash} expected, got ${block.header.parentHash}`,
      )
    const height = parent.number + 1
    const checked = checkHeader(block.header, parent, {
      parameters,
      validators: this.validatorsAt(height),
      nextValidators: this.promisedAt(height + 1),
      parentHash,
      ...(round === undefined ? {} : { round }),
    })
    if (!checked.ok) return checked
    return timed(timings.blockExecute, () =>
      executor.execute(block, parent, timeMs === undefined ? {} : { timeMs }),
    )
  }

  #nextSet(height: number, executed: Executed): readonly Address[] {
    const given = this.#overrides.promisedAt(height + 2)
    if (given !== undefined) return given
    const current = this.validatorsAt(height + 1)
    if (this.validatorContractAfter(height) === undefined) return current
    const { validators, alarm } = validatorsAfterChange(current, executed.getValidators)
    if (alarm !== undefined) {
      this.#options.logger.error('validator set kept', { height, code: alarm })
      this.#options.onSetKept?.(alarm)
    }
    return validators
  }

  async #commit(block: Block, executed: Executed): Promise<void> {
    const { store, executor, timings } = this.#options
    const { hash, transactionHashes, receipts, diff } = executed
    const validatorsAfterNext = this.#nextSet(block.header.number, executed)
    executor.committing(hash)
    await timed(timings.blockCommit, () =>
      store.commit({ block, hash, transactionHashes, receipts, diff, validatorsAfterNext }),
    )
    executor.committed(hash)
    this.#head = { header: block.header, hash, validatorsAfterNext }
    for (const listener of this.#listeners) listener(this.#head, block, executed)
  }
}
