/**
 * Why the height in work is not decided, in one code and one sentence: the first cause in the order
 * in which an operator would look for it (docs/operations.md). Pure.
 */
import type { Address } from '@veche/primitives'
import { FLOOR_OF_AMNESIA } from './amnesia.ts'
import type { HeightState, State } from './state.ts'
import type { MemberSummary, RoundSummary } from './summary.ts'
import { valuesAt } from './tally.ts'

export type ReasonCode =
  /** nothing to decide */
  | 'idle'
  /** decided, being stored */
  | 'committing'
  /** f+1 members work on greater heights */
  | 'behind'
  /** this clock is before S(0): it is late, or the parent's was early */
  | 'clock-early'
  /** fewer than q members are heard */
  | 'quorum-silent'
  /** this key is not in the set of the height */
  | 'not-a-member'
  /** this node may not sign at this height (W6) */
  | 'muted'
  /** a block that matters is being fetched or executed, or could not be had */
  | 'body-missing'
  /** q prevotes, not yet q precommits */
  | 'precommits-missing'
  /** a proposal, not yet q prevotes */
  | 'prevotes-missing'
  /** this node is locked on another value than the proposed one */
  | 'locked-elsewhere'
  /** this node proposes in this round and has not yet */
  | 'own-turn'
  | 'proposer-silent'
  | 'no-proposal'

export interface Reason {
  readonly code: ReasonCode
  /** one sentence; addresses shortened */
  readonly text: string
}

type Facts = Omit<RoundSummary, 'reason'>
type Find = (state: State, facts: Facts) => Reason | undefined

/** `0x1234…abcd` */
export function shortAddress(address: Address): string {
  return `${address.slice(0, 6)}…${address.slice(-4)}`
}

const because = (code: ReasonCode, text: string): Reason => ({ code, text })
const names = (addresses: readonly Address[]): string =>
  addresses.length === 0 ? 'nobody' : addresses.map(shortAddress).join(', ')
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

const found = (members: readonly MemberSummary[], pick: (m: MemberSummary) => boolean): Address[] =>
  members.filter(pick).map(({ address }) => address)

/** who did not vote: silent ones, then those that are heard */
function missingFrom(members: readonly MemberSummary[], voted: readonly Address[]): string {
  const missing = members.filter(({ address }) => !voted.includes(address))
  const silent = found(missing, (member) => member.isSilent)
  const self = found(missing, (member) => member.isSelf)
  const others = found(missing, (member) => !member.isSilent && !member.isSelf)
  const parts = [
    silent.length === 0 ? '' : `silent: ${names(silent)}`,
    others.length === 0 ? '' : `heard but not voting: ${names(others)}`,
    self.length === 0 ? '' : 'and this node',
  ]
  return parts.filter((part) => part !== '').join('; ')
}

const resting: Find = (_state, { phase, height }) => {
  if (phase === 'committing')
    return because('committing', `block ${height} is decided and being stored`)
  return phase === 'idle' ? because('idle', 'nothing to decide') : undefined
}

const behind: Find = ({ current }, { members, height, thresholds }) => {
  const ahead = members.filter(({ heardHeight }) => heardHeight > height)
  if (current.decided !== null || ahead.length <= thresholds.f) return undefined
  const highest = ahead.map(({ heardHeight }) => heardHeight).sort((a, b) => b - a)[thresholds.f]
  const who = names(ahead.map(({ address }) => address))
  return because('behind', `this node is at height ${height}, ${who} at ${highest} or above`)
}

const early: Find = (state, { round, endsAtMs }) => {
  if (round >= 0) return undefined
  const wait = seconds(endsAtMs - state.nowMs)
  return because(
    'clock-early',
    `this clock is ${wait} before the first round: it is late, or the proposer's was early`,
  )
}

const stranger: Find = (_state, { part, height }) =>
  part === 'not-a-member'
    ? because('not-a-member', `this key is not in the validator set of height ${height}`)
    : undefined

