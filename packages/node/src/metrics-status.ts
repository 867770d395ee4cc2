/**
 * The status of a node as Prometheus metrics: why nothing is decided, who is silent, whose clock is
 * off. docs/operations.md explains them; docs/grafana/veche.json shows them. One status is read for
 * all gauges of a scrape.
 */
import type { NodeStatus } from '@veche/rpc'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { WatchCounters } from './watch/watch.ts'

const DECIDE_BUCKETS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60]
/** a scrape reads its gauges within this time */
const SCRAPE_MS = 50

/** What the watch counts as it happens. */
export function addWatchCounters(registry: Registry): WatchCounters {
  const registers = [registry]
  const decided = new Histogram({
    name: 'veche_height_decide_seconds',
    help: 'from the moment there is something to decide to the decision of the height',
    ...{ registers, buckets: DECIDE_BUCKETS },
  })
  const alarms = new Counter({
    name: 'veche_alarms_total',
    help: 'alarms by code, see docs/errors.md',
    ...{ labelNames: ['code'], registers },
  })
  return {
    decided: (seconds) => decided.observe(seconds),
    alarm: (code) => alarms.inc({ code }),
  }
}

type Read = () => NodeStatus

/** a status that all gauges of one scrape share */
function shared(read: Read, nowMs: () => number): Read {
  let last: { readonly status: NodeStatus; readonly atMs: number } | undefined
  return () => {
    const atMs = nowMs()
    if (last === undefined || atMs - last.atMs > SCRAPE_MS) last = { status: read(), atMs }
    return last.status
  }
}

interface Adder {
  /** a gauge without labels; absent when `read` gives null */
  plain(name: string, help: string, read: (status: NodeStatus) => number | null): void
  /** a gauge with one label */
  by(
    label: string,
    name: string,
    help: string,
    read: (status: NodeStatus) => readonly (readonly [string, number | null])[],
  ): void
}

function createAdder(registry: Registry, status: Read): Adder {
  return {
    plain(name, help, read) {
      new Gauge({
        ...{ name, help, registers: [registry] },
        collect() {
          const value = read(status())
          if (value === null) this.remove()
          else this.set(value)
        },
      })
    },
    by(label, name, help, read) {
      new Gauge({
        ...{ name, help, labelNames: [label], registers: [registry] },
        collect() {
          this.reset()
          for (const [key, value] of read(status()))
            if (value !== null) this.set({ [label]: key }, value)
        },
      })
    },
  }
}

const seconds = (ms: number | null | undefined): number | null =>
  ms === null || ms === undefined ? null : ms / 1000
const flag = (value: boolean): number => (value ? 1 : 0)

type Consensus = NonNullable<NodeStatus['consensus']>

const best = (votes: Consensus['prevotes']): number => votes[0]?.signers.length ?? 0

/** name, help, what to read: one gauge each */
const ROUND: readonly (readonly [string, string, (consensus: Consensus) => number])[] = [
  ['height', 'height in work', ({ height }) => height],
  ['step', 'step of the clock', ({ step }) => step],
  ['window_steps', 'width of the round’s window', ({ widthSteps }) => widthSteps],
  [
    'undecided_seconds',
    'how long there has been something to decide, 0 when idle',
    ({ undecidedMs }) => (undecidedMs ?? 0) / 1000,
  ],
  ['prevotes', 'prevotes of the best value', ({ prevotes }) => best(prevotes)],
  ['precommits', 'precommits of the best value', ({ precommits }) => best(precommits)],
  ['quorum', 'votes needed', ({ q }) => q],
  ['missing_votes', 'votes missing for the next quorum', ({ missing }) => missing],
  ['proposal_seen', '1 when the round has a proposal', ({ proposal }) => flag(proposal !== null)],
  ['body_held', '1 when its block was executed', ({ proposal }) => flag(proposal?.body === 'held')],
  ['locked_round', 'round of the lock, -1 for none', ({ locked }) => locked?.round ?? -1],
  ['valid_round', 'round of the polka, -1 for none', ({ valid }) => valid?.round ?? -1],
  ['inputs', 'inputs that wait for the machine', ({ buffers }) => buffers.inputs],
]

const BUFFERS = ['rounds', 'candidates', 'futureMessages', 'logging'] as const

function addRound({ plain, by }: Adder): void {
  for (const [name, help, read] of ROUND)
    plain(`veche_consensus_${name}`, help, ({ consensus }) => consensus && read(consensus))
  by('kind', 'veche_consensus_buffer_entries', 'what the machine holds', ({ consensus }) =>
    BUFFERS.map((kind) => [kind, consensus?.buffers[kind] ?? null]),
  )
  by(
    'code',
    'veche_consensus_reason',
    'why the height is not decided, 1 for the reason that holds',
    ({ consensus }) => (consensus === null ? [] : [[consensus.reason.code, 1]]),
  )
}

function addValidators({ by }: Adder): void {
  const each = (
    name: string,
    help: string,
    read: (v: NodeStatus['validators'][number]) => number | null,
  ) =>
    by('validator', name, help, ({ validators }) =>
      validators.map((validator) => [validator.address, read(validator)]),
    )
  each('veche_validator_connected', '1 when connected with its proven key', (v) =>
    v.isSelf ? null : flag(v.connected),
  )
  each('veche_validator_silent', '1 when it ought to speak and does not', (v) => flag(v.silent))
  each('veche_validator_quiet_seconds', 'since it was last heard', (v) => seconds(v.quietMs))
  each('veche_validator_clock_skew_seconds', 'its clock minus this one', (v) => seconds(v.skewMs))
  each(
    'veche_validator_voted_height',
    'height of its last proposal or vote',
    (v) => v.voted?.height ?? null,
  )
}

/** Adds the gauges that read the status when scraped; `nowMs` is any monotonic clock. */
export function addStatusGauges(
  registry: Registry,
  read: Read,
  nowMs: () => number = () => performance.now(),
): void {
  const adder = createAdder(registry, shared(read, nowMs))
  const { plain, by } = adder
  by('verdict', 'veche_verdict', '1 for the verdict that holds', ({ verdict }) =>
    (['well', 'degraded', 'stalled', 'behind'] as const).map((name) => [
      name,
      flag(name === verdict),
    ]),
  )
  plain(
    'ethereum_best_known_block_number',
    'highest block that a peer announces',
    ({ chain }) => chain.head + chain.behind,
  )
  plain('veche_head_age_seconds', 'since the head became final here', ({ chain }) =>
    seconds(chain.ageMs),
  )
  plain(
    'veche_clock_skew_seconds',
    'median of the validators’ clocks minus this one',
    ({ clock }) => seconds(clock.skewMs),
  )
  plain(
    'veche_clock_alarm',
    '1 when f+1 validators say that this clock is off by D/4',
    ({ clock }) => flag(clock.alarm),
  )
  plain('veche_pool_pending', 'transactions that can be included now', ({ pool }) => pool.pending)
  addRound(adder)
  addValidators(adder)
}
