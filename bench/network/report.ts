/** What a run of the network bench says: one ndjson line, and a few lines for people. */
import { readFileSync } from 'node:fs'
import { callRpc, type NodeProcess, percentile } from '@veche/node'
import { machineOf } from '../lib/report.ts'
import type { LoadResult } from './load.ts'

export interface ProcessSample {
  readonly name: string
  /** seconds of a core since the process began */
  readonly cpuSeconds: number
  readonly rssMiB: number
}

/** clock ticks per second on every Linux that Node supports */
const TICKS_PER_SECOND = 100

/** CPU and memory of each process, from /proc. */
export function sampleProcesses(processes: readonly NodeProcess[]): ProcessSample[] {
  return processes.map(({ name, pid }) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // fields after the last parenthesis: the command's name may hold anything
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return {
      name,
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
      rssMiB: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024,
    }
  })
}

/** Each process's use between two samples: share of a core, and its memory at the end. */
export function usageBetween(
  before: readonly ProcessSample[],
  after: readonly ProcessSample[],
  seconds: number,
): { name: string; cpu: number; rssMiB: number }[] {
  return after.map(({ name, cpuSeconds, rssMiB }, i) => ({
    name,
    cpu: round((cpuSeconds - (before[i]?.cpuSeconds ?? 0)) / seconds, 3),
    rssMiB: round(rssMiB, 0),
  }))
}

export interface BlockStats {
  readonly blocks: number
  readonly transactionsPerBlock: number
  readonly perSecond: number
}

/** Blocks from `first` to `last`, asked of the node. */
export async function blockStats(
  rpcUrl: string,
  range: { first: number; last: number; seconds: number },
): Promise<BlockStats> {
  const counts: number[] = []
  for (let number = range.first; number <= range.last; number++) {
    const tag = `0x${number.toString(16)}`
    counts.push(Number(await callRpc(rpcUrl, 'eth_getBlockTransactionCountByNumber', [tag])))
  }
  return {
    blocks: counts.length,
    transactionsPerBlock: round(percentile(counts, 0.5), 0),
    perSecond: round(counts.length / range.seconds, 1),
  }
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}

export function describeLoad(result: LoadResult): Readonly<Record<string, unknown>> {
  const { p50, p99, max } = result.finalityMs
  return {
    transactions: result.transactions,
    failed: result.failed,
    seconds: round(result.seconds, 2),
    transactionsPerSecond: round(result.transactions / result.seconds, 1),
    finalityMs: { p50: round(p50, 1), p99: round(p99, 1), max: round(max, 1) },
  }
}

/** One ndjson line: machine, commit, scenario, and what was measured. */
export function toLine(scenario: string, facts: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ bench: 'network', scenario, ...machineOf(), ...facts })
}