const silence: Find = (_state, { part, members, thresholds, silent }) => {
  const active = members.length - silent.length - (part === 'muted' ? 1 : 0)
  const short = thresholds.q - active
  if (short <= 0 || silent.length === 0) return undefined
  const own = part === 'muted' ? ', and this node may not sign' : ''
  return because(
    'quorum-silent',
    `quorum is missing by ${short}: ${active} of ${thresholds.q} needed validators speak; silent: ${names(silent)}${own}`,
  )
}

const muted: Find = (_state, { part, height, floor }) => {
  if (part !== 'muted') return undefined
  const until =
    floor === FLOOR_OF_AMNESIA
      ? 'until a block that was made after its start is final'
      : `up to height ${floor} (now ${height})`
  return because('muted', `this node signs nothing ${until}: AMNESIA`)
}

function bodyText(height: HeightState, hash: string): string | undefined {
  const status = height.candidates.get(hash as never)?.status
  if (status === 'held') return undefined
  const short = hash.slice(0, 10)
  if (status === 'failed') return `block ${short} could not be fetched or failed its execution`
  return `block ${short} is being fetched or executed`
}

/** a block that already has q precommits, a polka, or the round's proposal */
const body: Find = ({ current }, { proposal, thresholds, round }) => {
  for (const held of current.rounds.values())
    for (const hash of valuesAt(held.precommits, thresholds.q)) {
      const text = bodyText(current, hash)
      if (text !== undefined) return because('body-missing', `${text}, though it has its quorum`)
    }
  const polka = current.rounds.get(round)?.polka ?? null
  const hash = polka ?? proposal?.hash
  const text = hash === undefined ? undefined : bodyText(current, hash)
  return text === undefined ? undefined : because('body-missing', text)
}

const precommits: Find = ({ current }, facts) => {
  const polka = current.rounds.get(facts.round)?.polka ?? null
  if (polka === null) return undefined
  const voted = facts.precommits.find(({ hash }) => hash === polka)?.signers ?? []
  const { q } = facts.thresholds
  return because(
    'precommits-missing',
    `precommits: ${voted.length} of ${q}; ${missingFrom(facts.members, voted)}`,
  )
}

const prevotes: Find = ({ current }, facts) => {
  const { proposal, members, part } = facts
  if (proposal === null) return undefined
  const voted = facts.prevotes.find(({ hash }) => hash === proposal.hash)?.signers ?? []
  const own = members.find(({ isSelf }) => isSelf)
  const { locked } = current
  if (part === 'votes' && own?.prevote === null && locked !== null && locked.hash !== proposal.hash)
    return because(
      'locked-elsewhere',
      `this node is locked on ${locked.hash.slice(0, 10)} since round ${locked.round}, proposed is ${proposal.hash.slice(0, 10)}`,
    )
  const { q } = facts.thresholds
  return because(
    'prevotes-missing',
    `prevotes: ${voted.length} of ${q}; ${missingFrom(members, voted)}`,
  )
}

const proposing: Find = (state, { proposer, round, members, endsAtMs }) => {
  const left = seconds(Math.max(0, endsAtMs - state.nowMs))
  if (proposer === state.self)
    return because('own-turn', `this node proposes in round ${round}; its window ends in ${left}`)
  const member = members.find(({ address }) => address === proposer)
  const who = proposer === null ? 'nobody' : shortAddress(proposer)
  if (member?.isSilent === true)
    return because(
      'proposer-silent',
      `the proposer of round ${round}, ${who}, is silent; the next round is in ${left}`,
    )
  return because(
    'no-proposal',
    `no proposal of round ${round} from ${who} yet; its window ends in ${left}`,
  )
}

const IN_ORDER: readonly Find[] = [
  behind,
  resting,
  stranger,
  early,
  silence,
  muted,
  body,
  precommits,
  prevotes,
]

/** The first reason that holds. */
export function findReason(state: State, facts: Facts): Reason {
  for (const find of IN_ORDER) {
    const reason = find(state, facts)
    if (reason !== undefined) return reason
  }
  return proposing(state, facts) as Reason
}
