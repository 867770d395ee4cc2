/** The status of a stranger is read or refused; nothing in it reaches the terminal as a command. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeStatus } from '../src/screen/decode.ts'
import { fetchStatus } from '../src/screen/fetch.ts'
import { renderStatus } from '../src/screen/render.ts'
import { rejects } from './support/rejects.ts'
import { consensusStatus, HASH, MEMBERS, nodeStatus } from './support/status.ts'

const LIVE = nodeStatus({
  verdict: 'stalled',
  consensus: consensusStatus({
    ...{ undecidedMs: 4_000, phase: 'prevote' },
    proposal: { hash: HASH, validRound: -1, body: 'held', bodyMs: 3 },
    prevotes: [{ hash: HASH, signers: MEMBERS }],
    locked: { round: 1, hash: HASH },
    valid: { round: 1, hash: HASH },
  }),
  alarms: [{ code: 'CLOCK_SKEW', count: 2, lastAtMs: 5, reason: 'a clock' }],
})
const copyOf = (value: unknown): Record<string, unknown> => JSON.parse(JSON.stringify(value))

test('a status survives JSON and the decoder, of a validator and of an observer', () => {
  for (const status of [LIVE, nodeStatus(), nodeStatus({ consensus: null, log: null })]) {
    const decoded = decodeStatus(copyOf(status))
    assert.ok(decoded.ok, decoded.ok ? '' : decoded.reason)
    assert.equal(decoded.value, status)
  }
})

test('a field of another type is refused by name, at any depth', () => {
  const paths = (value: unknown, path: readonly string[] = []): string[][] =>
    value !== null && typeof value === 'object'
      ? [
          ...(path.length === 0 ? [] : [[...path]]),
          ...Object.keys(value).flatMap((key) =>
            paths((value as Record<string, unknown>)[key], [...path, key]),
          ),
        ]
      : [[...path]]
  for (const path of paths(LIVE)) {
    const broken = copyOf(LIVE)
    let at: Record<string, unknown> = broken
    for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>
    at[path.at(-1) as string] = { not: 'expected' }
    const decoded = decodeStatus(broken)
    assert.is(decoded.ok, false, path.join('.'))
    if (!decoded.ok) assert.is(decoded.code, 'STATUS_INVALID')
  }
})

test('what a terminal would obey is taken out of every text', () => {
  const evil = '\u001b[2J\u001b]0;owned\u0007\u009b31m\u202e\r\nok'
  const status = nodeStatus({
    why: { code: evil, text: evil },
    node: { ...nodeStatus().node, name: evil, version: evil },
    alarms: [{ code: evil, count: 1, lastAtMs: 0, reason: evil }],
    consensus: consensusStatus({ phase: evil, part: evil, reason: { code: evil, text: evil } }),
  })
  const decoded = decodeStatus(copyOf(status))
  assert.ok(decoded.ok)
  const lines = renderStatus(decoded.value, { colour: false, width: 200 })
  for (const line of lines) assert.not.match(line, /[\p{Cc}\p{Cf}]/u)
})

test('lists and texts are bounded', () => {
  const many = Array.from({ length: 2_000 }, () => nodeStatus().validators[0])
  assert.not(decodeStatus(copyOf({ ...LIVE, validators: many })).ok)
  const decoded = decodeStatus(copyOf({ ...LIVE, why: { code: 'x', text: 'y'.repeat(100_000) } }))
  assert.ok(decoded.ok)
  assert.ok(decoded.value.why.text.length <= 1_001)
})

test('any JSON gives a verdict, never an exception', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => assert.type(decodeStatus(value).ok, 'boolean')))
})

async function withServer(answer: RequestListener, work: (url: string) => Promise<void>) {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

test('asks JSON-RPC, and /status where only paths are served', async () => {
  const result = JSON.stringify({ jsonrpc: '2.0', id: 1, result: LIVE })
  await withServer(
    (request, response) => response.end(request.method === 'POST' ? result : '{}'),
    async (url) => assert.equal(await fetchStatus(url), LIVE),
  )
  const metrics: RequestListener = ({ method, url }, response) => {
    const isStatus = method === 'GET' && url === '/status'
    response.writeHead(isStatus ? 200 : 404).end(isStatus ? JSON.stringify(LIVE) : '')
  }
  await withServer(metrics, async (url) => assert.equal(await fetchStatus(`${url}/`), LIVE))
})

test('endless, broken, foreign and absent answers end with a code', async () => {
  const endless: RequestListener = (_request, response) => {
    const push = (): void => void (response.destroyed || response.write('x'.repeat(65_536), push))
    push()
  }
  const cases: readonly (readonly [RequestListener, string])[] = [
    [endless, 'STATUS_INVALID'],
    [(_, response) => response.end('<html>'), 'STATUS_INVALID'],
    [(_, response) => response.end('{"result":{}}'), 'STATUS_INVALID'],
    [
      (_, response) => response.end('{"error":{"code":-32601,"message":"no \\u001b[2J"}}'),
      'RPC_FAILED',
    ],
    [(_, response) => response.writeHead(500).end(), 'RPC_FAILED'],
    [(_, response) => response.writeHead(302, { location: '/' }).end(), 'RPC_UNREACHABLE'],
    [(_, response) => response.destroy(), 'RPC_UNREACHABLE'],
  ]
  for (const [answer, code] of cases)
    await withServer(answer, async (url) => {
      const failure = await rejects(() => fetchStatus(url), code)
      assert.not.match(failure.message, '\u001b')
    })
  await rejects(() => fetchStatus('file:///etc/passwd'), 'RPC_UNREACHABLE')
})

test.run()
