/**
 * A single machine under test: cheap signatures, blocks made to order, effects answered on request.
 */
import {
  type Address,
  blockHash,
  encodeExtraData,
  type Hash,
  sealDigest,
  sealHeader,
  validatorSetHash,
} from '@veche/primitives'
import { contentDigest, signedFrom } from '../src/digest.ts'
import { sortValidators } from '../src/header.ts'
import type { Candidate, Input } from '../src/input.ts'
import { step } from '../src/machine.ts'
import type {
  Message,
  Polka,
  Precommit,
  Prevote,
  Proposal,
  SignableContent,
  SignedMessage,
  Status,
} from '../src/message.ts'
import type { Effect } from '../src/output.ts'
import type { ConsensusParameters } from '../src/parameters.ts'
import type { LogRecord } from '../src/record.ts'
import { createSchedule, primaryOf, roundStart } from '../src/schedule.ts'
import { buildBlock, encodeTransaction, genesisHeader } from '../src/simulator/ledger.ts'
import { simulatedAddress, simulatedRecover, simulatedSign } from '../src/simulator/signer.ts'
import { createState, type State, type Weakness } from '../src/state.ts'

export const parameters: ConsensusParameters = {
  chainId: 1337,
  stepSeconds: 1,
  emptyBlockIntervalSeconds: 60,
  blockIntervalMinMs: 50,
  blocksPerStepMax: 0,
  windowMax: 15,
}

export function setOf(n: number): readonly Address[] {
  return sortValidators(Array.from({ length: n }, (_, i) => simulatedAddress(i)))
}

/** step of the genesis block: a multiple of 4, so that member 0 is the primary of round 0 */
export const START_STEP = 1_700_000_000
export const START_MS = START_STEP * 1000

export type EffectOf<K extends Effect['kind']> = Extract<Effect, { kind: K }>

export function pick<K extends Effect['kind']>(effects: readonly Effect[], kind: K): EffectOf<K>[] {
  return effects.filter((effect): effect is EffectOf<K> => effect.kind === kind)
}

/** the messages of one kind that effects send */
export function sentOf<K extends Message['kind']>(
  effects: readonly Effect[],
  kind: K,
): Extract<Message, { kind: K }>[] {
  const messages = pick(effects, 'send').map((effect) => effect.message)
  return messages.filter((each): each is Extract<Message, { kind: K }> => each.kind === kind)
}

export interface BenchOptions {
  /** members; default 4 */
  readonly n?: number
  /** index of the machine under test in the sorted set, null for a follower; default 1 */
  readonly self?: number | null
  readonly restored?: readonly LogRecord[]
  readonly nowMs?: number
  readonly floor?: number
  readonly amnesia?: 'certain' | 'possible'
  /** step at which the log was begun; default: now */
  readonly logStep?: number
  readonly parameters?: ConsensusParameters
  /** rules broken on purpose */
  readonly weaken?: Weakness
  /** done to the state before every step: a rule broken from outside */
  readonly spoil?: (state: State) => void
}

/** Which effects the bench answers by itself. */
const ANSWERED: readonly Effect['kind'][] = ['sign', 'log', 'check', 'execute', 'fetch', 'build']

export class Bench {
  readonly set: readonly Address[]
  readonly self: Address | null
  readonly parameters: ConsensusParameters
  readonly genesis: ReturnType<typeof genesisHeader>
  readonly genesisHash: Hash
  readonly known = new Map<Hash, Candidate>()
  readonly weaken: Weakness
  readonly spoil: (state: State) => void
  readonly state: State
  /** kinds of effects left unanswered */
  readonly held = new Set<Effect['kind']>()
  nowMs: number
  transaction = 0

  constructor(options: BenchOptions = {}) {
    this.set = setOf(options.n ?? 4)
    const index = options.self === undefined ? 1 : options.self
    this.self = index === null ? null : this.member(index)
    this.parameters = options.parameters ?? parameters
    this.weaken = options.weaken ?? {}
    this.spoil = options.spoil ?? (() => undefined)
    this.genesis = genesisHeader(this.set, START_STEP)
    this.genesisHash = blockHash(this.genesis)
    this.nowMs = options.nowMs ?? START_MS
    this.state = createState({
      parameters: this.parameters,
      self: this.self,
      head: { header: this.genesis, hash: this.genesisHash },
      validators: this.set,
      next: this.set,
      nowMs: this.nowMs,
      ...(options.restored === undefined ? {} : { restored: options.restored }),
      ...(options.floor === undefined ? {} : { floor: options.floor }),
      ...(options.amnesia === undefined ? {} : { amnesia: options.amnesia }),
      ...(options.logStep === undefined ? {} : { logStep: options.logStep }),
    })
  }

  member(index: number): Address {
    return this.set[index] as Address
  }

  /** S(r) of height 1 */
  startOf(round: number): number {
    return roundStart(createSchedule(this.parameters, this.set.length), START_STEP, round)
  }

  /** index of the proposer of a round of height 1 */
  proposerOf(round: number): number {
    return this.set.indexOf(primaryOf(this.set, this.startOf(round)))
  }

