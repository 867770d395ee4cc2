/**
 * Prometheus metrics and health routes. Names carry their unit; the two cross-client names of the
 * Ethereum metrics specification stand beside ours, so that shared dashboards work.
 */
import { createServer, type Server } from 'node:http'
import { VecheError } from '@veche/primitives'
import type { NodeStatus, Route, RouteAnswer, Routes } from '@veche/rpc'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { isFine } from './watch/verdict.ts'

/** What the gauges read when scraped. */
export interface MetricsSource {
  headNumber(): number
  /** unix seconds */
  headTimestamp(): number
  peerCount(): number
  /** blocks that some peer is ahead; 0 when none */
  blocksBehind(): number
  poolCount(): number
  /** round of the height in work; -1 for an observer */
  round(): number
}

/** Where the parts of a block's time are told; seconds. */
export interface Timings {
  /** log append and fsync */
  logAppend(seconds: number): void
  /** build or execution of one block */
  blockExecute(seconds: number): void
  /** durable commit */
  blockCommit(seconds: number): void
}

/** What an operator must hear about the validator set. */
export interface SetAlarms {
  /** evidence of equivocation that is new to this node */
  evidence(): void
  /** the contract's answer after a block was refused, and the set kept */
  setKept(code: string): void
}

export interface Metrics {
  readonly registry: Registry
  readonly alarms: SetAlarms
  readonly timings: Timings
}

const LATENCY_BUCKETS = [
  0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5,
]

/** A registry with the process metrics and the timings of a block. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const histogram = (name: string, help: string): ((seconds: number) => void) => {
    const made = new Histogram({ name, help, registers: [registry], buckets: LATENCY_BUCKETS })
    return (seconds) => made.observe(seconds)
  }
  return {
    registry,
    alarms: createSetAlarms(registry),
    timings: {
      logAppend: histogram('veche_log_append_seconds', 'write-ahead log append and fsync'),
      blockExecute: histogram('veche_block_execute_seconds', 'build or execution of a block'),
      blockCommit: histogram('veche_block_commit_seconds', 'durable commit of a block'),
    },
  }
}

function createSetAlarms(registry: Registry): SetAlarms {
  const registers = [registry]
  const evidence = new Counter({
    name: 'veche_evidence_total',
    help: 'validators seen signing two values in one round since the start',
    registers,
  })
  const kept = new Counter({
    name: 'veche_validator_set_kept_total',
    help: 'blocks after which the answer of the validator contract was refused, by code',
    labelNames: ['code'],
    registers,
  })
  return { evidence: () => evidence.inc(), setKept: (code) => kept.inc({ code }) }
}

/** Adds the gauges that read the node when scraped. */
export function addGauges(registry: Registry, source: MetricsSource): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  }
  gauge('ethereum_blockchain_height', 'number of the last final block', source.headNumber)
  gauge('ethereum_peer_count', 'connected peers', source.peerCount)
  gauge('veche_head_timestamp_seconds', 'timestamp of the last final block', source.headTimestamp)
  gauge('veche_blocks_behind', 'blocks a peer is ahead of this node', source.blocksBehind)
  gauge('veche_pool_transactions', 'transactions in the pool', source.poolCount)
  gauge('veche_consensus_round', 'round of the height in work, -1 on an observer', source.round)
}

/** Runs `work` and tells how long it took, in seconds, also when it fails. */
export async function timed<T>(
  tell: (seconds: number) => void,
  work: () => Promise<T>,
): Promise<T> {
  const startMs = performance.now()
  try {
    return await work()
  } finally {
    tell((performance.now() - startMs) / 1000)
  }
}

/**
 * `/livez` (the process answers), `/readyz?minPeers=&maxBehind=` (it is in step: what it serves is
 * the latest), `/healthz` (blocks are decided; what `veche status` exits with), Besu's names for
 * the first two, `/status` (what `veche_status` answers), and `/metrics`.
 */
export function healthRoutes(
  source: MetricsSource,
  registry: Registry,
  readStatus: () => NodeStatus,
): Routes {
  const json = (status: number, body: unknown): RouteAnswer => ({
    status,
    body: `${JSON.stringify(body)}\n`,
    contentType: 'application/json',
  })
  const live: Route = () => json(200, { status: 'UP' })
  const ready: Route = (query) => {
    const minPeers = Number(query.get('minPeers') ?? 1)
    const maxBehind = Number(query.get('maxBehind') ?? 2)
    if (!Number.isSafeInteger(minPeers) || !Number.isSafeInteger(maxBehind))
      return json(400, { error: 'minPeers and maxBehind: whole numbers expected' })
    const peers = source.peerCount()
    const behind = source.blocksBehind()
    const up = peers >= minPeers && behind <= maxBehind
    const { verdict, why } = readStatus()
    return json(up ? 200 : 503, { status: up ? 'UP' : 'DOWN', peers, behind, verdict, why })
  }
  const health: Route = () => {
    const { verdict, why } = readStatus()
    const up = isFine({ verdict })
    return json(up ? 200 : 503, { status: up ? 'UP' : 'DOWN', verdict, why })
  }
  const status: Route = () => json(200, readStatus())
  const metrics: Route = async () => ({
    status: 200,
    body: await registry.metrics(),
    contentType: registry.contentType,
  })
  return new Map([
    ['/livez', live],
    ['/liveness', live],
    ['/readyz', ready],
    ['/readiness', ready],
    ['/healthz', health],
    ['/status', status],
    ['/metrics', metrics],
  ])
}

/** Serves the health routes on a port of their own. `PORT_IN_USE` when it is taken. */
export async function openMetricsServer(
  routes: Routes,
  { host, port }: { host: string; port: number },
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const url = URL.parse(`http://localhost${request.url ?? '/'}`)
    const route = request.method === 'GET' ? routes.get(url?.pathname ?? '') : undefined
    if (url === null || route === undefined) {
      response.writeHead(404).end()
      return
    }
    void Promise.resolve(route(url.searchParams))
      .then(({ status, body, contentType }) => {
        response.writeHead(status, { 'content-type': contentType ?? 'text/plain; charset=utf-8' })
        response.end(body)
      })
      .catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === 'EADDRINUSE'
          ? new VecheError('PORT_IN_USE', `metrics port ${port} on ${host} is in use`, { cause })
          : cause,
      ),
    )
    server.listen(port, host, resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
