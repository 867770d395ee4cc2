/**
 * The first line of a status: is all well, and if not, why not, in one code and one sentence
 * (docs/operations.md has what to do about each). Pure.
 */
import { createThresholds, shortAddress } from '@veche/consensus'
import type { Address } from '@veche/primitives'
import type { NodeStatus, StatusVerdict, ValidatorStatus } from '@veche/rpc'
import { IN_STEP_BLOCKS } from '../limits.ts'

/** What the verdict is made from. */
export interface VerdictFacts
  extends Pick<NodeStatus, 'chain' | 'consensus' | 'validators' | 'clock' | 'node' | 'log'> {
  /** milliseconds for which the pool has had work and no block came; 0 when it has none */
  readonly waitingMs: number
  /** milliseconds for which the heartbeat of an idle chain has been due; 0 when it is not */
  readonly overdueMs: number
}

export type Verdict = Pick<NodeStatus, 'verdict' | 'why'>

/** Verdicts with which blocks become final here. */
export function isFine({ verdict }: Pick<NodeStatus, 'verdict'>): boolean {
  return verdict === 'well' || verdict === 'degraded'
}

const say = (verdict: StatusVerdict, code: string, text: string): Verdict => ({
  verdict,
  why: { code, text },
})

const names = (addresses: readonly Address[]): string => addresses.map(shortAddress).join(', ')
const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`
const those = (
  validators: readonly ValidatorStatus[],
  pick: (validator: ValidatorStatus) => boolean,
): Address[] => validators.filter(pick).map(({ address }) => address)

/**
 * How long a height may take before it is called stalled: f dead proposers in a row cost a window
 * each, and two steps more are patience.
 */
export function stallMs({ chain, validators }: Pick<VerdictFacts, 'chain' | 'validators'>): number {
  return (createThresholds(Math.max(1, validators.length)).f + 2) * chain.stepSeconds * 1000
}

/** What is not as it should be though blocks are decided; undefined when nothing is. */
function blemish(facts: VerdictFacts): Verdict | undefined {
  const { validators, clock, consensus, node } = facts
  const silent = those(validators, ({ silent }) => silent)
  const apart = those(validators, ({ isSelf, connected }) => !isSelf && !connected)
  if (clock.alarm)
    return say(
      'degraded',
      'clock-skew',
      `blocks are decided, but this clock is ${seconds(Math.abs(clock.skewMs ?? 0))} ${(clock.skewMs ?? 0) > 0 ? 'late' : 'early'}: check NTP`,
    )
  if (consensus?.part === 'muted')
    return say('degraded', 'muted', 'blocks are decided, but this node may not sign yet (AMNESIA)')
  if (node.role === 'validator' && consensus?.part === 'not-a-member')
    return say('degraded', 'not-a-member', 'this key is not in the validator set: it only follows')
  if (silent.length > 0)
    return say('degraded', 'validators-silent', `blocks are decided without ${names(silent)}`)
  if (apart.length > 0)
    return say('degraded', 'validators-apart', `not connected to ${names(apart)}`)
  const off = those(validators, ({ skewMs, skewErrorMs }) => {
    return skewMs !== null && Math.abs(skewMs) - (skewErrorMs ?? 0) >= clock.limitMs
  })
  if (off.length > 0)
    return say(
      'degraded',
      'validator-clock',
      `the clock of ${names(off)} is off: tell its operator`,
    )
  return undefined
}

/** Whether the connected validators, with this one, can be a quorum; else what is missing. */
function reach({ validators }: VerdictFacts): string | undefined {
  const { q } = createThresholds(Math.max(1, validators.length))
  const apart = those(validators, ({ isSelf, connected }) => !isSelf && !connected)
  const short = q - (validators.length - apart.length)
  if (short <= 0) return undefined
  return `quorum is missing by ${short}: not connected to ${names(apart)}`
}

function calm(facts: VerdictFacts): Verdict {
  const { chain, consensus } = facts
  const unreachable = reach(facts)
  if (unreachable !== undefined && facts.node.role === 'validator')
    return say('degraded', 'quorum-apart', `idle, but ${unreachable}`)
  const found = blemish(facts)
  if (found !== undefined) return found
  if (consensus !== null && consensus.undecidedMs !== null)
    return say('well', 'deciding', `all is well: block ${consensus.height} is being decided`)
  return say('well', 'idle', `all is well: block ${chain.head} is final, nothing more to decide`)
}

function stalledValidator(facts: VerdictFacts, undecidedMs: number): Verdict {
  const { consensus, clock } = facts
  const { height = 0, reason = { code: 'unknown', text: 'unknown' } } = consensus ?? {}
  const skew = clock.alarm ? `; this clock is off by ${seconds(Math.abs(clock.skewMs ?? 0))}` : ''
  const text = `block ${height} is undecided for ${seconds(undecidedMs)}: ${reason.text}${skew}`
  return say('stalled', reason.code, text)
}

/** an observer hears no votes: it sees work, time, and who is connected */
function stalledObserver(facts: VerdictFacts, stalledMs: number): Verdict {
  const { chain } = facts
  const what = `no block after ${chain.head} for ${seconds(stalledMs)} though there is work`
  const unreachable = reach(facts)
  if (unreachable !== undefined) return say('stalled', 'quorum-apart', `${what}: ${unreachable}`)
  return say('stalled', 'unseen', `${what}; ask a validator for the reason`)
}

/** Judges a node. */
export function judge(facts: VerdictFacts): Verdict {
  const { chain, consensus } = facts
  if (chain.behind > IN_STEP_BLOCKS)
    return say('behind', 'behind', `${chain.behind} blocks behind its peers, fetching them`)
  if (consensus?.reason.code === 'behind') return say('behind', 'behind', consensus.reason.text)
  const patienceMs = stallMs(facts)
  const undecidedMs = consensus?.undecidedMs ?? 0
  if (undecidedMs >= patienceMs) return stalledValidator(facts, undecidedMs)
  const stalledMs = Math.max(facts.waitingMs, facts.overdueMs)
  if (consensus === null && stalledMs >= patienceMs) return stalledObserver(facts, stalledMs)
  return calm(facts)
}
