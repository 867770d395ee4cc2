import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { Registry } from 'prom-client'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  addGauges,
  createMetrics,
  healthRoutes,
  type MetricsSource,
  openMetricsServer,
  timed,
} from '../src/metrics.ts'
import { rejects } from './support/rejects.ts'
import { nodeStatus } from './support/status.ts'

const state = { peers: 3, behind: 0 }
const source: MetricsSource = {
  headNumber: () => 42,
  headTimestamp: () => 1_700_000_000,
  peerCount: () => state.peers,
  blocksBehind: () => state.behind,
  poolCount: () => 5,
  round: () => -1,
}
let status = nodeStatus()
const routes = healthRoutes(source, new Registry(), () => status)

async function ask(path: string, query = '', given = routes) {
  const route = given.get(path)
  assert.ok(route, `${path} is served`)
  const answer = await route?.(new URLSearchParams(query))
  assert.ok(answer)
  return { status: answer?.status, body: String(answer?.body) }
}

test('a process that answers is live, under both names', async () => {
  for (const path of ['/livez', '/liveness']) {
    const { status, body } = await ask(path)
    assert.is(status, 200)
    assert.equal(JSON.parse(body), { status: 'UP' })
  }
})

test('a node is ready with one peer and at most two blocks behind', async () => {
  for (const [peers, behind, status] of [
    [3, 0, 200],
    [1, 2, 200],
    [0, 0, 503],
    [3, 3, 503],
  ] as const) {
    Object.assign(state, { peers, behind })
    const answer = await ask('/readyz')
    assert.is(answer.status, status, `${peers} peers, ${behind} behind`)
    const { verdict, why, ...rest } = JSON.parse(answer.body)
    assert.equal(rest, { status: status === 200 ? 'UP' : 'DOWN', peers, behind })
    assert.equal([verdict, why.code], ['well', 'idle'])
  }
})

test('a node is healthy while blocks are decided, and says the same as veche status', async () => {
  for (const [verdict, expected] of [
    ['well', 200],
    ['degraded', 200],
    ['stalled', 503],
    ['behind', 503],
  ] as const) {
    status = nodeStatus({ verdict, why: { code: 'quorum-silent', text: 'because' } })
    const { status: code, body } = await ask('/healthz')
    assert.is(code, expected, verdict)
    assert.equal(JSON.parse(body).why, { code: 'quorum-silent', text: 'because' })
    assert.equal(JSON.parse((await ask('/status')).body), status)
  }
  status = nodeStatus()
})

test('the bounds of readiness come from the query', async () => {
  Object.assign(state, { peers: 0, behind: 9 })
  assert.is((await ask('/readyz', 'minPeers=0&maxBehind=9')).status, 200)
  assert.is((await ask('/readyz', 'minPeers=0&maxBehind=8')).status, 503)
  assert.is((await ask('/readiness', 'minPeers=1&maxBehind=9')).status, 503)
})

test('bounds that are no whole numbers are refused, never taken for ready', async () => {
  Object.assign(state, { peers: 3, behind: 0 })
  for (const query of ['minPeers=x', 'maxBehind=1.5', 'minPeers=1e400', 'maxBehind=NaN']) {
    const { status, body } = await ask('/readyz', query)
    assert.is(status, 400, query)
    assert.ok(JSON.parse(body).error)
  }
})

test('a scrape reads the node and tells the timings of blocks', async () => {
  const { registry, timings } = createMetrics()
  Object.assign(state, { peers: 3, behind: 7 })
  addGauges(registry, source)
  timings.blockCommit(0.003)
  const { body } = await ask(
    '/metrics',
    '',
    healthRoutes(source, registry, () => status),
  )
  for (const line of [
    'ethereum_blockchain_height 42',
    'ethereum_peer_count 3',
    'veche_head_timestamp_seconds 1700000000',
    'veche_blocks_behind 7',
    'veche_pool_transactions 5',
    'veche_consensus_round -1',
    'veche_block_commit_seconds_count 1',
    'veche_block_commit_seconds_bucket{le="0.002"} 0',
    'veche_block_commit_seconds_bucket{le="0.005"} 1',
    'veche_log_append_seconds_count 0',
  ])
    assert.ok(body.split('\n').includes(line), line)
  assert.match(body, 'process_cpu_seconds_total')
})

test('time is told also when the work fails', async () => {
  const told: number[] = []
  const tell = (seconds: number): void => void told.push(seconds)
  assert.is(await timed(tell, async () => 'done'), 'done')
  const failure = new RangeError('of the work')
  const caught = await timed(tell, () => Promise.reject(failure)).catch((error: unknown) => error)
  assert.is(caught, failure)
  assert.is(told.length, 2)
  assert.ok(told.every((seconds) => seconds >= 0 && seconds < 60))
})

const at = { host: '127.0.0.1', port: 0 }

test('the metrics port serves the routes to GET only, and nothing else', async () => {
  const server = await openMetricsServer(routes, at)
  const url = `http://127.0.0.1:${server.port}`
  try {
    assert.is((await fetch(`${url}/livez`)).status, 200)
    const ready = await fetch(`${url}/readyz?minPeers=x`)
    assert.is(ready.status, 400)
    assert.match(ready.headers.get('content-type') ?? '', 'application/json')
    await ready.text()
    for (const [path, method] of [
      ['/', 'GET'],
      ['/livez', 'POST'],
      ['//livez', 'GET'],
    ])
      assert.is((await fetch(`${url}${path}`, { method: method ?? 'GET' })).status, 404, path)
  } finally {
    await server.close()
  }
})

/** one raw request line; resolves with the first line of the answer */
function rawRequest(port: number, target: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString()
    })
    socket.on('close', () => resolve(text.split('\r\n')[0] ?? ''))
    socket.on('error', reject)
    socket.write(`GET ${target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`)
  })
}

test('a request target that is no URL is answered, and the process lives', async () => {
  const server = await openMetricsServer(routes, at)
  try {
    for (const target of ['//', 'http://[', '*', '/%', '//a:99999/'])
      assert.match(await rawRequest(server.port, target), ' 404 ', target)
    assert.match(await rawRequest(server.port, '/livez'), ' 200 ')
  } finally {
    await server.close()
  }
})

test('a route that fails ends its connection and no other', async () => {
  const failing = new Map([...routes, ['/metrics', () => Promise.reject(new RangeError('broken'))]])
  const server = await openMetricsServer(failing, at)
  const url = `http://127.0.0.1:${server.port}`
  try {
    const outcome = await fetch(`${url}/metrics`).then(
      () => 'answered',
      () => 'dropped',
    )
    assert.is(outcome, 'dropped')
    assert.is((await fetch(`${url}/livez`)).status, 200)
  } finally {
    await server.close()
  }
})

test('a taken port is told by its code', async () => {
  const holder: Server = createServer()
  await new Promise<void>((done) => holder.listen(0, '127.0.0.1', done))
  const { port } = holder.address() as AddressInfo
  try {
    const failure = await rejects(
      () => openMetricsServer(routes, { host: '127.0.0.1', port }),
      'PORT_IN_USE',
    )
    assert.match(failure.message, String(port))
  } finally {
    await new Promise((done) => holder.close(done))
  }
})

test.run()
