/** What a run of the vote bench says: a few lines for people and one ndjson line for machines. */
import { percentile } from '@veche/node'
import { machineOf } from '../lib/report.ts'
import type { Measured } from './protocol.ts'
import { HEADINGS, type Shares } from './shares.ts'

/** goals for the median of proposal received → certificate, ms by number of validators */
export const GOALS: ReadonlyMap<number, number> = new Map([
  [4, 15],
  [10, 60],
  [25, 400],
])

export interface Summary {
  readonly validators: number
  readonly heights: number
  readonly stepSeconds: number
  readonly intervalMs: number
  /** proposal received → certificate, at everyone but the proposer */
  readonly certificateMs: Spread
  /** proposal received → own prevote durable and sent; the same for the precommit */
  readonly prevoteMs: Spread
  readonly precommitMs: Spread
  /** one append of the log with its fsync; there are two on the path */
  readonly logMs: Spread
  readonly goalMs?: number
  /** share of blocks that came sealed from a peer before the own certificate */
  readonly importedShare: number
  /** microseconds of CPU of all nodes for one vote delivered */
  readonly cpuPerVoteMicros: number
  /** milliseconds of CPU of one node for one height */
  readonly cpuPerHeightMs: number
  /** of all cores used, 1 is one core */
  readonly cores: number
  readonly votesReceived: number
  readonly messagesPerHeight: number
  readonly bytesPerHeight: number
  readonly peakRssMiB: { readonly one: number; readonly all: number }
  /** of the CPU time of a validator */
  readonly shares?: Shares
}

interface Spread {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

const round = (value: number, digits = 2): number => Number(value.toFixed(digits))

function spread(samples: readonly number[]): Spread {
  const at = (share: number): number => round(percentile(samples, share))
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0)

function meanShares(measured: readonly Measured[]): Shares | undefined {
  const shares = measured.flatMap((each) => (each.shares === undefined ? [] : [each.shares]))
  if (shares.length === 0) return undefined
  const mean = (heading: keyof Shares): number =>
    round(sum(shares.map((each) => each[heading])) / shares.length, 3)
  return Object.fromEntries(HEADINGS.map((heading) => [heading, mean(heading)])) as Shares
}

export interface RunFacts {
  readonly validators: number
  readonly heights: number
  readonly stepSeconds: number
  readonly intervalMs: number
}

/** Joins what the validators measured; `profiled` is a later window that was sampled. */
export function summarise(
  facts: RunFacts,
  measured: readonly Measured[],
  profiled: readonly Measured[],
): Summary {
  const samples = measured.flatMap((each) => each.samples)
  const votes = sum(measured.map(({ received }) => received.votes))
  const cpu = sum(measured.map((each) => each.cpuSeconds))
  const shares = meanShares(profiled)
  const perHeight = (total: number): number => round(total / (facts.heights * facts.validators), 1)
  const goalMs = GOALS.get(facts.validators)
  const rss = measured.map((each) => each.peakRssMiB)
  return {
    ...facts,
    certificateMs: spread(samples.map((each) => each.certificateMs)),
    prevoteMs: spread(samples.map((each) => each.prevoteMs).filter((ms) => ms > 0)),
    precommitMs: spread(samples.map((each) => each.precommitMs).filter((ms) => ms > 0)),
    logMs: spread(measured.flatMap((each) => each.logMs)),
    ...(goalMs === undefined ? {} : { goalMs }),
    importedShare: round(
      sum(measured.map((each) => each.imported)) / (facts.heights * facts.validators),
      3,
    ),
    cpuPerVoteMicros: round((cpu * 1e6) / Math.max(1, votes), 0),
    cpuPerHeightMs: round((cpu * 1e3) / (facts.heights * facts.validators)),
    cores: round(sum(measured.map((each) => each.cpuSeconds / each.seconds))),
    votesReceived: votes,
    messagesPerHeight: perHeight(
      sum(measured.map(({ received: r }) => r.votes + r.proposals + r.others)),
    ),
    bytesPerHeight: perHeight(sum(measured.map(({ received }) => received.bytes))),
    peakRssMiB: { one: round(Math.max(...rss), 0), all: round(sum(rss), 0) },
    ...(shares === undefined ? {} : { shares }),
  }
}

const ms = ({ p50, p99, max }: Spread): string => `p50 ${p50} ms, p99 ${p99} ms, max ${max} ms`
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

/** Lines for people. */
export function describe(summary: Summary): string {
  const { goalMs, shares, certificateMs } = summary
  const goal =
    goalMs === undefined
      ? ''
      : `  goal p50 ≤ ${goalMs} ms: ${certificateMs.p50 <= goalMs ? 'met' : 'missed'}`
  const rows: (readonly [string, string])[] = [
    ['proposal → certificate', `${ms(certificateMs)}${goal}`],
    ['proposal → own prevote sent', ms(summary.prevoteMs)],
    ['proposal → own precommit sent', ms(summary.precommitMs)],
    ['log append with fsync', `${ms(summary.logMs)}; two on the path`],
    [
      'CPU',
      `${summary.cpuPerVoteMicros} µs a vote delivered, ${summary.cpuPerHeightMs} ms a height and node, ${summary.cores} cores busy`,
    ],
    [
      'received by a node a height',
      `${summary.messagesPerHeight} messages, ${summary.bytesPerHeight} bytes`,
    ],
    ['certified by a peer first', percent(summary.importedShare)],
    ['peak RSS', `${summary.peakRssMiB.one} MiB a process, ${summary.peakRssMiB.all} MiB all`],
    ...(shares === undefined
      ? []
      : [
          [
            'CPU by what it did',
            HEADINGS.filter((each) => shares[each] >= 0.0005)
              .map((each) => `${each} ${percent(shares[each])}`)
              .join(', '),
          ] as const,
        ]),
  ]
  const title = `${summary.validators} validators, ${summary.heights} heights, D = ${summary.stepSeconds} s, blocks at least ${summary.intervalMs} ms apart`
  return `${title}\n${rows.map(([name, text]) => `  ${name.padEnd(30)} ${text}\n`).join('')}`
}

/** One ndjson line. */
export function toLine(summary: Summary): string {
  return JSON.stringify({ bench: 'votes', ...machineOf(), ...summary })
}
