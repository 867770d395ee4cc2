/**
 * One log line a step while there is something to decide; an idle chain is silent. It says what was
 * decided, or why nothing was: enough to see the cause in the logs of one node. Pure.
 */
import { shortAddress } from '@veche/consensus'
import type { Address, Hash } from '@veche/primitives'
import type { NodeStatus, VoteStatus } from '@veche/rpc'
import type { Facts, LogLevel } from '../log.ts'

export interface StepLine {
  readonly level: LogLevel
  readonly message: string
  readonly facts: Facts
}

const short = (hash: Hash): string => hash.slice(0, 10)
const list = (addresses: readonly Address[]): string | undefined =>
  addresses.length === 0 ? undefined : addresses.map(shortAddress).join(',')

/** `2/3 0x12345678:0xaaaa…bbbb,0xcccc…dddd` with another group for each other value */
function votes(values: readonly VoteStatus[], q: number): string {
  const best = values[0]?.signers.length ?? 0
  const groups = values.map(({ hash, signers }) => `${short(hash)}:${list(signers)}`)
  return [`${best}/${q}`, ...groups].join(' ')
}

/** `0x1111…1111:+12,0x3333…3333:-640`, milliseconds: their clocks minus this one */
function skews(validators: NodeStatus['validators']): string | undefined {
  const told = validators.flatMap(({ address, skewMs }) => {
    if (skewMs === null) return []
    const ms = Math.round(skewMs)
    return [`${shortAddress(address)}:${ms > 0 ? '+' : ''}${ms}`]
  })
  return told.length === 0 ? undefined : told.join(',')
}

const at = (value: { round: number; hash: Hash } | null): string | undefined =>
  value === null ? undefined : `${value.round}@${short(value.hash)}`

function undecided(status: NodeStatus): Facts | undefined {
  const { consensus, validators, clock, log } = status
  if (consensus === null) return undefined
  const { proposal, prevotes, precommits, q } = consensus
  const apart = validators.filter(({ isSelf, connected }) => !isSelf && !connected)
  const silent = validators.filter((each) => each.silent)
  return {
    height: consensus.height,
    round: consensus.round,
    ...{ step: consensus.step, phase: consensus.phase, width: consensus.widthSteps },
    undecidedMs: consensus.undecidedMs ?? undefined,
    why: consensus.reason.code,
    because: consensus.reason.text,
    part: consensus.part === 'votes' ? undefined : consensus.part,
    proposer: consensus.proposer === null ? undefined : shortAddress(consensus.proposer),
    proposal: proposal === null ? 'none' : short(proposal.hash),
    body: proposal === null ? undefined : `${proposal.body} ${proposal.bodyMs}ms`,
    prevotes: votes(prevotes, q),
    precommits: votes(precommits, q),
    missing: consensus.missing,
    silent: list(silent.map(({ address }) => address)),
    apart: list(apart.map(({ address }) => address)),
    lock: at(consensus.locked),
    valid: at(consensus.valid),
    skewMs: clock.skewMs ?? undefined,
    skews: skews(validators),
    fsyncP99Ms: log?.p99Ms,
    executeMs: status.execute.lastMs,
    inputs: consensus.buffers.inputs,
  }
}

/**
 * The line of a step that just ended; undefined for an idle one. `blocks` became final in it;
 * `stallMs` is when an undecided height is worth a warning.
 */
export function toStepLine(
  status: NodeStatus,
  { blocks, stallMs }: { readonly blocks: number; readonly stallMs: number },
): StepLine | undefined {
  const { consensus, chain, decide, log, validators } = status
  if (consensus === null) return undefined
  if (blocks > 0) {
    const silent = list(validators.filter((each) => each.silent).map(({ address }) => address))
    const times = { decideP50Ms: decide.p50Ms, decideP99Ms: decide.p99Ms, fsyncP99Ms: log?.p99Ms }
    const facts = { blocks, head: chain.head, ...times, pool: status.pool.pending, silent }
    return { level: 'info', message: 'decided', facts }
  }
  // what began a moment before the edge is told at the next one
  if ((consensus.undecidedMs ?? 0) < chain.stepSeconds * 500) return undefined
  const facts = undecided(status)
  if (facts === undefined) return undefined
  const level = (consensus.undecidedMs ?? 0) >= stallMs ? 'warn' : 'info'
  return { level, message: 'undecided', facts }
}
