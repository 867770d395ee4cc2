/**
 * The status of a node, put together when asked: from the machine's state, the watch, the chain and
 * the peers. Reads only.
 */
import { describeRound, type RoundSummary, type State } from '@veche/consensus'
import type { Pool } from '@veche/execution'
import type { Address, Clock, Network, PeerInfo } from '@veche/primitives'
import type { ClockStatus, ConsensusStatus, NodeStatus, ValidatorStatus } from '@veche/rpc'
import type { Chain } from '../chain.ts'
import { CLIENT_VERSION } from '../version.ts'
import { judge } from './verdict.ts'
import type { Watch } from './watch.ts'

/** The machine as the status sees it. */
export interface MachineView {
  readonly state: State
  /** inputs that wait for it */
  readonly waiting: number
}

export interface StatusParts {
  readonly name: string
  readonly chain: Chain
  readonly network: Pick<Network, 'peers'>
  readonly pool: Pick<Pool, 'status'>
  /** blocks that some peer is ahead */
  readonly behind: () => number
  /** undefined on an observer */
  readonly machine: MachineView | undefined
  readonly self: Address | undefined
  readonly watch: Watch
  readonly clock: Clock
  /** how this clock stands; skew.ts judges it every step */
  readonly clockStatus: () => ClockStatus
  /** milliseconds for which the pool has had work and no block came */
  readonly waitingMs: () => number
}

function consensusOf(summary: RoundSummary, view: MachineView): ConsensusStatus {
  const { nowMs } = view.state
  const { liveSinceMs, endsAtMs, thresholds, buffers, ...rest } = summary
  const { members: _members, silent: _silent, ...shown } = rest
  return {
    ...shown,
    ...thresholds,
    leftMs: Math.max(0, endsAtMs - nowMs),
    undecidedMs: liveSinceMs === null ? null : Math.max(0, nowMs - liveSinceMs),
    buffers: { ...buffers, inputs: view.waiting },
  }
}

/** the machine's time is that of its last input; a halted one may have none for a step */
function present(state: State, nowMs: number): State {
  return nowMs > state.nowMs ? { ...state, nowMs } : state
}

interface Seen {
  readonly peers: readonly PeerInfo[]
  readonly summary: RoundSummary | undefined
  readonly nowMs: number
}

function validatorOf(parts: StatusParts, address: Address, seen: Seen): ValidatorStatus {
  const { self, watch } = parts
  const peer = seen.peers.find(({ validator }) => validator === address)
  const member = seen.summary?.members.find((each) => each.address === address)
  const isSelf = address === self
  const connected = peer !== undefined
  const lastMs = member === undefined ? watch.connected.get(address) : member.heardAtMs
  return {
    ...{ address, isSelf, connected },
    skewMs: peer?.clock?.aheadMs ?? null,
    skewErrorMs: peer?.clock?.errorMs ?? null,
    head: peer?.head.number ?? null,
    quietMs: lastMs === undefined || lastMs === null ? null : Math.max(0, seen.nowMs - lastMs),
    voted: member?.voted ?? null,
    prevote: member?.prevote ?? null,
    precommit: member?.precommit ?? null,
    silent: member === undefined ? !isSelf && !connected : member.isSilent,
  }
}

/** milliseconds for which the heartbeat of an idle chain has been due */
function overdueMs({ chain }: StatusParts, nowMs: number): number {
  const { emptyBlockIntervalSeconds } = chain.parameters
  const dueMs = (chain.head().header.timestamp + emptyBlockIntervalSeconds) * 1000
  return Math.max(0, nowMs - dueMs)
}

function chainOf({ chain, behind, watch }: StatusParts): NodeStatus['chain'] {
  const { header, hash } = chain.head()
  const { chainId, stepSeconds, emptyBlockIntervalSeconds } = chain.parameters
  return {
    ...{ chainId, head: header.number, hash, timestamp: header.timestamp },
    ageMs: Math.round(performance.now() - watch.headAtMs),
    behind: behind(),
    ...{ stepSeconds, emptyBlockIntervalSeconds },
  }
}

/** Everything about this node now. */
export function readStatus(parts: StatusParts): NodeStatus {
  const { chain, network, machine, watch, clock, pool } = parts
  const nowMs = clock.nowMs()
  const peers = network.peers()
  const set = chain.validatorsAt(chain.head().header.number + 1)
  watch.onLook(peers, set)
  const view = machine && { state: present(machine.state, nowMs), waiting: machine.waiting }
  const summary = view && describeRound(view.state, watch.hearing)
  const { log, execute, commit, decide } = watch.latencies
  const facts = {
    node: {
      name: parts.name,
      role: machine === undefined ? 'observer' : 'validator',
      version: CLIENT_VERSION,
      timeMs: Math.round(nowMs),
      uptimeMs: Math.round(process.uptime() * 1000),
    } as const,
    chain: chainOf(parts),
    consensus: summary === undefined || view === undefined ? null : consensusOf(summary, view),
    validators: set.map((address) => validatorOf(parts, address, { peers, summary, nowMs })),
    clock: parts.clockStatus(),
    log: machine === undefined ? null : log.latency(),
  }
  return {
    ...judge({ ...facts, waitingMs: parts.waitingMs(), overdueMs: overdueMs(parts, nowMs) }),
    ...facts,
    peers: peers.length,
    pool: pool.status(),
    ...{ execute: execute.latency(), commit: commit.latency(), decide: decide.latency() },
    alarms: watch.alarms.list(),
    evidence: watch.evidence,
  }
}
