/**
 * What must hold whatever crashes (consensus.md, invariants 1, 3, 4, 5, 11; W1–W3), judged from
 * what leaves the nodes, from the worst that a power loss could make of their disks, and from what
 * they remember when they are back. It knows no rule of the machine.
 */
import { decodeRecord, type LogRecord, type SignedMessage, type State } from '@veche/consensus'
import { type Address, blockHash, type Hash, VecheError } from '@veche/primitives'
import { type MemoryFileSystem, openWriteAheadLog } from '@veche/storage'
import { LOG_PATH } from './crash-node.ts'

/** A broken invariant. */
export function broken(code: string, reason: string): never {
  throw new VecheError(code, reason)
}

type Vote = Exclude<SignedMessage, { kind: 'status' }>

/** What a log would replay if the power went now and nothing that was not fsynced survived. */
async function readDurable(disk: MemoryFileSystem): Promise<LogRecord[]> {
  const log = await openWriteAheadLog({ path: LOG_PATH, fileSystem: disk.crash(() => false) })
  return log.replayed.map((payload) => {
    const record = decodeRecord(payload)
    return record.ok ? record.value : broken('RECORD_UNREADABLE', record.reason)
  })
}

export class Judge {
  readonly #values = new Map<string, string>()
  readonly #prevotes = new Map<string, Set<Address>>()
  readonly #precommits = new Map<Address, Vote[]>()
  readonly #decided = new Map<number, Hash>()
  readonly #readings = new Map<MemoryFileSystem, { operations: number; records: LogRecord[] }>()
  readonly #q: number
  readonly #readsDisks: boolean
  /** durable logs that were read */
  readings = 0

  constructor(options: { readonly q: number; readonly readsDisks: boolean }) {
    this.#q = options.q
    this.#readsDisks = options.readsDisks
  }

  /** An own message of a node is about to leave. */
  async onSend(message: SignedMessage, disk: MemoryFileSystem): Promise<void> {
    if (message.kind === 'status') return
    this.#checkOneValue(message)
    if (message.kind === 'prevote') this.#checkLock(message)
    if (message.kind === 'prevote') this.#notePrevote(message)
    if (message.kind === 'precommit') this.#notePrecommit(message)
    if (this.#readsDisks) await this.#checkDurable(message, disk)
  }

  /** A block became final on a node. */
  onCommit(height: number, hash: Hash): void {
    const earlier = this.#decided.get(height)
    if (earlier !== undefined && earlier !== hash)
      broken('FORK', `height ${height}: ${earlier} and ${hash}`)
    this.#decided.set(height, hash)
  }

  /** A node is back and took its first step. */
  onRestart(self: Address, state: State): void {
    const { height, locked } = state.current
    const own = (this.#precommits.get(self) ?? []).filter((vote) => vote.height === height)
    const last = own.reduce<Vote | undefined>(
      (top, vote) => (top === undefined || vote.round > top.round ? vote : top),
      undefined,
    )
    if (last === undefined || (locked?.round ?? -1) > last.round) return
    if (locked === null || locked.round !== last.round || locked.hash !== last.hash)
      broken('LOCK_FORGOTTEN', `${self} precommitted ${last.hash} at ${height}/${last.round}`)
  }

  #checkOneValue(message: Vote): void {
    const { signer, height, round, kind, hash } = message
    const key = `${kind} ${height}/${round} of ${signer}`
    const value = kind === 'proposal' ? `${hash}/${message.validRound}` : hash
    const earlier = this.#values.get(key)
    if (earlier !== undefined && earlier !== value)
      broken('EQUIVOCATION', `${key}: ${earlier} and ${value}`)
    this.#values.set(key, value)
  }

  #polka(height: number, round: number, hash: Hash): Set<Address> {
    const key = `${height}/${round}/${hash}`
    const found = this.#prevotes.get(key) ?? new Set()
    this.#prevotes.set(key, found)
    return found
  }

  #notePrevote({ height, round, hash, signer }: Vote): void {
    this.#polka(height, round, hash).add(signer)
  }

  /** invariant 5, from all that was ever sent */
  #checkLock({ signer, height, round, hash }: Vote): void {
    for (const vote of this.#precommits.get(signer) ?? []) {
      if (vote.height !== height || vote.round >= round || vote.hash === hash) continue
      let isFreed = false
      for (let r = vote.round; r <= round; r++)
        if (this.#polka(height, r, hash).size >= this.#q) isFreed = true
      if (!isFreed) broken('LOCK_BROKEN', `${signer} at ${height}/${round} leaves ${vote.hash}`)
    }
  }

  /** invariant 4: a precommit stands on q prevotes that were sent */
  #notePrecommit(message: Vote): void {
    const { height, round, hash, signer } = message
    if (this.#polka(height, round, hash).size < this.#q)
      broken('PRECOMMIT_WITHOUT_POLKA', `${signer} at ${height}/${round}`)
    this.#precommits.set(signer, [...(this.#precommits.get(signer) ?? []), message])
  }

  /** W1, invariants 4 and 11: what must be durable by now, is */
  async #checkDurable(message: Vote, disk: MemoryFileSystem): Promise<void> {
    const { kind, height, round, hash, signer } = message
    const records = await this.#durable(disk)
    const has = (test: (record: LogRecord) => boolean): boolean => records.some(test)
    const where = `${kind} ${height}/${round} of ${signer}`
    const isSent = (record: LogRecord): boolean =>
      record.kind === 'sent' &&
      record.message.kind === kind &&
      record.message.height === height &&
      record.message.round === round
    if (!has(isSent)) broken('SENT_BEFORE_DURABLE', where)
    if (kind === 'prevote') return
    const isBody = (record: LogRecord): boolean =>
      record.kind === 'body' && blockHash(record.block.header) === hash
    if (!has(isBody)) broken('BODY_NOT_DURABLE', where)
    const isLock = (record: LogRecord): boolean =>
      record.kind === 'lock' && record.polka.round === round && record.polka.hash === hash
    if (kind === 'precommit' && !has(isLock)) broken('LOCK_NOT_DURABLE', where)
  }

  async #durable(disk: MemoryFileSystem): Promise<LogRecord[]> {
    const known = this.#readings.get(disk)
    if (known?.operations === disk.operations) return known.records
    const records = await readDurable(disk)
    this.readings++
    this.#readings.set(disk, { operations: disk.operations, records })
    return records
  }
}
