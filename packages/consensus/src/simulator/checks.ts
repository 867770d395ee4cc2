/**
 * The judge: what must hold in every run, whatever the faults (consensus.md, "Invariants"; the
 * table of docs/simulator.md says which check covers which). It sees every message that travels,
 * every commit and every log, and no rule of the machine: what it holds true stands in rules.ts.
 */
import { type Address, type Block, blockHash, type Hash, VecheError } from '@veche/primitives'
import type { Recover } from '../digest.ts'
import type { EvidenceMessage, Message, Polka, SignedMessage } from '../message.ts'
import type { ConsensusParameters } from '../parameters.ts'
import type { LogRecord } from '../record.ts'
import { type Ballots, createBallots, findCulprits, hasPolka, takeDown } from './culprits.ts'
import { executeBlock } from './ledger.ts'
import { appendBlock, type Chain, headOf, setAt } from './registry.ts'
import { judgeCertificate, judgeHeader, quorumSize } from './rules.ts'

/** A broken invariant: thrown to the end of the run, which reports the seed. */
export function violated(code: string, reason: string): never {
  throw new VecheError(code, reason)
}

export interface Checks {
  /** an honest node is about to send its own message; `log` is what is durable in its log */
  onSend(message: SignedMessage, log: readonly LogRecord[]): void
  /** an authentic message travels, of whomever */
  onWire(message: Message): void
  /** a sealed block is about to become a node's head, by its own decision or by sync */
  onCommit(node: Committer, block: Block, hash: Hash): void
  onEvidence(evidence: EvidenceMessage): void
  /** hash decided at a height, when one was */
  decidedAt(height: number): Hash | undefined
  /** everybody has these heights: what was said of them is forgotten */
  forget(height: number): void
  /** members who broke the rules at a height, by their own signatures */
  culpritsAt(height: number): Address[]
}

/** Of a node only what makes it honest matters, and the chain it has. */
export interface Committer {
  readonly index: number
  readonly behaviours: readonly unknown[]
  readonly disk: { readonly chain: Chain }
}

export interface ChecksOptions {
  readonly parameters: ConsensusParameters
  /** the judge's own chain, only its genesis */
  readonly chain: Chain
  readonly recover: Recover
  readonly hostile: { has(address: Address): boolean }
  /** codes of breaks that are let pass, to see what they lead to */
  readonly tolerate: ReadonlySet<string>
}

interface Judge extends ChecksOptions {
  readonly ballots: Map<number, Ballots>
  /** `height → signer/round/kind → value` of honest nodes */
  readonly spoken: Map<number, Map<string, Hash>>
  /** last precommit per honest signer */
  readonly locks: Map<number, Map<Address, { round: number; hash: Hash }>>
}

function report(judge: Judge, code: string, reason: string): void {
  if (!judge.tolerate.has(code)) violated(code, reason)
}

const hashes = new WeakMap<Block, Hash>()

function hashOf(block: Block): Hash {
  const hash = hashes.get(block) ?? blockHash(block.header)
  hashes.set(block, hash)
  return hash
}

/** The set in force at a height that somebody votes on. */
function votersAt(judge: Judge, height: number): readonly Address[] {
  return setAt(judge.chain, Math.min(height, headHeight(judge) + 2))
}

/** Whether a polka is one: votes of q distinct members. */
function isPolka(judge: Judge, { height, votes }: Polka): boolean {
  const members = votersAt(judge, height)
  const signers = new Set(
    votes.map(({ signer }) => signer).filter((each) => members.includes(each)),
  )
  return signers.size >= quorumSize(members.length)
}

/** Invariants 4 and 11: what leaves is durable, a precommit with its polka and its block. */
function checkLogged(judge: Judge, message: SignedMessage, log: readonly LogRecord[]): void {
  if (message.kind === 'status') return
  const where = `${message.kind} ${message.height}/${message.round} of ${message.signer}`
  const { kind, height, round, hash } = message
  const isLogged = log.some((record) => {
    if (record.kind !== 'sent') return false
    const { message: sent } = record
    return sent.kind === kind && sent.height === height && sent.round === round
  })
  if (!isLogged) report(judge, 'SENT_BEFORE_LOGGED', `${where} left before it was durable`)
  if (kind === 'prevote') return
  const hasBody = log.some((record) => record.kind === 'body' && hashOf(record.block) === hash)
  if (!hasBody) report(judge, 'SENT_WITHOUT_BODY', `${where} has no durable block`)
  if (kind === 'proposal') return
  const isLocked = log.some(
    (record) =>
      record.kind === 'lock' &&
      record.polka.round === round &&
      record.polka.hash === hash &&
      isPolka(judge, record.polka),
  )
  if (!isLocked) report(judge, 'PRECOMMIT_WITHOUT_POLKA', `${where} has no durable polka`)
}

function mapOf<K, V>(outer: Map<number, Map<K, V>>, height: number): Map<K, V> {
  const inner = outer.get(height) ?? new Map<K, V>()
  outer.set(height, inner)
  return inner
}

