/**
 * One validator of the crash tests: the real machine, the real write-ahead log over a disk that
 * forgets, the real opening and rewriting of the log, the twin of the chain store. Effects are
 * performed in order as the loop does (src/loop.ts), on the network's own clock. A crash is thrown
 * out of the file operation or the effect that it interrupts.
 */
import {
  type Candidate,
  contentDigest,
  type Effect,
  encodeRecord,
  type Input,
  type LogRecord,
  type SignedMessage,
  type State,
  signedFrom,
  step,
} from '@veche/consensus'
import {
  buildBlock,
  encodeTransaction,
  executeBlock,
  simulatedRecover,
  simulatedSign,
} from '@veche/consensus/simulator'
import {
  type Address,
  assert,
  type Block,
  type ChainStore,
  type Hash,
  type Header,
  keccakHex,
  type Receipt,
  sealHeader,
} from '@veche/primitives'
import { createMemoryChainStore, createMemoryFileSystem, type FileLog } from '@veche/storage'
import { type AmnesiaKeeper, amnesiaOf, keepAmnesia } from '../../src/known-amnesia.ts'
import { createLogger } from '../../src/log.ts'
import { rewriteLog } from '../../src/log-rewrite.ts'
import { openValidator } from '../../src/validator.ts'
import { lyingDisk } from './crash-disk.ts'
import type { CrashNet } from './crash-net.ts'

export const LOG_PATH = '/log'

/** Thrown where the process dies. */
export class Crash extends Error {
  override readonly name = 'Crash'
}

type Of<K extends Effect['kind']> = Extract<Effect, { kind: K }>

const NOTHING = { accounts: new Map(), cleared: new Set<Address>(), slots: new Map() }
const NO_DIFF = { ...NOTHING, codes: new Map(), trieNodes: new Map() }

export class CrashNode {
  readonly net: CrashNet
  readonly index: number
  readonly address: Address
  readonly store: ChainStore
  disk = createMemoryFileSystem()
  /** blocks executed in this life */
  readonly bodies = new Map<Hash, Candidate>()
  state: State | null = null
  /** counts lives: answers to an earlier one are dropped */
  life = 0
  /** file operations of the first opening */
  openingOperations = 0
  /** effects performed and commits made durable in all lives: the places between file operations */
  places = 0
  #log: FileLog | null = null
  #opened: readonly LogRecord[] = []
  #keeper: AmnesiaKeeper = {}
  #inputs: Input[] = []
  #wake = 0

  constructor(net: CrashNet, index: number) {
    this.net = net
    this.index = index
    this.address = net.set[index] as Address
    const { genesis, genesisHash, set } = net
    const block = { header: genesis, transactions: [] }
    const { chainId } = net.parameters
    this.store = createMemoryChainStore({
      ...{ block, hash: genesisHash, diff: NO_DIFF, validators: set, chainId },
    })
  }

  get head(): { readonly header: Header; readonly hash: Hash } {
    const { number, hash } = this.store.head()
    return { header: this.store.header(number) as Header, hash }
  }

  get height(): number {
    return this.store.head().number
  }

  /** From what is durable, through the opening that a node runs. Throws {@link Crash}. */
  async start(): Promise<void> {
    const { net } = this
    this.life++
    const validator = await this.#disk(() => this.#open())
    if (this.life === 1) this.openingOperations = this.disk.operations
    this.#log = validator.log
    this.#opened = validator.records
    this.#keeper = validator
    this.state = validator.state
    await this.feed({ kind: 'tick', nowMs: net.nowMs })
    if (this.state !== null) net.judge.onRestart(this.address, this.state)
    await this.feed({ kind: 'work', nowMs: net.nowMs, pending: true })
  }

