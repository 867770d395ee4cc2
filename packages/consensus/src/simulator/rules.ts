/**
 * The rules of docs/spec/consensus.md that the judge holds a machine to, written a second time from
 * the page, by counting and loops where the machine has closed forms. Nothing here comes from the
 * machine's own modules: whoever breaks a rule there, in place or in a machine of his own, does not
 * break it here (ADR 0185; simulator-rules.test.ts holds both equal and the imports apart).
 */
import {
  type Address,
  blockHash,
  bytesToHex,
  decodeExtraData,
  EMPTY_OMMERS_HASH,
  type Hash,
  type Header,
  ISTANBUL_MIX_HASH,
  sealDigest,
  VALIDATORS_MAX,
  validatorSetHash,
  ZERO_ADDRESS,
  ZERO_NONCE,
} from '@veche/primitives'
import type { ConsensusParameters } from '../parameters.ts'

/** faulty members that a set of n tolerates: the largest f with 3f < n */
export function faultyMax(n: number): number {
  let f = 0
  while (3 * (f + 1) < n) f++
  return f
}

/** q: the fewest members that are two thirds of n */
export function quorumSize(n: number): number {
  let q = 0
  while (3 * q < 2 * n) q++
  return q
}

function haveCommonDivisor(a: number, b: number): boolean {
  for (let divisor = 2; divisor <= Math.min(a, b); divisor++)
    if (a % divisor === 0 && b % divisor === 0) return true
  return false
}

/** Widths of the windows of a height, round by round, without end (S2). */
export function* windowWidths(parameters: ConsensusParameters, n: number): Generator<number> {
  const { stepSeconds, emptyBlockIntervalSeconds, windowMax } = parameters
  let narrow = 2 * n
  for (let seconds = 0; seconds < emptyBlockIntervalSeconds; seconds += stepSeconds) narrow++
  for (let round = 0; round < narrow; round++) yield 1
  let width = 1
  for (;;) {
    let wider = width + 2
    while (wider <= windowMax && haveCommonDivisor(wider, n)) wider += 2
    if (wider <= windowMax) width = wider
    for (let round = 0; round < n; round++) yield width
  }
}

export interface Window {
  readonly round: number
  readonly width: number
  /** whether `step` is its first one */
  readonly isStart: boolean
}

/** rounds after which a step is of no height: halts of minutes are the longest here */
const ROUNDS_MAX = 100_000

/** The window of a height that `step` lies in; null before S(0), and where no height goes on. */
export function windowAt(
  parameters: ConsensusParameters,
  n: number,
  at: { readonly parentStep: number; readonly step: number },
): Window | null {
  let start = at.parentStep + parameters.blocksPerStepMax
  if (at.step < start) return null
  let round = 0
  for (const width of windowWidths(parameters, n)) {
    if (at.step < start + width) return { round, width, isStart: at.step === start }
    if (++round > ROUNDS_MAX) break
    start += width
  }
  return null
}

/** S(r): the step at which the window of a round begins. */
export function stepOfRound(
  parameters: ConsensusParameters,
  n: number,
  at: { readonly parentStep: number; readonly round: number },
): number {
  let step = at.parentStep + parameters.blocksPerStepMax
  let round = 0
  for (const width of windowWidths(parameters, n)) {
    if (round++ >= at.round) break
    step += width
  }
  return step
}

/**
 * V1: the set after `current`, which stays when the answer of the contract is not to be trusted.
 */
export function setAfter(
  current: readonly Address[],
  called: readonly Address[] | undefined,
): readonly Address[] {
  const n = current.length
  const next = [...new Set(called)].sort()
  const joined = next.filter((each) => !current.includes(each)).length
  const left = current.filter((each) => !next.includes(each)).length
  const isUnique = next.length === called?.length
  const isEnough = next.length >= Math.max(1, Math.min(4, n)) && next.length <= VALIDATORS_MAX
  const isSmall = joined + left <= Math.max(1, faultyMax(n))
  return isUnique && isEnough && isSmall && !next.includes(ZERO_ADDRESS) ? next : current
}

/** What a header says of its certificate, as far as the judge holds it true. */
export interface JudgedCertificate {
  readonly hash: Hash
  /** what is wrong with it; null when q distinct members of the set sealed its round */
  readonly problem: string | null
}

/** Invariant 2: q seals over this header and round, each of another member. */
export function judgeCertificate(
  header: Header,
  validators: readonly Address[],
  recover: (digest: Uint8Array, signature: Uint8Array) => Address | undefined,
): JudgedCertificate {
  const extra = decodeExtraData(header.extraData)
  if (!extra.ok) return { hash: blockHash(header), problem: extra.reason }
  const { round, seals } = extra.value
  const digest = sealDigest(header, round)
  // the block hash is what a seal of round 0 signs
  const hash = round === 0 ? bytesToHex(digest) : blockHash(header)
  const signers = new Set<Address>()
  for (const seal of seals) {
    const signer = recover(digest, seal)
    if (signer === undefined || !validators.includes(signer))
      return { hash, problem: `a seal of round ${round} is of no member` }
    signers.add(signer)
  }
  if (signers.size < seals.length) return { hash, problem: 'a member sealed twice' }
  const q = quorumSize(validators.length)
  const problem = signers.size < q ? `${signers.size} seals of ${q}` : null
  return { hash, problem }
}

export interface JudgedHeight {
  readonly parameters: ConsensusParameters
  readonly parent: { readonly header: Header; readonly hash: Hash }
  readonly validators: readonly Address[]
  readonly nextValidators: readonly Address[]
}

function problemOfStep(header: Header, round: number, height: JudgedHeight): string | null {
  const { parameters, parent, validators } = height
  const { stepSeconds } = parameters
  const step = header.timestamp / stepSeconds
  const parentStep = Math.floor(parent.header.timestamp / stepSeconds)
  if (!Number.isInteger(step)) return `timestamp ${header.timestamp} is no whole step`
  const window = windowAt(parameters, validators.length, { parentStep, step })
  if (window === null) return `step ${step} is not of this height`
  if (!window.isStart) return `no window begins at step ${step}`
  if (window.round > round) return `step of round ${window.round} in round ${round}`
  const author = validators[step % validators.length]
  return header.coinbase === author ? null : `author ${header.coinbase} in the step of ${author}`
}

/** Invariants 7 and 10: what is wrong with a sealed header on its parent, or null. */
export function judgeHeader(header: Header, height: JudgedHeight): string | null {
  const { parent, validators, nextValidators } = height
  const extra = decodeExtraData(header.extraData)
  if (!extra.ok) return extra.reason
  if (header.number !== parent.header.number + 1) return `height ${header.number} on its parent`
  if (header.parentHash !== parent.hash) return 'another parent'
  const isConstant =
    header.difficulty === 1n &&
    header.nonce === ZERO_NONCE &&
    header.mixHash === ISTANBUL_MIX_HASH &&
    header.ommersHash === EMPTY_OMMERS_HASH
  if (!isConstant) return 'a constant field is another'
  if (extra.value.validators.join() !== validators.join()) return 'another set is listed'
  if (extra.value.vanity !== validatorSetHash(nextValidators)) return 'the vanity chain is broken'
  return problemOfStep(header, extra.value.round, height)
}