function ballotsOf(judge: Judge, height: number): Ballots {
  const ballots = judge.ballots.get(height) ?? createBallots()
  judge.ballots.set(height, ballots)
  return ballots
}

/** Invariant 3: one value per (key, height, round, type), across restarts. */
function checkOneValue(judge: Judge, message: SignedMessage): void {
  if (message.kind === 'status') return
  const { signer, height, round, kind, hash } = message
  const spoken = mapOf(judge.spoken, height)
  const key = `${signer}/${round}/${kind}`
  const earlier = spoken.get(key)
  if (earlier !== undefined && earlier !== hash)
    report(judge, 'EQUIVOCATION', `${key} at height ${height}: ${earlier} and ${hash}`)
  spoken.set(key, hash)
}

/** Invariant 5: another value than the locked one only with a polka at or above the lock. */
function checkLock(judge: Judge, message: SignedMessage): void {
  if (message.kind !== 'prevote' && message.kind !== 'precommit') return
  const { signer, height, round, kind, hash } = message
  const locks = mapOf(judge.locks, height)
  const lock = locks.get(signer)
  if (kind === 'precommit') {
    if (lock === undefined || lock.round < round) locks.set(signer, { round, hash })
    return
  }
  if (lock === undefined || lock.hash === hash || lock.round >= round) return
  const q = quorumSize(votersAt(judge, height).length)
  if (!hasPolka(ballotsOf(judge, height), hash, { from: lock.round, below: round, q, by: signer }))
    report(judge, 'LOCK_BROKEN', `${signer} ${height}: ${lock.round} and ${round}`)
}

function headHeight(judge: Judge): number {
  return judge.chain.headers.length - 1
}

/** Invariants 2 and 13: nothing is stored without q valid seals of one round. */
function checkCertificate(judge: Judge, block: Block, hash: Hash): void {
  const { header } = block
  const proven = judgeCertificate(header, setAt(judge.chain, header.number), judge.recover)
  if (proven.problem !== null) report(judge, 'COMMITTED_WITHOUT_CERTIFICATE', proven.problem)
  else if (proven.hash !== hash)
    report(judge, 'CERTIFICATE_OF_ANOTHER', `${proven.hash} and ${hash}`)
}

/** The first to decide a height: invariants 7 (schedule), 9 (roots), 10 (sets and vanity). */
function checkFirst(judge: Judge, block: Block, hash: Hash): void {
  const { header } = block
  const parent = headOf(judge.chain)
  if (header.number !== parent.header.number + 1)
    violated('HEAD_WITHOUT_PARENT', `height ${header.number}`)
  const problem = judgeHeader(header, {
    parameters: judge.parameters,
    parent,
    validators: setAt(judge.chain, header.number),
    nextValidators: setAt(judge.chain, header.number + 1),
  })
  if (problem !== null) report(judge, 'COMMITTED_HEADER_INVALID', problem)
  if (executeBlock(parent.header, block, hash) === null)
    report(judge, 'COMMITTED_ROOTS_WRONG', `height ${header.number}`)
  appendBlock(judge.chain, block, hash)
}

function onCommit(judge: Judge, node: Committer, block: Block, hash: Hash): void {
  const { header } = block
  const { number } = header
  if (node.behaviours.length > 0) return
  if (headOf(node.disk.chain).hash !== header.parentHash)
    violated('HEAD_UNDONE', `node ${node.index} height ${number}: another parent`)
  if (number > headHeight(judge)) checkFirst(judge, block, hash)
  const decided = judge.chain.hashes[number]
  if (decided !== hash) violated('FORK', `height ${number}: ${decided} and ${hash}`)
  checkCertificate(judge, block, hash)
}

/** The checks of one run. */
export function createChecks(options: ChecksOptions): Checks {
  const judge: Judge = { ...options, ballots: new Map(), spoken: new Map(), locks: new Map() }
  return {
    onSend(message, log) {
      checkOneValue(judge, message)
      checkLock(judge, message)
      checkLogged(judge, message, log)
    },
    onWire(message) {
      if (message.kind === 'evidence' || message.kind === 'status') return
      const height = message.kind === 'polka' ? message.polka.height : message.height
      takeDown(ballotsOf(judge, height), message)
    },
    onCommit: (node, block, hash) => onCommit(judge, node, block, hash),
    onEvidence({ first }) {
      if (!judge.hostile.has(first.signer))
        report(judge, 'HONEST_NODE_ACCUSED', `${first.kind} of ${first.signer}`)
    },
    decidedAt: (height) => judge.chain.hashes[height],
    forget(height) {
      for (const held of [judge.ballots, judge.spoken, judge.locks])
        for (const at of held.keys()) if (at <= height) held.delete(at)
    },
    culpritsAt(height) {
      const q = quorumSize(setAt(judge.chain, height).length)
      return findCulprits(ballotsOf(judge, height), q)
    },
  }
}
