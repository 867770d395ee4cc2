/**
 * The one writer of the head. Executes candidates on the head's state, commits decided blocks and
 * imports certified ones (consensus.md, invariants 7, 8, 10, 13). Everything that touches the head's
 * state runs one after the other in `exclusive`, so no candidate sees half a commit.
 */
import {
  type Certificate,
  type ConsensusParameters,
  checkHeader,
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
import type { Logger } from './log.ts'

export interface Head {
  readonly header: Header
  readonly hash: Hash
  /** the set in force at header.number + 2 */
  readonly validatorsAfterNext: readonly Address[]
}

export interface ChainOptions {
  readonly store: ChainStore
  readonly executor: Executor
  readonly parameters: ConsensusParameters
  /** whether the genesis names a contract whose getValidators() rules; otherwise the set never changes */
  readonly validatorsByContract: boolean
  readonly logger: Logger
}

export type HeadListener = (head: Head, block: Block, executed: Executed) => void

export interface Chain {
  readonly parameters: ConsensusParameters
  head(): Head
  /** the set in force at `height`, which is at most head + 2 */
  validatorsAt(height: number): readonly Address[]
  /**
   * Checks and executes a child of the head, proposed in `round` (any when it is not known) within
   * `timeMs`; the result is kept until the next commit.
   */
  execute(block: Block, limits?: { round?: number; timeMs?: number }): Promise<Result<Executed>>
  /** builds a child of the head; null when the head is another by now */
  build(options: Omit<BuildOptions, 'parent'>): Promise<Built | null>
  /** whether this block is final here; a bug when another one is at its height */
  isFinal(height: number, hash: Hash): boolean
  /** stores a block this node decided; a no-op when the head is already that block */
  commitDecided(block: Block, certificate: Certificate): Promise<void>
  /** verifies, executes and stores the certified child of the head; refuses without harm otherwise */
  importSealed(block: Block): Promise<Result<'imported' | 'known'>>
  onHead(listener: HeadListener): void
}

/** a candidate's header does not say its round; its step must belong to some round */
const ANY_ROUND = 0xffff_ffff

/** The validator sets known at `height`: header of genesis before, stored results after. */
function validatorsFromStore(store: ChainStore, height: number): readonly Address[] {
  // genesis fixes V(0) = V(1); its stored result is V(2)
  const source = Math.max(0, height - 2)
  const validators = store.validatorsAfterNext(source)
  assert(validators !== undefined, `validator set for height ${height} is stored`)
  return validators
}

export function createChain(options: ChainOptions): Chain {
  const { store, executor, parameters, logger } = options
  const listeners: HeadListener[] = []
  let head = readHead(store)
  let tail: Promise<unknown> = Promise.resolve()

  const exclusive = <T>(work: () => Promise<T>): Promise<T> => {
    const next = tail.then(work, work)
    tail = next.catch(() => undefined)
    return next
  }

  const validatorsAt = (height: number): readonly Address[] => {
    assert(height <= head.header.number + 2, `set of height ${height} is known at the head`)
    return validatorsFromStore(store, height)
  }

  const runOnHead = async (
    block: Block,
    limits: { round?: number; timeMs?: number } = {},
  ): Promise<Result<Executed>> => {
    if (block.header.parentHash !== head.hash)
      return refuse(
        'PARENT_NOT_HEAD',
        `parent ${head.hash} expected, got ${block.header.parentHash}`,
      )
    const height = head.header.number + 1
    const checked = checkHeader(block.header, head.header, {
      parameters,
      validators: validatorsAt(height),
      nextValidators: validatorsAt(height + 1),
      parentHash: head.hash,
      ...(limits.round === undefined ? {} : { round: limits.round }),
    })
    if (!checked.ok) return checked
    const { timeMs } = limits
    return executor.execute(block, head.header, timeMs === undefined ? {} : { timeMs })
  }

  const nextSet = (height: number, executed: Executed): readonly Address[] => {
    const current = validatorsAt(height + 1)
    if (!options.validatorsByContract) return current
    const { validators, alarm } = validatorsAfterChange(current, executed.getValidators)
    if (alarm !== undefined) logger.error('validator set kept', { height, code: alarm })
    return validators
  }

  const isFinal = (height: number, hash: Hash): boolean => {
    if (height > head.header.number) return false
    assert(store.numberOf(hash) === height, `block ${height} is final with one hash only`)
    return true
  }

  const commit = async (block: Block, executed: Executed): Promise<void> => {
    const validatorsAfterNext = nextSet(block.header.number, executed)
    executor.committing(executed.hash)
    await store.commit({
      block,
      hash: executed.hash,
      transactionHashes: executed.transactionHashes,
      receipts: executed.receipts,
      diff: executed.diff,
      validatorsAfterNext,
    })
    executor.committed(executed.hash)
    head = { header: block.header, hash: executed.hash, validatorsAfterNext }
    for (const listener of listeners) listener(head, block, executed)
  }

  return {
    parameters,
    head: () => head,
    isFinal,
    validatorsAt,
    execute: (block, { round = ANY_ROUND, timeMs } = {}) =>
      exclusive(() => runOnHead(block, { round, ...(timeMs === undefined ? {} : { timeMs }) })),
    build: (options) =>
      exclusive(async () => {
        if (options.template.parentHash !== head.hash) return null
        return executor.build({ ...options, parent: head.header })
      }),
    onHead: (listener) => void listeners.push(listener),

    commitDecided: (block, certificate) =>
      exclusive(async () => {
        if (isFinal(certificate.height, certificate.hash)) return
        const executed = await runOnHead(block, { round: certificate.round })
        assert(executed.ok, `a decided block executes: ${executed.ok ? '' : executed.reason}`)
        const header = sealHeader(block.header, certificate.round, certificate.seals)
        await commit({ ...block, header }, executed.value)
      }),

    importSealed: (block) =>
      exclusive(async () => {
        const { number } = block.header
        if (number <= head.header.number) {
          const known = store.numberOf(blockHash(block.header)) === number
          return known
            ? accept('known')
            : refuse('CONFLICTS_WITH_FINAL', `block ${number} is final with another hash`)
        }
        if (number > head.header.number + 1)
          return refuse(
            'PARENT_NOT_HEAD',
            `block ${head.header.number + 1} expected, got ${number}`,
          )
        const certificate = verifyCertificate(block.header, validatorsAt(number))
        if (!certificate.ok) return certificate
        const executed = await runOnHead(block)
        if (!executed.ok) return executed
        await commit(block, executed.value)
        return accept('imported')
      }),
  }
}

function readHead(store: ChainStore): Head {
  const { number, hash } = store.head()
  const header = store.header(number)
  const validatorsAfterNext = store.validatorsAfterNext(number)
  assert(header !== undefined && validatorsAfterNext !== undefined, 'the head block is stored')
  return { header, hash, validatorsAfterNext }
}
