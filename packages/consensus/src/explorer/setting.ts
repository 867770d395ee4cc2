/**
 * The small closed world of model checking: four validators with cheap signatures, one height, and
 * for every round the few blocks that its proposer could build. Everything here is constant, so a
 * state of a machine is fully described by what differs (normal-form.ts).
 */
import {
  type Address,
  assert,
  blockHash,
  encodeExtraData,
  type Hash,
  type Header,
  sealDigest,
  validatorSetHash,
} from '@veche/primitives'
import { contentDigest, signedFrom } from '../digest.ts'
import { sortValidators } from '../header.ts'
import type { Candidate } from '../input.ts'
import type { SignableContent, SignedMessage } from '../message.ts'
import type { ConsensusParameters } from '../parameters.ts'
import { createSchedule, primaryOf, roundStart } from '../schedule.ts'
import { buildBlock, encodeTransaction, genesisHeader } from '../simulator/ledger.ts'
import { simulatedAddress, simulatedRecover, simulatedSign } from '../simulator/signer.ts'
import type { StepContext, Weakness } from '../state.ts'

/** n of every exploration: f = 1, q = 3 */
export const MEMBERS = 4
/** the height that is agreed on */
export const HEIGHT = 1
/** step of the genesis block: a multiple of n, so that member r mod 4 proposes in round r */
const START_STEP = 1_700_000_000
/** blocks that may exist per round: names X, Y, Z, W */
const VARIANTS = 'XYZW'

export interface Setting {
  readonly parameters: ConsensusParameters
  /** ascending */
  readonly validators: readonly Address[]
  readonly genesis: Header
  readonly genesisHash: Hash
  /** given to every `step` */
  readonly context: StepContext
  /** member whose key two nodes have; none when absent */
  readonly twin?: number
  /** votes that the machine asks for before it calls something a quorum (2 when weakened) */
  readonly quorum: number
  /** the block number `variant` (0–3) that the proposer of `round` can build */
  blockOf(round: number, variant: number): Candidate
  /** a block that {@link blockOf} made */
  candidateOf(hash: Hash): Candidate
  /** `X0`, `Y2`: variant and round of a block */
  nameOf(hash: Hash): string
  /** a content signed by a member */
  sign(member: number, content: SignableContent): SignedMessage
  /** unix milliseconds at which round `clock` begins by the clock */
  msOf(clock: number): number
}

/** index of the member whose turn a round is */
export function proposerOfRound(round: number): number {
  return round % MEMBERS
}

function withSeal(
  content: SignableContent,
  signer: Address,
  header: Header | undefined,
): SignableContent {
  if (content.kind !== 'precommit' || content.seal.length > 0) return content
  assert(header !== undefined, 'a sealed value is known')
  return { ...content, seal: simulatedSign(signer, sealDigest(header, content.round)) }
}

/** The world of one exploration; `weaken` breaks rules of the machine on purpose. */
export function createSetting(weaken?: Weakness): Setting {
  const parameters: ConsensusParameters = {
    chainId: 1337,
    stepSeconds: 1,
    emptyBlockIntervalSeconds: 60,
    blockIntervalMinMs: 50,
    blocksPerStepMax: 0,
    windowMax: 15,
  }
  const validators = sortValidators(Array.from({ length: MEMBERS }, (_, i) => simulatedAddress(i)))
  const genesis = genesisHeader(validators, START_STEP)
  const genesisHash = blockHash(genesis)
  const vanity = validatorSetHash(validators)
  const extraData = encodeExtraData({ vanity, validators, round: 0, seals: [] })
  const schedule = createSchedule(parameters, MEMBERS)
  const known = new Map<Hash, { readonly candidate: Candidate; readonly name: string }>()
  const made = new Map<string, Candidate>()

  const build = (round: number, variant: number): Candidate => {
    const step = roundStart(schedule, START_STEP, round)
    const coinbase = primaryOf(validators, step)
    const template = { parentHash: genesisHash, number: HEIGHT, coinbase, extraData }
    const transactions = [encodeTransaction(round * VARIANTS.length + variant)]
    return buildBlock(genesis, { ...template, timestamp: step }, transactions)
  }
  return {
    parameters,
    validators,
    genesis,
    genesisHash,
    context: { recover: simulatedRecover, ...(weaken === undefined ? {} : { weaken }) },
    quorum: weaken?.smallQuorum === true ? 2 : 3,
    blockOf(round, variant) {
      const letter = VARIANTS[variant]
      assert(letter !== undefined, `a variant below ${VARIANTS.length} expected`)
      const name = `${letter}${round}`
      const found = made.get(name)
      if (found !== undefined) return found
      const candidate = build(round, variant)
      made.set(name, candidate)
      known.set(candidate.hash, { candidate, name })
      return candidate
    },
    candidateOf(hash) {
      const found = known.get(hash)
      assert(found !== undefined, 'a block of this world')
      return found.candidate
    },
    nameOf: (hash) => known.get(hash)?.name ?? hash.slice(0, 10),
    sign(member, content) {
      const signer = validators[member] as Address
      const header =
        content.kind === 'precommit' ? known.get(content.hash)?.candidate.block.header : undefined
      const whole = withSeal(content, signer, header)
      const digest = contentDigest(whole, parameters.chainId)
      return signedFrom(whole, signer, simulatedSign(signer, digest))
    },
    msOf: (clock) => roundStart(schedule, START_STEP, clock) * 1000,
  }
}