  #open(): ReturnType<typeof openValidator> {
    const { net } = this
    const { header, hash } = this.head
    return openValidator({
      chain: {
        head: () => ({ header, hash, validatorsAfterNext: net.set }),
        parameters: net.parameters,
        validatorsAt: () => net.set,
        promisedAt: () => net.set,
      },
      candidates: { hold: (key, block) => void this.bodies.set(key, { hash: key, block }) },
      signer: {
        address: this.address,
        sign: async (digest) => simulatedSign(this.address, digest),
      },
      logPath: LOG_PATH,
      fileSystem: lyingDisk(this.disk, net.options.lie),
      clock: { nowMs: () => net.nowMs },
      logger: createLogger({
        ...{ level: 'error', format: 'json', clock: { nowMs: () => net.nowMs } },
        write: () => undefined,
      }),
    })
  }

  /** All that was not durable is gone; what the disk makes of it is the caller's. */
  stop(): void {
    this.life++
    this.state = null
    this.#log = null
    this.#inputs = []
    this.bodies.clear()
  }

  /** Gives the machine an input and performs what follows, to the end. Throws {@link Crash}. */
  async feed(input: Input): Promise<void> {
    this.#inputs.push(input)
    const { life } = this
    for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
      if (this.state === null || this.life !== life) return
      if (next.kind === 'committed') await this.#rotate(next.header.number)
      const { weaken } = this.net.options
      const context = { recover: simulatedRecover, ...(weaken === undefined ? {} : { weaken }) }
      const before = amnesiaOf(this.state)
      const { state, effects } = step(this.state, next, context)
      await this.#disk(() => keepAmnesia(this.#keeper, before, state))
      for (const effect of this.net.options.isSentFirst ? sendFirst(effects) : effects) {
        this.#place()
        await this.#perform(effect)
      }
    }
  }

  /** A certified block of another node. */
  async take(block: Block, hash: Hash): Promise<void> {
    if (this.state === null || block.header.number !== this.height + 1) return
    await this.#store(block, hash)
    const { header } = block
    const { nowMs, set } = this.net
    await this.feed({ kind: 'committed', nowMs, header, hash, validatorsAfterNext: set })
    await this.feed({ kind: 'work', nowMs, pending: true })
  }

  #place(): void {
    if (this.places++ === this.net.crashPlaceOf(this)) throw new Crash('between two effects')
  }

  async #rotate(floor: number): Promise<void> {
    const { chainId } = this.net.parameters
    const first = [{ kind: 'start', chainId, key: this.address, floor } as const]
    await this.#disk(() =>
      rewriteLog(this.#log as FileLog, { first, opened: this.#opened, height: floor }),
    )
  }

  /** the disk of a machine that has stopped answers with an error */
  async #disk<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if ((error as { code?: string }).code === 'LOG_IO') throw new Crash('at a file operation')
      throw error
    }
  }

  /** one synchronous batch: whole or absent */
  async #store(block: Block, hash: Hash): Promise<void> {
    const { transactions } = block
    this.net.judge.onCommit(block.header.number, hash)
    await this.store.commit({
      ...{ block, hash, diff: NO_DIFF, validatorsAfterNext: this.net.set },
      transactionHashes: transactions.map(keccakHex),
      receipts: transactions.map(() => ({}) as Receipt),
    })
    this.#place()
  }

  /** an answer that comes later, unless the process died meanwhile */
  #later(ms: number, answer: () => Input): void {
    const { life } = this
    this.net.at(this.net.nowMs + ms, this, async () => {
      if (this.life === life) await this.feed(answer())
    })
  }

  #build({ height, round, template }: Of<'build'>): void {
    this.#later(1, () => {
      const isStale = height !== this.height + 1
      const transaction = encodeTransaction(this.net.nextTransaction())
      const candidate = isStale ? null : buildBlock(this.head.header, template, [transaction])
      if (candidate !== null) this.bodies.set(candidate.hash, candidate)
      return { kind: 'built', nowMs: this.net.nowMs, height, round, candidate }
    })
  }

  #check(hash: Hash, held?: Block): void {
    this.#later(1, () => {
      const block = held ?? this.net.findBody(hash)
      const { header } = this.head
      const isNext = block?.header.parentHash === this.head.hash
      const candidate = block !== undefined && isNext ? executeBlock(header, block, hash) : null
      if (candidate !== null) this.bodies.set(hash, candidate)
      return { kind: 'checked', nowMs: this.net.nowMs, hash, candidate }
    })
  }

  #sign({ content, sealDigest }: Of<'sign'>): void {
    const isSealed = content.kind === 'precommit' && sealDigest !== undefined
    const whole = isSealed ? { ...content, seal: simulatedSign(this.address, sealDigest) } : content
    const digest = contentDigest(whole, this.net.parameters.chainId)
    const message = signedFrom(whole, this.address, simulatedSign(this.address, digest))
    this.#inputs.push({ kind: 'signed', nowMs: this.net.nowMs, message })
  }

  async #append({ token, records }: Of<'log'>): Promise<void> {
    const log = this.#log as FileLog
    await this.#disk(() => log.append(records.map(encodeRecord)))
    const { nowMs } = this.net
    this.#inputs.push({ kind: 'logged', nowMs, token })
    if (this.net.options.isCompacted) this.#inputs.push({ kind: 'logFull', nowMs })
  }

  async #send({ message, to }: Of<'send'>): Promise<void> {
    const isOwn = 'signer' in message && message.signer === this.address
    if (isOwn) await this.net.judge.onSend(message as SignedMessage, this.disk)
    this.net.deliver(this, message, to)
  }

  async #commit({ hash, block, certificate }: Of<'commit'>): Promise<void> {
    if (certificate.height <= this.height) return
    const header = sealHeader(block.header, certificate.round, certificate.seals)
    await this.#store({ header, transactions: block.transactions }, hash)
    const { nowMs, set } = this.net
    this.#inputs.push({ kind: 'committed', nowMs, header, hash, validatorsAfterNext: set })
    this.#inputs.push({ kind: 'work', nowMs, pending: true })
  }

  async #compact(records: readonly LogRecord[]): Promise<void> {
    const { height } = this
    await this.#disk(() =>
      rewriteLog(this.#log as FileLog, {
        first: records,
        opened: this.#opened,
        height: height + 1,
      }),
    )
  }

  #tickAt(atMs: number): void {
    const token = ++this.#wake
    const { life } = this
    this.net.at(Math.max(atMs, this.net.nowMs), this, async () => {
      if (this.life === life && this.#wake === token)
        await this.feed({ kind: 'tick', nowMs: this.net.nowMs })
    })
  }

  async #perform(effect: Effect): Promise<void> {
    const { net } = this
    switch (effect.kind) {
      case 'build':
        return this.#build(effect)
      case 'prepare':
        return // blocks are built at once
      case 'check':
        return this.#check(effect.proposal.hash)
      case 'fetch':
        return this.#check(effect.hash)
      case 'execute':
        return this.#check(effect.hash, effect.block)
      case 'sign':
        return this.#sign(effect)
      case 'log':
        return this.#append(effect)
      case 'compact':
        return this.#compact(effect.records)
      case 'send':
        return this.#send(effect)
      case 'commit':
        return this.#commit(effect)
      case 'wake':
        return this.#tickAt(effect.atMs)
      case 'behind':
        return net.sync(effect.from, this.address)
      case 'straggler':
        return net.sync(this.address, effect.to)
      case 'evidence':
        return net.onAccused(effect.evidence.first.signer)
      case 'alarm':
        return net.onAlarm(this.address, effect.code)
      default:
        assert(false, 'every effect is performed')
    }
  }
}

/** the weakened order: every message leaves before the log that should have come first */
function sendFirst(effects: readonly Effect[]): Effect[] {
  const isLog = (effect: Effect): boolean => effect.kind === 'log'
  return [...effects.filter((each) => !isLog(each)), ...effects.filter(isLog)]
}