  /** a block of height 1 fit for a round */
  block(round: number): Candidate {
    const step = this.startOf(round)
    const template = {
      parentHash: this.genesisHash,
      number: 1,
      coinbase: primaryOf(this.set, step),
      timestamp: step * this.parameters.stepSeconds,
      extraData: encodeExtraData({
        vanity: validatorSetHash(this.set),
        validators: this.set,
        round: 0,
        seals: [],
      }),
    }
    const candidate = buildBlock(this.genesis, template, [encodeTransaction(++this.transaction)])
    this.known.set(candidate.hash, candidate)
    return candidate
  }

  sign<C extends SignableContent>(index: number, content: C): C & SignedMessage {
    const signer = this.member(index)
    const digest = contentDigest(content, this.parameters.chainId)
    return signedFrom(content, signer, simulatedSign(signer, digest)) as C & SignedMessage
  }

  proposal(round: number, candidate: Candidate, polka?: Polka): Proposal {
    return this.sign(this.proposerOf(round), {
      kind: 'proposal',
      ...{ height: 1, round, hash: candidate.hash, parentHash: this.genesisHash },
      validRound: polka?.round ?? -1,
      ...(polka === undefined ? {} : { polka }),
      header: candidate.block.header,
      transactionHashes: [],
    })
  }

  prevote(index: number, round: number, hash: Hash): Prevote {
    return this.sign(index, { kind: 'prevote', height: 1, round, hash })
  }

  precommit(index: number, round: number, candidate: Candidate): Precommit {
    const seal = simulatedSign(this.member(index), sealDigest(candidate.block.header, round))
    return this.sign(index, { kind: 'precommit', height: 1, round, hash: candidate.hash, seal })
  }

  status(index: number, fields: Partial<Status> = {}): Status {
    return this.sign(index, {
      kind: 'status',
      ...{ height: 1, round: 0, lockedRound: -1, validRound: -1 },
      yours: { height: 0, round: -1 },
      ...fields,
    })
  }

  polka(round: number, hash: Hash, members: readonly number[]): Polka {
    const votes = members.map((index) => {
      const { signer, signature } = this.prevote(index, round, hash)
      return { signer, signature }
    })
    return { height: 1, round, hash, votes }
  }

  /** one step, nothing answered */
  raw(input: Input): readonly Effect[] {
    const { weaken } = this
    this.spoil(this.state)
    return step(this.state, input, { recover: simulatedRecover, weaken }).effects
  }

  /** a step, and the answers to what it asks for until it asks for nothing more */
  feed(input: Input): Effect[] {
    const all: Effect[] = []
    const inputs: Input[] = [input]
    for (let next = inputs.shift(); next !== undefined; next = inputs.shift()) {
      const effects = this.raw(next)
      all.push(...effects)
      for (const effect of effects) {
        const answer = this.answer(effect)
        if (answer !== undefined) inputs.push(answer)
      }
    }
    return all
  }

  answer(effect: Effect): Input | undefined {
    if (this.held.has(effect.kind) || !ANSWERED.includes(effect.kind)) return undefined
    const { nowMs } = this
    if (effect.kind === 'sign') return { kind: 'signed', nowMs, message: this.signed(effect) }
    if (effect.kind === 'log') return { kind: 'logged', nowMs, token: effect.token }
    if (effect.kind === 'build') {
      const { height, round } = effect
      return { kind: 'built', nowMs, height, round, candidate: this.block(round) }
    }
    if (effect.kind === 'execute') {
      const { hash, block } = effect
      this.known.set(hash, { hash, block })
    }
    if (effect.kind === 'check' || effect.kind === 'fetch' || effect.kind === 'execute') {
      const hash = effect.kind === 'check' ? effect.proposal.hash : effect.hash
      return { kind: 'checked', nowMs, hash, candidate: this.known.get(hash) ?? null }
    }
    return undefined
  }

  signed(effect: EffectOf<'sign'>): SignedMessage {
    const index = this.set.indexOf(this.self as Address)
    const { content, sealDigest: digest } = effect
    if (content.kind !== 'precommit' || digest === undefined) return this.sign(index, content)
    return this.sign(index, { ...content, seal: simulatedSign(this.self as Address, digest) })
  }

  hear(...messages: readonly SignedMessage[]): Effect[] {
    return messages.flatMap((message) => this.feed({ kind: 'message', nowMs: this.nowMs, message }))
  }

  tick(nowMs: number): Effect[] {
    this.nowMs = nowMs
    return this.feed({ kind: 'tick', nowMs })
  }

  /** to the beginning of a round by the clock */
  enter(round: number): Effect[] {
    return this.tick(this.startOf(round) * 1000 * this.parameters.stepSeconds)
  }

  work(): Effect[] {
    return this.feed({ kind: 'work', nowMs: this.nowMs, pending: true })
  }

  commit(candidate: Candidate, round: number, members: readonly number[]): Effect[] {
    const seals = members.map((index) => this.precommit(index, round, candidate).seal)
    const header = sealHeader(candidate.block.header, round, seals)
    const { hash } = candidate
    return this.feed({
      kind: 'committed',
      nowMs: this.nowMs,
      header,
      hash,
      validatorsAfterNext: this.set,
    })
  }
}

/** the records that effects wrote to the log, in order */
export function loggedBy(effects: readonly Effect[]): LogRecord[] {
  return pick(effects, 'log').flatMap((effect) => effect.records)
}
