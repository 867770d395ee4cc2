/**
 * Drives the pure consensus machine: one queue of inputs, and effects performed in order, a log
 * durable before anything after it is sent. Building, executing and fetching run beside the queue and
 * come back as inputs, so that a slow body never delays a vote.
 */
import {
  authenticateMessage,
  type Candidate,
  decodeMessage,
  type Effect,
  encodeMessage,
  encodeRecord,
  type Input,
  type LogRecord,
  type State,
  signContent,
  step,
} from '@veche/consensus'
import type { Pool } from '@veche/execution'
import {
  type Address,
  assert,
  assertNever,
  type Block,
  type Clock,
  type Hash,
  type Network,
  type PeerInfo,
  type Result,
  type Signer,
  type WriteAheadLog,
} from '@veche/primitives'
import type { Candidates } from './candidates.ts'
import type { Chain, Head } from './chain.ts'
import { BUILD_BUDGET_SHARE, INPUTS_MAX, LOG_ROTATE_BYTES } from './limits.ts'
import type { Logger } from './log.ts'

export interface LoopOptions {
  readonly state: State
  readonly chain: Chain
  readonly pool: Pool
  readonly candidates: Candidates
  readonly network: Network
  readonly log: WriteAheadLog
  readonly signer: Signer
  readonly clock: Clock
  readonly logger: Logger
  /** somebody decided further than we did */
  readonly onBehind: (height: number) => void
  /** the log or the store failed, or an invariant broke: the process must stop */
  readonly onFatal: (cause: unknown) => void
}

export interface Loop {
  /** starts with the effects of a restored state */
  start(): void
  stop(): Promise<void>
  onMessage(from: PeerInfo, bytes: Uint8Array): void
  onHead(head: Head): void
  onWork(): void
  /** the machine's state, for status and metrics */
  state(): State
}

type Timer = ReturnType<typeof setTimeout>

