/** The operator's view of the twin: a calm validator without peers. */
import { ZERO_HASH } from '@veche/primitives'
import type { Latency, NodeStatus } from '../src/status.ts'

const NONE: Latency = { count: 0, p50Ms: 0, p99Ms: 0, lastMs: 0 }

export function twinStatus(head: number): NodeStatus {
  return {
    verdict: 'well',
    why: { code: 'idle', text: 'nothing to decide' },
    node: { name: 'twin', role: 'observer', version: 'twin', timeMs: 0, uptimeMs: 0 },
    chain: {
      ...{ chainId: 1234, head, hash: ZERO_HASH, timestamp: 0, ageMs: 0, behind: 0 },
      ...{ stepSeconds: 1, emptyBlockIntervalSeconds: 60 },
    },
    peers: 4,
    consensus: null,
    validators: [],
    clock: { skewMs: null, measured: 0, limitMs: 250, alarm: false },
    pool: { pending: 0, queued: 0 },
    log: null,
    ...{ execute: NONE, commit: NONE, decide: NONE },
    alarms: [],
    evidence: 0,
  }
}
