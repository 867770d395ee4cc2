/** A status to be bent by tests: a calm validator of four, member 0 of the set. */
import type { ConsensusStatus, Latency, NodeStatus, ValidatorStatus } from '@veche/rpc'

export const MEMBERS = ['1', '2', '3', '4'].map((digit) => `0x${digit.repeat(40)}` as const)
export const HASH = `0x${'ab'.repeat(32)}` as const
export const NO_LATENCY: Latency = { count: 0, p50Ms: 0, p99Ms: 0, lastMs: 0 }

export function validatorStatus(
  index: number,
  change: Partial<ValidatorStatus> = {},
): ValidatorStatus {
  const isSelf = index === 0
  return {
    ...{ address: MEMBERS[index] ?? '0x', isSelf, connected: !isSelf },
    ...{ skewMs: isSelf ? null : index, skewErrorMs: isSelf ? null : 1, head: isSelf ? null : 7 },
    ...{ quietMs: isSelf ? null : 100, voted: { height: 8, round: 2 } },
    ...{ prevote: null, precommit: null, silent: false },
    ...change,
  }
}

export function consensusStatus(change: Partial<ConsensusStatus> = {}): ConsensusStatus {
  return {
    ...{ height: 8, round: 2, step: 1_000, phase: 'idle', part: 'votes', widthSteps: 1 },
    ...{ leftMs: 600, undecidedMs: null, proposer: MEMBERS[2] ?? '0x', proposal: null },
    ...{ prevotes: [], precommits: [], n: 4, f: 1, q: 3, missing: 3 },
    ...{ locked: null, valid: null, floor: 0 },
    reason: { code: 'idle', text: 'nothing to decide' },
    buffers: { rounds: 1, candidates: 0, futureMessages: 0, logging: 0, inputs: 0 },
    ...change,
  }
}

export function nodeStatus(change: Partial<NodeStatus> = {}): NodeStatus {
  return {
    verdict: 'well',
    why: { code: 'idle', text: 'all is well' },
    node: { name: 'v1', role: 'validator', version: 'veche/test', timeMs: 1e12, uptimeMs: 5_000 },
    chain: {
      ...{ chainId: 1, head: 7, hash: HASH, timestamp: 999, ageMs: 300, behind: 0 },
      ...{ stepSeconds: 1, emptyBlockIntervalSeconds: 60 },
    },
    peers: 3,
    consensus: consensusStatus(),
    validators: MEMBERS.map((_, index) => validatorStatus(index)),
    clock: { skewMs: 2, measured: 3, limitMs: 250, alarm: false },
    pool: { pending: 0, queued: 0 },
    log: { count: 9, p50Ms: 1.5, p99Ms: 4, lastMs: 1 },
    ...{ execute: NO_LATENCY, commit: NO_LATENCY, decide: NO_LATENCY },
    alarms: [],
    evidence: 0,
    ...change,
  }
}