export function createLoop(options: LoopOptions): Loop {
  const { chain, pool, candidates, network, log, signer, clock, logger } = options
  const { chainId } = chain.parameters
  const contentSigner = {
    chainId,
    address: signer.address,
    sign: (digest: Uint8Array) => signer.sign(digest),
  }
  const queue: Input[] = []
  let state = options.state
  let draining: Promise<void> | undefined
  let stopped = false
  let timer: Timer | undefined
  let loggedBytes = 0
  let lastWork: boolean | undefined

  /** the sets of the present and the next height: nobody else's messages cost a signature check */
  const isMember = (address: Address): boolean => {
    const height = chain.head().header.number + 1
    return (
      chain.validatorsAt(height).includes(address) ||
      chain.validatorsAt(height + 1).includes(address)
    )
  }

  const push = (input: Input): void => {
    if (stopped) return
    queue.push(input)
    draining ??= drain().finally(() => {
      draining = undefined
    })
  }

  const drain = async (): Promise<void> => {
    try {
      for (let input = queue.shift(); input !== undefined && !stopped; input = queue.shift()) {
        if (input.kind === 'committed') await rotateLog(input.header.number)
        const { effects } = advance(input)
        for (const effect of effects) await perform(effect)
      }
    } catch (cause) {
      stopped = true
      options.onFatal(cause)
    }
  }

  const advance = (input: Input): { effects: readonly Effect[] } => {
    const result = step(state, input)
    state = result.state
    return result
  }

  /**
   * A block is durable in the store, and the machine holds no own message above it yet (it moves on
   * with the very input that is next), so a new file needs nothing but its start record.
   */
  const rotateLog = async (floor: number): Promise<void> => {
    if (loggedBytes < LOG_ROTATE_BYTES) return
    const start: LogRecord = { kind: 'start', chainId, key: signer.address, floor }
    await log.rotate([encodeRecord(start)])
    loggedBytes = 0
  }

  const nowMs = (): number => clock.nowMs()

  const answerChecked = (hash: Hash, candidate: Candidate | null): void =>
    push({ kind: 'checked', nowMs: nowMs(), hash, candidate })

  /** executes a held block and reports it; a refusal is a verdict on its proposer */
  const check = async (hash: Hash, found: Result<Block>, round?: number): Promise<void> => {
    if (!found.ok) {
      logger.info('candidate without body', { hash, code: found.code, reason: found.reason })
      return answerChecked(hash, null)
    }
    const executed = await chain.execute(found.value, {
      timeMs: chain.parameters.stepSeconds * 1000,
      ...(round === undefined ? {} : { round }),
    })
    if (!executed.ok) {
      const level = executed.code === 'PARENT_NOT_HEAD' ? 'debug' : 'warn'
      logger.log(level, 'candidate refused', { hash, code: executed.code, reason: executed.reason })
      return answerChecked(hash, null)
    }
    candidates.hold(hash, found.value)
    answerChecked(hash, { hash, block: found.value })
  }

  const build = async (effect: Extract<Effect, { kind: 'build' }>): Promise<void> => {
    const { height, round, template } = effect
    const built = await chain.build({
      template,
      transactions: pool.pending(),
      timeMs: chain.parameters.stepSeconds * 1000 * BUILD_BUDGET_SHARE,
    })
    for (const { hash, code, reason } of built?.rejected ?? []) {
      logger.info('transaction dropped by the builder', { hash, code, reason })
      pool.ban(hash)
    }
    const candidate = built === null ? null : { hash: built.executed.hash, block: built.block }
    if (candidate !== null) candidates.hold(candidate.hash, candidate.block)
    push({ kind: 'built', nowMs: nowMs(), height, round, candidate })
  }

  const beside = (work: Promise<void>): void => {
    work.catch((cause: unknown) => {
      stopped = true
      options.onFatal(cause)
    })
  }

  const appendLog = async (effect: Extract<Effect, { kind: 'log' }>): Promise<void> => {
    const payloads = effect.records.map(encodeRecord)
    await log.append(payloads)
    loggedBytes += payloads.reduce((sum, payload) => sum + payload.length, 0)
    push({ kind: 'logged', nowMs: nowMs(), token: effect.token })
  }

  const commit = async (effect: Extract<Effect, { kind: 'commit' }>): Promise<void> => {
    // the live stream may have brought the same block while the decision waited in the queue
    if (chain.isFinal(effect.certificate.height, effect.hash)) return
    const block = candidates.get(effect.hash)
    assert(block !== undefined, 'the body of a decided block is held')
    await chain.commitDecided(block, effect.certificate)
  }

  const setWake = (atMs: number): void => {
    clearTimeout(timer)
    timer = setTimeout(() => push({ kind: 'tick', nowMs: nowMs() }), Math.max(0, atMs - nowMs()))
  }

  const perform = async (effect: Effect): Promise<void> => {
    switch (effect.kind) {
      case 'build':
        return beside(build(effect))
      case 'check':
        return beside(
          candidates
            .assemble(effect.proposal)
            .then((b) => check(effect.proposal.hash, b, effect.proposal.round)),
        )
      case 'execute':
        return beside(check(effect.hash, { ok: true, value: effect.block }))
      case 'fetch':
        return beside(candidates.fetch(effect.hash, effect.from).then((b) => check(effect.hash, b)))
      case 'sign': {
        const message = await signContent(effect, contentSigner)
        return push({ kind: 'signed', nowMs: nowMs(), message })
      }
      case 'log':
        return appendLog(effect)
      case 'send': {
        const bytes = encodeMessage(effect.message)
        if (effect.to === undefined) network.broadcast(bytes)
        else network.send(effect.to, bytes)
        return
      }
      case 'commit':
        return commit(effect)
      case 'wake':
        return setWake(effect.atMs)
      case 'behind':
        return options.onBehind(effect.height)
      case 'straggler':
        return network.setHead({ number: chain.head().header.number, hash: chain.head().hash })
      case 'evidence':
        logger.error('equivocation seen', { signer: effect.evidence.first.signer })
        return
      case 'alarm':
        logger.warn('consensus alarm', { code: effect.code, reason: effect.reason })
        return
      default:
        return assertNever(effect)
    }
  }

  return {
    start() {
      push({ kind: 'tick', nowMs: nowMs() })
    },
    async stop() {
      stopped = true
      clearTimeout(timer)
      await draining
    },
    onMessage(from, bytes) {
      if (queue.length > INPUTS_MAX) return
      const decoded = decodeMessage(bytes)
      const message = decoded.ok
        ? authenticateMessage(decoded.value, { chainId, isMember })
        : decoded
      if (!message.ok) return network.penalize(from.peerId, message.code)
      push({ kind: 'message', nowMs: nowMs(), message: message.value })
    },
    onHead(head) {
      candidates.prune(head.header.number)
      push({ kind: 'committed', nowMs: nowMs(), ...head })
      lastWork = undefined
    },
    onWork() {
      const pending = pool.hasWork()
      if (pending === lastWork) return
      lastWork = pending
      push({ kind: 'work', nowMs: nowMs(), pending })
    },
    state: () => state,
  }
}
